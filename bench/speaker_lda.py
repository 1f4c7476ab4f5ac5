"""A speaker verifier that has nothing to do with GE2E, to look at matched voices with other eyes: statistics of cepstra
over two seconds, made to tell 100 people apart by linear discriminant analysis. Far weaker than a neural encoder; what it
says counts only as a comparison."""
import pathlib

import numpy as np
import soundfile

RATE, FRAME, HOP, MELS, CEPSTRA = 16000, 400, 160, 40, 20
SEGMENT = 2 * RATE
DIMENSIONS = 40


def _filters():
    def mel(hz):
        return 2595 * np.log10(1 + hz / 700)

    points = 700 * (10 ** (np.linspace(mel(60), mel(7600), MELS + 2) / 2595) - 1)
    bins = np.arange(FRAME // 2 + 1) * RATE / FRAME
    rising = (bins - points[:-2, None]) / (points[1:-1] - points[:-2])[:, None]
    falling = (points[2:, None] - bins) / (points[2:] - points[1:-1])[:, None]
    return np.maximum(0, np.minimum(rising, falling))


FILTERS = _filters()
COSINES = np.cos(np.pi * np.arange(1, CEPSTRA + 1)[:, None] * (np.arange(MELS) + 0.5) / MELS)


def statistics(samples):
    """Means and deviations of cepstra and of their slopes, over the frames within 30 dB of the loudest twentieth."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP] * np.hanning(FRAME)
    power = np.abs(np.fft.rfft(frames)) ** 2
    energy = power.sum(1)
    power = power[energy > np.percentile(energy, 95) * 1e-3]
    cepstra = np.log(power @ FILTERS.T + 1e-8) @ COSINES.T
    slopes = np.diff(cepstra, axis=0)
    return np.concatenate([cepstra.mean(0), cepstra.std(0), slopes.std(0)])


def read(path):
    samples, rate = soundfile.read(path, dtype="float32")
    if rate == 24000:  # two of three samples, after a low-pass of 7.6 kHz
        taps = np.sinc(2 * 7600 / rate * np.arange(-48, 49)) * np.hamming(97)
        smooth = np.convolve(samples, taps / taps.sum(), "same")
        at = np.arange(0, len(smooth) - 1, 1.5)
        whole = at.astype(int)
        samples = smooth[whole] + (at - whole) * (smooth[whole + 1] - smooth[whole])
    return samples / (np.sqrt(np.mean(np.square(samples))) + 1e-9) * 0.05


class Verifier:
    def __init__(self, folder):
        rows, people = [], []
        for number, path in enumerate(sorted(pathlib.Path(folder).rglob("*.flac"))):
            samples = read(path)
            for begin in range(0, len(samples) - SEGMENT + 1, SEGMENT):
                rows.append(statistics(samples[begin : begin + SEGMENT]))
                people.append(number)
        rows, people = np.array(rows), np.array(people)
        self.mean, self.scale = rows.mean(0), rows.std(0) + 1e-9
        rows = (rows - self.mean) / self.scale
        within, between = np.zeros((rows.shape[1],) * 2), np.zeros((rows.shape[1],) * 2)
        for number in np.unique(people):
            own = rows[people == number]
            centre = own.mean(0)
            within += (own - centre).T @ (own - centre)
            between += len(own) * np.outer(centre, centre)
        root = np.linalg.inv(np.linalg.cholesky(within / len(rows) + 0.1 * np.eye(len(within))))
        values, vectors = np.linalg.eigh(root @ (between / len(rows)) @ root.T)
        self.project = root.T @ vectors[:, np.argsort(-values)[:DIMENSIONS]]

    def embed(self, samples):
        """Of length 1."""
        parts = [statistics(samples[begin : begin + SEGMENT]) for begin in range(0, max(1, len(samples) - SEGMENT + 1), SEGMENT)]
        vector = ((np.mean(parts, 0) - self.mean) / self.scale) @ self.project
        return vector / (np.linalg.norm(vector) + 1e-9)
