"""GE2E speaker encoder: Resemblyzer's PyTorch checkpoint -> OpenVINO IR.

    input   mels f32[N,160,40]   1.6 s of mel power, 10 ms a frame (server/voice/speakers says how it is made)
    output  embedding f32[N,256] of length 1, nothing negative

Three LSTM layers of 256 cells, the last hidden state through a linear layer, ReLU, L2 norm: Wan et al.,
"Generalized end-to-end loss for speaker verification" (2018), as in Resemblyzer's voice_encoder.py. The result
is compared with the same arithmetic in numpy before it counts as converted.
"""
import sys

import numpy as np
import openvino as ov
import openvino.opset13 as op

from . import ge2e_checkpoint
from .conversion import arguments, report
from .unpack import Package

CELLS, LAYERS, FRAMES, MELS = 256, 3, 160, 40
# What the weights of Resemblyzer 0.1.4 give for probe()'s first window, at its six largest places.
KNOWN = {238: 0.216628, 106: 0.206759, 243: 0.197074, 218: 0.192329, 208: 0.187537, 73: 0.183318}
DIFFERENCE_MAX = 2e-5


def ifgo_to_fico(rows: np.ndarray) -> np.ndarray:
    """PyTorch's order of an LSTM's gates to OpenVINO's."""
    i, f, g, o = np.split(rows, 4)
    return np.concatenate([f, i, g, o])


def build(weights: dict[str, np.ndarray]) -> ov.Model:
    def constant(value, kind=np.float32):
        return op.constant(np.ascontiguousarray(value, kind))

    mels = op.parameter(ov.PartialShape([-1, FRAMES, MELS]), ov.Type.f32, name="mels")
    mels.output(0).set_names({"mels"})
    windows = op.gather(op.shape_of(mels, "i64"), constant([0], np.int64), constant(0, np.int64))
    zeros = op.broadcast(constant(0.0), op.concat([windows, constant([1, CELLS], np.int64)], 0))
    lengths = op.broadcast(constant(FRAMES, np.int64), windows)
    signal, hidden = mels.output(0), None
    for layer in range(LAYERS):
        bias = weights[f"lstm.bias_ih_l{layer}"] + weights[f"lstm.bias_hh_l{layer}"]
        sequence = op.lstm_sequence(signal, zeros, zeros, lengths,
                                    constant(ifgo_to_fico(weights[f"lstm.weight_ih_l{layer}"])[None]),
                                    constant(ifgo_to_fico(weights[f"lstm.weight_hh_l{layer}"])[None]),
                                    constant(ifgo_to_fico(bias)[None]), CELLS, "FORWARD")
        signal = op.squeeze(sequence.output(0), constant([1], np.int64)).output(0)
        hidden = op.squeeze(sequence.output(1), constant([1], np.int64)).output(0)
    projected = op.matmul(hidden, constant(weights["linear.weight"]), False, True)
    raw = op.relu(op.add(projected, constant(weights["linear.bias"])))
    embedding = op.normalize_l2(raw, constant([1], np.int64), 1e-12, "max")
    result = op.result(embedding)
    result.output(0).set_names({"embedding"})
    return ov.Model([result], [mels], "ge2e")


def probe(windows: int) -> np.ndarray:
    """Mel power like that of speech: a few harmonics that move, over five decades of level."""
    n, t, m = np.meshgrid(np.arange(windows), np.arange(FRAMES), np.arange(MELS), indexing="ij")
    level = 3 * np.sin(0.11 * t + n) + 2 * np.cos(0.9 * m + 0.05 * t * (n + 1)) - 0.08 * m - 3
    return (10.0 ** level).astype(np.float32)


def reference(weights: dict[str, np.ndarray], mels: np.ndarray) -> np.ndarray:
    """The encoder's arithmetic, plainly, in double precision."""
    def sigmoid(x):
        return 1 / (1 + np.exp(-x))

    w = {name: value.astype(np.float64) for name, value in weights.items()}
    signal = mels.astype(np.float64)
    for layer in range(LAYERS):
        hidden, cell, out = np.zeros((len(mels), CELLS)), np.zeros((len(mels), CELLS)), []
        for t in range(FRAMES):
            gates = (signal[:, t] @ w[f"lstm.weight_ih_l{layer}"].T + w[f"lstm.bias_ih_l{layer}"]
                     + hidden @ w[f"lstm.weight_hh_l{layer}"].T + w[f"lstm.bias_hh_l{layer}"])
            i, f, g, o = np.split(gates, 4, axis=1)
            cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            hidden = sigmoid(o) * np.tanh(cell)
            out.append(hidden)
        signal = np.stack(out, axis=1)
    raw = np.maximum(signal[:, -1] @ w["linear.weight"].T + w["linear.bias"], 0)
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def verify(path, weights: dict[str, np.ndarray]) -> None:
    """Ends the conversion when the saved model isn't the encoder, or the checkpoint another one than known."""
    mels = probe(3)
    made = ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})({"mels": mels})["embedding"]
    wanted = reference(weights, mels)
    difference = float(np.abs(made - wanted).max())
    if not difference <= DIFFERENCE_MAX:
        sys.exit(f"the converted encoder differs from the checkpoint's by {difference:.1e}; "
                 "openvino in models.lock may be a version that converts LSTM layers differently")
    for place, value in KNOWN.items():
        if abs(wanted[0, place] - value) > DIFFERENCE_MAX:
            sys.exit(f"the checkpoint gives {wanted[0, place]:.6f} at {place} instead of {value:.6f}; "
                     "it is not that of Resemblyzer 0.1.4")


def main() -> None:
    out, archives = arguments()
    report(0.0, "reading the checkpoint")
    with Package(archives["resemblyzer"]) as package:
        weights = ge2e_checkpoint.read(package.read("resemblyzer/pretrained.pt"), "model_state")
    report(0.4, "writing OpenVINO IR")
    ov.save_model(build(weights), out / "encoder.xml", compress_to_fp16=False)
    report(0.6, "comparing")
    verify(out / "encoder.xml", weights)


if __name__ == "__main__":
    main()
