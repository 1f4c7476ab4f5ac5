#!/usr/bin/env python3
"""Our recogniser beside faster-whisper (tiny.en and base), Moonshine's own library with the weights that ours has, and
pocketsphinx, in one run: word errors and share of real time, on clean recordings and with noise. The engines take turns,
a few recordings at a time, each pinned to as many cores as it gets threads."""
import contextlib
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import jiwer
import soundfile
from whisper_normalizer.english import EnglishTextNormalizer

import report
from report import ROOT, Report
from worker import add_peers, peers_of

sys.path.insert(0, str(ROOT / "tests"))
from support import recordings  # noqa: E402
from support.server import BINARY  # noqa: E402

import noise  # noqa: E402

ENGINES = ["ours", "ours-accurate", "whisper-tiny.en", "whisper-base", "whisper", "moonshine", "pocketsphinx"]
BATCH = 10  # recordings that one engine does before the next has its turn


class Ours:
    """`aimpact transcribe`. Loading its models is measured on a second of speech each time, and taken off: some are loaded
    only when there is something to hear."""

    def __init__(self, name, threads, options):
        self.name = name
        self.command = [options.binary, "transcribe", "--json", *options.ours, *(["--accurate"] if "accurate" in name else [])]
        self.cores = sorted(os.sched_getaffinity(0))[-threads:]
        self.second = tempfile.NamedTemporaryFile(suffix=".wav")
        speech = recordings.read(recordings.utterances()[0][0])
        start = recordings.speech_start(speech)
        soundfile.write(self.second.name, speech[start : start + recordings.RATE], recordings.RATE)

    def run(self, files):
        """Answers, CPU seconds, wall seconds."""
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(
            [*self.command, *map(str, files)], stdout=subprocess.PIPE, text=True, cwd=ROOT,
            preexec_fn=lambda: os.sched_setaffinity(0, self.cores),
        )  # fmt: skip
        wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(f"stt_peers: {' '.join(map(str, self.command))} failed with {done.returncode}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return [json.loads(line) for line in done.stdout.splitlines()], cpu, wall

    def ask(self, files):
        _, load_cpu, load_wall = self.run([self.second.name])
        answers, cpu, wall = self.run(files)
        return {"texts": [a["text"] for a in answers], "cpu_s": max(0.0, cpu - load_cpu), "wall_s": max(0.0, wall - load_wall)}

    def close(self):
        self.second.close()


def has_accurate(options):
    said = subprocess.run([options.binary, "transcribe", "--help"], capture_output=True, text=True, cwd=ROOT)
    return "--accurate" in said.stdout


def engines_of(options, result):
    """Those that are there; what is left out is said in the report."""
    peers = peers_of(options) if any(not name.startswith("ours") for name in options.engines) else None
    for name in options.engines:
        model = options.whisper_model if name == "whisper" else peers and peers.folder / name
        if name == "ours-accurate" and not has_accurate(options):
            result.note("Left out: ours-accurate; this `aimpact transcribe` has no --accurate.")
        elif name.startswith("ours"):
            yield Ours(name, options.threads, options)
        elif name.startswith("whisper") and not (model and pathlib.Path(model, "model.bin").exists()):
            result.note(f"Left out: {name}; there is no faster-whisper model in {model or '(--whisper-model)'}.")
        elif name.startswith("whisper"):
            arguments = ["faster-whisper", "--model", model, "--beam", options.beam, "--threads", options.threads]
            yield peers.worker(f"faster-{name}", "stt.py", *arguments, cores=options.threads)
        else:
            yield peers.worker(name, "stt.py", name, "--threads", options.threads, cores=options.threads)


class Sum:
    def __init__(self):
        self.texts, self.cpu, self.wall = [], 0.0, 0.0

    def add(self, answer):
        self.texts += answer["texts"]
        self.cpu += answer["cpu_s"]
        self.wall += answer["wall_s"]


def compare(engines, files):
    """{name: Sum}, the engines in turns."""
    sums = {one.name: Sum() for one in engines}
    for start in range(0, len(files), BATCH):
        for one in engines:
            sums[one.name].add(one.ask(files=[str(file) for file in files[start : start + BATCH]]))
    return sums


def main():
    parser = report.arguments(__doc__)
    add_peers(parser)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=[name for name in ENGINES if name != "whisper"])
    parser.add_argument("--whisper-model", metavar="FOLDER", help="another faster-whisper model, for the engine `whisper`")
    parser.add_argument("--beam", type=int, default=5, help="of faster-whisper; 5 is its own default")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--limit", type=int, help="only the first N recordings")
    parser.add_argument("--noises", nargs="*", choices=noise.NOISES, default=["babble_8spk", "kitchen", "pink"])
    parser.add_argument("--snr", type=float, nargs="+", default=[20, 10, 5], help="dB, by the active level of the speech")
    parser.add_argument("--clean-only", nargs="*", default=["pocketsphinx"], metavar="ENGINE", help="not with noise")
    parser.add_argument("--binary", default=BINARY)
    parser.add_argument("--ours", nargs="*", default=[], metavar="OPTION", help="more options of `aimpact transcribe`, as --ours=--x")
    options = parser.parse_args()
    result = Report("stt_peers", options)
    utterances = recordings.utterances()[: options.limit]
    paths = [path for path, _ in utterances]
    seconds = sum(soundfile.info(path).duration for path in paths)
    normalise = EnglishTextNormalizer()
    said = [normalise(text) for _, text in utterances]
    rows = result.table(
        f"LibriSpeech test-other, {len(paths)} utterances, {seconds:.0f} s, {options.threads} thread(s)",
        ["noise", "SNR dB", "engine", "WER %", "insertions", "deletions", "substitutions", "RTF (CPU)", "RTF (wall)", "CPU, times ours"],
    )
    conditions = [("none", None), *((name, snr) for name in options.noises for snr in options.snr)]
    with contextlib.ExitStack() as stack:
        engines = [stack.enter_context(contextlib.closing(one)) for one in engines_of(options, result)]
        for one in engines:  # the first job of each warms up
            one.ask(files=[str(paths[0])])
        for name, snr in conditions:
            with tempfile.TemporaryDirectory() as folder:
                files = paths if snr is None else noise.write_mixes(paths, name, snr, pathlib.Path(folder))
                here = [one for one in engines if snr is None or one.name not in options.clean_only]
                sums = compare(here, files)
            for one in here:
                found = sums[one.name]
                errors = jiwer.process_words(said, [normalise(text) for text in found.texts])
                rows.append([name, snr, one.name, 100 * errors.wer, errors.insertions, errors.deletions, errors.substitutions,
                             found.cpu / seconds, found.wall / seconds,
                             found.cpu / sums["ours"].cpu if "ours" in sums and sums["ours"].cpu else None])  # fmt: skip
            print(f"{name} {snr}", file=sys.stderr)
    result.note("Whisper's English normaliser on both sides. Loading the models isn't counted.")
    result.finish()


if __name__ == "__main__":
    main()
