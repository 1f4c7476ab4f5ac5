"""Speech mixed with noise at a set ratio, the same way each time."""
import csv
import zlib

import numpy as np
import soundfile

from support import recordings
from support.server import SHARED

NOISES = ["babble_4spk", "babble_8spk", "babble_16spk", "kitchen", "pink", "white"]


def resample(samples, rate, to=recordings.RATE):
    """By the Fourier transform of the whole: for short files with silence at both ends."""
    count = round(len(samples) * to / rate)
    spectrum = np.fft.rfft(samples)[: count // 2 + 1]
    return (np.fft.irfft(spectrum, count) * (count / len(samples))).astype(np.float32)


def active_level(samples):
    """RMS of the frames of 20 ms within 25 dB of the 95th percentile of the frames' level: the pauses of speech don't
    count (the definition of recordings.speech_end; ITU-T P.56 has the same aim)."""
    frame = recordings.RATE // 50
    count = len(samples) // frame
    power = (samples[: count * frame].reshape(count, frame).astype(np.float64) ** 2).mean(axis=1)
    return np.sqrt(power[power >= np.percentile(power, 95) * 10 ** (-25 / 10)].mean())


def read_noise(name):
    with open(SHARED / "audio/noise/manifest.tsv", newline="") as manifest:
        known = [row["path"] for row in csv.DictReader(manifest, delimiter="\t")]
    if f"{name}.flac" not in known:
        raise SystemExit(f"there is no noise {name} in ../shared/audio/noise; it has {', '.join(known)}")
    return recordings.read(SHARED / f"audio/noise/{name}.flac")


def mix(speech, noise, snr_db, key):
    """Noise that goes on through pauses, from a place that `key` decides, `snr_db` below the active level of the speech.
    Turned down as a whole where it would clip."""
    start = zlib.crc32(key.encode()) % len(noise)
    piece = np.take(noise, np.arange(start, start + len(speech)), mode="wrap")
    gain = active_level(speech) / (np.sqrt(np.mean(piece.astype(np.float64) ** 2)) + 1e-12) * 10 ** (-snr_db / 20)
    mixed = speech + (gain * piece).astype(np.float32)
    return mixed * min(1.0, 0.99 / np.abs(mixed).max())


def write_mixes(paths, name, snr_db, folder):
    """The same recordings with that noise, as 16-bit WAV files in `folder`; their paths."""
    noise = read_noise(name)
    written = []
    for number, path in enumerate(paths):
        target = folder / f"{number}_{name}_{snr_db:g}.wav"
        samples = mix(recordings.read(path), noise, snr_db, f"{path.name} {name}")
        soundfile.write(target, samples, recordings.RATE, subtype="PCM_16")
        written.append(target)
    return written
