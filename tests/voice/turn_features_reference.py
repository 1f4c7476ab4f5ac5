#!/usr/bin/env python3
"""Writes server/voice/turn_features_reference.inc: numbers that turn_features_test.cpp compares with.

An independent statement of Whisper's log-mel features (NumPy, double precision) for Smart Turn v3: the last 8 s padded
on the left, zero mean and unit variance, reflection, periodic Hann, power spectrum, Slaney mels, log10. The input is a
formula that the test repeats, so that no audio is stored. Run it from the root of the project; it needs numpy.
"""
import pathlib

import numpy as np

RATE, SAMPLES, FFT, HOP, MELS = 16_000, 128_000, 400, 160, 80


def signal(count: int) -> np.ndarray:
    """A swept tone with a second one, a level that rises, and a small offset."""
    t = np.arange(count, dtype=np.float64) / RATE
    sweep = np.sin(2 * np.pi * (150 * t + 300 * t * t))
    return ((0.1 + 0.05 * t) * sweep + 0.03 * np.sin(2 * np.pi * 3100 * t) + 0.01).astype(np.float32)


def mel(hz):
    return np.where(hz < 1000, 3 * hz / 200, 15 + np.log(np.maximum(hz, 1e-9) / 1000) * 27 / np.log(6.4))


def hertz(mels):
    return np.where(mels < 15, 200 * mels / 3, 1000 * np.exp((mels - 15) * np.log(6.4) / 27))


def filters() -> np.ndarray:
    edges = hertz(np.linspace(mel(np.array(0.0)), mel(np.array(8000.0)), MELS + 2))
    hz = np.linspace(0, RATE / 2, FFT // 2 + 1)
    up = (hz[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    down = (edges[2:] - hz[:, None]) / (edges[2:] - edges[1:-1])
    return np.maximum(0, np.minimum(up, down)) * 2 / (edges[2:] - edges[:-2])


def features(samples: np.ndarray) -> np.ndarray:
    x = samples[-SAMPLES:].astype(np.float64)
    x = np.pad(x, (SAMPLES - len(x), 0))
    x = (x - x.mean()) / np.sqrt(x.var() + 1e-7)
    x = np.pad(x, FFT // 2, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)
    frames = np.lib.stride_tricks.sliding_window_view(x, FFT)[::HOP] * window
    power = np.abs(np.fft.rfft(frames)) ** 2
    log = np.log10(np.maximum(1e-10, power @ filters())).T[:, :-1]
    return (np.maximum(log, log.max() - 8) + 4) / 4


def main() -> None:
    lines = ["// Made by tests/voice/turn_features_reference.py: {samples, mel, frame, value}."]
    for count in (3_000, 40_000, 128_000, 150_000):
        table = features(signal(count))
        for mels in (0, 1, 7, 23, 40, 63, 79):
            for frame in (0, 1, 300, 549, 551, 780, 798, 799):
                lines.append(f"{{{count}, {mels}, {frame}, {table[mels, frame]:.6f}F}},")
    pathlib.Path("server/voice/turn_features_reference.inc").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
