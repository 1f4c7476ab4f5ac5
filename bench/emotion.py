#!/usr/bin/env python3
"""emotion.py: how well emotion is heard of actors left out, and what it costs.

The recall comes from training itself (var/models/emotion/config.json): every clip was judged by networks that never
heard its actor. With --data also the recall of the installed model on clips of other actors, as RAVDESS names them. The
cost is that of `aimpact emotion` on the training's recordings: CPU of the calling thread, features and network.
"""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scripts"))

import report  # noqa: E402
from models import emotion_data  # noqa: E402
from support import recordings  # noqa: E402

MODELS = pathlib.Path(os.environ.get("AIMPACT_MODELS_DIR", report.ROOT / "var/models"))


def judge(clips):
    command = [str(report.ROOT / "build/release/aimpact"), "emotion", *[str(clip.path) for clip in clips]]
    run = subprocess.run(command, capture_output=True, text=True, cwd=report.ROOT)
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    if len(rows) != len(clips):
        raise SystemExit(f"aimpact emotion failed: {run.stderr.strip()[-300:]}")
    return rows


def recall(confusion):
    return sum(row[i] / max(1, sum(row)) for i, row in enumerate(confusion)) / len(confusion)


def confusion_table(result, title, classes, confusion):
    rows = result.table(title, ["said", *classes, "recall"])
    for i, name in enumerate(classes):
        rows.append([name, *confusion[i], confusion[i][i] / max(1, sum(confusion[i]))])


def main():
    parser = report.arguments(__doc__.split("\n")[0])
    parser.add_argument("--data", type=pathlib.Path, help="RAVDESS clips of other actors than those trained on")
    parser.add_argument("--clips", type=int, default=240, help="to time")
    options = parser.parse_args()
    result = report.Report("emotion", options)
    config = json.loads((MODELS / "emotion/config.json").read_text())
    classes = config["classes"]
    rows = result.table("Emotion, heard", ["what", "value"])
    rows.append([f"recall over 8 classes, {len(config['actors'])} actors left out in {len(config['folds'])} parts", config["recall"]])
    confusion_table(result, "Actors left out: said against heard", classes, config["confusion"])

    data = emotion_data.find(root=report.ROOT)
    if data:
        clips = emotion_data.clips(data)
        found = judge(clips[:: max(1, len(clips) // options.clips)])
        chosen = clips[:: max(1, len(clips) // options.clips)]
        each = [row["cpu_ms"] * 3 / (len(recordings.read(clip.path)) / recordings.RATE) if clip.path.suffix == ".flac"
                else row["cpu_ms"] for clip, row in zip(chosen, found)][1:]  # fmt: skip
        rows.append(["CPU per 3 s of audio, median, ms", report.percentile(each, 0.5)])
        rows.append(["CPU per 3 s of audio, p95, ms", report.percentile(each, 0.95)])
    if options.data:
        clips = [c for c in emotion_data.clips(options.data) if c.actor not in config["actors"]]
        if not clips:
            raise SystemExit(f"{options.data} has no clips of actors that the model wasn't trained on")
        counts = [[0] * len(classes) for _ in classes]
        for clip, row in zip(clips, judge(clips)):
            if "label" in row:
                counts[clip.label][classes.index(row["label"])] += 1
        rows.append([f"recall, {len(clips)} clips of {len({c.actor for c in clips})} actors that were held back", recall(counts)])
        confusion_table(result, "Actors held back: said against heard", classes, counts)
    result.finish()
    if config["recall"] < 0.60:
        sys.exit("the recall is below 0.60")


main()
