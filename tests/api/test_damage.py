"""What is damaged or taken away under a running server: voices, models, the process itself, its port, its disk. It
says so, serves the rest, and loses nothing."""
import contextlib
import os
import pathlib
import shutil
import subprocess

import httpx
import numpy as np
import pytest
import websockets

from support import recordings
from support.contract import check_openai_error
from support.live import Live, answer_text, to_24k
from support.metrics import sample, wait_until_idle
from support.server import ROOT, Account, Server, wait_until
from support.talk import level, record, say

FALLBACK = "again"
LONG = " ".join(f"Sentence number {number} is here to take its time." for number in range(12))


@pytest.fixture(scope="module")
def words(speech):
    """A spoken sentence and the silence after it, at 24 kHz."""
    path, _ = recordings.clear()[0]
    return np.concatenate([to_24k(recordings.read(path)), np.zeros(24000 * 2, np.float32)])


# ---- the voice, and models that are damaged


def linked_models(folder):
    """A models folder whose files may be replaced: links to the real ones."""
    source = pathlib.Path(os.environ.get("AIMPACT_MODELS_DIR", ROOT / "var/models"))
    shutil.copytree(source, folder, copy_function=lambda a, b: os.symlink(pathlib.Path(a).resolve(), b))
    return folder


def replace(path, change):
    data = change(path.read_bytes())
    path.unlink()
    path.write_bytes(data)


def test_a_voice_without_sound_is_noticed_and_a_fallback_is_heard(binary, tmp_path, provider):
    """Voices whose files are damaged give no numbers, or no sound: real synthesis that fails without saying so."""
    models = linked_models(tmp_path / "models")
    not_a_number = np.float32("nan").tobytes()
    replace(models / "kokoro-82m/voices/af_bella.bin", lambda data: not_a_number * (len(data) // 4))
    replace(models / "kokoro-82m/voices/af_nova.bin", lambda data: data[: len(data) // 2])
    provider.answer = lambda messages: "The office opens at nine."
    with Server(tmp_path / "data", {"models.dir": str(models)}) as own:
        account = Account(own)
        for voice in ("af_bella", "af_nova"):
            agent = account.make_agent(model=provider.model(), voice=voice)
            with Live(own.base_url, account.api_key, agent) as live:
                live.add_text("when do you open?")
                live.send("response.create")
                done = live.until("response.done")["response"]
                assert done["status"] == "failed" and FALLBACK in answer_text(done), done
                assert level(live.spoken()) > 0.01, f"{voice}: the caller heard nothing"
            turn = record(own, account, live)["turns"][0]
            assert turn["error"] and turn["reply_level_dbfs"] > -40
            body = {"input": "Good morning.", "voice": voice, "response_format": "pcm"}
            answer = account.http.post("/v1/audio/speech", json=body)
            check_openai_error(answer, answer.status_code, answer.json()["error"]["code"])
            assert answer.status_code in (500, 503)
        assert sample(own, account, "aimpact_audio_sent_silent_total") == 0
        for where in ("silent_audio", "synthesis"):
            assert sample(own, account, "aimpact_turn_failures_total", where=where) == 1
        body = {"input": "Good morning.", "voice": "af_heart", "response_format": "pcm"}
        good = account.http.post("/v1/audio/speech", json=body)
        assert good.status_code == 200 and level(np.frombuffer(good.content, "<i2") / 32768) > 0.01
        wait_until_idle(own, account)
    assert own.log_path.read_text().count("realtime.turn_failed") == 2


def test_damaged_models_are_named_while_the_rest_is_served(binary, tmp_path, provider):
    """Files of the right size with other content: each engine says which, and those that are whole work."""
    models = linked_models(tmp_path / "models")
    replace(models / "moonshine-tiny-en/encoder_model.ort", lambda data: b"\0" * len(data))
    replace(models / "minilm-l6-v2/model.gguf", lambda data: b"\xff" * len(data))
    replace(models / "smollm2-135m/model.gguf", lambda data: data[: len(data) // 2])
    running = Server(tmp_path / "data", {"models.dir": str(models)})
    try:
        running.start(until="listening")
        wait_until(lambda: running.setup_link, what="the set-up link")
        account = Account(running)

        def checks():
            found = httpx.get(f"{running.base_url}/readyz", timeout=60).json()["checks"]
            return {one["name"]: one for one in found}

        wait_until(lambda: not any(one.get("detail") == "loading" for one in checks().values()), 90, "an end of loading")
        told = checks()
        assert told["voice synthesiser"]["ready"] and told["database"]["ready"]
        for name, model in (
            ("speech recogniser", "moonshine"),
            ("local language model", "smollm2"),
            ("embedding model", "minilm"),
        ):
            assert not told[name]["ready"] and model in told[name]["detail"].lower(), told
        body = {"input": "Good morning.", "voice": "af_heart", "response_format": "pcm"}
        assert account.http.post("/v1/audio/speech", json=body).status_code == 200
        agent = account.make_agent(model=provider.model())
        chat = {"model": agent, "messages": [{"role": "user", "content": "hi"}]}
        assert account.http.post("/v1/chat/completions", json=chat).status_code == 200
        local = {"model": "smollm2-135m", "messages": [{"role": "user", "content": "hi"}]}
        check_openai_error(account.http.post("/v1/chat/completions", json=local), 503, "unavailable")
        wav = recordings.encode(recordings.tone(1), "WAV", "PCM_16")
        heard = account.http.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files={"file": ("a.wav", wav)})
        check_openai_error(heard, 503, "unavailable")
        with pytest.raises(websockets.InvalidStatus) as caught:
            Live(running.base_url, account.api_key, agent)
        assert caught.value.response.status_code == 503
    finally:
        assert running.stop() == 0


# ---- the process


def test_a_kill_in_the_middle_of_a_spoken_answer(binary, tmp_path, provider, words):
    """SIGTERM lets the answer in flight be said to its end; SIGKILL loses no turn before it, and no conversation stays
    open for ever."""
    with Server(tmp_path) as first:
        account = Account(first)
        agent = account.make_agent(model=provider.model())
        with Live(first.base_url, account.api_key, agent) as live:
            provider.answer = lambda messages: "This is a sentence of some length. And this is another one."
            live.append(words)
            live.until("response.output_audio.delta")
            first.process.terminate()
            done = live.until("response.done")["response"]
            assert done["status"] == "completed"
            said = answer_text(done).split()
            assert said == provider.answer([]).split()
            with pytest.raises(websockets.ConnectionClosed) as caught:
                while True:
                    live.receive(60)
            assert caught.value.rcvd.code == 1001
        assert first.process.wait(60) == 0
    with Server(tmp_path) as second:
        provider.answer = lambda messages: "A short answer."
        live = Live(second.base_url, account.api_key, agent)
        done, _ = say(live, words)
        assert done["status"] == "completed"
        url = f"{second.base_url}/api/v1/conversations/{live.conversation['conversation_id']}"
        headers = {"Authorization": f"Bearer {account.api_key}"}
        wait_until(lambda: httpx.get(url, headers=headers).json()["turn_count"] >= 1, 60, "the turn's record")
        provider.answer = lambda messages: LONG
        live.add_text("and then?")  # in writing, so that it doesn't cut the answer before
        live.send("response.create")
        live.until("response.output_audio.delta")
        second.process.kill()
        second.process.wait()
    with Server(tmp_path) as third:
        kept = record(third, account, live)
        assert kept["ended_at"] and any(not turn.get("error") for turn in kept["turns"])
        said = [(item["text"].strip(), item["status"]) for item in kept["items"] if item["role"] == "assistant"]
        assert ("A short answer.", "completed") in said, said
        assert any(item["text"] == "and then?" for item in kept["items"]), "what was asked last is kept, too"
        listed = httpx.get(f"{third.base_url}/api/v1/conversations", headers=headers).json()["data"]
        assert [one["status"] for one in listed] == ["ended", "ended"]
        with Live(third.base_url, account.api_key, agent, live.conversation["conversation_id"]) as again:
            provider.answer = lambda messages: "Where were we?"
            again.ask("hello again")
        remembered = [m["content"].strip() for m in provider.requests[-1]["body"]["messages"]]
        assert "A short answer." in remembered


def test_a_missing_master_key_is_named_and_none_is_made_instead(binary, tmp_path):
    """A fresh key would open nothing, and would look as if it belonged to the database."""
    with Server(tmp_path) as first:
        account = Account(first)
    key = tmp_path / "master.key"
    kept = key.read_bytes()
    key.unlink()
    refused = Server(tmp_path)
    with pytest.raises(RuntimeError):
        refused.start(until="listening")
    assert refused.process.wait(60) not in (0, 70)
    assert str(key) in refused.tail() and "missing" in refused.tail(), refused.tail()
    assert not key.exists()
    key.write_bytes(kept)
    key.chmod(0o600)
    with Server(tmp_path) as again:
        headers = {"Authorization": f"Bearer {account.api_key}"}
        assert httpx.get(f"{again.base_url}/api/v1/agents", headers=headers, timeout=60).status_code == 200


def test_the_same_port_twice(server, binary, tmp_path):
    port = server.base_url.rpartition(":")[2]
    second = Server(tmp_path, port=port)
    with contextlib.suppress(RuntimeError):
        second.start(until="listening")
    assert second.process.wait(60) not in (0, 70)
    assert port in second.tail() and "in use" in second.tail()
    assert httpx.get(f"{server.base_url}/healthz").status_code == 200


# ---- the disk


@pytest.fixture()
def small_disk(tmp_path):
    """A file system of 12 MiB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    ballast = folder / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return ballast


def test_a_full_disk_loses_nothing_and_is_named(binary, tmp_path, small_disk, provider):
    """Reading goes on, so does the conversation that runs; writing is refused with the reason; once there is space
    the conversation's record is whole."""
    running = Server(small_disk / "data")
    running.log_path = tmp_path / "server.log"
    with running:
        account = Account(running)
        agent = account.make_agent(model=provider.model())
        with Live(running.base_url, account.api_key, agent) as live:
            live.ask("before")
            ballast = fill(small_disk)
            answer = account.http.post("/api/v1/agents", json={"name": "One more", "instructions": "x" * 20000})
            problem = answer.json()
            assert answer.status_code == 503 and problem["code"] == "unavailable" and "full" in problem["detail"], problem
            assert account.http.get("/api/v1/agents").status_code == 200
            number = 0
            while "conversation.record_delayed" not in running.log_path.read_text():
                # Long ones, until the write-ahead log has no room left for them either.
                assert live.ask(f"during {number} {'x' * 20000}").startswith(f"You said: during {number}")
                number += 1
                assert number < 300, "the disk was never full"
            assert live.ask("not written yet").strip() == "You said: not written yet"
            with pytest.raises(websockets.InvalidStatus) as caught:
                Live(running.base_url, account.api_key, agent)
            assert caught.value.response.status_code == 503 and b"full" in caught.value.response.body
            ballast.unlink()
            assert account.http.post("/api/v1/agents", json={"name": "One more"}).status_code == 201
            live.ask("after")
        kept = record(running, account, live)
        said = [item["text"].strip(" x") for item in kept["items"] if item["role"] == "user"]
        assert said == ["before", *(f"during {one}" for one in range(number)), "not written yet", "after"]
        assert kept["turn_count"] == number + 3
        wait_until_idle(running, account)
        assert running.stop() == 0
    log = running.log_path.read_text()
    assert "conversation.record_delayed" in log and "conversation.record_caught_up" in log
