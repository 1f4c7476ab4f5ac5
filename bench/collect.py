#!/usr/bin/env python3
"""collect.py NAME FILE: puts a bench's output into its section of bench/RESULTS.md, and leaves the others alone."""
import pathlib
import re
import sys

RESULTS = pathlib.Path(__file__).with_name("RESULTS.md")
ORDER = ["voice_to_voice", "concurrency", "concurrency_peers", "phone", "load", "soak", "soak_conversations",
         "turn_taking", "emotion", "stt", "stt_peers", "vocabulary", "tts", "tts_peers", "tts_quality",
         "spoken_emotion", "matching", "http", "footprint"]  # fmt: skip
HEAD = "# Measured\n\nWritten by `scripts/bench`; [README.md](README.md) says what is measured and how.\n"


def main(name, file):
    text = RESULTS.read_text() if RESULTS.exists() else HEAD
    parts = re.split(r"^## (\w+)\n", text, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2]))
    sections[name] = pathlib.Path(file).read_text()
    names = sorted(sections, key=lambda one: ORDER.index(one) if one in ORDER else len(ORDER))
    RESULTS.write_text("\n".join([HEAD, *(f"## {one}\n\n{sections[one].strip()}\n" for one in names)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
