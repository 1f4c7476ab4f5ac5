"""G.711 mu-law at 8 kHz, as telephones carry it; from and to float samples."""
import numpy as np

RATE = 8000
FRAME = RATE // 50  # 20 ms
SILENCE = b"\xff"


def _decoded():
    codes = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (codes >> 4).astype(int) & 7, codes.astype(int) & 15
    magnitude = (((2 * mantissa + 33) << exponent) - 33) * 4
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.float32) / 32768


TABLE = _decoded()
_ORDER = np.argsort(TABLE, kind="stable")
_BORDERS = (TABLE[_ORDER][1:] + TABLE[_ORDER][:-1]) / 2


def encode(samples):
    """The nearest of the 256 values for each sample."""
    return _ORDER[np.searchsorted(_BORDERS, np.asarray(samples, np.float32))].astype(np.uint8).tobytes()


def decode(data):
    return TABLE[np.frombuffer(data, np.uint8)]


def resampled(samples, rate_from, rate_to=RATE):
    """By its spectrum: everything above the lower rate's band is cut off, as a telephone line does."""
    spectrum = np.fft.rfft(samples)
    length = len(samples) * rate_to // rate_from
    out = np.zeros(length // 2 + 1, complex)
    kept = min(len(out), len(spectrum))
    out[:kept] = spectrum[:kept]
    return (np.fft.irfft(out, length) * (length / len(samples))).astype(np.float32)
