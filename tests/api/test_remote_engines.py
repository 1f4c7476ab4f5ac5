"""Speech engines at another address: a second server of ours is the endpoint, and what happens when it goes."""
import http.server
import io
import threading

import numpy as np
import pytest
import soundfile

from support import recordings
from support.live import Live, to_24k
from support.metrics import sample
from support.server import Account, Server, wait_until

TEXT = "Good morning, this is the front desk. How can I help you today?"


class Relay:
    """Stands before the endpoint: passes requests on, counts them, or does what `fault` says."""

    def __init__(self, account):
        self.requests = []
        self.fault = None
        self.released = threading.Event()
        relay, target = self, account

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                relay.requests.append({"path": self.path, "headers": dict(self.headers), "body": body})
                if isinstance(relay.fault, int):
                    return self.answer(relay.fault, b'{"error":{"message":"no"}}', "application/json")
                if relay.fault == "silence":
                    relay.released.wait(60)
                    self.close_connection = True
                    return None
                if relay.fault == "garbage":
                    return self.answer(200, b"<html><body>It works!</body></html>" * 20, "text/html")
                kind = {"Content-Type": self.headers["Content-Type"]}
                passed = target.http.post(self.path, content=body, headers=kind)
                content, declared = passed.content, None
                if relay.fault == "half":
                    declared, content = len(content), content[: len(content) // 2]
                    self.close_connection = True
                return self.answer(passed.status_code, content, passed.headers["content-type"], declared)

            def answer(self, status, body, kind, declared=None):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(declared or len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def paths(self):
        return [request["path"] for request in self.requests]

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def relay(account):
    running = Relay(account)
    yield running
    running.close()


@pytest.fixture(scope="module")
def near(binary, relay, tmp_path_factory):
    """The server under test: its engines are at the relay."""
    settings = {
        "speech.recognizer": "remote",
        "speech.recognizer_url": relay.url,
        "speech.recognizer_key": "sk-remote-secret",
        "speech.synthesizer": "remote",
        "speech.synthesizer_url": relay.url,
        "speech.synthesizer_voices": "bf_emma",
        "speech.remote_timeout_ms": "3000",
    }
    with Server(tmp_path_factory.mktemp("near"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def here(near):
    return Account(near)


@pytest.fixture(autouse=True)
def works(relay):
    relay.fault = None
    relay.requests.clear()


def hear(account, wav, **fields):
    form = {"model": "whisper-1", **fields}
    return account.http.post("/v1/audio/transcriptions", data=form, files={"file": ("a.wav", wav, "audio/wav")})


def say(account, voice, text=TEXT):
    body = {"model": "tts-1", "voice": voice, "input": text, "response_format": "wav"}
    return account.http.post("/v1/audio/speech", json=body)


def served(account, engine, by):
    return sample(account.server, account, "aimpact_speech_engine_served_total", engine=engine, by=by)


def test_a_recording_is_heard_there(here, relay, speech):
    path, text = recordings.clear()[0]
    wav = recordings.encode(recordings.read(path), "WAV", "PCM_16")
    before = served(here, "recogniser", "remote")
    answer = hear(here, wav, prompt="Nguyen, Siobhan", response_format="verbose_json")
    assert answer.status_code == 200, answer.text
    recordings.assert_heard(text, answer.json()["text"])
    assert answer.json()["segments"][0]["end"] > 0
    assert relay.paths() == ["/v1/audio/transcriptions"]
    assert relay.requests[0]["headers"]["Authorization"] == "Bearer sk-remote-secret"
    assert b"Nguyen, Siobhan" in relay.requests[0]["body"]
    assert served(here, "recogniser", "remote") == before + 1


def test_a_voice_of_the_endpoint_speaks_there_and_others_here(here, account, relay):
    remote = say(here, "bf_emma")
    assert remote.status_code == 200, remote.text
    assert set(relay.paths()) == {"/v1/audio/speech"}
    recordings.assert_heard(TEXT, hear(account, remote.content).json()["text"])
    relay.requests.clear()
    local = say(here, "af_heart")
    assert local.status_code == 200 and relay.paths() == []
    recordings.assert_heard(TEXT, hear(account, local.content).json()["text"])
    voices = [voice["id"] for voice in here.http.get("/api/v1/voices").json()["data"]]
    assert voices.count("bf_emma") == 1 and "af_heart" in voices


def test_a_live_conversation_hears_and_speaks_there(near, here, relay, provider, speech):
    provider.answer = lambda messages: "Good morning. How can I help you today?"
    agent = here.make_agent(name="Far", model=provider.model(), voice="bf_emma")
    path, text = recordings.clear()[0]
    samples = np.concatenate([recordings.read(path), np.zeros(24000, np.float32)])
    with Live(near.ws_url, here.api_key, agent) as live:
        live.append(to_24k(samples))
        heard = live.until("conversation.item.input_audio_transcription.completed")["transcript"]
        live.until("response.done")
        spoken = live.spoken()
    recordings.assert_heard(text, heard)
    assert {"/v1/audio/transcriptions", "/v1/audio/speech"} <= set(relay.paths())
    wav = recordings.encode(spoken, "WAV", "PCM_16", 24000)
    recordings.assert_heard("Good morning. How can I help you today?", hear(here, wav).json()["text"])


@pytest.mark.parametrize("fault", [500, 429, 401, "garbage", "half", "silence"])
def test_the_local_recogniser_serves_when_the_endpoint_fails(near, here, relay, speech, fault):
    path, text = recordings.clear()[0]
    wav = recordings.encode(recordings.read(path), "WAV", "PCM_16")
    relay.fault = fault
    before = served(here, "recogniser", "local")
    answer = hear(here, wav)
    assert answer.status_code == 200, answer.text
    recordings.assert_heard(text, answer.json()["text"])
    assert served(here, "recogniser", "local") == before + 1
    assert "sk-remote-secret" not in near.log_path.read_text(errors="replace")


@pytest.mark.parametrize("fault", [500, "garbage", "silence"])
def test_the_local_voice_speaks_when_the_endpoint_fails(here, account, relay, fault):
    relay.fault = fault
    answer = say(here, "bf_emma", "Good morning, how can I help you today?")
    assert answer.status_code == 200, answer.text
    recordings.assert_heard("Good morning, how can I help you today?", hear(account, answer.content).json()["text"])


def test_after_failures_the_endpoint_is_left_alone(binary, relay, tmp_path, speech):
    settings = {"speech.recognizer": "remote", "speech.recognizer_url": relay.url}
    with Server(tmp_path, settings) as running:
        account = Account(running)
        path, _ = recordings.clear()[0]
        wav = recordings.encode(recordings.read(path), "WAV", "PCM_16")
        relay.fault = 401
        for _ in range(5):
            assert hear(account, wav).status_code == 200
        assert len(relay.requests) == 3
        assert "remote_speech.given_up" in running.log_path.read_text(errors="replace")


def test_without_fallback_the_error_is_told(binary, relay, tmp_path, speech):
    settings = {
        "speech.recognizer": "remote",
        "speech.recognizer_url": relay.url,
        "speech.remote_fallback": "false",
    }
    with Server(tmp_path, settings) as running:
        account = Account(running)
        path, _ = recordings.clear()[0]
        wav = recordings.encode(recordings.read(path), "WAV", "PCM_16")
        relay.fault = 401
        answer = hear(account, wav)
        assert answer.status_code == 502 and "refused the API key" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "settings, named",
    [
        ({"speech.recognizer": "remote"}, "speech.recognizer_url"),
        ({"speech.recognizer": "remote", "speech.recognizer_url": "https://me:pw@host/v1"}, "speech.recognizer_url"),
        ({"speech.synthesizer": "remote", "speech.synthesizer_url": "http://h/v1"}, "speech.synthesizer_voices"),
        ({"speech.recognizer": "no-such-model"}, "no-such-model"),
    ],
)
def test_a_wrong_setting_is_named(binary, tmp_path, settings, named):
    server = Server(tmp_path, settings)
    try:
        server.start(until="listening")
        wait_until(lambda: "engine.failed" in server.log_path.read_text(errors="replace"), what="an error in the log")
        assert named in server.log_path.read_text(errors="replace")
    finally:
        server.stop()


def test_a_model_folder_that_is_dropped_in_hears(binary, tmp_path, speech):
    """The shipped model under another name, given by its path."""
    from support.server import ROOT

    shipped = ROOT / "var/models/moonshine-tiny-en"
    if not shipped.is_dir():
        pytest.skip("no models: run scripts/fetch-models")
    folder = tmp_path / "larger-model"
    folder.mkdir()
    for name in ("encoder_model.ort", "decoder_model_merged.ort", "tokens.txt"):
        (folder / name).symlink_to((shipped / name).resolve())
    with Server(tmp_path / "data", {"speech.recognizer": str(folder)}) as running:
        path, text = recordings.clear()[0]
        samples, _ = soundfile.read(path, dtype="float32")
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, 16000, format="WAV", subtype="PCM_16")
        account = Account(running)
        recordings.assert_heard(text, hear(account, buffer.getvalue(), model="larger-model").json()["text"])
        assert "larger-model" in {model["id"] for model in account.http.get("/v1/models").json()["data"]}
        refused = hear(account, buffer.getvalue(), model="moonshine-tiny-en")
        assert refused.status_code == 404 and "larger-model" in refused.json()["error"]["message"]
