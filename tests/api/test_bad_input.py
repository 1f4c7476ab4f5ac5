"""Input that is wrong in every way: each is refused clearly, or read as far as it goes, and the server goes on."""
import contextlib
import json
import signal
import struct
import threading
import time

import httpx
import pytest
import websockets

from support import contract, recordings
from support.contract import check_openai_error, check_problem
from support.live import Live
from support.metrics import sample, wait_until_idle
from support.raw_socket import RawWebSocket, dial, exchange, rest
from support.recordings import assert_heard
from support.server import Account, Server, wait_until

JSON = {"Content-Type": "application/json"}
SLOW_SECONDS = 10  # the server's limit for a request's header


# ---- slow clients: they hang on while everything else in this file is served


class SlowClient(threading.Thread):
    """Sends `first`, then a byte of `drops` a second, until the server ends it."""

    def __init__(self, server, first, drops):
        super().__init__(daemon=True)
        self.connection = dial(server, timeout=60)
        self.first, self.drops = first, drops
        self.answer = None
        self.start()

    def run(self):
        with contextlib.suppress(OSError), self.connection:
            self.connection.sendall(self.first)
            self.connection.settimeout(1)
            for drop in self.drops:
                with contextlib.suppress(TimeoutError):
                    self.answer = self.connection.recv(4096)
                    return
                self.connection.sendall(drop)
            self.connection.settimeout(60)
            self.answer = self.connection.recv(4096)


@pytest.fixture(scope="module", autouse=True)
def slow_clients(server, api_key):
    head = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
    drops = [b"X"] * 300
    body = f"POST /api/v1/agents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api_key}\r\nContent-Length: 900\r\n\r\n"
    clients = {
        "says nothing": SlowClient(server, b"", []),
        "stops in the header": SlowClient(server, head, []),
        "drips its header": SlowClient(server, head + b"X-Slow: ", drops),
        "stops in the body": SlowClient(server, body.encode() + b'{"name":', []),
    }
    secret = httpx.post(
        f"{server.base_url}/v1/realtime/client_secrets",
        headers={"Authorization": f"Bearer {api_key}"},
        json={"expires_after": {"anchor": "created_at", "seconds": SLOW_SECONDS}, "session": {"type": "realtime"}},
        timeout=60,
    )
    assert secret.status_code == 200, secret.text
    clients["secret"] = secret.json()
    # Those that ask for much and then read nothing, with a window of a few KB.
    speech = json.dumps({"input": LONG_TEXT, "voice": "af_heart", "response_format": "pcm"})
    clients["reads no speech"] = deaf_client(
        server,
        f"POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(speech)}\r\n\r\n{speech}",
    )
    clients["reads no answers"] = deaf_client(server, "GET /openapi.yaml HTTP/1.1\r\nHost: x\r\n\r\n" * ANSWERS)
    return clients


# About five minutes of speech: more than any socket's buffers hold.
LONG_TEXT = " ".join(f"Sentence number {number} is here only to be long enough for all of this." for number in range(55))
ANSWERS = 400


def deaf_client(server, request):
    connection = dial(server, receive_buffer=4096)
    connection.sendall(request.encode())
    return connection


@pytest.fixture(autouse=True)
def goes_on(server):
    yield
    assert httpx.get(f"{server.base_url}/healthz", timeout=60).status_code == 200


# ---- uploads


@pytest.fixture(scope="module")
def utterance(speech):
    path, text = recordings.clear()[0]
    return recordings.read(path), text


def upload(account, data, name="a.wav"):
    return account.http.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"file": (name, data)})


@pytest.mark.parametrize("container, subtype", [("WAV", "PCM_16"), ("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS")])
def test_what_there_is_of_a_truncated_file_is_heard(account, utterance, container, subtype):
    samples, text = utterance
    whole = recordings.encode(samples, container, subtype)
    answer = upload(account, whole[: len(whole) * 2 // 3])
    assert answer.status_code == 200, answer.text
    words = text.lower().split()
    assert_heard(" ".join(words[: len(words) // 3]), " ".join(answer.json()["text"].split()[: len(words) // 3]), 0.5)


@pytest.mark.parametrize("size", [1, 11, 12, 43, 44, 45])
def test_a_file_cut_in_its_header_is_refused(account, utterance, size):
    whole = recordings.encode(utterance[0], "WAV", "PCM_16")
    answer = upload(account, whole[:size])
    assert answer.status_code in (400, 415), answer.text
    error = check_openai_error(answer, answer.status_code, answer.json()["error"]["code"], "file")
    assert len(error["message"]) > 20


def test_each_channel_of_a_stereo_file_is_heard(account, utterance):
    """Speech on one side only: a reader that took the other one would hear nothing."""
    samples, text = utterance
    for side in (0, 1):
        both = recordings.silence(len(samples) / recordings.RATE)[: len(samples), None].repeat(2, axis=1)
        both[:, side] = samples
        assert_heard(text, upload(account, recordings.encode(both, "WAV", "PCM_16")).json()["text"], 0.4)


def test_8_bit_speech_is_heard(account, utterance):
    samples, text = utterance
    assert_heard(text, upload(account, recordings.encode(samples, "WAV", "PCM_U8")).json()["text"], 0.4)


@pytest.mark.parametrize(
    "field, value",
    [("channels", 0), ("channels", 65535), ("rate", 0), ("rate", 2**32 - 1), ("bits", 0)],
)
def test_a_header_that_lies_is_refused(account, utterance, field, value):
    data = bytearray(recordings.encode(utterance[0], "WAV", "PCM_16"))
    offset, layout = {"channels": (22, "<H"), "rate": (24, "<I"), "bits": (34, "<H")}[field]
    struct.pack_into(layout, data, offset, value)
    answer = upload(account, bytes(data))
    assert answer.status_code in (400, 415), answer.text
    check_openai_error(answer, answer.status_code, answer.json()["error"]["code"])


def test_samples_that_are_no_numbers_do_no_harm(account, utterance):
    samples, text = utterance
    broken = samples.copy()
    broken[:200] = float("nan")
    broken[200:400] = float("inf")
    assert_heard(text, upload(account, recordings.encode(broken, "WAV", "FLOAT")).json()["text"], 0.4)


# ---- JSON


BODIES = {
    "nothing": b"",
    "half an object": b'{"name": "a"',
    "two values": b"{} {}",
    "no object": b"[]",
    "a comment": b'{"name": /* a */ "b"}',
    "a NUL": b'{"name": "a\0b"}',
    "a lone continuation byte": b'{"name": "a\x80b"}',
    "an overlong slash": b'{"name": "\xc0\xaf"}',
    "a raw surrogate": b'{"name": "\xed\xa0\x80"}',
    "half a character": b'{"name": "\xe2\x82"}',
    "half a surrogate pair": b'{"name": "\\ud800"}',
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"name": "a"',
}
PATHS = ["/api/v1/agents", "/v1/chat/completions", "/v1/embeddings", "/v1/audio/speech", "/v1/realtime/client_secrets"]


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_what_is_no_json_object_is_refused_everywhere(account, body):
    for path in PATHS:
        answer = account.http.post(path, content=body, headers=JSON)
        if path == "/v1/realtime/client_secrets" and body == b"":
            continue  # all of its fields have defaults
        check = check_openai_error if path.startswith("/v1/") else check_problem
        check(answer, 400, "invalid_argument")
        answer.content.decode("utf-8")


@pytest.mark.parametrize(
    "path, body, param",
    [
        ("/api/v1/agents", {"name": "a", "instrutions": "b"}, "instrutions"),
        ("/api/v1/agents", {"name": "a", "model": {"provider": "local", "nmae": "x"}}, "model.nmae"),
        ("/api/v1/members", {"email": "a@b.example", "name": "A", "role": "viewer", "password": "x" * 20, "phone": "1"}, "phone"),
        ("/api/v1/api-keys", {"name": "a", "scope": []}, "scope"),
    ],
)
def test_an_unknown_field_is_named(account, path, body, param):
    problem = check_problem(account.http.post(path, json=body), 400, "invalid_argument", param)
    assert param.rpartition(".")[2] in problem["detail"]


def test_a_misspelt_field_that_had_to_be_there_is_named(account):
    problem = check_problem(account.http.post("/api/v1/api-keys", json={"nmae": "a"}), 400, "invalid_argument", "name")
    assert "'nmae'" in problem["detail"] and "did you mean 'name'" in problem["detail"], problem


@pytest.mark.parametrize("value", [7, 1.5, True, None, [], {}, ["a"]], ids=repr)
def test_a_wrong_type_is_named(account, value):
    check_problem(account.http.post("/api/v1/agents", json={"name": value}), 400, "invalid_argument", "name")
    chat = {"model": value, "messages": [{"role": "user", "content": "hi"}]}
    check_openai_error(account.http.post("/v1/chat/completions", json=chat), 400, "invalid_argument", "model")
    speech = {"model": "tts-1", "voice": "alloy", "input": value}
    check_openai_error(account.http.post("/v1/audio/speech", json=speech), 400, "invalid_argument", "input")


@pytest.mark.parametrize("path", ["/api/v1/agents?search=%ff", "/api/v1/conversations?cursor=%c3%28", "/api/v1/agents/%ed%a0%80"])
def test_an_address_that_is_no_utf8_is_refused(account, path):
    answer = account.http.get(path)
    check_problem(answer, answer.status_code, answer.json()["code"])
    assert answer.status_code in (400, 404)


def test_a_form_field_that_is_no_utf8_is_refused(account):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\n\xff\xfe\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="\xff.wav"\r\n\r\nRIFF\r\n--x--\r\n'
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = account.http.post("/v1/audio/transcriptions", content=body, headers=headers)
    assert answer.status_code in (400, 404), answer.text
    answer.content.decode("utf-8")
    check_openai_error(answer, answer.status_code, answer.json()["error"]["code"])


# ---- WebSocket frames


def opened(server, api_key, agent_id, **dialling):
    raw = RawWebSocket(server, api_key, f"/v1/realtime?model={agent_id}", **dialling)
    raw.until("session.created")
    return raw


BAD_FRAMES = {
    "not masked": (lambda raw: raw.send_frame(1, b"{}", masked=False), 1002),
    "a ping of 126 bytes": (lambda raw: raw.send_frame(9, b"x" * 126), 1002),
    "a ping in pieces": (lambda raw: raw.send_frame(9, b"x", final=False), 1002),
    "an unknown opcode": (lambda raw: raw.send_frame(3, b"x"), 1002),
    "a continuation of nothing": (lambda raw: raw.send_frame(0, b"x"), 1002),
    "text that is no UTF-8": (lambda raw: raw.send_frame(1, b"{\xff}"), 1007),
}


@pytest.mark.parametrize("sends, code", BAD_FRAMES.values(), ids=BAD_FRAMES.keys())
def test_a_frame_against_the_protocol_ends_the_socket(server, api_key, agent_id, sends, code):
    raw = opened(server, api_key, agent_id)
    sends(raw)
    assert raw.close_code() in (code, None)
    raw.connection.close()


def test_a_message_in_pieces_has_the_same_limit(server, api_key, agent_id):
    raw = opened(server, api_key, agent_id)
    piece = b"A" * (1 << 20)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        raw.send_frame(1, piece, final=False)
        for _ in range(23):
            raw.send_frame(0, piece, final=False)
    assert raw.close_code() in (1009, None)
    raw.connection.close()


@pytest.mark.parametrize(
    "message",
    ["", "[]", "null", '"text"', "{", '{"type": 7}', '{"type": null}', "{}", "[" * 10000, '{"a":' * 10000, '{"type": "session.update", "session": 1}'],
    ids=lambda text: text[:12],
)
def test_an_event_that_is_none_is_an_error_and_the_session_goes_on(server, api_key, agent_id, message):
    with Live(server.base_url, api_key, agent_id) as live:
        live.socket.send(message)
        while (event := live.receive())["type"] != "error":
            pass
        assert event["error"]["type"] == "invalid_request_error" and len(event["error"]["message"]) > 10
        live.socket.send(b"binary")
        while (event := live.receive())["type"] != "error":
            pass
        live.send("input_audio_buffer.clear")
        live.until("input_audio_buffer.cleared")


# ---- credentials


def handshake_status(server, credential, agent_id):
    try:
        Live(server.base_url, credential, agent_id).socket.close()
        return 101
    except websockets.InvalidStatus as refused:
        body = json.loads(refused.response.body)
        assert len(body["error"]["message"]) > 10
        return refused.response.status_code


@pytest.mark.parametrize("credential", ["x", "sk-forged", "ek_forged", "a.b.c", "ey" * 4000, "\u00e9\u00e8"], ids=lambda text: text[:6])
def test_a_forged_credential_is_refused_everywhere(server, agent_id, credential):
    headers = {"Authorization": f"Bearer {credential}".encode("latin-1")}
    for path, check in (("/api/v1/me", check_problem), ("/v1/models", check_openai_error)):
        check(httpx.get(f"{server.base_url}{path}", headers=headers, timeout=60), 401, "unauthenticated")
    if credential.isascii():
        assert handshake_status(server, credential, agent_id) == 401


def test_a_token_of_another_server_is_refused(server, binary, tmp_path_factory):
    other = Server(tmp_path_factory.mktemp("other")).start(until="listening")  # its models are of no interest
    try:
        wait_until(lambda: other.setup_link, what="the set-up link")
        stranger = Account(other)
    finally:
        other.stop(signal.SIGKILL)
    for credential in (stranger.session["access_token"], stranger.api_key):
        headers = {"Authorization": f"Bearer {credential}"}
        check_problem(httpx.get(f"{server.base_url}/api/v1/me", headers=headers), 401, "unauthenticated")
        assert handshake_status(server, credential, "gpt-realtime") == 401


def test_an_unknown_agent_is_not_found(server, api_key, account):
    assert handshake_status(server, api_key, "agt_00000000000000000000000000") == 404
    check_problem(account.http.get("/api/v1/agents/agt_00000000000000000000000000"), 404, "not_found")
    chat = {"model": "agt_00000000000000000000000000", "messages": [{"role": "user", "content": "hi"}]}
    check_openai_error(account.http.post("/v1/chat/completions", json=chat), 404, "not_found")


# ---- last, since it takes time: what became of the slow ones


def test_zz_an_expired_secret_is_refused(server, agent_id, slow_clients):
    secret = slow_clients["secret"]
    time.sleep(max(0.0, secret["expires_at"] + 1.1 - time.time()))
    assert handshake_status(server, secret["value"], agent_id) == 401


def test_zz_slow_clients_are_ended(slow_clients):
    for name in ("says nothing", "stops in the header", "drips its header", "stops in the body"):
        client = slow_clients[name]
        client.join(60)
        assert not client.is_alive(), f"a client that {name} is still connected"
        if name == "says nothing":
            assert not client.answer  # nothing was asked: nothing is answered
        else:
            assert client.answer and client.answer.startswith(b"HTTP/1.1 408 "), (name, client.answer)
            assert b"in time" in client.answer


@pytest.mark.parametrize("who, route", [("reads no speech", "/v1/audio/speech"), ("reads no answers", "/openapi.yaml")])
def test_zz_a_client_that_stops_reading_is_dropped(server, account, slow_clients, who, route):
    """The whole file was served beside it. Its answer ends early, and the work for it has ended with it."""
    method = "POST" if "speech" in route else "GET"

    def dropped():
        return sample(server, account, "aimpact_http_requests_total", route=route, method=method, status="499")

    wait_until(lambda: dropped() == 1, 240, f"the end of the client that {who}")
    wait_until_idle(server, account)
    connection = slow_clients[who]
    got = rest(connection)
    connection.close()
    assert got.startswith(b"HTTP/1.1 200 ")
    if "speech" in route:
        assert not got.endswith(b"0\r\n\r\n"), "the body must not look whole"
    else:
        assert got.count(b"HTTP/1.1 200 ") < ANSWERS


def test_zz_more_bytes_than_announced_are_no_second_request(server):
    """What follows a body must not be taken for a request of its own once the connection is over."""
    request = b"POST /api/v1/setup HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    answers = exchange(server, request)
    assert answers.count(b"HTTP/1.1 ") == 1, answers
    with dial(server) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert rest(connection).startswith(b"HTTP/1.1 200 ")
