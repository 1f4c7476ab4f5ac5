"""Where emotion recognition's model comes from: its data by name, one line without it, and what training computes.

Training itself takes minutes and its data is in no registry; scripts/train-emotion checks what it made by itself.
"""
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from models import emotion_augment, emotion_data, emotion_features, emotion_network  # noqa: E402


def fetch(tmp_path, environment=None, *arguments):
    """scripts/fetch-models with a lock file that names no model but has training's packages."""
    root = tmp_path / "checkout"
    if not root.exists():
        (root / "scripts").mkdir(parents=True)
        (root / "scripts/models").symlink_to(ROOT / "scripts/models")
        (root / "models.lock").write_text('[python]\npip = "1"\nrequirements = []\ntraining = ["soundfile==0.14.0"]\n')
        script = (ROOT / "scripts/fetch-models").read_text()
        (root / "scripts/fetch-models").write_text(script)
    settings = {k: v for k, v in os.environ.items() if not k.startswith("AIMPACT_")}
    settings |= {"AIMPACT_MODELS_LOCK": str(root / "models.lock"), "AIMPACT_MODELS_DIR": str(tmp_path / "models"),
                 "AIMPACT_BUILD_CACHE_DIR": str(tmp_path / "cache"), **(environment or {})}
    return subprocess.run([sys.executable, str(root / "scripts/fetch-models"), *arguments], capture_output=True, text=True,
                          env=settings)


def test_a_named_folder_without_recordings_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    run = fetch(tmp_path, {"AIMPACT_RAVDESS": str(tmp_path / "empty")})
    assert run.returncode == 1 and "AIMPACT_RAVDESS" in run.stderr and "03-01-" in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_clips_are_known_by_their_names(tmp_path):
    (tmp_path / "Actor_02").mkdir()
    for name in ("03-01-05-02-01-01-02.wav", "03-02-05-02-01-01-02.wav", "03-01-09-01-01-01-02.wav", "notes.txt"):
        (tmp_path / "Actor_02" / name).touch()
    (tmp_path / "03-01-01-01-01-01-07.flac").touch()
    clips = emotion_data.clips(tmp_path)
    assert [(c.label, c.actor) for c in clips] == [(0, 7), (4, 2)]  # no song, no ninth emotion
    assert not emotion_data.enough(clips)
    assert emotion_data.find({"AIMPACT_RAVDESS": str(tmp_path)}) is None


def test_variations_are_the_same_each_time_and_differ_from_each_other():
    voice = np.sin(np.arange(32000) * 0.06).astype(np.float32) * 0.1
    made = [emotion_augment.another(voice, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(made[0], made[1])
    assert len(made[0]) != len(made[2]) or not np.allclose(made[0], made[2])
    assert all(np.isfinite(m).all() for m in made)


def test_too_little_speech_has_no_features():
    assert len(emotion_features.features(np.zeros(1000, np.float32))) == 0
    assert len(emotion_features.features(np.sin(np.arange(9000) * 0.06).astype(np.float32))) == 0
    assert emotion_features.features(np.sin(np.arange(80000) * 0.06).astype(np.float32)).shape[1] == 1707


def test_training_learns_and_repeats_itself(monkeypatch):
    monkeypatch.setattr(emotion_network, "STEPS", 120)
    random = np.random.default_rng(0)
    labels = np.tile(np.arange(8), 20)
    centres = random.normal(size=(8, 40))
    features = (centres[labels] + random.normal(size=(2, 160, 40))).astype(np.float32)
    one, two = (emotion_network.train(features, labels, 3, networks=2) for _ in range(2))
    for a, b in zip(one[1], two[1]):
        assert all(np.array_equal(x, y) for x, y in zip(a, b))
    found = emotion_network.probabilities(one, (centres[labels] + random.normal(size=(160, 40))).astype(np.float32))
    assert found.sum(1) == pytest.approx(np.ones(160), abs=1e-5)
    assert (found.argmax(1) == labels).mean() > 0.9
