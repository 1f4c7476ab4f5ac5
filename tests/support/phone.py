"""A telephone provider as Twilio is one: a call in real time over GET /v1/telephony/media-stream. It sends 20 ms of
G.711 each 20 ms, plays what comes back at the pace of speech, and echoes marks when it has played up to them."""
import base64
import collections
import json
import threading
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from . import g711

FRAME_SECONDS = 0.02


class Phone:
    """`parameters` are the stream's custom parameters; `query` goes into the address. `jitter` (a random.Random) makes
    frames come up to 60 ms late, twice, or not at all."""

    def __init__(self, server, parameters=None, query="", headers=None, stream="MZ1", call="CA1", start=True):
        self.socket = connect(
            f"{server.ws_url}/v1/telephony/media-stream{query}", additional_headers=headers or {}, max_size=None,
            compression=None, proxy=None, open_timeout=60,
        )  # fmt: skip
        self.stream = stream
        self.events = []  # (time, message) of everything that came, media too
        self.played = []  # (time, bytes) of each frame that the caller heard
        self.cleared = []  # times
        self.waiting = collections.deque()  # bytes to play, and names of marks between them
        self.line = collections.deque()  # frames that the caller says
        self.lock = threading.Lock()
        self.closed = threading.Event()
        self.code = self.reason = None
        self.chunk = 0
        self.send(event="connected", protocol="Call", version="1.0.0")
        if start:
            self.start(call, parameters or {})
        self.threads = [threading.Thread(target=run, daemon=True) for run in (self.receive, self.run)]
        for thread in self.threads:
            thread.start()

    def start(self, call, parameters):
        media = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        start = {"accountSid": "AC1", "streamSid": self.stream, "callSid": call, "tracks": ["inbound"],
                 "customParameters": parameters, "mediaFormat": media}  # fmt: skip
        self.send(event="start", sequenceNumber="1", start=start, streamSid=self.stream)

    def send(self, **message):
        try:
            self.socket.send(json.dumps(message))
        except ConnectionClosed:
            self.closed.set()

    def receive(self):
        try:
            for text in self.socket:
                message = json.loads(text)
                with self.lock:
                    self.events.append((time.monotonic(), message))
                    if message["event"] == "media":
                        self.waiting.append(base64.b64decode(message["media"]["payload"]))
                    elif message["event"] == "mark":
                        self.waiting.append(message["mark"]["name"])
                    elif message["event"] == "clear":
                        self.cleared.append(time.monotonic())
                        marks = [one for one in self.waiting if isinstance(one, str)]
                        self.waiting.clear()
                        self.waiting.extend(marks)
        except ConnectionClosed:
            pass
        self.code, self.reason = self.socket.close_code, self.socket.close_reason
        self.closed.set()

    def run(self):
        due = time.monotonic()
        while not self.closed.is_set():
            due += FRAME_SECONDS
            time.sleep(max(0.0, due - time.monotonic()))
            self.tick()

    def tick(self):
        echoes = []
        with self.lock:
            while self.waiting and isinstance(self.waiting[0], str):
                echoes.append(self.waiting.popleft())
            if self.waiting:
                self.played.append((time.monotonic(), self.waiting.popleft()))
            frame = self.line.popleft() if self.line else g711.SILENCE * g711.FRAME
        for name in echoes:
            self.send(event="mark", streamSid=self.stream, mark={"name": name})
        self.say_frame(frame)

    def say_frame(self, frame):
        self.chunk += 1
        media = {"track": "inbound", "chunk": str(self.chunk), "timestamp": str((self.chunk - 1) * 20),
                 "payload": base64.b64encode(frame).decode()}  # fmt: skip
        self.send(event="media", streamSid=self.stream, media=media)

    def say(self, samples_16k):
        """Puts speech on the line; how long it takes, in seconds."""
        data = g711.encode(g711.resampled(samples_16k, 16000))
        with self.lock:
            for at in range(0, len(data), g711.FRAME):
                self.line.append(data[at : at + g711.FRAME].ljust(g711.FRAME, g711.SILENCE))
        return len(data) / g711.RATE

    def press(self, keys):
        for key in keys:
            self.send(event="dtmf", streamSid=self.stream, dtmf={"track": "inbound_track", "digit": key})

    def heard(self, since=0):
        """What was played, from the `since`th frame on, as float samples at 8 kHz."""
        with self.lock:
            return g711.decode(b"".join(data for _, data in self.played[since:]))

    def until(self, condition, timeout=60, what="it"):
        deadline = time.monotonic() + timeout
        while not condition(self):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what} did not come; closed: {self.code} {self.reason}")
            time.sleep(0.02)

    def until_quiet(self, since=0, timeout=60):
        """Until something was played and everything was: an answer is over (0.8 s without more)."""
        self.until(lambda p: len(p.played) > since, timeout, "an answer")
        self.until(lambda p: not p.waiting and time.monotonic() - p.played[-1][0] > 0.8, timeout, "the answer's end")

    def hang_up(self):
        self.send(event="stop", streamSid=self.stream, stop={"callSid": "CA1"})
        self.until(lambda p: p.closed.is_set(), 30, "the socket's end")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed.set()
        self.socket.close()
