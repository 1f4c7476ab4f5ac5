#!/usr/bin/env python3
"""How well words that no dictionary has are said: phone error of the letter-to-sound rules on held-out words.

    bench/letter_to_sound.py [--dict var/models/kokoro-82m/dict] [--share 20] [--single] [--out result.json]

Trains the rules anew without one word in --share and compares what they say of those words with the dictionary. Words
are held out by a hash of their first five letters, so that a word goes with its inflections and relatives
("voice", "voices", "voicemail"); with --single each word by itself, as is often reported, which is easier. The phone
error is the Levenshtein distance over phones, stress marks left out, by the number of phones of the dictionary; the
error with stress counts the marks as phones. The shipped table is trained on all words, so it is at least as good as
this one; words of running text that no dictionary has are mostly names, which are harder.
No model is needed, only the two dictionaries.
"""
import argparse
import json
import sys
import time
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(ROOT / "scripts" / "models"))

from kokoro_letter_to_sound import PRIMARY, SECONDARY, Rules, read_dictionaries  # noqa: E402


def distance(said: str, wanted: str) -> int:
    row = list(range(len(wanted) + 1))
    for i, a in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(wanted, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def without_stress(phones: str) -> str:
    return phones.replace(PRIMARY, "").replace(SECONDARY, "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--dict", type=Path, default=ROOT / "var/models/kokoro-82m/dict")
    parser.add_argument("--share", type=int, default=20, help="one word in so many is held out")
    parser.add_argument("--single", action="store_true", help="hold out single words, not families")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    gold, silver = (json.loads((arguments.dict / f"us_{name}.json").read_text()) for name in ("gold", "silver"))
    words = read_dictionaries(gold, silver)
    letters = 99 if arguments.single else 5
    held = {w: p for w, p in words.items() if zlib.crc32(w[:letters].encode()) % arguments.share == 0}
    start = time.process_time()
    rules = Rules.train({w: p for w, p in words.items() if w not in held})
    phones = errors = marked = marked_errors = right = 0
    for word, wanted in held.items():
        said = rules.say(word)
        plain_said, plain_wanted = without_stress(said), without_stress(wanted)
        errors += distance(plain_said, plain_wanted)
        phones += len(plain_wanted)
        marked_errors += distance(said, wanted)
        marked += len(wanted)
        right += plain_said == plain_wanted
    result = {
        "trained_on": len(words) - len(held),
        "held_out": len(held),
        "phone_error": round(errors / phones, 4),
        "phone_error_with_stress": round(marked_errors / marked, 4),
        "words_right": round(right / len(held), 4),
        "train_cpu_seconds": round(time.process_time() - start, 1),
    }
    print(json.dumps(result, indent=2))
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=2) + "\n")
    if result["phone_error"] > 0.09:
        sys.exit("the phone error is above 9 %")


if __name__ == "__main__":
    main()
