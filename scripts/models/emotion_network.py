"""The classifier on the features: a few small networks whose log-probabilities are averaged.

Two hidden layers, ReLU, dropout, mixup (Zhang et al., 2018), label smoothing, Adam with weight decay, classes
drawn evenly. Plain numpy, so that training needs no framework; the seed decides everything.
"""
import numpy as np

CLASSES = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
HIDDEN, NETWORKS, STEPS, BATCH, RATE, DECAY = 128, 5, 700, 96, 1.5e-3, 0.05
SMOOTHING, DROP_INPUT, DROP_HIDDEN, MIXUP = 0.1, 0.3, 0.4, 0.3
CLIP = 4.0   # deviations
F = np.float32


class Scaling:
    def __init__(self, features: np.ndarray):
        self.mean = features.mean(0, dtype=np.float64).astype(F)
        self.deviation = (features.std(0, dtype=np.float64) + 1e-4).astype(F)

    def __call__(self, features: np.ndarray) -> np.ndarray:
        return np.clip((features - self.mean) / self.deviation, -CLIP, CLIP).astype(F)


def keep(random, shape, drop) -> np.ndarray:
    return (random.random(shape, dtype=F) > drop) * F(1 / (1 - drop))


def train_network(features: np.ndarray, labels: np.ndarray, seed: int) -> list[np.ndarray]:
    """[W1, W2, W3, b1, b2, b3] from scaled features[copy, clip, D] and labels[clip]."""
    copies, _, width = features.shape
    random = np.random.default_rng(seed)
    wanted = np.eye(len(CLASSES), dtype=F)[labels] * F(1 - SMOOTHING) + F(SMOOTHING / len(CLASSES))
    of_class = [np.flatnonzero(labels == c) for c in range(len(CLASSES))]
    shapes = ((width, HIDDEN, 1), (HIDDEN, HIDDEN, 1), (HIDDEN, len(CLASSES), 0.3))
    weights = [(random.standard_normal((a, b)) * np.sqrt(2 / a) * g).astype(F) for a, b, g in shapes]
    weights += [np.zeros(b, F) for _, b, _ in shapes]
    first, second = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    for step in range(STEPS):
        clips = np.concatenate([random.choice(c, BATCH // len(CLASSES)) for c in of_class])
        x, y = features[random.integers(0, copies, BATCH), clips], wanted[clips]
        share, partner = random.beta(MIXUP, MIXUP, (BATCH, 1)).astype(F), random.permutation(BATCH)
        x, y = share * x + (1 - share) * x[partner], share * y + (1 - share) * y[partner]
        x *= keep(random, x.shape, DROP_INPUT)
        gradients = backward(weights, x, y, keep(random, (BATCH, HIDDEN), DROP_HIDDEN),
                             keep(random, (BATCH, HIDDEN), DROP_HIDDEN))
        rate = F(RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS)) * min(1, (step + 1) / 30))
        adam(weights, gradients, first, second, rate, step + 1)
    return weights


def backward(weights, x, y, keep1, keep2) -> list[np.ndarray]:
    w1, w2, w3, b1, b2, b3 = weights
    h1 = np.maximum(x @ w1 + b1, 0) * keep1
    h2 = np.maximum(h1 @ w2 + b2, 0) * keep2
    d3 = (np.exp(log_softmax(h2 @ w3 + b3)) - y) / F(len(x))
    d2 = (d3 @ w3.T) * keep2 * (h2 > 0)
    d1 = (d2 @ w2.T) * keep1 * (h1 > 0)
    return [x.T @ d1, h1.T @ d2, h2.T @ d3, d1.sum(0), d2.sum(0), d3.sum(0)]


def adam(weights, gradients, first, second, rate, step) -> None:
    for w, g, m, v in zip(weights, gradients, first, second):
        m *= F(0.9)
        m += F(0.1) * g
        v *= F(0.99)
        v += F(0.01) * g * g
        change = m * F(1 / (1 - 0.9 ** step)) / (np.sqrt(v * F(1 / (1 - 0.99 ** step))) + F(1e-8))
        if w.ndim > 1:
            change += F(DECAY) * w
        w -= rate * change


def log_softmax(logits: np.ndarray) -> np.ndarray:
    logits = logits - logits.max(1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def train(features: np.ndarray, labels: np.ndarray, seed: int, networks: int = NETWORKS):
    """(Scaling, networks) from raw features[copy, clip, D]."""
    scaling = Scaling(features.reshape(-1, features.shape[-1]))
    scaled, made = scaling(features), []
    for n in range(networks):
        made.append(train_network(scaled, labels, seed * 1000 + n))
    return scaling, made


def probabilities(model, features: np.ndarray) -> np.ndarray:
    scaling, networks = model
    x, total = scaling(features), 0
    for w1, w2, w3, b1, b2, b3 in networks:
        total = total + log_softmax(np.maximum(np.maximum(x @ w1 + b1, 0) @ w2 + b2, 0) @ w3 + b3)
    return np.exp(log_softmax(total / len(networks)))
