"""What the emotion recogniser looks at: numbers about at most 3 s of speech, from log-mels and prosody.

server/voice/emotion/emotion_features.cpp computes the same; tests/voice/emotion_reference.py compares them.
Everything is relative to the window's own level, so that a microphone's gain says nothing.

Frames: every 10 ms. Log-mels: 25 ms Hann, 512-point FFT, 64 Slaney filters. Pitch: normalised autocorrelation
of 40 ms at 8 kHz with the best path through its peaks (Boersma, 1993).
"""
from dataclasses import dataclass

import numpy as np

RATE, HOP, WINDOW, FFT, MELS = 16000, 160, 400, 512, 64
FRAMES_MAX, FRAMES_STEP = 300, 150     # of a window, and between windows of longer speech
FRAMES_MIN = 60                        # less speech gives no estimate
SECONDS_MAX = 15                       # of longer speech the end counts
PITCH_WINDOW, PITCH_FFT, LAG_MIN, LAG_MAX = 320, 512, 13, 134   # at 8 kHz: 615 .. 60 Hz
CANDIDATES = 4
UNVOICED, VOICING_CHANGE, OCTAVE_JUMP, OCTAVE_COST = 0.45, 0.14, 0.35, 0.015
SILENCE = 0.02 / (1 + UNVOICED)
SPAN_DB, SPEECH_DB, VOICED_DB, FLOOR_DB = 30, 25, 30, 70
BANDS_HZ = ((60, 500), (500, 1000), (1000, 2000), (2000, 3400), (3400, 5000), (5000, 8000))
MODULATION_HZ = ((0.6, 1.5), (1.5, 3), (3, 5), (5, 8), (8, 13), (13, 20), (20, 35))


def mel_filters() -> np.ndarray:
    """Slaney's, of area 1: librosa's filters.mel(sr=16000, n_fft=512, n_mels=64)."""
    def hertz(mel):
        return np.where(mel >= 15, 1000 * np.exp((mel - 15) * np.log(6.4) / 27), mel * 200 / 3)

    top = 15 + np.log(RATE / 2 / 1000) / (np.log(6.4) / 27)
    edges, bins = hertz(np.linspace(0, top, MELS + 2)), np.arange(FFT // 2 + 1) * RATE / FFT
    rising = (bins[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins[None]) / (edges[2:] - edges[1:-1])[:, None]
    return (np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


FILTERS = mel_filters()
HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
PITCH_HANN = (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(PITCH_WINDOW) + 0.5) / PITCH_WINDOW)).astype(np.float32)
_tap = np.arange(-15, 16)
HALF_BAND = 0.5 * np.sinc(_tap / 2) * np.hamming(31)
HALF_BAND = (HALF_BAND / HALF_BAND.sum()).astype(np.float32)
_own = np.fft.irfft(np.abs(np.fft.rfft(PITCH_HANN.astype(np.float64), PITCH_FFT)) ** 2)[:LAG_MAX + 2]
WINDOW_CORRELATION = (_own / _own[0]).astype(np.float32)
LAGS = np.arange(LAG_MIN, LAG_MAX + 1)
COSINES = (np.cos(np.pi * np.arange(16)[:, None] * (np.arange(MELS) + 0.5)[None] / MELS)
           * np.sqrt(2 / MELS)).astype(np.float32)
BIN_HZ = np.arange(FFT // 2 + 1) * RATE / FFT
BAND_BINS = [(BIN_HZ >= low) & (BIN_HZ < high) for low, high in BANDS_HZ]


@dataclass
class Frames:
    mel: np.ndarray       # [T, 64] power
    bands: np.ndarray     # [T, 6] dB
    energy: np.ndarray    # [T] dB
    pitch: np.ndarray     # [T] semitones above 100 Hz, 0 where unvoiced
    voiced: np.ndarray    # [T] bool
    harmonic: np.ndarray  # [T] 0 .. 0.999: the autocorrelation's peak


def cut(samples: np.ndarray, width: int, hop: int, count: int) -> np.ndarray:
    """Frames of `width` centred on hops, zeros beyond the ends."""
    padded = np.pad(samples, ((width - hop) // 2, width))
    return np.lib.stride_tricks.sliding_window_view(padded, width)[::hop][:count]


def analyse(samples: np.ndarray) -> Frames:
    samples = np.asarray(samples, np.float32)[-SECONDS_MAX * RATE:]
    count = len(samples) // HOP
    spectrum = np.abs(np.fft.rfft(cut(samples, WINDOW, HOP, count) * HANN, FFT)) ** 2
    bands = np.stack([10 * np.log10(spectrum[:, b].sum(1) + 1e-9) for b in BAND_BINS], 1)
    pitch, voiced, harmonic = track_pitch(samples, count)
    return Frames(spectrum @ FILTERS.T, bands, 10 * np.log10(spectrum[:, 2:].sum(1) + 1e-9), pitch, voiced, harmonic)


def track_pitch(samples: np.ndarray, count: int):
    low = np.convolve(samples, HALF_BAND, "same")[::2].astype(np.float32)
    frames = cut(low, PITCH_WINDOW, HOP // 2, count)
    frames = (frames - frames.mean(1, keepdims=True)) * PITCH_HANN
    r = np.fft.irfft(np.abs(np.fft.rfft(frames, PITCH_FFT)) ** 2)[:, :LAG_MAX + 2]
    power = r[:, :1] + 1e-12
    r = np.minimum(r / power / WINDOW_CORRELATION, 1.0)
    here, before, after = r[:, LAG_MIN:LAG_MAX + 1], r[:, LAG_MIN - 1:LAG_MAX], r[:, LAG_MIN + 1:LAG_MAX + 2]
    peak = (here > before) & (here >= after)
    bend = before - 2 * here + after
    offset = np.clip(np.where(peak, 0.5 * (before - after) / np.where(np.abs(bend) < 1e-9, -1e-9, bend), 0), -0.5, 0.5)
    height = here - 0.25 * (before - after) * offset
    lag = LAGS + offset
    strength = np.where(peak, height - OCTAVE_COST * np.log2(lag / LAG_MIN), -1)
    best = np.argsort(-strength, axis=1, kind="stable")[:, :CANDIDATES]
    take = lambda a: np.take_along_axis(a, best, 1)  # noqa: E731
    loud = np.sqrt(power[:, 0])
    loud = loud / max(float(loud.max()), 1e-9) if count else loud
    none = UNVOICED + np.maximum(0, 2 - loud / SILENCE) * 0.5
    score = np.concatenate([take(strength), none[:, None]], 1)
    octave = np.concatenate([np.log2(RATE / 2 / take(lag)), np.zeros((count, 1))], 1)
    height = np.concatenate([take(height), np.zeros((count, 1))], 1)
    path = best_path(score, octave)
    rows = np.arange(count)
    voiced = path < CANDIDATES
    semitones = np.where(voiced, 12 * (octave[rows, path] - np.log2(100)), 0)
    return semitones, voiced, np.where(voiced, np.clip(height[rows, path], 0, 0.999), 0)


def best_path(score: np.ndarray, octave: np.ndarray) -> np.ndarray:
    """Viterbi over the candidates of each frame; the last column is "unvoiced"."""
    count, states = score.shape
    is_voiced = np.arange(states) < CANDIDATES
    both, change = is_voiced[:, None] & is_voiced[None], is_voiced[:, None] != is_voiced[None]
    total, back = score[:1].copy().reshape(-1) if count else np.zeros(states), np.zeros((count, states), int)
    for t in range(1, count):
        cost = np.where(both, OCTAVE_JUMP * np.abs(octave[t - 1][:, None] - octave[t][None]), VOICING_CHANGE * change)
        reached = total[:, None] - cost
        back[t] = reached.argmax(0)
        total = reached.max(0) + score[t]
    path = np.zeros(count, int)
    if count:
        path[-1] = total.argmax()
    for t in range(count - 2, -1, -1):
        path[t] = back[t + 1, path[t + 1]]
    return path


def windows(frames: Frames) -> list[tuple[int, int]]:
    """The stretches to look at: the speech, in pieces of at most 3 s; none if there is too little of it."""
    if len(frames.energy) < FRAMES_MIN:
        return []
    loud = np.flatnonzero(frames.energy > np.percentile(frames.energy, 95) - SPAN_DB)
    start, end = max(0, loud[0] - 5), min(len(frames.energy), loud[-1] + 6)
    if end - start < FRAMES_MIN:
        return []
    starts = list(range(start, max(start + 1, end - FRAMES_MAX + 1), FRAMES_STEP))
    if end - starts[-1] > FRAMES_MAX:
        starts.append(end - FRAMES_MAX)
    return [(s, min(end, s + FRAMES_MAX)) for s in starts]


# ---------------------------------------------------------------------------------------- numbers about a window

def spread(values) -> list[float]:
    """Mean, deviation, and what 5, 50 and 95 percent stay below."""
    if len(values) < 3:
        return [0.0] * 5
    return [values.mean(), values.std(), *np.percentile(values, [5, 50, 95])]


def mean_of(values, otherwise=0.0) -> float:
    return float(values.mean()) if len(values) else otherwise


def median_of(values) -> float:
    return float(np.median(values)) if len(values) else 0.0


def thirds(values) -> list[np.ndarray]:
    third = max(1, len(values) // 3)
    return [values[:third], values[third:2 * third], values[2 * third:]]


def pitch_numbers(pitch, voiced) -> list[float]:
    on = pitch[voiced]
    if len(on) < 5:
        return [0.0] * 23
    middle = np.median(on)
    out = spread(on) + list(np.percentile(on, [25, 75]) - middle) + [on.max() - middle, on.min() - middle]
    step = np.diff(pitch)[voiced[1:] & voiced[:-1]]
    bend = np.diff(step)
    out += spread(step) + [mean_of(np.abs(step)), median_of(np.abs(step)), mean_of((step > 0).astype(float)),
                           mean_of(np.abs(bend)), median_of(np.abs(bend))]
    t = np.flatnonzero(voiced) / 100
    lean = t - t.mean()
    out.append((lean * (on - on.mean())).sum() / (lean ** 2).sum() if t[-1] - t[0] > 0.1 else 0.0)
    return out + [mean_of(part) - middle if len(part) else 0.0 for part in thirds(on)]


def energy_numbers(energy, top, level, speech, voiced) -> list[float]:
    step = np.diff(energy)[voiced[1:] & voiced[:-1]]
    of_voice = energy[voiced] if voiced.any() else energy
    out = [mean_of(step), float(step.std()) if len(step) else 0.0, mean_of(np.abs(step))]
    out += [of_voice.mean() - level, of_voice.std(), *(np.percentile(of_voice, [5, 95]) - top)]
    return out + spread(energy[speech] - top) + [mean_of(part) - level for part in thirds(energy)]


def rhythm_numbers(energy, top, speech, voiced) -> list[float]:
    seconds = len(energy) / 100
    edge = np.diff(np.concatenate([[0], voiced.astype(int), [0]]))
    runs = (np.flatnonzero(edge == -1) - np.flatnonzero(edge == 1)) / 100
    held = np.concatenate([[0.0], np.cumsum(np.maximum(energy - top, -60))])
    at = np.arange(len(energy))
    first, last = np.maximum(at - 3, 0), np.minimum(at + 4, len(energy))
    smooth = (held[last] - held[first]) / (last - first)
    peaks = (smooth[1:-1] > smooth[:-2]) & (smooth[1:-1] >= smooth[2:]) & (smooth[1:-1] > -20)
    return [voiced.mean(), len(runs) / seconds, mean_of(runs), float(runs.std()) if len(runs) else 0.0,
            float(runs.max()) if len(runs) else 0.0, speech.mean(), peaks.sum() / seconds]


def band_numbers(bands, energy, speech, voiced) -> list[float]:
    out, rest = [], speech & ~voiced
    relative = np.maximum(bands - energy[:, None], -60)
    for band in relative.T:
        of_voice = band[voiced] if voiced.sum() > 2 else band
        of_rest = band[rest] if rest.sum() > 2 else band
        out += spread(of_voice) + [of_rest.mean(), of_rest.std()]
    return out


def shape_numbers(mels, speech, voiced) -> list[float]:
    cepstra, out = mels @ COSINES.T, []
    for k in range(1, 16):
        column = cepstra[:, k]
        out += spread(column[voiced] if voiced.sum() > 2 else column)
        out.append(mean_of(np.abs(np.diff(column))[speech[1:]]))
    out += list(mels[speech].mean(0).reshape(16, 4).mean(1))
    return out + spread(np.abs(np.diff(mels, axis=0)).mean(1)[speech[1:]])


def modulation_numbers(mels, energy, top, pitch) -> list[float]:
    """How much each band's envelope, the level and the pitch move, by how fast."""
    tracks = np.concatenate([mels.reshape(len(mels), 16, 4).mean(2) / 10, (np.maximum(energy - top, -60) / 10)[:, None],
                             (pitch / 12)[:, None]], 1)
    tracks = (tracks - tracks.mean(0)) * (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(len(mels)) / (len(mels) - 1)))[:, None]
    power = np.abs(np.fft.rfft(tracks, 512, axis=0)) ** 2 / len(mels)
    hertz = np.arange(257) * 100 / 512
    return [float(v) for low, high in MODULATION_HZ
            for v in np.log(power[(hertz >= low) & (hertz < high)].mean(0) + 1e-4)]


def correlation_numbers(mels, energy, top, pitch, voiced, harmonic, speech) -> list[float]:
    """How 32 bands, their slopes, pitch, voicing and level go together: Fisher's z, and log deviations."""
    pairs = mels.reshape(len(mels), 32, 2).mean(2) / 10
    slope = np.zeros_like(pairs)
    slope[2:-2] = (pairs[4:] - pairs[:-4]) / 4 + (pairs[3:-1] - pairs[1:-3]) / 8
    tracks = np.concatenate([pairs, slope[:, ::2] * 3, (pitch / 12)[:, None], harmonic[:, None],
                             voiced[:, None] * 0.5, (np.maximum(energy - top, -60) / 20)[:, None]], 1)[speech]
    tracks = tracks - tracks.mean(0)
    covariance = tracks.T @ tracks / len(tracks) + np.eye(tracks.shape[1]) * 0.01
    deviation = np.sqrt(np.diag(covariance))
    upper = np.triu_indices(len(deviation), 1)
    z = np.arctanh(np.clip((covariance / np.outer(deviation, deviation))[upper], -0.99, 0.99))
    return [*z, *np.log(deviation)]


def numbers(frames: Frames, start: int, end: int) -> np.ndarray:
    """All features of one window, f32."""
    energy = frames.energy[start:end]
    top = np.percentile(energy, 95)
    speech = energy > top - SPEECH_DB
    voiced = frames.voiced[start:end] & (energy > top - VOICED_DB)
    harmonic = np.where(voiced, frames.harmonic[start:end], 0)
    level = energy[speech].mean()
    mels = 10 * np.log10(frames.mel[start:end] + 1e-10)
    mels = np.maximum(mels, mels[speech].max() - FLOOR_DB)
    mels = mels - mels[speech].mean()
    pitch = np.where(voiced, frames.pitch[start:end], 0)
    median = np.median(pitch[voiced]) if voiced.sum() >= 5 else 0.0
    moved = np.where(voiced, pitch - median, 0)
    out = pitch_numbers(pitch, voiced)
    out += energy_numbers(energy, top, level, speech, voiced)
    out += spread(-10 * np.log10(1 / np.clip(harmonic[voiced], 0.05, 0.999) - 1))
    out += rhythm_numbers(energy, top, speech, voiced)
    out += band_numbers(frames.bands[start:end], energy, speech, voiced)
    out += shape_numbers(mels, speech, voiced)
    out += modulation_numbers(mels, energy, top, moved)
    out += correlation_numbers(mels, energy, top, moved, voiced, harmonic, speech)
    return np.array(out, np.float32)


def features(samples_16k: np.ndarray) -> np.ndarray:
    """[windows, FEATURES]; no window for less than 0.6 s of speech."""
    frames = analyse(samples_16k)
    return np.array([numbers(frames, *w) for w in windows(frames)], np.float32)
