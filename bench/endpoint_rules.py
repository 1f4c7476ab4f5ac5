#!/usr/bin/env python3
"""What the rules of server/voice/turn_policy.cpp rest on: how long pauses inside turns are by the turn model's opinion,
and what rules would have done. Reads the lines of `bench_endpoints --trace`; needs nothing beyond Python.

    build/release/bench_endpoints --trace $(bench/endpoint_rules.py --list tuning) > tuning.jsonl
    bench/endpoint_rules.py tuning.jsonl

The tuning recordings are those of librispeech-speakers (100 readers; what they read is cut at pauses, often inside a
sentence, so that only the pauses before the cut tell something) and of actors 1 to 9 of ravdess (whole sentences). The
held-out ones, which decide between rules, are librispeech-test-other (cut between sentences) and actors 10 to 18 of
ravdess; of ravdess, every third recording of the first repetition."""
import argparse
import json
import pathlib
import re

AUDIO = pathlib.Path(__file__).resolve().parents[2] / "shared/audio"
FRAME_MS = 32
CHECKS = (6, 10, 14, 20, 28)  # kTurnChecks
EARLY_MS = 200
UNFINISHED = set(
    "a an the and or but because if of to from with for at into than as my your our their its um uh er hmm mm so well i he she we "
    "they who whose which while although unless until whether been being having very every each another".split()
)
RULES = {  # (probability from which, frames of silence); the rule of each eagerness and its neighbours
    "high": ((0.95, 8), (0.8, 12), (0.0, 18), (-1.0, 24)),
    "auto": ((0.95, 12), (0.8, 22), (0.5, 26), (0.0, 36), (-1.0, 44)),
    "auto as it was": ((0.95, 16), (0.8, 22), (0.0, 25), (-1.0, 36)),
    "auto, sure after 12": ((0.95, 12), (0.8, 22), (0.0, 25), (-1.0, 36)),
    "auto, sure after 20": ((0.95, 20), (0.8, 22), (0.0, 25), (-1.0, 36)),
    "auto, sure from 0.8": ((0.8, 16), (0.0, 25), (-1.0, 36)),
    "auto, unsure after 33": ((0.95, 16), (0.8, 22), (0.0, 33), (-1.0, 36)),
    "silence alone, 16": ((-1.0, 16),),
    "silence alone, 22": ((-1.0, 22),),
    "silence alone, 26": ((-1.0, 26),),
    "silence alone, 32": ((-1.0, 32),),
    "low": ((0.95, 26), (0.8, 36), (0.1, 60), (0.0, 94), (-1.0, 125)),
}


def recordings(which):
    if which == "tuning":
        found = sorted((AUDIO / "librispeech-speakers").glob("*.flac"))
    else:
        found = sorted((AUDIO / "librispeech-test-other").glob("*/*.flac"))
    acted = []
    for path in sorted((AUDIO / "ravdess").glob("*.flac")):
        fields = path.stem.split("-")
        if fields[5] == "01" and (int(fields[6]) <= 9) == (which == "tuning"):
            acted.append(path)
    return found + acted[2::3]


def pauses(recording):
    vad = recording["vad"]
    for pause in recording["pauses"]:
        end = at = pause["end_frame"]
        while at < len(vad) and vad[at] < 0.35:
            at += 1
        yield {
            "end": end,
            "inner": pause["resumed"],
            "frames": at - end if pause["resumed"] else 10**6,
            "answers": {int(silent): p for silent, p in pause["checks"].items()},
            "text": pause["text"].rstrip(),
            "text_end": pause.get("text_end"),  # of traces that read the text
        }


def probability(pause, silent):
    """The turn model's latest answer, as the last words let it count (-1: they need more); None before the first."""
    asked = [check for check in CHECKS if check <= silent and check in pause["answers"]]
    if not asked:
        return None
    p = pause["answers"][asked[-1]]
    words = re.findall(r"[a-z']+", pause["text"].lower())
    if pause["text"] and not pause["text"].endswith("?"):
        if words and words[-1] in UNFINISHED:
            return -1.0
        elif pause["text"][-1] not in ".!":
            p = min(p, 0.3)
    return p


def ends_at(pause, rule):
    """Frames of silence after which the rule ends the turn in this pause, or None."""
    for silent in range(CHECKS[0], min(pause["frames"], 160)):
        p = probability(pause, silent)
        if p is not None and silent >= next(needed for least, needed in rule if p >= least):
            return silent
    return None


def played(recording, rule):
    """Milliseconds from the true end to the end of the first turn; below -EARLY_MS it was ended early."""
    for pause in pauses(recording):
        silent = ends_at(pause, rule)
        if silent is not None:
            return (pause["end"] + silent) * FRAME_MS - recording["end_ms"]
    return None


def percentile(values, p):
    values = sorted(values)
    return round(values[min(len(values) - 1, int(p * len(values)))]) if values else "–"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", choices=["tuning", "held-out"], help="print the recordings of a set, and end")
    parser.add_argument("traces", nargs="*")
    options = parser.parse_args()
    if options.list:
        print("\n".join(map(str, recordings(options.list))))
        return
    if not options.traces:
        parser.error("give the traces, or --list")
    all_recordings = [json.loads(line) for path in options.traces for line in open(path)]

    steps = (6, 10, 14, 18, 22, 26, 30, 34, 44)
    print(f"Pauses inside turns that last longer than so many ms, of {len(all_recordings)} recordings\n")
    print("| turn model after 0.45 s | pauses | " + " | ".join(str(step * FRAME_MS) for step in steps) + " |")
    print("|---" * (len(steps) + 2) + "|")
    classes = ((0.0, 0.1), (0.1, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.01))
    inner = [pause for recording in all_recordings for pause in pauses(recording) if pause["inner"] and pause["answers"]]
    for low, high in classes:
        chosen = []
        for pause in inner:
            answers = pause["answers"]
            p = answers.get(14, answers[max(answers)])
            if low <= p < high:
                chosen.append(pause["frames"])
        counts = [str(sum(frames > step for frames in chosen)) for step in steps]
        print(f"| {low} to {min(high, 1.0)} | {len(chosen)} | " + " | ".join(counts) + " |")

    print("\n| rule | early | of | delay p50 ms | p95 |\n|---|---|---|---|---|")
    for name, rule in RULES.items():
        delays = [played(recording, rule) for recording in all_recordings]
        delays = [delay for delay in delays if delay is not None]
        right = [delay for delay in delays if delay >= -EARLY_MS]
        print(f"| {name} | {len(delays) - len(right)} | {len(delays)} | {percentile(right, 0.5)} | {percentile(right, 0.95)} |")


if __name__ == "__main__":
    main()
