#!/usr/bin/env python3
"""How much a custom vocabulary helps: names, medicines, products and places (vocabulary_terms.tsv) in sentences with a
little noise, recognised without and with lists of 10, 100 and 1000 terms; and what a list puts where no name was said.

Each sentence is spoken by our own voices and by Kokoro with espeak-ng's pronunciation (kokoro-onnx), so that it isn't only
our pronouncer that is heard; with --speakers also by espeak-ng's own voice, of which recognisers understand little. The
terms of a list of 10 are those of its ten sentences; of
1000, the hundred and 900 other names of people, made of common first and last names."""
import contextlib
import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import jiwer
import numpy as np
import soundfile
from whisper_normalizer.english import EnglishTextNormalizer

import report
from report import ROOT, Report
from worker import add_peers, our_voice, peers_of

sys.path.insert(0, str(ROOT / "tests"))
from support import recordings  # noqa: E402
from support.server import BINARY  # noqa: E402

import noise  # noqa: E402

SENTENCES = {
    "person": ["Could you put me through to {}, please?", "I spoke with {} about my invoice last week.",
               "My name is {}, and I would like to book a table.", "Is {} in the office tomorrow morning?"],
    "medicine": ["I need a new prescription for {}.", "How often should I take the {} each day?"],
    "product": ["I would like to cancel my {} subscription.", "We have a problem with the {} since this morning.",
                "Does your team know how to work with {}?"],
    "place": ["I am travelling to {} next Monday.", "Please send the parcel to our branch in {}."],
}  # fmt: skip
FIRST = (
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica "
    "Thomas Sarah Charles Karen Daniel Nancy Matthew Lisa Anthony Betty Mark Sandra Steven Ashley"
).split()
LAST = (
    "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Moore Jackson Martin Thompson White Harris "
    "Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker Nelson"
).split()
OURS = ["af_heart", "am_michael", "bf_emma", "bm_george", "af_bella", "am_fenrir"]
KOKORO = ["af_nicole", "am_puck", "bf_isabella", "bm_fable"]
ESPEAK = ["en-us", "en-gb", "en-us+f3", "en-gb+m3"]


def read_terms(limit):
    with open(ROOT / "bench/vocabulary_terms.tsv", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    if limit:  # spread over the kinds
        rows = rows[:: max(1, len(rows) // limit)][:limit]
    counts = {}
    for row in rows:
        number = counts[row["kind"]] = counts.get(row["kind"], -1) + 1
        templates = SENTENCES[row["kind"]]
        row["sentence"] = templates[number % len(templates)].format(row["term"])
    return rows


def filler():
    return [f"{first} {last}" for first in FIRST for last in LAST]


class Speech:
    """Says sentences by the engines' voices in turns, as files at 16 kHz with noise."""

    def __init__(self, options, folder, stack):
        self.folder, self.snr = folder, options.snr
        self.noise = noise.read_noise(options.noise)
        self.engines = {"ours": OURS}
        self.ours = stack.enter_context(our_voice(options.models, 2, options.bench, pinned=False))
        if "kokoro-onnx" in options.speakers:
            peers = peers_of(options)
            self.kokoro = stack.enter_context(peers.worker(
                "kokoro-onnx", "tts_kokoro_onnx.py", "--model", peers.folder / "kokoro-int8.onnx", "--voices",
                peers.folder / "voices.bin", "--threads", 2))  # fmt: skip
            self.engines["kokoro-onnx"] = KOKORO
        if "espeak-ng" in options.speakers and shutil.which("espeak-ng"):
            self.engines["espeak-ng"] = ESPEAK

    def say(self, engine, number, sentence, name):
        voice = self.engines[engine][number % len(self.engines[engine])]
        path = self.folder / f"{name}_{engine}_{number}.wav"
        if engine == "ours":
            self.ours.ask(text=sentence, voice=voice, wav=str(path))
        elif engine == "kokoro-onnx":
            self.kokoro.ask(text=sentence, voice=voice, wav=str(path))
        else:
            subprocess.run(["espeak-ng", "-v", voice, "-s", "160", "-w", path, sentence], check=True)
        samples, rate = soundfile.read(path, dtype="float32")
        quiet = recordings.silence(0.3, rate)
        speech = noise.resample(np.concatenate([quiet, samples, quiet]), rate)
        soundfile.write(path, noise.mix(speech, self.noise, self.snr, path.name), recordings.RATE, subtype="PCM_16")
        return path


class Recogniser:
    def __init__(self, options, folder):
        self.command = [options.binary, "transcribe", "--json", *(["--accurate"] if options.accurate else [])]
        self.folder = folder
        said = subprocess.run([options.binary, "transcribe", "--help"], capture_output=True, text=True, cwd=ROOT)
        if "--vocabulary" not in said.stdout:
            sys.exit(f"vocabulary: this `{options.binary} transcribe` has no --vocabulary; build the newest")

    def hear(self, files, terms=()):
        """Texts of the files, with that vocabulary."""
        command = list(self.command)
        if terms:
            listing = self.folder / "terms.txt"
            listing.write_text("".join(f"{term}\n" for term in terms))
            command += ["--vocabulary", listing]
        done = subprocess.run([*command, *map(str, files)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        if done.returncode:
            sys.exit(f"vocabulary: {' '.join(map(str, command))} failed with {done.returncode}")
        return [json.loads(line)["text"] for line in done.stdout.splitlines()]


def words_of(text):
    return " ".join(recordings.words(text.replace("-", " ").replace("’", "'")))


def has(term, text):
    """The term's words stand there in their order; letter case and punctuation don't count, spelling does."""
    return f" {words_of(term)} " in f" {words_of(text)} "


def lists(size, terms, made_up):
    """[(vocabulary, the terms that are asked with it)]"""
    if size < len(terms):
        return [(part, part) for part in (terms[start : start + size] for start in range(0, len(terms), size))]
    return [([*terms, *made_up[: size - len(terms)]], terms)]


def evaluate_names(rows, recogniser, spoken, terms, sizes, made_up):
    """`spoken`: {engine: [(term, sentence, file)]}"""
    normalise = EnglishTextNormalizer()
    for size in [0, *sizes]:
        total = {}
        for vocabulary, asked in lists(size, terms, made_up) if size else [((), terms)]:
            chosen = [(engine, *one) for engine, those in spoken.items() for one in those if one[0] in asked]
            texts = recogniser.hear([file for _, _, _, file in chosen], vocabulary)
            for (engine, term, sentence, _), text in zip(chosen, texts):
                sums = total.setdefault(engine, [0, 0, 0, [], []])
                sums[0] += has(term, text)
                sums[1] += 1
                sums[2] += any(has(other, text) for other in vocabulary if other != term and not has(other, sentence))
                sums[3].append(normalise(sentence))
                sums[4].append(normalise(text))
        every = [sum(sums[i] for sums in total.values()) for i in range(3)]
        every += [[one for sums in total.values() for one in sums[i]] for i in (3, 4)]
        for engine, sums in [*total.items(), ("all", every)]:
            rows.append([size or "none", engine, sums[1], 100 * sums[0] / sums[1], 100 * sums[2] / sums[1],
                         100 * jiwer.wer(sums[3], sums[4])])  # fmt: skip
        print(f"names, {size}: {every[0]}/{every[1]}", file=sys.stderr)


def evaluate_others(rows, recogniser, sets, terms, sizes, made_up):
    """Where no name of the lists is said. `sets`: {name: [(text, file)]}"""
    normalise = EnglishTextNormalizer()
    for name, those in sets.items():
        said = [normalise(text) for text, _ in those]
        words = sum(len(text.split()) for text in said)
        plain = None
        for size in [0, *sizes]:
            vocabulary = [*terms, *made_up][:size]
            texts = recogniser.hear([file for _, file in those], vocabulary)
            plain = plain or texts
            wrong = sum(
                has(term, text) and not has(term, truth)
                for (truth, _), text in zip(those, texts)
                for term in vocabulary
            )
            heard = [normalise(text) for text in texts]
            changed = sum(a != b for a, b in zip(plain, texts))
            rows.append([name, size or "none", len(those), words, wrong, 1000 * wrong / words, changed, 100 * jiwer.wer(said, heard)])
            print(f"{name}, {size}: {wrong} false", file=sys.stderr)


def main():
    parser = report.arguments(__doc__)
    add_peers(parser)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000], help="terms in a list")
    parser.add_argument("--limit", type=int, help="only N of the terms, and of the sentences without names")
    parser.add_argument("--speakers", nargs="+", choices=["ours", "kokoro-onnx", "espeak-ng"], default=["ours", "kokoro-onnx"])
    parser.add_argument("--noise", choices=noise.NOISES, default="babble_8spk")
    parser.add_argument("--snr", type=float, default=20, help="dB, by the active level of the speech")
    parser.add_argument("--accurate", action="store_true", help="by the accurate mode")
    parser.add_argument("--binary", default=BINARY)
    parser.add_argument("--bench", default="build/release/bench_tts", help="our voice")
    parser.add_argument("--models", default=ROOT / "var/models")
    options = parser.parse_args()
    result = Report("vocabulary", options)
    terms, made_up = read_terms(options.limit), filler()
    sentences = (ROOT / "bench/tts_sentences.txt").read_text().splitlines()[: options.limit]
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        recogniser = Recogniser(options, folder)
        speech = Speech(options, folder, stack)
        for engine in set(options.speakers) - set(speech.engines):
            if engine != "ours":
                result.note(f"Left out: {engine}, which isn't installed.")
        engines = [engine for engine in speech.engines if engine in options.speakers]
        spoken = {
            engine: [(row["term"], row["sentence"], speech.say(engine, number, row["sentence"], "name"))
                     for number, row in enumerate(terms)]
            for engine in engines
        }  # fmt: skip
        names = [row["term"] for row in terms]
        rows = result.table(
            f"Names in {options.noise} noise at {options.snr:g} dB: heard as written, by who said them",
            ["terms in the list", "voice", "sentences", "names right %", "another name put in, % of sentences", "WER %"],
        )
        evaluate_names(rows, recogniser, spoken, names, options.sizes, made_up)
        others = {
            "synthesised": [
                (text, speech.say(engines[number % len(engines)], number, text, "other"))
                for number, text in enumerate(sentences)
            ],
            "LibriSpeech test-other": [(text, path) for path, text in recordings.utterances()[: options.limit]],
        }  # fmt: skip
        rows = result.table(
            "Speech without those names: what the list puts in",
            ["recordings", "terms in the list", "utterances", "words", "false names", "in 1000 words", "utterances changed", "WER %"],
        )
        evaluate_others(rows, recogniser, others, names, options.sizes, made_up)
    result.note(
        "`names right`: the words of the term stand in the transcript; letter case and punctuation don't count, spelling "
        "does. A name that an engine says wrongly can't be heard rightly, so compare the rows of one voice."
    )
    result.finish()


if __name__ == "__main__":
    main()
