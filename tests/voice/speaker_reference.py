#!/usr/bin/env python3
"""Writes server/voice/speakers/speaker_reference.inc: numbers that speaker_encoder_test.cpp compares with.

An independent statement, in NumPy and double precision, of what Resemblyzer 0.1.4 does to an utterance: raise it to
-30 dBFS, mel power as librosa computes it, windows of 160 frames at 1.3 a second, three LSTM layers, a linear layer,
ReLU, L2 norm, mean. The input is a formula that the test repeats, so that no audio is stored. Run it from the root of
the project with the path of Resemblyzer's wheel (scripts/fetch-models keeps it in its cache); it needs numpy. With
--librosa it also compares its mel power with librosa's, if that is installed.
"""
import pathlib
import sys
import zipfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))

from models import ge2e_checkpoint  # noqa: E402

RATE, FFT, HOP, MELS, FRAMES, STEP = 16_000, 400, 160, 40, 160, 77
LENGTHS = (12_000, 40_000, 100_000)


def signal(count: int) -> np.ndarray:
    """Harmonics of a pitch that wanders, their weights moving like formants, in bursts; about -35 dBFS."""
    t = np.arange(count, dtype=np.float64) / RATE
    phase = 2 * np.pi * (120 * t + 4 * np.sin(3 * t))
    out = np.zeros(count)
    for h in range(1, 21):
        out += np.sin(h * phase) / h * (1 + 0.8 * np.sin(5 * t + 0.7 * h))
    return (0.02 * (0.6 + 0.4 * np.sin(9 * t)) * out + 0.002 * np.sin(2 * np.pi * 5100 * t)).astype(np.float32)


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


def mel_power(samples: np.ndarray) -> np.ndarray:
    x = np.pad(samples.astype(np.float64), FFT // 2)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)
    frames = np.lib.stride_tricks.sliding_window_view(x, FFT)[::HOP] * window
    return np.abs(np.fft.rfft(frames)) ** 2 @ filters()


def normalised(samples: np.ndarray) -> np.ndarray:
    x = samples.astype(np.float64)
    dbfs = 20 * np.log10(np.sqrt(np.mean(x ** 2)))
    return x * 10 ** ((-30 - dbfs) / 20) if dbfs < -30 else x


def embed(weights: dict, mels: np.ndarray) -> np.ndarray:
    """[windows, 160, 40] -> [windows, 256]."""
    sigmoid = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
    x = mels
    for layer in range(3):
        w_in, w_rec, b_in, b_rec = (weights[f"lstm.{n}_l{layer}"] for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        h = c = np.zeros((len(x), 256))
        steps = []
        for frame in range(x.shape[1]):
            i, f, g, o = np.split(x[:, frame] @ w_in.T + b_in + h @ w_rec.T + b_rec, 4, axis=1)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            steps.append(h)
        x = np.stack(steps, axis=1)
    raw = np.maximum(x[:, -1] @ weights["linear.weight"].T + weights["linear.bias"], 0)
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def utterance(weights: dict, samples: np.ndarray) -> np.ndarray:
    frames = int(np.ceil((len(samples) + 1) / HOP))
    starts = list(range(0, max(1, frames - FRAMES + STEP + 1), STEP))
    if (len(samples) - starts[-1] * HOP) / (FRAMES * HOP) < 0.75 and len(starts) > 1:
        starts.pop()
    x = np.pad(normalised(samples), (0, max(0, (starts[-1] + FRAMES) * HOP - len(samples))))
    table = mel_power(x)
    mean = embed(weights, np.stack([table[s:s + FRAMES] for s in starts])).mean(0)
    return mean / np.linalg.norm(mean)


def main() -> None:
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        weights = ge2e_checkpoint.read(wheel.read("resemblyzer/pretrained.pt"), "model_state")
    if "--librosa" in sys.argv:
        import librosa
        x = signal(40_000)
        theirs = librosa.feature.melspectrogram(y=x, sr=RATE, n_fft=FFT, hop_length=HOP, n_mels=MELS).T
        print("largest relative difference from librosa:",
              np.max(np.abs(mel_power(x) - theirs) / (np.abs(theirs) + 1e-6 * theirs.max())))
    lines = ["// Made by tests/voice/speaker_reference.py.", "constexpr MelRow kMelRows[] = {  // samples, frame, mel, value"]
    for count in LENGTHS:
        table = mel_power(normalised(signal(count)))
        for frame in (0, 1, 30, len(table) - 2, len(table) - 1):
            lines += [f"    {{{count}, {frame}, {m}, {table[frame, m]:.6e}F}}," for m in (0, 5, 13, 21, 30, 39)]
    lines += ["};", "constexpr VoiceRow kVoiceRows[] = {  // samples, place, value"]
    for count in LENGTHS:
        voice = utterance(weights, signal(count))
        lines += [f"    {{{count}, {place}, {voice[place]:.6f}F}}," for place in np.argsort(-voice)[:24]]
    lines.append("};")
    pathlib.Path("server/voice/speakers/speaker_reference.inc").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
