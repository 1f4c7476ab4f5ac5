#!/usr/bin/env python3
"""How natural the synthesised speech sounds and whether it is understood, by voice; with --reference beside the float
path: the same phones through the model that our conversion starts from, in full float arithmetic, the two in turns.

DNSMOS (ITU-T P.835) is taken at the same level for both. What is understood is told by the recogniser that answers calls
(--recogniser moonshine) or by Whisper base."""
import contextlib
import math
import pathlib
import sys
import tempfile

import jiwer
import numpy as np
from whisper_normalizer.english import EnglishTextNormalizer

import report
from report import ROOT, Report
from worker import add_peers, our_voice, peers_of

VOICES = "af_heart,af_bella,am_michael,am_fenrir,bf_emma,bm_george"
LEVEL = -26  # dBFS at which DNSMOS is taken: it hears a few dB of level as quality
GOAL = 0.05


class Voiced:
    """What one path said by one voice."""

    def __init__(self, path, voice):
        self.path, self.voice = path, voice
        self.scores, self.heard, self.errors = [], [], []

    def add(self, score, sentence, normalise):
        self.scores.append(score)
        self.heard.append(normalise(score["text"]))
        counted = jiwer.process_words(normalise(sentence), self.heard[-1])
        self.errors.append(counted.substitutions + counted.deletions + counted.insertions)

    def mean(self, field):
        return float(np.mean([score[field] for score in self.scores]))

    def row(self, words):
        levels = [score["level"] for score in self.scores]
        return [self.voice, self.path, len(self.scores), self.mean("overall"), self.mean("signal"), self.mean("background"),
                100 * sum(self.errors) / words, float(np.mean(levels)), float(np.std(levels))]  # fmt: skip


def interval(differences):
    """Mean and half of its 95 % interval."""
    half = 1.96 * np.std(differences, ddof=1) / math.sqrt(len(differences)) if len(differences) > 1 else None
    return float(np.mean(differences)), half and float(half)


def speak_and_judge(options, peers, sentences):
    """{(path, voice): Voiced}"""
    normalise = EnglishTextNormalizer()
    models = {"moonshine": pathlib.Path(options.models) / "moonshine-tiny-en", "whisper": peers.folder / "whisper-base"}
    found = {}
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = stack.enter_context(our_voice(options.models, options.threads, options.bench, pinned=False))
        judge = stack.enter_context(peers.worker(
            "judge", "judge.py", "--recogniser", options.recogniser, "--model", models[options.recogniser],
            "--threads", options.threads))  # fmt: skip
        reference = None
        if options.reference:
            reference = stack.enter_context(peers.worker(
                "float", "tts_kokoro_onnx.py", "--model", options.float_model or peers.folder / "kokoro-float.onnx",
                "--voices", peers.folder / "voices.bin", "--threads", options.threads))  # fmt: skip
        for voice in options.voices.split(","):
            for number, sentence in enumerate(sentences):
                files = {"ours": str(folder / f"ours_{number}.wav")}
                ours.ask(text=sentence, voice=voice, emotion=options.emotion, wav=files["ours"])
                if reference:
                    files["float"] = str(folder / f"float_{number}.wav")
                    clauses = ours.ask(text=sentence, voice=voice, phones=True)["clauses"]
                    reference.ask(phones=[clause["phones"] for clause in clauses], voice=voice, wav=files["float"])
                scores = judge.ask(files=list(files.values()), level=LEVEL)["scores"]
                for path, score in zip(files, scores):
                    found.setdefault((path, voice), Voiced(path, voice)).add(score, sentence, normalise)
            print(voice, file=sys.stderr)
    return found


def compare(result, found, voices, words):
    rows = result.table(
        "Ours less the float path, the same sentences and phones (± half of the 95 % interval)",
        ["voice", "sentences", "DNSMOS", "±", "signal", "background", "errors, ours", "errors, float", "WER difference, points", "±"],
    )
    pairs = {voice: (found["ours", voice], found["float", voice]) for voice in voices}

    def differences(field, chosen):
        return [a[field] - b[field] for voice in chosen for a, b in zip(*(v.scores for v in pairs[voice]))]

    for name, chosen in [*((voice, [voice]) for voice in voices), ("all", voices)]:
        errors = [[sum(pairs[voice][side].errors) for voice in chosen] for side in (0, 1)]
        each = [a - b for voice in chosen for a, b in zip(*(v.errors for v in pairs[voice]))]
        overall, half = interval(differences("overall", chosen))
        more, more_half = interval(each)
        share = 100 * len(each) / (words * len(chosen))  # of a mean of errors a sentence, in points of WER
        rows.append([name, len(each), overall, half, interval(differences("signal", chosen))[0],
                     interval(differences("background", chosen))[0], sum(errors[0]), sum(errors[1]), more * share,
                     more_half and more_half * share])  # fmt: skip
    result.note(f"Goal: DNSMOS within {GOAL} and no more word errors, over all: {rows[-1][2]:+.3f} and {rows[-1][6] - rows[-1][7]:+d}.")


def main():
    parser = report.arguments(__doc__)
    add_peers(parser)
    parser.add_argument("--reference", action="store_true", help="also by the float path")
    parser.add_argument("--float-model", help="its ONNX file (default: the peers')")
    parser.add_argument("--recogniser", choices=["moonshine", "whisper"], default="moonshine")
    parser.add_argument("--bench", default="build/release/bench_tts", help="our program")
    parser.add_argument("--models", default=ROOT / "var/models")
    parser.add_argument("--sentences", type=pathlib.Path, default=ROOT / "bench/tts_sentences.txt")
    parser.add_argument("--voices", default=VOICES, help="with commas between")
    parser.add_argument("--emotion", default="neutral", help="of ours")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, help="only the first N sentences")
    parser.add_argument("--misheard", action="store_true", help="print them on standard error")
    options = parser.parse_args()
    if options.reference and options.emotion != "neutral":
        parser.error("--reference speaks neutrally: leave --emotion out")
    sentences = options.sentences.read_text().splitlines()[: options.limit]
    peers = peers_of(options)
    found = speak_and_judge(options, peers, sentences)

    result = Report("tts_quality", options)
    normalise = EnglishTextNormalizer()
    words = sum(len(normalise(sentence).split()) for sentence in sentences)
    rows = result.table(
        f"DNSMOS at {LEVEL} dBFS and what {options.recogniser} understands, emotion {options.emotion}",
        ["voice", "path", "sentences", "DNSMOS", "signal", "background", "WER %", "level dBFS", "spread dB"],
    )
    for voiced in found.values():
        rows.append(voiced.row(words))
    voices = options.voices.split(",")
    ours = [found["ours", voice] for voice in voices]
    result.note(
        f"Ours over all voices: DNSMOS {np.mean([v.mean('overall') for v in ours]):.3f}, "
        f"word error rate {100 * sum(sum(v.errors) for v in ours) / (words * len(voices)):.2f} %."
    )
    if options.reference:
        compare(result, found, voices, words)
    result.finish()
    if options.misheard:
        for voiced in found.values():
            for sentence, heard in zip(sentences, voiced.heard):
                if normalise(sentence) != heard:
                    print(f"{voiced.path} {voiced.voice}: {normalise(sentence)} -> {heard}", file=sys.stderr)


if __name__ == "__main__":
    main()
