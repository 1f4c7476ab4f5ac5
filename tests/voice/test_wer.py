"""Accuracy of `aimpact transcribe` on real speech, and its silence on what is not speech."""
import json
import os
import subprocess

import jiwer
import numpy as np
import pytest
import soundfile
from whisper_normalizer.english import EnglishTextNormalizer

from support import recordings
from support.server import BINARY, ROOT

WORD_ERROR_RATE_MAX = 0.136


def transcribe(*paths):
    done = subprocess.run(
        [BINARY, "transcribe", "--json", *paths], capture_output=True, text=True, cwd=ROOT, timeout=500,
        env={key: value for key, value in os.environ.items() if not key.startswith("AIMPACT_") or key == "AIMPACT_MODELS_DIR"},
    )
    assert done.returncode == 0, done.stderr
    return {one["file"]: one for one in map(json.loads, done.stdout.splitlines())}


def test_word_error_rate_on_librispeech_test_other(binary, speech, record_property):
    utterances = recordings.utterances()
    assert len(utterances) == 60
    heard = transcribe(*(str(path) for path, _ in utterances))
    normal = EnglishTextNormalizer()
    references = [normal(text) for _, text in utterances]
    hypotheses = [normal(heard[str(path)]["text"]) for path, _ in utterances]
    rate = jiwer.wer(references, hypotheses)
    record_property("wer", rate)
    worst = sorted(zip(references, hypotheses), key=lambda pair: -jiwer.wer(*pair))[:3]
    assert rate <= WORD_ERROR_RATE_MAX, f"WER {rate:.1%}; worst: {worst}"


@pytest.mark.parametrize("name", ["white.flac", "pink.flac"])
def test_noise_gives_no_words(binary, speech, name):
    path = str(speech / "noise" / name)
    assert transcribe(path)[path]["text"] == ""


@pytest.mark.parametrize("name", ["silence", "tone", "chord"])
def test_silence_and_music_give_no_words(binary, tmp_path, name):
    chord = sum(recordings.tone(10, hertz, 0.1) for hertz in (261.6, 329.6, 392.0, 523.3))
    samples = {"silence": recordings.silence(10), "tone": recordings.tone(10), "chord": chord}[name]
    path = tmp_path / f"{name}.wav"
    soundfile.write(path, samples, recordings.RATE)
    assert transcribe(str(path))[str(path)]["text"] == ""


def test_silence_around_speech_adds_no_words(binary, speech, tmp_path):
    source, text = recordings.clear()[0]
    samples = recordings.read(source)
    path = tmp_path / "padded.wav"


    soundfile.write(path, np.concatenate([recordings.silence(6), samples, recordings.silence(6)]), recordings.RATE)
    heard = transcribe(str(path), str(source))
    assert recordings.word_errors(heard[str(source)]["text"], heard[str(path)]["text"]) <= 1
