"""Trains the emotion recogniser: python -m models.emotion_training OUT DATA

    input   features f32[N,1707]    emotion_features.py, one row a window
    output  probabilities f32[N,8]  neutral, calm, happy, sad, angry, fearful, disgust, surprised

Seeds are fixed: the same data, packages and processor give the same weights. Reports `progress FRACTION what`.
"""
import json
import multiprocessing
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # two processes instead

import numpy as np  # noqa: E402

from . import emotion_augment, emotion_data, emotion_features, emotion_network as network  # noqa: E402
from .conversion import report  # noqa: E402

SEED, COPIES = 1, 6           # copies: the clips as they are, and five times as others might say them
FOLD_NETWORKS = 2             # of each fold; the model that is kept has emotion_network.NETWORKS
FOLDS = 6
LICENCE = "CC BY-NC-SA 4.0"


def features_of(task) -> np.ndarray:
    copy, clip = task
    audio = emotion_data.samples(clip)
    if copy > 0:
        audio = emotion_augment.another(audio, np.random.default_rng([copy, clip.number]))
    rows = emotion_features.features(audio)
    if len(rows) == 0:
        raise SystemExit(f"{clip.path} has no speech; bring the file anew")
    return rows[0]


def all_features(clips, copies: int) -> np.ndarray:
    tasks = [(copy, clip) for copy in range(copies) for clip in clips]
    rows = []
    with multiprocessing.Pool(min(2, os.cpu_count() or 1)) as pool:
        for row in pool.imap(features_of, tasks, chunksize=20):
            rows.append(row)
            if len(rows) % 100 == 0:
                report(0.7 * len(rows) / len(tasks), "listening to the recordings")
    return np.array(rows).reshape(copies, len(clips), -1)


def folds(actors: list[int]) -> list[list[int]]:
    """Actors in FOLDS parts, men and women in each as evenly as they come."""
    men, women = [a for a in actors if a % 2], [a for a in actors if not a % 2]
    ordered = men + women[::-1]
    return [ordered[f::FOLDS] for f in range(FOLDS)]


def recall(labels, found) -> float:
    return float(np.mean([(found[labels == c] == c).mean() for c in range(len(network.CLASSES))]))


shared = {}   # what the processes below see: set before they start


def judge_fold(task) -> tuple[np.ndarray, np.ndarray]:
    number, held = task
    features, labels, actors = shared["features"], shared["labels"], shared["actors"]
    test = np.isin(actors, held)
    model = network.train(features[:, ~test], labels[~test], SEED + 1 + number, FOLD_NETWORKS)
    return test, network.probabilities(model, features[0][test])


def train_one(seed: int):
    return network.train_network(shared["scaled"], shared["labels"], seed)


def cross_validate(actors) -> np.ndarray:
    """[clip, class] probabilities, each by networks that never heard the clip's actor."""
    out = np.zeros((len(actors), len(network.CLASSES)))
    with multiprocessing.Pool(2) as pool:
        for done, (test, judged) in enumerate(pool.imap(judge_fold, enumerate(folds(sorted(set(actors.tolist()))))), 1):
            out[test] = judged
            report(0.7 + 0.2 * done / FOLDS, "judging actors left out")
    return out


def train_all(features):
    """The model that is kept: network.train's, two networks at a time."""
    scaling = network.Scaling(features.reshape(-1, features.shape[-1]))
    shared["scaled"] = scaling(features)
    with multiprocessing.Pool(2) as pool:
        return scaling, pool.map(train_one, [SEED * 1000 + n for n in range(network.NETWORKS)], chunksize=1)


def save(model, path: Path) -> None:
    import openvino as ov
    import openvino.opset13 as op

    def constant(value):
        return op.constant(np.ascontiguousarray(value, np.float32))

    scaling, networks = model
    x = op.parameter(ov.PartialShape([-1, emotion_features_count()]), ov.Type.f32, name="features")
    x.output(0).set_names({"features"})
    scaled = op.clamp(op.divide(op.subtract(x, constant(scaling.mean)), constant(scaling.deviation)),
                      -network.CLIP, network.CLIP)
    total = None
    for w1, w2, w3, b1, b2, b3 in networks:
        h = op.relu(op.add(op.matmul(scaled, constant(w1), False, False), constant(b1)))
        h = op.relu(op.add(op.matmul(h, constant(w2), False, False), constant(b2)))
        one = op.log_softmax(op.add(op.matmul(h, constant(w3), False, False), constant(b3)), 1)
        total = one if total is None else op.add(total, one)
    probabilities = op.softmax(op.multiply(total, constant(1 / len(networks))), 1)
    result = op.result(probabilities)
    result.output(0).set_names({"probabilities"})
    ov.save_model(ov.Model([result], [x], "emotion"), path, compress_to_fp16=False)


def emotion_features_count() -> int:
    t = np.arange(16000, dtype=np.float32) / 16000
    return emotion_features.features(np.sin(2 * np.pi * 150 * t) * 0.1).shape[1]


def verify(model, path: Path, features) -> None:
    import openvino as ov
    compiled = ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    made, wanted = compiled({"features": features})["probabilities"], network.probabilities(model, features)
    if not np.abs(made - wanted).max() < 1e-4:
        sys.exit("the saved recogniser differs from the trained one; openvino in models.lock may be another version")


def card(clips, uar: float) -> str:
    actors = sorted({c.actor for c in clips})
    return f"""# Emotion recogniser: data card

What: eight emotions (neutral, calm, happy, sad, angry, fearful, disgust, surprised) from how something is said.
Trained on: RAVDESS speech (Livingstone and Russo, 2018, doi 10.1371/journal.pone.0196391): {len(clips)} clips of
{len(actors)} professional actors ({sum(a % 2 for a in actors)} men, {sum(1 - a % 2 for a in actors)} women), two English
sentences, each acted in eight emotions, seven of them also strongly.
Licence of these weights: {LICENCE}, as the data's. Not for commercial use. See LICENSE.
Measured: unweighted recall {uar:.3f} over eight classes, each clip judged by networks that never heard its actor.
Limits: acted speech is plainer than everyday speech; North American English; adults; two sentences. Expect much less
of other languages, accents, children, the elderly, and of feelings that a person hides. Never decide about a person
by it.
"""


def licence_text() -> str:
    return ("The weights in this folder are adapted from RAVDESS by Steven R. Livingstone and Frank A. Russo and are\n"
            "licensed under Creative Commons Attribution-NonCommercial-ShareAlike 4.0 International (CC BY-NC-SA 4.0):\n"
            "https://creativecommons.org/licenses/by-nc-sa/4.0/legalcode\n"
            "Changes: audio was reduced to features, varied, and a classifier was trained on them.\n")


def main() -> None:
    out, data = Path(sys.argv[1]), Path(sys.argv[2])
    clips = emotion_data.clips(data)
    if not emotion_data.enough(clips):
        sys.exit(f"{data} holds {len(clips)} speech clips of RAVDESS; at least {emotion_data.CLIPS_MIN} of "
                 f"{emotion_data.ACTORS_MIN} actors are needed")
    labels = np.array([c.label for c in clips])
    features = all_features(clips, COPIES)
    actors = np.array([c.actor for c in clips])
    shared.update(features=features, labels=labels, actors=actors)
    judged = cross_validate(actors)
    uar = recall(labels, judged.argmax(1))
    confusion = [[int(((labels == a) & (judged.argmax(1) == b)).sum()) for b in range(8)] for a in range(8)]
    report(0.9, "training")
    model = train_all(features)
    save(model, out / "emotion.xml")
    verify(model, out / "emotion.xml", features[0][:64])
    config = {"classes": network.CLASSES, "features": features.shape[-1], "licence": LICENCE,
              "recall": round(uar, 4), "confusion": confusion, "clips": len(clips),
              "actors": sorted({c.actor for c in clips}), "folds": folds(sorted({c.actor for c in clips})),
              "seed": SEED, "recipe": os.environ.get("AIMPACT_RECIPE", "")}
    (out / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (out / "DATA_CARD.md").write_text(card(clips, uar))
    (out / "LICENSE").write_text(licence_text())
    report(1.0, f"recall {uar:.3f} over actors left out")


if __name__ == "__main__":
    main()
