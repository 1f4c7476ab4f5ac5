"""Makes the generator decodable in windows: its norms become an input, measured once for each voice.

The generator (the last part of Kokoro's decoder, nine tenths of its arithmetic) has 44 instance norms, whose
statistics run over the whole utterance. Decoded in windows, each with statistics of its own, the voice's level and
timbre jump from window to window. With the voice's mean statistics, windows with 4 frames of context differ from
decoding the whole by 97 to 113 dB below the signal in f32 and 43 to 54 dB in bf16 (rounding).

The statistics are those of whole utterances with the silence at their ends, as the model learnt them, and stage d
decodes such; only the generator leaves the silence out.

The price, in DNSMOS against the float path, four voices of eight sentences of 1.6 to 3.5 s (standard error 0.017): each
utterance's own statistics +0.01, the voice's mean -0.04, the mean of speech without its silence -0.06, and with stage d
decoding without the silence too -0.08. Own statistics would be known only when all is generated.

    stage  inputs                                                                          outputs
    d      asr[1,512,F], f0[1,2F], n[1,2F], style_ac[1,128]                                x[1,512,2F]
    g      x, har[1,22,120F+1], style_ac, norm_mean[1,8448,1], norm_variance[1,8448,1]     audio[600F]

norms/VOICE.bin is f32 little endian: 8448 means, then 8448 variances, in the order of the graph.
"""
import json
from pathlib import Path

import numpy as np
import openvino as ov
import openvino.opset13 as op

from .kokoro_phrases import PHRASES

GENERATOR_INPUT = "/decoder/decoder/decode.3/Div_4_output_0"
CHANNELS = 8448
STYLE = 128
# The statistics go with the acoustic style, which differs by number of tokens; the server always takes this one.
ACOUSTIC_TOKENS = 50
# How it is said: the row for this number of tokens at least, as the server takes it.
PROSODIC_TOKENS_MIN = 80
# name -> inputs, outputs, precision, as kokoro_stages.STAGES
STAGES = {
    "stage_d": (["asr", "f0", "n", "style_ac"], ["x"], "bf16"),
    "stage_g": (["x", "har", "style_ac", "norm_mean", "norm_variance"], ["audio"], "bf16"),
}


def norms(model: ov.Model) -> list[tuple]:
    """(mean, variance) of each of the generator's norms: outputs of ReduceMean nodes, in graph order."""
    found = []
    for node in model.get_ordered_ops():
        name = node.get_friendly_name()
        if node.get_type_name() != "ReduceMean" or "/generator/" not in name or not name.endswith("/ReduceMean"):
            continue
        centred = _only(node.output(0).get_target_inputs(), "Subtract")
        square = _only(centred.output(0).get_target_inputs(), "Multiply")
        found.append((node.output(0), _only(square.output(0).get_target_inputs(), "ReduceMean").output(0)))
    return found


def _only(targets, kind: str):
    nodes = {target.get_node().get_friendly_name(): target.get_node() for target in targets
             if target.get_node().get_type_name() == kind}
    if len(nodes) != 1:
        raise ValueError(f"the generator's norms aren't built as expected: {len(nodes)} {kind}")
    return next(iter(nodes.values()))


def split(decoder: ov.Model) -> tuple[ov.Model, ov.Model]:
    """The decoder (asr, f0, n, style_ac, har -> audio) as the stages d and g; g still takes its own statistics."""
    parameters = {p.output(0).get_any_name(): p for p in decoder.get_parameters()}
    edge = next(output for node in decoder.get_ops() if node.get_type_name() != "Result"
                for output in node.outputs() if GENERATOR_INPUT in output.get_names())
    targets = list(edge.get_target_inputs())
    x = op.parameter(ov.PartialShape([1, 512, -1]), ov.Type.f32, name="x")
    x.output(0).set_names({"x"})
    for target in targets:
        target.replace_source_output(x.output(0))
    features = op.result(edge)
    features.output(0).set_names({"x"})
    d = ov.Model([features], [parameters[name] for name in ("asr", "f0", "n", "style_ac")], "stage_d")
    g = ov.Model(list(decoder.get_results()), [x, parameters["har"], parameters["style_ac"]], "stage_g")
    return d.clone(), g.clone()  # so that they share no node


def fix(generator: ov.Model) -> ov.Model:
    """The generator with its statistics as inputs."""
    pairs = norms(generator)
    counts = [mean.get_partial_shape()[1].get_length() for mean, _ in pairs]
    if sum(counts) != CHANNELS:
        raise ValueError(f"the generator has {sum(counts)} norm channels, not {CHANNELS}")
    added = []
    for name, which in (("norm_mean", 0), ("norm_variance", 1)):
        parameter = op.parameter(ov.PartialShape([1, CHANNELS, 1]), ov.Type.f32, name=name)
        parameter.output(0).set_names({name})
        parts = op.variadic_split(parameter, op.constant(np.int64(1)), op.constant(np.array(counts, np.int64)))
        for index, pair in enumerate(pairs):
            for target in list(pair[which].get_target_inputs()):
                target.replace_source_output(parts.output(index))
        added.append(parameter)
    return ov.Model(list(generator.get_results()), list(generator.get_parameters()) + added, "stage_g")


def with_statistics(generator: ov.Model) -> ov.Model:
    """The generator with its own statistics, which it also returns."""
    pairs = norms(generator)
    for name, which in (("norm_mean", 0), ("norm_variance", 1)):
        joined = op.concat([pair[which] for pair in pairs], 1)
        result = op.result(joined)
        result.output(0).set_names({name})
        generator.add_results([result])
    return generator


class Calibration:
    """Speaks its language's PHRASES by a voice and averages its statistics, weighted by length: the mean of the means, the
    geometric mean of the variances."""

    def __init__(self, core: ov.Core, folder: Path, generator: ov.Model):
        def ready(model, **settings):
            return core.compile_model(model, "CPU", settings).create_infer_request()

        self.a, self.b, self.d = (ready(str(folder / f"stage_{name}.xml")) for name in "abd")
        self.s = ready(str(folder / "stage_s.xml"), INFERENCE_PRECISION_HINT="f32")
        self.g = ready(with_statistics(generator))
        vocabulary = json.loads((folder / "vocab.json").read_text())
        vocabulary = vocabulary.get("vocab", vocabulary)
        self.phrases = {language: [[vocabulary[phone] for phone in phrase] for phrase in phrases]
                        for language, phrases in PHRASES.items()}

    def measure(self, styles: np.ndarray, language: str) -> np.ndarray:
        """`styles` f32[510, 256]; `language` is a key of PHRASES; returns f32[2, CHANNELS]."""
        means, logs, frames = 0.0, 0.0, 0
        acoustic = styles[ACOUSTIC_TOKENS - 1][None, :STYLE]
        for tokens in self.phrases[language]:
            style = styles[max(len(tokens), PROSODIC_TOKENS_MIN) - 1][None]
            prosodic = style[:, STYLE:]
            said = _run(self.a, tokens=np.array([[0, *tokens, 0]], np.int64), style_pr=prosodic)
            of = np.repeat(np.arange(len(tokens) + 2), np.maximum(1, np.rint(said["dur"].reshape(-1))).astype(int))
            curves = _run(self.b, en=said["d"].reshape(-1, 640)[of].T[None], style_pr=prosodic)
            f0, n = (curves[name].reshape(1, -1) for name in ("f0", "n"))
            asr = said["t_en"].reshape(1, 512, -1)[:, :, of]
            x = _run(self.d, asr=asr, f0=f0, n=n, style_ac=acoustic)["x"]
            har = _run(self.s, f0=f0)["har"]
            out = _run(self.g, x=x, har=har, style_ac=acoustic)
            count = len(of)
            means = means + count * out["norm_mean"].reshape(-1)
            logs = logs + count * np.log(out["norm_variance"].reshape(-1) + 1e-9)
            frames += count
        return np.stack([means / frames, np.exp(logs / frames)]).astype("<f4")


def _run(request: ov.InferRequest, **inputs) -> dict[str, np.ndarray]:
    request.infer({name: np.ascontiguousarray(value) for name, value in inputs.items()})
    return {output.get_any_name(): np.array(request.get_tensor(output).data) for output in request.model_outputs}


def save(core: ov.Core, decoder: ov.Model, folder: Path, report) -> None:
    """stage_d, stage_g and norms/*.bin from the whole decoder. Stages a, b, s, the voices and vocab.json are there."""
    d, g = split(decoder)
    ov.save_model(d, folder / "stage_d.xml", compress_to_fp16=True)
    calibration = Calibration(core, folder, g.clone())
    ov.save_model(fix(g), folder / "stage_g.xml", compress_to_fp16=True)
    (folder / "norms").mkdir(exist_ok=True)
    voices = sorted((folder / "voices").glob("*.bin"))
    for number, path in enumerate(voices):
        report(number / len(voices), f"measuring {path.stem}")
        styles = np.fromfile(path, "<f4").reshape(-1, 2 * STYLE)
        calibration.measure(styles, path.stem[0]).tofile(folder / "norms" / path.name)
