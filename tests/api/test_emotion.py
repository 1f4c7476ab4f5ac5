"""How callers sound: RAVDESS clips over the live connection and by the command line."""
import json
import os
import pathlib
import subprocess

import numpy as np
import pytest

from support import contract, recordings
from support.live import Live, to_24k
from support.server import ROOT, SHARED, Account, Server
from support.talk import record, say

CLIPS = SHARED / "audio/ravdess"
MODELS = pathlib.Path(os.environ.get("AIMPACT_MODELS_DIR", ROOT / "var/models"))
EMOTIONS = {"neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised"}


@pytest.fixture(scope="module")
def angry():
    if not (MODELS / "emotion/emotion.xml").exists():
        pytest.skip("no emotion model: run scripts/train-emotion")
    path = CLIPS / "03-01-05-02-01-01-12.flac"
    if not path.exists():
        pytest.skip(f"{CLIPS} is missing: no RAVDESS recordings to say")
    return path


def test_a_turn_has_its_emotion(server, account, provider, angry):
    provider.answer = lambda messages: "I see. Let me look into that."
    agent = account.make_agent(model=provider.model(), tone_policy="soothe")
    with Live(server.base_url, account.api_key, agent) as live:
        say(live, np.concatenate([to_24k(recordings.read(angry)), recordings.silence(1.5, 24000)]))
        heard = [e for e in live.events if e["type"] == "aimpact.emotion"] or [live.until("aimpact.emotion", 60)]
    kept = record(server, account, live)
    event = heard[0]
    for side in ("turn", "call"):
        assert set(event[side]["probabilities"]) == EMOTIONS
        assert sum(event[side]["probabilities"].values()) == pytest.approx(1, abs=0.01)
    assert event["turn"]["label"] == "angry" and event["turn"]["arousal"] > 0.3 and event["turn"]["valence"] < 0
    turn = next(t for t in kept["turns"] if "emotion" in t.get("quality", {}))
    assert turn["quality"]["emotion"]["turn"] == event["turn"]
    assert event["item_id"] in [i["id"] for i in kept["items"]]


def transcribed(http, recording, **fields):
    data = {"model": "whisper-1", "response_format": "verbose_json", **fields}
    return http.post("/v1/audio/transcriptions", data=data, files={"file": ("a.wav", recording)})


def test_a_transcription_tells_the_emotion_when_asked(account, angry):
    recording = recordings.encode(recordings.read(angry), "WAV")
    answer = transcribed(account.http, recording, emotion="true")
    contract.check_answer(contract.operation("createTranscription"), answer)
    body = answer.json()
    contract.check(body, "VerboseTranscription")
    assert body["emotion"]["label"] == "angry" and set(body["emotion"]["probabilities"]) == EMOTIONS
    assert body["emotion"]["arousal"] > 0.3 and body["emotion"]["valence"] < 0
    assert [segment["emotion"]["label"] for segment in body["segments"]] == ["angry"]
    plain = transcribed(account.http, recording).json()
    assert "emotion" not in plain and not any("emotion" in segment for segment in plain["segments"])
    assert plain["text"] == body["text"]


def test_emotions_need_the_format_that_can_tell_them(account, angry):
    recording = recordings.encode(recordings.read(angry), "WAV")
    for fields in ({"response_format": "json"}, {"response_format": "diarized_json"}, {"stream": "true"}):
        answer = transcribed(account.http, recording, emotion="true", **fields)
        assert answer.status_code == 400 and answer.json()["error"]["param"] == "emotion", fields
        assert "verbose_json" in answer.json()["error"]["message"]
    assert transcribed(account.http, recording, emotion="perhaps").json()["error"]["param"] == "emotion"


def test_a_server_without_the_model_says_how_to_get_it(binary, tmp_path, speech):
    models = tmp_path / "models"
    models.mkdir()
    for entry in MODELS.iterdir():
        if entry.name not in ("emotion", "manifest.json"):
            (models / entry.name).symlink_to(entry.resolve())
    listed = json.loads((MODELS / "manifest.json").read_text())
    listed["models"] = [model for model in listed["models"] if model["id"] != "emotion"]
    (models / "manifest.json").write_text(json.dumps(listed))
    with Server(tmp_path / "data", environment={"AIMPACT_MODELS_DIR": str(models)}) as server:
        owner = Account(server)
        path, text = recordings.clear()[1]
        recording = recordings.encode(recordings.read(path), "WAV")
        refused = transcribed(owner.http, recording, emotion="true")
        assert refused.status_code == 503 and refused.json()["error"]["param"] == "emotion"
        assert "scripts/train-emotion" in refused.json()["error"]["message"]
        recordings.assert_heard(text, transcribed(owner.http, recording).json()["text"])


def test_the_command_line_judges_files(binary, angry, tmp_path):
    short = tmp_path / "short.wav"
    short.write_bytes(recordings.encode(recordings.read(angry)[:4000], "WAV"))
    run = subprocess.run([binary, "emotion", angry, short, tmp_path / "none.wav"], capture_output=True, text=True,
                         cwd=ROOT)  # fmt: skip
    first, second, third = [json.loads(line) for line in run.stdout.splitlines()]
    assert run.returncode != 0
    assert first["label"] == "angry" and set(first["probabilities"]) == EMOTIONS
    assert -1 <= first["arousal"] <= 1 and -1 <= first["valence"] <= 1 and first["speech"] > 0.6
    assert "0.6 s" in second["error"] and "none.wav" in third["error"]


def test_without_the_model_the_command_says_how_to_get_it(binary, tmp_path):
    (tmp_path / "manifest.json").write_text('{"schema": 1, "models": []}')
    run = subprocess.run([binary, "emotion", "x.wav"], capture_output=True, text=True, cwd=ROOT,
                         env={"AIMPACT_MODELS_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"})  # fmt: skip
    assert run.returncode != 0 and "scripts/train-emotion" in run.stderr
