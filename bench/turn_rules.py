#!/usr/bin/env python3
"""What the rules of server/voice/turn_policy.cpp that read the text rest on: how well the turn model, the words and both
tell a pause inside a sentence from the end of a turn, and what rules would have done. Reads lines of
`bench_turn_taking --trace` and `bench_endpoints --trace`; needs nothing beyond Python. Only the development half:

    build/release/bench_turn_taking --set dev --only pauses --trace --seed 7 > dev.jsonl
    build/release/bench_turn_taking --set dev --only pauses --trace --seed 1 >> dev.jsonl
    bench/turn_rules.py dev.jsonl"""
import argparse
import json
import math

from endpoint_rules import pauses

FRAME_MS, EARLY_MS, LONGEST = 32, 200, 55
OF_WORDS, OF_TURN_MODEL = 0.5, 0.15
RULES = {  # (wholeness from which, frames of silence)
    "as it is": ((0.9, 11), (0.0, 13), (-2.3, 22), (-99, 43)),
    "no middle": ((0.0, 13), (-99, 43)),
    "slower": ((0.0, 18), (-1.5, 26), (-99, 44)),
    "unsure as broken": ((0.9, 11), (0.0, 13), (-1.5, 22), (-99, 43)),
}


def logit(p):
    p = min(max(p, 1e-4), 1 - 1e-4)
    return math.log(p / (1 - p))


def wholeness(text_end, words, heard):
    return logit(text_end) + OF_WORDS * math.log(max(words, 1)) + (OF_TURN_MODEL * logit(heard) if heard is not None else 0)


def heard_by(pause, silent):
    """The turn model's latest answer, None before the first."""
    known = [check for check in pause["answers"] if check <= silent]
    return pause["answers"][max(known)] if known else None


def wholeness_of(pause, silent):
    return wholeness(pause["text_end"], len(pause["text"].split()), heard_by(pause, silent))


def area(values):
    """Under the curve, of (value, is an end)."""
    ends, others = [v for v, end in values if end], [v for v, end in values if not end]
    return sum((a > b) + 0.5 * (a == b) for a in ends for b in others) / max(len(ends) * len(others), 1)


def played(recording, rule):
    for pause in pauses(recording):
        for silent in range(6, pause["frames"] + 1):
            whole = wholeness_of(pause, silent) if pause["text_end"] is not None else -99
            needed = next(n for least, n in rule if whole >= least)
            if silent >= needed:
                return (pause["end"] + silent) * FRAME_MS - recording["end_ms"]
    return 3000.0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trace")
    recordings = [json.loads(line) for line in open(parser.parse_args().trace)]
    recordings = [r for r in recordings if "babble" not in r.get("group", "")]
    rows = []
    for recording in recordings:
        for pause in pauses(recording):
            heard = heard_by(pause, 14)
            if pause["frames"] > 10 and heard is not None and pause["text_end"] is not None:
                is_end = pause["frames"] > LONGEST or pause["end"] * FRAME_MS > recording["end_ms"] - 260
                rows.append((is_end, heard, pause["text_end"], wholeness_of(pause, 14)))
    print(f"{len(recordings)} recordings; {sum(r[0] for r in rows)} ends, {sum(not r[0] for r in rows)} pauses")
    print(f"area under the curve: turn model {area([(r[1], r[0]) for r in rows]):.2f}, words {area([(r[2], r[0]) for r in rows]):.2f}, "
          f"wholeness {area([(r[3], r[0]) for r in rows]):.2f}")
    for name, rule in RULES.items():
        delays = [played(r, rule) for r in recordings]
        released = sorted(d for d in delays if d >= -EARLY_MS)
        print(f"{name}: cut {100 * (1 - len(released) / len(delays)):.1f} %, release p50 {released[len(released) // 2]:.0f} ms, "
              f"p95 {released[int(0.95 * len(released))]:.0f} ms")


if __name__ == "__main__":
    main()
