#!/usr/bin/env python3
"""Whether emotions are recognised in synthesised speech, by a judge that was trained on people only; whether it is still
understood and sounds as clean (docs/EMOTION.md).

The sentences were never used to set the table. The judge knows the voice's neutral way of saying other sentences
(emotion_judge.py), as one knows the speaker's. Three of its kind: trained on the first half of RAVDESS's actors, which the
table was tuned with, on the other half, which it wasn't, and on all. A judge has RAVDESS's eight classes; the share that it gives
to the six that are spoken here decides, and what it says among all eight stands beside it (calm and disgust count as wrong).
Beside them, with --binary, the recogniser that ships, which doesn't know the voice. And people, heard by the judge on other
sentences and by other actors than it was trained on, which is all that can be asked for."""
import contextlib
import json
import math
import pathlib
import signal
import subprocess
import sys
import tempfile

import jiwer
import numpy as np
import soundfile
from scipy.signal import resample_poly
from whisper_normalizer.english import EnglishTextNormalizer

import emotion_judge
import report
from emotion_judge import CLASSES
from report import ROOT, Report
from worker import add_peers, our_voice, peers_of

VOICES = "af_heart,bf_emma,am_michael,bm_george"
EMOTIONS = emotion_judge.SIX
TUNED_WITH = "of the actors tuned with"
SHIPS = "that ships, without a reference"
LEVEL = -26  # dBFS at which DNSMOS is taken
RATE = 16000


def judges_of(people):
    """Halves of the actors in the order of their numbers: as many women as men in both."""
    actors = np.unique(people.actors)
    half = len(actors) // 2
    return {
        "of the other actors": emotion_judge.judge_of(people, actors[half:]),
        TUNED_WITH: emotion_judge.judge_of(people, actors[:half]),
        "of all actors": emotion_judge.judge_of(people),
    }


def samples_of(file):
    samples, rate = soundfile.read(file, dtype="float32")
    return resample_poly(samples, RATE, rate).astype(np.float32)


def verdict(probabilities, names):
    return max(names, key=probabilities.get)


class Take:
    """One sentence, said and judged."""

    def __init__(self, voice, emotion, intensity, sentence):
        self.voice, self.emotion, self.intensity, self.sentence = voice, emotion, intensity, sentence
        self.features, self.judged, self.score, self.errors = None, {}, None, 0


def speak(options, peers, sentences, takes):
    """Fills `takes`; what was done of them stands there also when it is interrupted."""
    normalise = EnglishTextNormalizer()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = stack.enter_context(our_voice(options.models, options.threads, options.bench, pinned=False))
        models = {"moonshine": pathlib.Path(options.models) / "moonshine-tiny-en", "whisper": peers.folder / "whisper-base"}
        listener = stack.enter_context(peers.worker(
            "judge", "judge.py", "--recogniser", options.recogniser, "--model", models[options.recogniser],
            "--threads", options.threads))  # fmt: skip
        for number, sentence in enumerate(sentences):
            said = []
            for voice in options.voices.split(","):
                for emotion in options.emotions.split(","):
                    for intensity in [1.0] if emotion == "neutral" else options.intensities:
                        take = Take(voice, emotion, intensity, sentence)
                        file = str(folder / f"{len(said)}.wav")
                        ours.ask(text=sentence, voice=voice, emotion=emotion, intensity=intensity, wav=file)
                        take.features = emotion_judge.features(samples_of(file))
                        if take.features is None:
                            sys.exit(f"too short to be judged: {sentence!r}")
                        if intensity == 1 and number % options.score_every == 0:
                            take.score = listener.ask(files=[file], level=LEVEL)["scores"][0]
                            counted = jiwer.process_words(normalise(sentence), normalise(take.score["text"]))
                            take.errors = counted.substitutions + counted.deletions + counted.insertions
                        said.append((take, file))
            if options.binary:
                heard_by_binary(options.binary, said)
            takes += [take for take, _ in said]
            print(f"{number + 1} of {len(sentences)} sentences", file=sys.stderr, flush=True)


def heard_by_binary(binary, said):
    """The recogniser that ships, without a reference."""
    command = [binary, "emotion", *(file for _, file in said)]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.splitlines()
    for (take, _), line in zip(said, lines, strict=True):
        take.judged[SHIPS] = json.loads(line)["probabilities"]


def judge_takes(takes, judges):
    """Each against the mean of what the same voice said in a neutral way, in other sentences."""
    for voice in {take.voice for take in takes}:
        own = [take for take in takes if take.voice == voice]
        for take in own:
            others = [t.features for t in own if t.emotion == "neutral" and t.sentence != take.sentence]
            difference = take.features - np.mean(others, axis=0)
            for name, judge in judges.items():
                take.judged[name] = dict(zip(CLASSES, judge.probabilities(difference[None])[0].tolist()))


def share(takes, judge, names):
    """Of those that were taken for what they are, and half of the 95 % interval."""
    if not takes:
        return None, None
    p = float(np.mean([verdict(take.judged[judge], names) == take.emotion for take in takes]))
    return p, 1.96 * math.sqrt(p * (1 - p) / len(takes))


def recall_tables(result, takes, judges, options):
    emotions, voices = options.emotions.split(","), options.voices.split(",")
    full = [take for take in takes if take.intensity == 1]
    for judge in judges:
        rows = result.table(f"Recall at full intensity, judge {judge}", ["emotion", "of six", "±", "of eight", *voices])
        for emotion in emotions:
            of = [take for take in full if take.emotion == emotion]
            p, half = share(of, judge, EMOTIONS)
            by_voice = [share([t for t in of if t.voice == voice], judge, EMOTIONS)[0] for voice in voices]
            rows.append([emotion, p, half, share(of, judge, list(of[0].judged[judge]))[0], *by_voice])
        rows.append(["mean", *(float(np.mean([row[i] for row in rows])) if i != 2 else None for i in range(1, 4 + len(voices)))])
        table = result.table(f"What judge {judge} takes each for, of six, shares", ["said", *EMOTIONS])
        for emotion in emotions:
            heard = [verdict(take.judged[judge], EMOTIONS) for take in full if take.emotion == emotion]
            table.append([emotion, *(heard.count(name) / len(heard) for name in EMOTIONS)])


def intensity_table(result, takes, judges, options):
    """By the sentences that were said at every intensity; nothing of an emotion is the neutral take."""
    graded = [e for e in options.emotions.split(",") if e != "neutral"]
    for judge in judges:
        rows = result.table(
            f"More intensity, judge {judge}: recall, and the mean probability of the emotion among six",
            ["emotion", *(f"{kind} at {i:g}" for i in [0, *options.intensities] for kind in ("recall", "p"))],
        )
        for emotion in graded:
            row = [emotion]
            for intensity in [0, *options.intensities]:
                said = "neutral" if intensity == 0 else emotion
                of = [t for t in takes if t.emotion == said and (intensity == 0 or t.intensity == intensity)]
                six = [{name: t.judged[judge][name] for name in EMOTIONS} for t in of]
                row.append(float(np.mean([max(p, key=p.get) == emotion for p in six])))
                row.append(float(np.mean([p[emotion] / sum(p.values()) for p in six])))
            rows.append(row)
        rows.append(["mean", *(float(np.mean([row[i] for row in rows])) for i in range(1, len(rows[0])))])


def quality_table(result, takes, options):
    scored = [take for take in takes if take.score]
    normalise = EnglishTextNormalizer()
    rows = result.table(
        f"DNSMOS at {LEVEL} dBFS and what {options.recogniser} understands, full intensity",
        ["emotion", "takes", "DNSMOS", "less neutral", "word errors", "words", "WER %"],
    )
    neutral = np.mean([t.score["overall"] for t in scored if t.emotion == "neutral"] or [math.nan])
    for emotion in [*options.emotions.split(","), "all"]:
        of = [t for t in scored if emotion in (t.emotion, "all")]
        if not of:
            continue
        words = sum(len(normalise(t.sentence).split()) for t in of)
        errors, mos = sum(t.errors for t in of), float(np.mean([t.score["overall"] for t in of]))
        rows.append([emotion, len(of), round(mos, 3), round(mos - float(neutral), 3), errors, words, 100 * errors / words])


def main():
    parser = report.arguments(__doc__)
    add_peers(parser)
    parser.add_argument("--ravdess", default=ROOT.parent / "shared/audio/ravdess", help="what the judges are trained on")
    parser.add_argument("--binary", default=ROOT / "build/release/aimpact", help="the program with its own recogniser; '' for none")
    parser.add_argument("--recogniser", choices=["moonshine", "whisper"], default="moonshine")
    parser.add_argument("--bench", default="build/release/bench_tts", help="our program")
    parser.add_argument("--models", default=ROOT / "var/models")
    parser.add_argument("--sentences", type=pathlib.Path, default=ROOT / "bench/spoken_emotion_sentences.txt")
    parser.add_argument("--voices", default=VOICES, help="with commas between")
    parser.add_argument("--emotions", default=",".join(EMOTIONS), help="with commas between; neutral among them")
    parser.add_argument("--intensities", default=[0.5, 1.0], type=lambda text: [float(x) for x in text.split(",")], help="0 is neutral")
    parser.add_argument("--score-every", type=int, default=1, help="DNSMOS and words of every Nth sentence alone")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, help="only the first N sentences, at least 2")
    options = parser.parse_args()
    if "neutral" not in options.emotions.split(",") or (options.limit or 2) < 2:
        parser.error("a judge needs neutral takes of other sentences: neutral in --emotions, and at least two sentences")
    people = emotion_judge.People(options.ravdess)
    judges = judges_of(people)
    sentences = options.sentences.read_text().splitlines()[: options.limit]
    takes, result = [], Report("spoken_emotion", options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    try:
        speak(options, peers_of(options), sentences, takes)
    except (KeyboardInterrupt, SystemExit):
        result.note(f"Stopped after {len({take.sentence for take in takes})} of {len(sentences)} sentences.")
    if len({take.sentence for take in takes}) < 2:
        sys.exit("stopped before the second sentence: nothing to judge against")
    judge_takes(takes, judges)
    rows = result.table("People, other actors and another sentence than the judge learnt from", ["classes", "recall"])
    rows += [[classes, recall] for classes, recall in zip(("eight", "six"), emotion_judge.heard_elsewhere(people))]
    names = [*judges, *([SHIPS] if options.binary else [])]
    recall_tables(result, takes, names, options)
    intensity_table(result, takes, names, options)
    quality_table(result, takes, options)
    result.finish()


if __name__ == "__main__":
    main()
