"""How a recording is spoken: what people's emotions change and what synthesis is set to (bench/emotion_targets.py,
bench/spoken_emotion.py). Pitch by Praat's autocorrelation (Boersma 1993) through parselmouth; the rest by numpy."""
import numpy as np
import parselmouth
from parselmouth.praat import call

FRAME = 0.01  # seconds
# Praat's advice for speech of both sexes is 75 to 600 Hz; acted fear goes higher.
LOWEST_HZ, HIGHEST_HZ = 60, 700
AUDIBLE_DB = 30  # below the loudest frames: speech, not breath or room


def pitch(samples, rate):
    """F0 in Hz every 10 ms, 0 where unvoiced. Twice: with the speaker's own range it makes no octave errors (De Looze
    and Hirst 2008)."""
    sound = parselmouth.Sound(samples.astype(np.float64), rate)
    first = sound.to_pitch_ac(FRAME, LOWEST_HZ, voicing_threshold=0.5, pitch_ceiling=HIGHEST_HZ)
    voiced = first.selected_array["frequency"]
    voiced = voiced[voiced > 0]
    if len(voiced) < 5:
        return first.selected_array["frequency"], first
    low, high = 0.7 * np.percentile(voiced, 25), 2.0 * np.percentile(voiced, 75)
    second = sound.to_pitch_ac(
        FRAME, max(LOWEST_HZ, low), voicing_threshold=0.5, pitch_ceiling=min(HIGHEST_HZ, high)
    )
    return second.selected_array["frequency"], second


def frame_powers(samples, rate):
    size = int(FRAME * rate)
    count = len(samples) // size
    return (samples[: count * size].reshape(count, size).astype(np.float64) ** 2).mean(axis=1) + 1e-12


def band_levels(samples, rate, edges):
    """dB of each band, of the power spectrum averaged over the frames given."""
    size = int(0.032 * rate)
    window = np.hanning(size)
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[:: size // 2]
    spectra = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    levels = 10 * np.log10((frames.astype(np.float64) ** 2).mean(axis=1) + 1e-12)
    spectrum = spectra[levels > levels.max() - AUDIBLE_DB].mean(axis=0)
    frequency = np.fft.rfftfreq(size, 1 / rate)
    return [
        10 * np.log10(spectrum[(frequency >= low) & (frequency < high)].sum() + 1e-12)
        for low, high in zip(edges, edges[1:])
    ]


def measure(samples, rate):
    """One recording at 16 kHz. Pitch in semitones above 1 Hz, levels in dB, times in seconds."""
    track, praat = pitch(samples, rate)
    powers = frame_powers(samples, rate)
    levels = 10 * np.log10(powers)
    audible = np.nonzero(levels > np.percentile(levels, 95) - AUDIBLE_DB)[0]
    begin, end = audible[0], audible[-1] + 1
    inside = levels[begin:end] > np.percentile(levels, 95) - AUDIBLE_DB
    voiced = np.nonzero(track > 0)[0]
    semitones = 12 * np.log2(track[voiced])
    place = (voiced - voiced[0]) / max(1, voiced[-1] - voiced[0])
    middle = np.median(semitones)
    last, before = semitones[place > 0.85], semitones[(place > 0.5) & (place <= 0.75)]
    low, high = band_levels(samples[int(begin * FRAME * rate) : int(end * FRAME * rate)], rate, [60, 1000, 5000])
    sub, mid, top = band_levels(
        samples[int(begin * FRAME * rate) : int(end * FRAME * rate)], rate, [60, 500, 2000, 7800]
    )
    sound = parselmouth.Sound(samples.astype(np.float64), rate)
    points = call([sound, praat], "To PointProcess (cc)")
    jitter = call(points, "Get jitter (local)", 0, 0, 0.0001, 0.02, 1.3)
    shimmer = call([sound, points], "Get shimmer (local)", 0, 0, 0.0001, 0.02, 1.3, 1.6)
    harmonicity = sound.to_harmonicity_cc(FRAME, LOWEST_HZ).values
    harmonicity = harmonicity[harmonicity > -100]
    # What is left of pitch when its slow movement (0.25 s) is taken out, in stretches of voice.
    tremor = []
    for stretch in np.split(np.arange(len(voiced)), np.nonzero(np.diff(voiced) > 1)[0] + 1):
        if len(stretch) >= 25:
            s = semitones[stretch]
            tremor.append(np.std(s - np.convolve(np.pad(s, 12, mode="edge"), np.ones(25) / 25, mode="valid")))
    return {
        "pitch": float(semitones.mean()),
        "range": float(np.percentile(semitones, 90) - np.percentile(semitones, 10)),
        "spread": float(semitones.std()),
        "slope": float(np.polyfit(place, semitones, 1)[0]),  # from first to last
        "end": float((last.mean() if len(last) else middle) - (before.mean() if len(before) else middle)),
        "seconds": float((end - begin) * FRAME),
        "pauses": float(1 - inside.mean()),
        "level": float(10 * np.log10(powers[audible].mean())),
        "tilt": float(high - low),  # 1 to 5 kHz against 60 Hz to 1 kHz, as the alpha ratio of eGeMAPS
        "lows": float(sub - mid),
        "highs": float(top - mid),
        "jitter": float(100 * jitter),
        "shimmer": float(100 * shimmer),
        "harmonicity": float(np.median(harmonicity)),
        "voiced": float((track[begin:end] > 0).mean()),
        "tremor": float(np.mean(tremor)) if tremor else float("nan"),
    }
