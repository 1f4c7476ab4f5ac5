#!/usr/bin/env python3
"""Writes server/voice/emotion/emotion_reference.inc: numbers that emotion_features_test.cpp compares with.

They come from scripts/models/emotion_features.py, which the recogniser is trained on; C++ has to compute the same.
The input is a formula that the test repeats, so that no audio is stored. Run it from the root of the project; it
needs numpy.
"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))

from models import emotion_features  # noqa: E402

RATE, LENGTHS = 16_000, (24_000, 40_000, 90_000)


def signal(count: int) -> np.ndarray:
    """Harmonics of a pitch that wanders, their weights moving like formants, in bursts with silence between."""
    t = np.arange(count, dtype=np.float64) / RATE
    phase = 2 * np.pi * (170 * t + 6 * np.sin(3 * t))
    out = np.zeros(count)
    for h in range(1, 31):
        out += np.sin(h * phase) / h * (1 + 0.8 * np.sin(5 * t + 0.7 * h))
    burst = np.clip(np.sin(2 * np.pi * 1.7 * t) + 0.6, 0, 1)
    return (0.05 * burst * out + 0.002 * np.sin(2 * np.pi * 5100 * t + 40 * np.sin(900 * t))).astype(np.float32)


def main() -> None:
    target = pathlib.Path("server/voice/emotion/emotion_reference.inc")
    lines = ["// Made by tests/voice/emotion_reference.py.",
             "constexpr EmotionReference kReference[] = {  // samples, window, feature, value"]
    for count in LENGTHS:
        rows = emotion_features.features(signal(count))
        lines.append(f"    // {len(rows)} windows of {count} samples")
        for window in {0, len(rows) - 1}:
            places = [*range(0, 250, 3), *range(250, 1707, 23), 1706]
            lines += [f"    {{{count}, {window}, {p}, {float(rows[window][p])!r}F}}," for p in places]
    target.write_text("\n".join([*lines, "};"]) + "\n")


main()
