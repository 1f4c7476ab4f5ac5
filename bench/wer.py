#!/usr/bin/env python3
"""Word error rate of transcripts against a manifest, with the Whisper English normaliser on both sides.

    aimpact transcribe --json FILES... | bench/wer.py MANIFEST.tsv
    bench/wer.py MANIFEST.tsv --command 'build/release/aimpact transcribe --json'

Transcripts are JSON, one object a line with "file" and "text"; the manifest is tab-separated with "path" and
"text". Needs the packages in tests/requirements.txt
(scripts/test-venv makes the environment). Exits 1 when the rate is above --max, or a file is missing.
"""
import argparse
import csv
import json
import pathlib
import shlex
import subprocess
import sys

import jiwer
from whisper_normalizer.english import EnglishTextNormalizer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=pathlib.Path)
    parser.add_argument("--command", help="a program that prints the transcripts of the files it is given")
    parser.add_argument("--max", type=float, help="fail above this word error rate in percent")
    parser.add_argument("--show", type=int, default=0, help="print the N worst utterances")
    options = parser.parse_args()

    with options.manifest.open(newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    folder = options.manifest.parent
    if options.command:
        files = [str(folder / row["path"]) for row in rows]
        output = subprocess.run(shlex.split(options.command) + files, check=True, stdout=subprocess.PIPE, text=True).stdout
    else:
        output = sys.stdin.read()
    heard = {pathlib.Path(entry["file"]).name: entry for entry in map(json.loads, filter(str.strip, output.splitlines()))}

    normalise = EnglishTextNormalizer()
    errors = words = 0
    audio = decode = 0.0
    worst = []
    missing = [row["path"] for row in rows if pathlib.Path(row["path"]).name not in heard]
    for row in rows:
        entry = heard.get(pathlib.Path(row["path"]).name)
        if entry is None:
            continue
        reference, hypothesis = normalise(row["text"]), normalise(entry["text"])
        result = jiwer.process_words(reference, hypothesis)
        wrong = result.substitutions + result.deletions + result.insertions
        errors += wrong
        words += result.hits + result.substitutions + result.deletions
        audio += entry.get("duration", 0.0)
        decode += entry.get("decode_ms", 0.0) / 1000
        worst.append((wrong, row["path"], reference, hypothesis))
    rate = 100 * errors / words if words else float("nan")
    print(f"utterances {len(rows) - len(missing)}  words {words}  errors {errors}  WER {rate:.2f} %", end="")
    print(f"  audio {audio:.0f} s  recogniser RTF {decode / audio:.4f}" if audio else "")
    for wrong, path, reference, hypothesis in sorted(worst, reverse=True)[: options.show]:
        print(f"  {wrong:3d} {path}\n      ref {reference}\n      hyp {hypothesis}")
    if missing:
        print(f"no transcript for {', '.join(missing)}", file=sys.stderr)
        return 1
    return 1 if options.max is not None and not rate <= options.max else 0


if __name__ == "__main__":
    sys.exit(main())
