#!/usr/bin/env python3
"""What people change when they speak with an emotion: each actor's takes against the same actor's neutral takes of the same
sentence, over the recordings of ../shared/audio/ravdess. Median over actors and sentences, and the spread between them.

docs/EMOTION.md holds its output, and says how the targets of server/voice/tts/emotion.cpp follow from it. Needs
praat-parselmouth, numpy and soundfile."""
import argparse
import collections
import csv
import multiprocessing
import pathlib
import sys

import numpy as np
import soundfile

from prosody import measure

ROOT = pathlib.Path(__file__).resolve().parents[1]
# name in measure() -> column, and whether it is a ratio
COLUMNS = {
    "pitch": ("F0 mean, st", False), "range": ("F0 range", True), "slope": ("slope, st", False), "end": ("ending, st", False),
    "seconds": ("rate", True), "pauses": ("pauses", False), "level": ("level, dB", False), "tilt": ("tilt, dB", False),
    "lows": ("lows, dB", False), "highs": ("highs, dB", False), "jitter": ("jitter", True), "shimmer": ("shimmer", True),
    "harmonicity": ("HNR, dB", False), "tremor": ("tremor", True),
}  # fmt: skip


def one(row_and_folder):
    row, folder = row_and_folder
    samples, rate = soundfile.read(folder / row["path"])
    return {**row, **measure(samples, rate)}


def mean(takes, key):
    return np.nanmean([take[key] for take in takes]) if takes else np.nan


def difference(emotional, neutral, key, ratio):
    if not ratio:
        return mean(emotional, key) - mean(neutral, key)
    sign = -1 if key == "seconds" else 1  # of a length: the rate
    return sign * np.log(mean(emotional, key) / mean(neutral, key))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--audio", type=pathlib.Path, default=ROOT / "../shared/audio/ravdess")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with open(options.audio / "manifest.tsv") as file:
        rows = [(row, options.audio) for row in csv.DictReader(file, delimiter="\t")]
    with multiprocessing.Pool(options.jobs) as pool:
        takes = pool.map(one, rows, chunksize=20)
    groups = collections.defaultdict(list)
    for take in takes:
        groups[take["label"], take["intensity"], take["speaker"], take["text"]].append(take)
    print("| emotion | acted | " + " | ".join(title for title, _ in COLUMNS.values()) + " |")
    print("|---" * (2 + len(COLUMNS)) + "|")
    for label, intensity in sorted({key[:2] for key in groups} - {("neutral", "normal")}):
        cells = []
        for key, (_, ratio) in COLUMNS.items():
            found = [
                difference(of, groups["neutral", "normal", speaker, text], key, ratio)
                for (l, i, speaker, text), of in groups.items()
                if (l, i) == (label, intensity) and groups.get(("neutral", "normal", speaker, text))
            ]
            middle, spread = np.nanmedian(found), np.nanstd(found)
            cells.append(f"×{np.exp(middle):.2f} ±{100 * spread:.0f}%" if ratio else f"{middle:+.1f} ±{spread:.1f}")
        print(f"| {label} | {intensity} | " + " | ".join(cells) + " |")
    print(f"{len(takes)} takes", file=sys.stderr)


if __name__ == "__main__":
    main()
