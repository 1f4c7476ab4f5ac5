#!/usr/bin/env python3
"""Speech to text: word error rate on LibriSpeech test-other (60 utterances), real-time factor, time by length."""
import json
import resource
import subprocess
import sys
import tempfile
import time

import jiwer
import numpy as np
import soundfile
from whisper_normalizer.english import EnglishTextNormalizer

import report
from report import ROOT, Report, cpu_seconds, percentile

sys.path.insert(0, str(ROOT / "tests"))
from support import recordings  # noqa: E402
from support.server import BINARY, Account, Server  # noqa: E402


def children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def transcribe(paths):
    """Each file's object, CPU seconds and wall seconds of one command."""
    cpu, began = children_cpu(), time.monotonic()
    done = subprocess.run(
        [BINARY, "transcribe", "--json", *map(str, paths)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return [json.loads(line) for line in done.stdout.splitlines()], children_cpu() - cpu, time.monotonic() - began


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--repeats", type=int, default=15, help="of each length")
    options = parser.parse_args()
    result = Report("stt", options)
    utterances = recordings.utterances()
    seconds = sum(soundfile.info(path).duration for path, _ in utterances)

    silent = tempfile.NamedTemporaryFile(suffix=".wav")
    soundfile.write(silent.name, recordings.silence(0.5), recordings.RATE)
    _, load_cpu, load_wall = transcribe([silent.name])
    objects, cpu, wall = transcribe([path for path, _ in utterances])
    normal = EnglishTextNormalizer()
    measures = jiwer.process_words([normal(text) for _, text in utterances], [normal(one["text"]) for one in objects])
    rows = result.table(
        "LibriSpeech test-other, Whisper's English normaliser on both sides",
        ["utterances", "audio s", "WER %", "insertions", "deletions", "substitutions", "CPU s", "wall s", "RTF (CPU)", "RTF (wall)"],
    )
    rows.append(
        [len(utterances), seconds, 100 * measures.wer, measures.insertions, measures.deletions, measures.substitutions,
         cpu - load_cpu, wall - load_wall, (cpu - load_cpu) / seconds, (wall - load_wall) / seconds]
    )
    result.note(f"Loading takes {load_wall:.1f} s more (CPU {load_cpu:.1f} s) and isn't counted.")

    timing = result.table(
        "Upload of a WAV file to its transcript, /v1/audio/transcriptions, one at a time",
        ["speech s", "repeats", "p50 ms", "p95 ms", "CPU ms each"],
    )
    speech = np.concatenate([recordings.read(path) for path, _ in utterances])
    with tempfile.TemporaryDirectory() as folder, Server(folder) as server:
        account = Account(server)
        for length in (2, 5, 10, 20):
            waits, began_cpu = [], None
            for repeat in range(options.repeats + 1):
                start = repeat * length * recordings.RATE % (len(speech) - length * recordings.RATE)
                data = recordings.encode(speech[start : start + length * recordings.RATE], "WAV", "PCM_16")
                began = time.monotonic()
                answer = account.http.post(
                    "/v1/audio/transcriptions", data={"model": "moonshine-tiny-en"}, files={"file": ("a.wav", data)}
                )
                answer.raise_for_status()
                if repeat == 0:  # warms up
                    began_cpu = cpu_seconds(server.process.pid)
                    continue
                waits.append((time.monotonic() - began) * 1000)
            each = (cpu_seconds(server.process.pid) - began_cpu) * 1000 / len(waits)
            timing.append([length, len(waits), percentile(waits, 0.5), percentile(waits, 0.95), each])
    result.finish()


if __name__ == "__main__":
    main()
