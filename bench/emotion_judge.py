"""A judge of emotion in speech that knows the speaker's neutral voice and has heard people only (RAVDESS).

A listener takes a bright voice for a bright voice and not for joy, because he knows how it sounds as a rule. So does this judge:
it looks at the difference between an utterance's features and the mean of a few neutral utterances of the same speaker, in other
words. Of the recogniser's features (scripts/models/emotion_features.py) it takes those that say the same of any sentence:
pitch, level, rhythm, harmonicity, bands and the mean spectrum, 203 of 1707. With all of them recall on a sentence and actors
both unheard is lower, with people: RAVDESS's two sentences are learnt by heart. That choice was made with all the actors, and
the kind of machine after a look at synthetic takes of development sentences too.

A support vector machine with a Gaussian kernel (scikit-learn) over standardised differences."""
import pathlib
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))
from models import emotion_data, emotion_features  # noqa: E402
from models.emotion_network import CLASSES  # noqa: E402

SIX = ["neutral", "happy", "sad", "angry", "fearful", "surprised"]
COUNT = 203  # features that hold for any sentence: all but modulations and correlations
CLIP = 4.0  # deviations
REFERENCES = (3, 2)  # neutral clips of the same actor that a clip is set against, one set for each copy of it
FOLDS = 6


def features(samples_16k):
    """Mean over the windows of one utterance; None for less than 0.6 s of speech."""
    windows = emotion_features.features(samples_16k)
    return windows.mean(0)[:COUNT] if len(windows) else None


def features_of_clip(clip):
    return features(emotion_data.samples(clip))


class People:
    """RAVDESS, measured."""

    def __init__(self, folder):
        clips = emotion_data.clips(pathlib.Path(folder))
        if not emotion_data.enough(clips):
            sys.exit(f"{sys.argv[0]}: {folder} doesn't hold RAVDESS's speech (03-01-...)")
        with ProcessPoolExecutor() as pool:
            measured = list(pool.map(features_of_clip, clips, chunksize=16))
        kept = [i for i, numbers in enumerate(measured) if numbers is not None]
        self.features = np.array([measured[i] for i in kept])
        self.labels = np.array([clips[i].label for i in kept])
        self.actors = np.array([clips[i].actor for i in kept])
        self.sentences = np.array([clips[i].number // 10000 % 100 for i in kept])

    def relative(self, copy, other_sentence):
        """Each clip against its actor's neutral voice, never against itself."""
        random = np.random.default_rng(copy)
        out = np.empty_like(self.features)
        for i in range(len(out)):
            fit = (self.actors == self.actors[i]) & (self.labels == 0)
            fit[i] = False
            if other_sentence:
                fit &= self.sentences != self.sentences[i]
            chosen = random.permutation(np.flatnonzero(fit))[: REFERENCES[copy]]
            out[i] = self.features[i] - self.features[chosen].mean(0)
        return out

    def parts(self):
        """Actors in six parts."""
        actors = np.unique(self.actors)
        return [actors[i::FOLDS] for i in range(FOLDS)]


class Judge:
    """Trained on some of the actors."""

    def __init__(self, differences, labels, sharpness=1.0):
        self.scaling = StandardScaler().fit(differences)
        self.machine = SVC(C=3, gamma=0.3 / COUNT).fit(self.scaled(differences), labels)
        self.sharpness = sharpness

    def scaled(self, differences):
        return np.clip(self.scaling.transform(differences), -CLIP, CLIP)

    def probabilities(self, differences):
        """[utterances, 8], of differences to the speaker's neutral voice."""
        scores = self.sharpness * self.machine.decision_function(self.scaled(differences))
        powers = np.exp(scores - scores.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)


def judge_of(people, actors=None):
    """By these actors, or by all."""
    of = np.isin(people.actors, actors) if actors is not None else np.ones(len(people.actors), bool)
    copies = [people.relative(0, False)[of], people.relative(1, True)[of]]
    return Judge(np.concatenate(copies), np.tile(people.labels[of], len(copies)))


def heard_elsewhere(people):
    """(recall over eight classes, over six) of actors and of a sentence that the judge didn't learn from, references in the other
    sentence: what is left of recognition when words and speaker are new, with people."""
    near, far = people.relative(0, False), people.relative(1, True)
    heard = np.zeros((len(people.labels), len(CLASSES)))
    for actors in people.parts():
        for sentence in np.unique(people.sentences):
            unheard = np.isin(people.actors, actors)
            learn, test = ~unheard & (people.sentences != sentence), unheard & (people.sentences == sentence)
            judge = Judge(np.concatenate([near[learn], far[learn]]), np.tile(people.labels[learn], 2))
            heard[test] = judge.probabilities(far[test])
    six = [CLASSES.index(name) for name in SIX]

    def recall(classes):
        return float(np.mean([
            (np.array(classes)[heard[people.labels == c][:, classes].argmax(1)] == c).mean() for c in classes
        ]))  # fmt: skip

    return recall(list(range(len(CLASSES)))), recall(six)
