"""Other speakers, rooms, microphones and lines than the recordings': what the recogniser shall not depend on."""
import numpy as np

RATE = 16000
SPEEDS = (0.88, 0.94, 1.0, 1.0, 1.06, 1.13)   # pitch and formants go with it, as another body's
EQ_HZ = np.array([50, 125, 250, 500, 1000, 2000, 4000, 8000])


def another(samples: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The same words by another voice over another line."""
    speed = random.choice(SPEEDS)
    if speed != 1:
        samples = np.interp(np.arange(0, len(samples) - 1, speed), np.arange(len(samples)), samples)
    count = len(samples)
    spectrum, hertz = np.fft.rfft(samples, 2 * count), np.fft.rfftfreq(2 * count, 1 / RATE)
    tone = random.normal(0, 3, len(EQ_HZ))
    spectrum *= 10 ** (np.interp(np.log2(np.maximum(hertz, 50)), np.log2(EQ_HZ), tone) / 20)
    if random.random() < 0.35:
        spectrum *= np.fft.rfft(room(random), 2 * count)
    if random.random() < 0.25:   # a telephone's band
        low, high = random.uniform(200, 330), random.uniform(3200, 3800)
        spectrum /= (1 + (low / np.maximum(hertz, 1)) ** 8) * (1 + (hertz / high) ** 16)
    made = np.fft.irfft(spectrum)[:count]
    if random.random() < 0.6:
        made = made + noise(made, random)
    return made.astype(np.float32)


def room(random: np.random.Generator) -> np.ndarray:
    """An impulse response: the direct sound, then noise that falls by 60 dB in 0.1 .. 0.5 s."""
    length = int(random.uniform(0.1, 0.5) * RATE)
    tail = random.normal(size=length) * np.exp(-6.9 * np.arange(length) / length)
    tail *= 10 ** (-random.uniform(3, 15) / 20) / np.sqrt((tail ** 2).sum())
    tail[0] += 1
    return tail


def noise(samples: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """White to pink, 8 .. 35 dB below the loud third of the speech."""
    ratio, count = random.uniform(8, 35), len(samples)
    spectrum = np.fft.rfft(random.normal(size=count))
    spectrum /= np.maximum(np.fft.rfftfreq(count, 1 / RATE), 50) ** random.uniform(0, 1)
    made = np.fft.irfft(spectrum, count)
    loud = np.sort(samples ** 2)[-count // 3:].mean()
    return made * np.sqrt(loud / (made ** 2).mean() / 10 ** (ratio / 10))
