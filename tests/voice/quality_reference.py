#!/usr/bin/env python3
"""Writes server/voice/quality/{dnsmos,level}_reference.inc: numbers that dnsmos_test.cpp and level_meter_test.cpp
compare with.

DNSMOS is what the Python package speechmos (with librosa and onnxruntime) says of recordings; the active speech level
is an independent statement of ITU-T P.56, method B (NumPy, double precision, one sample after the other). Run it from
the root of the project; it needs speechmos, onnxruntime, librosa and soundfile, and ../shared/audio.
"""
import pathlib

import librosa
import numpy as np
import soundfile
from speechmos import dnsmos

AUDIO = pathlib.Path("../shared/audio")
RATE = 16_000
# (recording, noise, gain of the noise, samples; 0: all)
CLIPS = [
    ("librispeech-test-other/1688/1688-142285-0002.flac", "", 0.0, 0),
    ("librispeech-test-other/1998/1998-15444-0006.flac", "", 0.0, 0),
    ("librispeech-test-other/3005/3005-163389-0008.flac", "noise/babble_8spk.flac", 0.2, 0),
    ("librispeech-test-other/1688/1688-142285-0009.flac", "noise/white.flac", 0.05, 0),
    ("librispeech-test-other/1998/1998-15444-0006.flac", "noise/kitchen.flac", 0.5, 24_000),
    ("ravdess/{first}", "", 0.0, 0),
    ("noise/white.flac", "", 0.0, 200_000),
    ("noise/babble_4spk.flac", "", 0.0, 400_000),
]


def clip(recording, noise, gain, count):
    samples = soundfile.read(AUDIO / recording, dtype="float32")[0]
    samples = samples[: count or len(samples)]
    if noise:
        other = soundfile.read(AUDIO / noise, dtype="float32")[0]
        samples = np.clip(samples + np.float32(gain) * other[: len(samples)], -1, 1).astype(np.float32)
    return samples


def active_level(samples, rate=RATE):
    """(level, active level) in dBFS, behind the meter's high-pass at 10 Hz."""
    pole = np.exp(-2 * np.pi * 10 / rate)
    smooth = np.exp(-1 / (0.03 * rate))
    hangover = int(np.ceil(0.2 * rate))
    thresholds = 2.0 ** np.arange(-15, 0)
    counts, silent = np.zeros(15, int), np.full(15, hangover + 1)
    last = out = p = q = 0.0
    squares = 0.0
    for x in samples.astype(np.float64):
        out = x - last + pole * out
        last = x
        squares += out * out
        p = smooth * p + (1 - smooth) * abs(out)
        q = smooth * q + (1 - smooth) * p
        silent = np.where(q >= thresholds, 0, silent + 1)
        counts += silent <= hangover
    levels = [10 * np.log10(squares / n) if n else np.nan for n in counts]
    margins = [level - 20 * np.log10(c) for level, c in zip(levels, thresholds)]
    active = None
    for j in range(14, -1, -1):
        if counts[j] == 0:
            continue
        if margins[j] >= 15.9:
            if active is None:
                active = levels[j]
            else:
                share = (15.9 - margins[j + 1]) / (margins[j] - margins[j + 1])
                active = levels[j + 1] + share * (levels[j] - levels[j + 1])
            break
        active = levels[j]
    return 10 * np.log10(squares / len(samples)), active


def main():
    first = sorted(path.relative_to(AUDIO / "ravdess") for path in (AUDIO / "ravdess").rglob("*.flac"))[0]
    clips = [(recording.format(first=first), *rest) for recording, *rest in CLIPS]
    head = f"// Made by tests/voice/quality_reference.py with speechmos 0.0.1.1, librosa {librosa.__version__}: "
    lines = [head + "{recording, noise, gain,\n// samples (0: all), overall, signal, background, P.808}."]
    for one in clips:
        score = dnsmos.run(clip(*one), RATE)
        values = ", ".join(f"{score[name]:.5f}" for name in ("ovrl_mos", "sig_mos", "bak_mos", "p808_mos"))
        lines.append(f'{{"{one[0]}", "{one[1]}", {one[2]}F, {one[3]},\n {values}}},')
        print(lines[-1])
    pathlib.Path("server/voice/quality/dnsmos_reference.inc").write_text("\n".join(lines) + "\n")

    lines = ["// Made by tests/voice/quality_reference.py: {recording, noise, gain, samples, level, active level in dBFS}."]
    for one in clips[:6]:
        level, active = active_level(clip(*one))
        lines.append(f'{{"{one[0]}", "{one[1]}", {one[2]}F, {one[3]}, {level:.4f}, {active:.4f}}},')
        print(lines[-1])
    pathlib.Path("server/voice/quality/level_reference.inc").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
