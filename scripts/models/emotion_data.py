"""RAVDESS as it lies in a folder: which clips there are, what they say of themselves, and their samples.

Livingstone and Russo, "The Ryerson Audio-Visual Database of Emotional Speech and Song" (2018), CC BY-NC-SA 4.0.
Read are FLAC of 16 kHz in one folder, and the original layout: Actor_01/03-01-05-02-01-01-01.wav, 48 kHz.
"""
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

NAME = re.compile(r"03-01-(0[1-8])-(0[12])-(0[12])-(0[12])-(\d\d)\.(flac|wav)$")
CLIPS_MIN, ACTORS_MIN = 240, 6


@dataclass(frozen=True)
class Clip:
    path: Path
    label: int    # 0 neutral .. 7 surprised
    actor: int    # odd: a man, even: a woman
    number: int   # its name as digits: seeds what is drawn for it


def clips(folder: Path) -> list[Clip]:
    """Speech clips (no song, no video) in the order of their names."""
    found = []
    for path in sorted([*folder.glob("*.*"), *folder.glob("Actor_*/*.*")], key=lambda p: p.name):
        if match := NAME.fullmatch(path.name):
            digits = re.sub(r"\D", "", path.stem)
            found.append(Clip(path, int(match[1]) - 1, int(match[5]), int(digits)))
    return found


def find(environ=os.environ, root: Path | None = None) -> Path | None:
    """AIMPACT_RAVDESS, or ../shared/audio/ravdess of the checkout; None if there is no data."""
    named = environ.get("AIMPACT_RAVDESS")
    for folder in [Path(named)] if named else [root.parent / "shared" / "audio" / "ravdess"] if root else []:
        if folder.is_dir() and enough(clips(folder)):
            return folder
    return None


def enough(found: list[Clip]) -> bool:
    return len(found) >= CLIPS_MIN and len({c.actor for c in found}) >= ACTORS_MIN


def samples(clip: Clip) -> np.ndarray:
    """16 kHz mono f32, the silence around the speech shortened to 0.2 s."""
    import soundfile
    audio, rate = soundfile.read(clip.path, dtype="float32", always_2d=True)
    audio = audio.mean(1)
    if rate == 48000:
        tap = np.arange(-60, 61)
        low = np.sinc(tap / 3 * 0.95) * np.hamming(121)
        audio = np.convolve(audio, low / low.sum(), "same")[::3].astype(np.float32)
    elif rate != 16000:
        raise SystemExit(f"{clip.path} has {rate} samples a second; RAVDESS has 48000, or 16000 once reduced")
    power = np.array([(audio[i:i + 320] ** 2).sum() for i in range(0, len(audio) - 320, 160)]) + 1e-12
    level = 10 * np.log10(power)
    loud = np.flatnonzero(level > np.percentile(level, 95) - 30)
    return audio[max(0, loud[0] - 20) * 160:(loud[-1] + 22) * 160]
