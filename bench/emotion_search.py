#!/usr/bin/env python3
"""How the table in server/voice/tts/emotion.cpp came about: people's targets, moved to where a judge that was trained on people
recognises the emotion, and held near people's.

    emotion_search.py collect FOLDER [--takes 600]     speaks sentences with random edits, by six voices (resumes)
    emotion_search.py fit FOLDER [--hold 0.12]

`collect` draws each edit from a Sobol sequence over BOX, a third of its fields left neutral. `fit` has the judge of half of the
actors (emotion_judge.py) hear all of them, explains its log-probabilities by a quadratic in the edit's fields with terms for voice and sentence (ridge regression,
its quality on a held-out fifth is printed), and looks for the edit with the highest log-probability of the emotion among the
six, less `hold` times the squared distance from people's targets in half widths of BOX (differential evolution).

The sentences are none of spoken_emotion_sentences.txt. What is found is rounded and toned down by hand where it leaves what
people do, or where DNSMOS or the tests object; docs/EMOTION.md says where."""
import argparse
import itertools
import json
import pathlib
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from scipy.optimize import differential_evolution
from scipy.stats import qmc

import emotion_judge
from emotion_judge import CLASSES
from report import ROOT
from spoken_emotion import EMOTIONS, TUNED_WITH, judges_of, samples_of
from worker import our_voice

SENTENCES = [
    "They are waiting by the front door.", "I will call you back tomorrow.", "Your order will arrive on Monday.",
    "She told me about it this morning.", "We can talk about this later.", "The car is parked behind the house.",
    "He put the letter on the table.", "There are seven people in the room.",
]  # fmt: skip
VOICES = ["af_heart", "bf_emma", "am_michael", "bm_george", "af_bella", "am_fenrir"]
BOX = {
    "pitch": (-3, 10), "range": (0.5, 1.9), "slope": (-4, 5), "ending": (-4, 7), "tremor": (0, 0.7), "roughness": (0, 0.4),
    "effort": (-1.2, 1.2), "low_db": (-8, 6), "high_db": (-6, 6), "rate": (0.75, 1.25), "vowels": (0.8, 1.3),
}  # fmt: skip
RATIOS = {"range", "rate", "vowels"}
# Means of RAVDESS's two intensities (bench/emotion_targets.py); angry speech is not slower here, since the rest of what is
# said in anger makes up for it and callers are kept waiting.
PEOPLE = {
    "happy": {"pitch": 6.5, "range": 1.04, "slope": 1.7, "ending": 0.5, "rate": 0.92, "low_db": -2.6, "high_db": 1.2},
    "sad": {"pitch": 2.6, "range": 0.83, "slope": 2.2, "ending": 1.4, "rate": 0.84, "low_db": 0.5, "high_db": 0.5},
    "angry": {"pitch": 7, "range": 1.13, "slope": 2.5, "ending": 1.6, "rate": 1.05, "low_db": -5, "high_db": 2.6},
    "fearful": {"pitch": 8.3, "range": 0.84, "slope": 3.1, "ending": 1.3, "rate": 0.92, "low_db": -2.2, "high_db": 1.1, "tremor": 0.4},
    "surprised": {"pitch": 5.8, "range": 1.48, "slope": 4.5, "ending": 5.8, "rate": 1.02, "high_db": 1.1, "roughness": 0.2},
}  # fmt: skip
# What isn't left to the judge: how an emotion is usually recognised by people, and what a voice stands without sounding broken.
LIMITS = {
    "happy": {"pitch": (1, 7), "rate": (0.92, 1.1), "tremor": (0, 0.1), "roughness": (0, 0.15)},
    "sad": {"pitch": (-2, 4), "rate": (0.8, 0.9), "ending": (-4, 2), "tremor": (0, 0.3)},
    "angry": {"pitch": (0.5, 8), "rate": (1.0, 1.2), "tremor": (0, 0.1), "effort": (-0.3, 1.2)},
    "fearful": {"pitch": (3, 8), "tremor": (0, 0.4), "roughness": (0, 0.2)},
    "surprised": {"pitch": (1, 8), "rate": (0.95, 1.12), "tremor": (0, 0.3), "roughness": (0, 0.3)},
}


def neutral(field):
    return 1.0 if field in RATIOS else 0.0


def references(folder):
    """(voice, text, file) of the neutral takes."""
    return [(v, t, folder / f"{v}-{n}.wav") for v in VOICES for n, t in enumerate(SENTENCES)]


def collect(options):
    options.folder.mkdir(parents=True, exist_ok=True)
    log = options.folder / "takes.jsonl"
    done = len(log.read_text().splitlines()) if log.exists() else 0
    shares = qmc.Sobol(len(BOX), seed=1).random(options.takes)
    chance = np.random.default_rng(1)
    with our_voice(options.models, options.threads, options.bench, pinned=False) as ours, open(log, "a") as out:
        for voice, text, file in references(options.folder):
            if not file.exists():
                ours.ask(text=text, voice=voice, wav=str(file))
        for number, share in enumerate(shares):
            edit = {}
            for (field, (low, high)), part in zip(BOX.items(), share):
                value = low * (high / low) ** part if field in RATIOS else low + part * (high - low)
                edit[field] = neutral(field) if chance.random() < 0.35 else round(float(value), 3)
            voice, text = VOICES[chance.integers(len(VOICES))], SENTENCES[chance.integers(len(SENTENCES))]
            if number < done:
                continue
            file = str(options.folder / f"{number}.wav")
            ours.ask(text=text, voice=voice, edit=edit, wav=file)
            out.write(json.dumps({"voice": voice, "text": text, "edit": edit, "wav": file}) + "\n")
            out.flush()


def coordinates(edit):
    def scaled(field):
        low, high = BOX[field]
        value = edit.get(field, neutral(field))
        return np.log(value) / np.log(high) if field in RATIOS else value / max(abs(low), abs(high))

    return np.array([scaled(field) for field in BOX])


def terms(edit, voice, text):
    x = coordinates(edit)
    products = [x[i] * x[j] for i in range(len(x)) for j in range(i, len(x))]
    man = 1.0 if voice[1] == "m" else -1.0
    return np.concatenate([x, products, man * x, [voice == v for v in VOICES], [text == t for t in SENTENCES]]).astype(float)


def ridge(x, y):
    count = len(BOX)
    held = [3.0] * count + [12.0] * (count * (count + 1) // 2) + [8.0] * count + [2.0] * (len(VOICES) + len(SENTENCES))
    return np.linalg.solve(x.T @ x + np.diag(held), x.T @ y)


def heard(takes, options):
    """[takes, six]: log-probabilities, each row's mean taken away."""
    with ProcessPoolExecutor() as pool:
        neutral = pool.map(features_of, [file for _, _, file in references(options.folder)])
        neutral = {(v, t): numbers for (v, t, _), numbers in zip(references(options.folder), neutral)}
        said = list(pool.map(features_of, [take["wav"] for take in takes], chunksize=8))

    def usual(voice, text):
        return np.mean([neutral[voice, other] for other in SENTENCES if other != text], axis=0)

    differences = np.array([numbers - usual(take["voice"], take["text"]) for numbers, take in zip(said, takes)])
    judge = judges_of(emotion_judge.People(options.ravdess))[TUNED_WITH]
    logs = np.log(judge.probabilities(differences)[:, [CLASSES.index(e) for e in EMOTIONS]] + 1e-3)
    return logs - logs.mean(axis=1, keepdims=True)


def features_of(file):
    return emotion_judge.features(samples_of(file))


def fit(options):
    takes = [json.loads(line) for line in (options.folder / "takes.jsonl").read_text().splitlines()]
    logs = heard(takes, options)
    x = np.array([terms(take["edit"], take["voice"], take["text"]) for take in takes])
    order = np.random.default_rng(0).permutation(len(x))
    test, train = order[: len(x) // 5], order[len(x) // 5 :]
    wrong = x[test] @ ridge(x[train], logs[train]) - logs[test]
    explained = 1 - (wrong**2).sum(0) / ((logs[test] - logs[train].mean(0)) ** 2).sum(0)
    print(f"{len(takes)} takes; R² held out:", dict(zip(EMOTIONS, explained.round(2).tolist())))
    weights = ridge(x, logs)

    def predicted(edit, voices):
        return np.array([[terms(edit, voice, text) @ weights for text in SENTENCES] for voice in voices])

    for emotion, sex in itertools.product(PEOPLE, "fm"):
        people, index = PEOPLE[emotion], EMOTIONS.index(emotion)
        voices = [voice for voice in VOICES if voice[1] == sex]
        bounds = [LIMITS[emotion].get(field, BOX[field]) for field in BOX]
        aim = coordinates(people)

        def cost(values, index=index, aim=aim, voices=voices):
            edit = dict(zip(BOX, values))
            said = predicted(edit, voices)
            certain = said[..., index] - np.log(np.exp(said).sum(axis=-1))
            return -certain.mean() + options.hold * ((coordinates(edit) - aim) ** 2).sum()

        start = [np.clip(people.get(field, neutral(field)), *bound) for field, bound in zip(BOX, bounds)]
        found = differential_evolution(cost, bounds, maxiter=25, popsize=5, seed=1, tol=1e-3, polish=False, x0=start)
        edit = {field: round(float(value), 2) for field, value in zip(BOX, found.x)}
        recalls = [float((predicted(e, voices).argmax(-1) == index).mean()) for e in (people, edit)]
        who = "women" if sex == "f" else "men"
        print(f"{emotion}, {who}: expected recall {recalls[0]:.2f} as people, {recalls[1]:.2f} as found\n    {edit}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["collect", "fit"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--takes", type=int, default=600)
    parser.add_argument("--ravdess", default=ROOT.parent / "shared/audio/ravdess", help="what the judge is trained on")
    parser.add_argument("--hold", type=float, default=0.12, help="how strongly people's targets hold")
    parser.add_argument("--bench", default="build/release/bench_tts", help="our program")
    parser.add_argument("--models", default=ROOT / "var/models")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    {"collect": collect, "fit": fit}[options.what](options)


if __name__ == "__main__":
    main()
