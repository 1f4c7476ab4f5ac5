"""Real recordings for the tests: reading them, writing them in other formats, and comparing words."""
import csv
import io
import re

import numpy as np
import soundfile

from .server import SHARED

RATE = 16000


def utterances(minimum=0.0, maximum=60.0):
    """(path, text) of the LibriSpeech test-other utterances whose length in seconds is within the bounds."""
    folder = SHARED / "audio/librispeech-test-other"
    with open(folder / "manifest.tsv", newline="") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t"))
    found = []
    for row in rows:
        path = folder / row["path"]
        if minimum <= soundfile.info(path).duration <= maximum:
            found.append((path, row["text"]))
    return found


# Utterances that the plain recogniser gets right word for word: for tests of anything but accuracy.
CLEAR = [
    "3005/3005-163389-0008.flac",
    "1688/1688-142285-0009.flac",
    "1688/1688-142285-0002.flac",
    "1998/1998-15444-0006.flac",
]


def clear():
    """(path, text) of CLEAR, in its order."""
    known = {str(path): text for path, text in utterances()}
    paths = [SHARED / "audio/librispeech-test-other" / name for name in CLEAR]
    return [(path, known[str(path)]) for path in paths]


def read(path):
    """Mono float samples at 16 kHz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    assert rate == RATE, f"{path} is at {rate} Hz"
    return samples.mean(axis=1)


def speech_end(samples):
    """Index of the end of speech: the end of the last 20 ms frame within 25 dB of the 95th percentile of the
    frames' level. The benches of this project and of its peers share this definition."""
    frame = RATE // 50
    count = len(samples) // frame
    scaled = samples[: count * frame].reshape(count, frame).astype(np.float64) * 32768
    level = np.sqrt((scaled**2).mean(axis=1) + 1)
    voiced = np.nonzero(level > np.percentile(level, 95) * 10 ** (-25 / 20))[0]
    return (voiced[-1] + 1) * frame


def speech_start(samples, rate=RATE):
    """Index of the start of speech: of the first 20 ms frame within 25 dB of the 95th percentile of the frames' level (as
    in speech_end) and 8 dB above the quietest twentieth (the noise of the room), from which on four fifths of the next
    200 ms are so loud too. A breath or a click before the first word doesn't count."""
    frame = rate // 50
    count = len(samples) // frame
    scaled = samples[: count * frame].reshape(count, frame).astype(np.float64) * 32768
    level = np.sqrt((scaled**2).mean(axis=1) + 1)
    floor = max(np.percentile(level, 95) * 10 ** (-25 / 20), np.percentile(level, 5) * 10 ** (8 / 20))
    loud = level > floor
    return next(at for at in range(count - 10) if loud[at] and loud[at : at + 10].sum() >= 8) * frame


def encode(samples, container, subtype=None, rate=RATE):
    """The bytes of an audio file."""
    target = io.BytesIO()
    soundfile.write(target, samples, rate, format=container, subtype=subtype)
    return target.getvalue()


class Streamed(soundfile.SoundFile):
    """Read from start to end: a streamed FLAC doesn't say how long it is, so that nothing can be sought in it."""

    def seekable(self):
        return False


def decode(data):
    """(samples, rate) of an audio file's bytes; mono files only."""
    with Streamed(io.BytesIO(data)) as file:
        samples = file.read(file.samplerate * 600, dtype="float32")
        assert file.channels == 1, "expected mono audio"
        return samples, file.samplerate


def silence(seconds, rate=RATE):
    return np.zeros(int(seconds * rate), np.float32)


def tone(seconds, hertz=440.0, level=0.3, rate=RATE):
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def words(text):
    return re.sub(r"[^a-z0-9' ]", " ", text.lower()).split()


def word_errors(reference, hypothesis):
    """Levenshtein distance in words."""
    reference, hypothesis = words(reference), words(hypothesis)
    row = list(range(len(hypothesis) + 1))
    for i, expected in enumerate(reference, 1):
        previous, row[0] = row[0], i
        for j, got in enumerate(hypothesis, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (expected != got))
    return row[-1]


def assert_heard(reference, hypothesis, rate=0.25):
    """At most `rate` of the reference's words were misheard."""
    errors = word_errors(reference, hypothesis)
    assert errors <= rate * len(words(reference)), f"{errors} errors: {reference!r} was heard as {hypothesis!r}"
