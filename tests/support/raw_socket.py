"""Clients that no library would be: bytes as they are, WebSocket frames by hand, and sockets that vanish."""
import base64
import contextlib
import json
import os
import socket
import struct
import urllib.parse


def dial(server, receive_buffer=None, timeout=60):
    """A plain TCP connection to the server."""
    address = urllib.parse.urlsplit(server.base_url)
    connection = socket.socket()
    if receive_buffer:  # before connecting, so that the window is small from the start
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(timeout)
    connection.connect((address.hostname, address.port))
    return connection


def exchange(server, request, timeout=60):
    """Sends bytes and returns all that came back until the server closed."""
    with dial(server, timeout=timeout) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        return rest(connection)


def rest(connection):
    """What comes until the peer closes."""
    got = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            got += piece
    return got


def reset(connection):
    """Leaves at once: the peer gets a RST, no FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class RawWebSocket:
    """A WebSocket that answers nothing by itself: no pongs, no close."""

    def __init__(self, server, key, path, **dialling):
        self.connection = dial(server, **dialling)
        nonce = base64.b64encode(os.urandom(16)).decode()
        self.connection.sendall(
            (
                f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {nonce}\r\nAuthorization: Bearer {key}\r\n\r\n"
            ).encode()
        )
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            piece = self.connection.recv(4096)
            assert piece, f"the handshake ended: {self.buffer!r}"
            self.buffer += piece
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert b" 101 " in head.split(b"\r\n")[0], head

    def send_frame(self, opcode, payload, final=True, masked=True, length=None):
        """One frame; `length` may lie about the payload's."""
        size = len(payload) if length is None else length
        head = bytes([(0x80 if final else 0) | opcode])
        bit = 0x80 if masked else 0
        if size < 126:
            head += bytes([bit | size])
        elif size < 65536:
            head += bytes([bit | 126]) + struct.pack("!H", size)
        else:
            head += bytes([bit | 127]) + struct.pack("!Q", size)
        if masked:
            head += b"\0\0\0\0"  # a mask of zeros changes nothing
        self.connection.sendall(head + payload)

    def send(self, kind, **fields):
        self.send_frame(1, json.dumps({"type": kind, **fields}).encode())

    def _take(self, count):
        while len(self.buffer) < count:
            piece = self.connection.recv(65536)
            if not piece:
                raise ConnectionResetError("the server has closed")
            self.buffer += piece
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def frame(self):
        """(opcode, payload) of the next frame."""
        first, size = self._take(2)
        if size == 126:
            (size,) = struct.unpack("!H", self._take(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._take(8))
        return first & 0x0F, self._take(size)

    def until(self, kind):
        """The next event of this kind."""
        while True:
            opcode, payload = self.frame()
            assert opcode != 8, f"closed: {payload!r}"
            if opcode == 1 and (event := json.loads(payload))["type"] == kind:
                return event

    def close_code(self):
        """Reads to the end; the code of the close frame, or None if the connection was cut."""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            while True:
                opcode, payload = self.frame()
                if opcode == 8:
                    return struct.unpack("!H", payload[:2])[0]
        return None
