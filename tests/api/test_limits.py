"""Every limit is exceeded once: the refusal is clear, and the server goes on."""
import contextlib
import json
import socket
import urllib.parse

import httpx
import pytest
import websockets
from websockets.sync.client import connect

from support import contract, recordings
from support.contract import check_problem
from support.live import Live
from support.server import Account, Server, wait_until

MIB = 1 << 20


@pytest.fixture(scope="module")
def small(binary, tmp_path_factory):
    """A server that takes few connections and one live conversation."""
    settings = {"server.connections_max": "12", "inference.sessions_max": "1"}
    with Server(tmp_path_factory.mktemp("small"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def small_account(small):
    return Account(small)


def raw(server, request, answer_bytes=65536):
    """Sends bytes as they are and returns what came back, until the server closes or pauses."""
    address = urllib.parse.urlsplit(server.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=15) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(request)
        got = b""
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while len(got) < answer_bytes:
                piece = connection.recv(65536)
                if not piece:
                    break
                got += piece
        return got


def test_a_body_of_more_than_1_mib_is_refused(account):
    body = json.dumps({"name": "a", "instructions": "x" * MIB})
    headers = {"Content-Type": "application/json"}
    check_problem(account.http.post("/api/v1/agents", content=body, headers=headers), 413, "payload_too_large")
    pieces = (b" " * 65536 for _ in range(17))  # chunked: the length isn't known before
    check_problem(account.http.post("/api/v1/agents", content=pieces, headers=headers), 413, "payload_too_large")
    chat = account.http.post("/v1/chat/completions", content=body, headers=headers)
    contract.check_openai_error(chat, 413, "payload_too_large")


def test_an_upload_of_more_than_25_mib_is_refused(account):
    data = recordings.encode(recordings.silence(25 * MIB / 2 / 16000 + 5), "WAV", "PCM_16")
    assert len(data) > 25 * MIB
    answer = account.http.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"file": ("a.wav", data)})
    contract.check_openai_error(answer, 413, "payload_too_large")


def test_a_recording_of_more_than_an_hour_is_refused(account):
    """A small file may hold much: an hour of silence is a few hundred KB of FLAC."""
    data = recordings.encode(recordings.silence(3601), "FLAC", "PCM_16")
    assert len(data) < 5 * MIB
    answer = account.http.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"file": ("a.flac", data)})
    assert answer.status_code in (400, 413), answer.text
    assert "hour" in answer.json()["error"]["message"] or "3600" in answer.json()["error"]["message"]


def test_a_header_of_more_than_16_kib_is_refused(server, account):
    answer = account.http.get("/api/v1/agents", headers={"X-Large": "x" * 17000})
    assert answer.status_code == 431
    assert answer.headers["content-type"] == "application/problem+json"
    many = "".join(f"X-{number}: 1\r\n" for number in range(3000)).encode()
    assert b" 431 " in raw(server, b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + many + b"\r\n").split(b"\r\n")[0]
    long_path = account.http.get("/api/v1/agents?search=" + "x" * 17000)
    assert long_path.status_code in (414, 431)


@pytest.mark.parametrize("path", ["/api/v1/agents", "/v1/chat/completions"])
@pytest.mark.parametrize("opening, closing", [("[", "]"), ('{"a":', "}")])
def test_json_nested_too_deeply_is_refused(account, path, opening, closing):
    body = opening * 10000 + "1" + closing * 10000
    answer = account.http.post(path, content=body, headers={"Content-Type": "application/json"})
    check = contract.check_openai_error if path.startswith("/v1/") else contract.check_problem
    check(answer, 400, "invalid_argument")


@pytest.mark.parametrize(
    "request_bytes, status",
    [
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"501"),
        (b"POST /api/v1/setup HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", b"400"),
        (b"POST /api/v1/setup HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"POST /api/v1/setup HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", b"4"),
        (b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"4"),
        (b"GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"4"),
    ],
)
def test_malformed_http_is_refused(server, request_bytes, status):
    assert raw(server, request_bytes).split(b" ")[1].startswith(status)
    assert httpx.get(f"{server.base_url}/healthz").status_code == 200


def test_a_realtime_message_of_more_than_the_limit_ends_the_socket(server, api_key, agent_id):
    with Live(server.base_url, api_key, agent_id) as live:
        live.send("input_audio_buffer.append", audio="A" * (22 * MIB))
        with pytest.raises(websockets.ConnectionClosed) as caught:
            while True:
                live.receive()
        assert caught.value.rcvd.code == 1009


def test_more_than_15_mib_of_audio_in_a_realtime_message_is_an_error(server, api_key, agent_id):
    with Live(server.base_url, api_key, agent_id) as live:
        live.send("input_audio_buffer.append", audio="A" * (21 * MIB - 4096), event_id="big")
        event = live.receive()
        while event["type"] != "error":
            event = live.receive()
        assert event["error"]["event_id"] == "big"
        live.send("input_audio_buffer.clear")
        live.until("input_audio_buffer.cleared")


def test_a_text_item_that_is_too_long_is_an_error_and_the_session_goes_on(server, api_key, provider, provider_agent):
    with Live(server.base_url, api_key, provider_agent) as live:
        content = [{"type": "input_text", "text": "x" * (64 * 1024 + 1)}]
        item = {"type": "message", "role": "user", "content": content}
        live.send("conversation.item.create", item=item, event_id="long")
        event = live.receive()
        while event["type"] != "error":
            event = live.receive()
        assert event["error"]["event_id"] == "long" and event["error"]["message"]
        assert live.ask("short").strip() == "You said: short"


def test_one_conversation_more_than_admitted_is_refused_at_once(small, small_account):
    agent = small_account.make_agent()
    with Live(small.base_url, small_account.api_key, agent) as first:
        with pytest.raises(websockets.InvalidStatus) as caught:
            Live(small.base_url, small_account.api_key, agent)
        answer = caught.value.response
        assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1
        assert json.loads(answer.body)["error"]["code"] == "overloaded"
        first.send("input_audio_buffer.clear")
        first.until("input_audio_buffer.cleared")

    def admitted():
        try:
            Live(small.base_url, small_account.api_key, agent).socket.close()
            return True
        except websockets.InvalidStatus:
            return False

    wait_until(admitted, what="the place of the ended conversation")


def test_one_connection_more_than_allowed_gets_503(small):
    address = urllib.parse.urlsplit(small.base_url)
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with contextlib.ExitStack() as stack:
        statuses = []
        for _ in range(20):
            connection = stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=10))
            with contextlib.suppress(OSError):
                connection.sendall(request)
            try:
                head = connection.recv(4096)
            except ConnectionResetError:
                head = b""
            statuses.append(head.split(b" ")[1] if head else b"closed")
        assert statuses.count(b"200") <= 12
        assert b"503" in statuses and set(statuses) <= {b"200", b"503", b"closed"}
    wait_until(lambda: httpx.get(f"{small.base_url}/healthz").status_code == 200, what="room for a connection")


def test_a_wrong_upgrade_is_refused(server, api_key, agent_id):
    with pytest.raises(websockets.InvalidStatus) as caught:
        connect(f"{server.ws_url}/v1/realtime?model={agent_id}", proxy=None, additional_headers={"Origin": "https://evil.example", "Authorization": f"Bearer {api_key}"})
    assert caught.value.response.status_code == 403
    plain = httpx.get(f"{server.base_url}/v1/realtime", headers={"Authorization": f"Bearer {api_key}"})
    assert plain.status_code == 426
