"""How callers sound: RAVDESS clips over the live connection and by the command line."""
import json
import os
import pathlib
import subprocess

import numpy as np
import pytest

from support import recordings
from support.live import Live, to_24k
from support.server import ROOT, SHARED
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
