"""Cuts Kokoro into the stages that the synthesiser runs, as OpenVINO IR.

Between A and B the host repeats columns by the predicted durations; between B and C it may
edit pitch and energy; S, the sine source, loses its phase in bf16 and stays f32 while C,
where nearly all the arithmetic is, runs in bf16. C is cut once more, by kokoro_norms, into
D and G, so that G can run on a part of an utterance.

    stage  inputs                                         outputs
    a      tokens i64[1,T], style_pr f32[1,128]           dur[1,T], d[1,T,640], t_en[1,512,T]
    b      en[1,640,F], style_pr[1,128]                   f0[1,2F], n[1,2F]
    s      f0[1,2F]                                       har[1,22,120F+1]
    c      asr[1,512,F], f0, n, style_ac[1,128], har      audio[600F] at 24 kHz
"""
from pathlib import Path

import numpy as np
import openvino as ov
import openvino.opset13 as op

from . import kokoro_norms

# Where the graph is cut: stage input -> (ONNX tensor it replaces, shape).
INPUTS = {
    "style_ac": ("/decoder/Slice_output_0", [1, 128]),
    "style_pr": ("/encoder/Slice_output_0", [1, 128]),
    "en": ("/encoder/MatMul_output_0", [1, 640, -1]),
    "asr": ("/encoder/MatMul_1_output_0", [1, 512, -1]),
    "f0": ("/encoder/Reshape_output_0", [1, -1]),
    "n": ("/encoder/Reshape_1_output_0", [1, -1]),
    "har": ("/decoder/decoder/generator/Concat_3_output_0", [1, 22, -1]),
}
OUTPUTS = {
    "dur": "/encoder/predictor/ReduceSum_output_0",
    "d": "/encoder/predictor/text_encoder/Concat_4_output_0",
    "t_en": "/encoder/text_encoder/Transpose_2_output_0",
    "f0": "/encoder/Reshape_output_0",
    "n": "/encoder/Reshape_1_output_0",
    "har": "/decoder/decoder/generator/Concat_3_output_0",
    "audio": "audio",
}
# name -> inputs, outputs, precision in which the server should compile it
STAGES = {
    "stage_a": (["tokens", "style_pr"], ["dur", "d", "t_en"], "f32"),
    "stage_b": (["en", "style_pr"], ["f0", "n"], "f32"),
    "stage_s": (["f0"], ["har"], "f32"),
    "stage_c": (["asr", "f0", "n", "style_ac", "har"], ["audio"], "bf16"),
}
# sin^2(pi r) for |r| <= 1/2 as sum of C[k] * (r^2)^(k+1): least squares on Chebyshev nodes,
# largest error 2.4e-5, a hundredth of bf16's own. Two terms more cost 2 % of C's time and
# change nothing. Constants rather than a fit at run time: BLAS differs by CPU.
SIN2 = [9.866563383, -32.35144004, 41.27919369, -22.959406622]

# Magnitudes that are rounding: they lie at 1e-7, those of voiced sounds from 1e-4 up.
EMPTY_BIN = 1e-5


def cut(core: ov.Core, onnx_path: Path, name: str) -> ov.Model:
    """The stage `name` of the whole float model at `onnx_path`."""
    inputs, outputs, _ = STAGES[name]
    model = core.read_model(onnx_path)
    parameters = [p for p in model.get_parameters() if p.output(0).get_any_name() in inputs]
    ends = {output: _find(model, OUTPUTS[output]) for output in outputs}  # before the graph is cut
    for wanted in inputs:
        if wanted not in INPUTS:
            continue
        tensor, shape = INPUTS[wanted]
        place = _find(model, tensor)
        parameter = op.parameter(ov.PartialShape(shape), ov.Type.f32, name=wanted)
        parameter.output(0).set_names({wanted})
        for target in place.get_target_inputs():
            target.replace_source_output(parameter.output(0))
        parameters.append(parameter)
    results = []
    for output, end in ends.items():
        result = op.result(end)
        result.output(0).set_names({output})
        results.append(result)
    stage = ov.Model(results, parameters, name)
    replace_sin_squared(stage)
    if name == "stage_s":
        settle_phase(stage)
    stage.validate_nodes_and_infer_types()
    return stage


def _find(model: ov.Model, tensor: str):
    for node in model.get_ops():
        if node.get_type_name() == "Result":  # Results repeat the names of what they return
            continue
        for output in node.outputs():
            if tensor in output.get_names():
                return output
    raise KeyError(f"the model has no tensor {tensor}")


def replace_sin_squared(model: ov.Model) -> int:
    """Snake's sin(y)^2 has period pi: reduce y, then a polynomial of the square.

    Saves 28 % of C's time against Sin and Power (measured: 1182 -> 835 ms of 5.6 s speech).
    """
    def constant(value: float):
        return op.constant(np.array(value, np.float32))

    replaced = 0
    for sine in [node for node in model.get_ops() if node.get_type_name() == "Sin"]:
        users = list(sine.output(0).get_target_inputs())
        if len(users) != 1 or users[0].get_node().get_type_name() != "Power":
            continue
        square = users[0].get_node()
        turns = op.multiply(sine.input_value(0), constant(1 / np.pi))
        rest = op.subtract(turns, op.round(turns, "half_to_even"))
        squared = op.multiply(rest, rest)
        value = constant(SIN2[-1])
        for coefficient in SIN2[-2::-1]:
            value = op.add(op.multiply(value, squared), constant(coefficient))
        value = op.multiply(value, squared)
        for target in list(square.output(0).get_target_inputs()):
            target.replace_source_output(value.output(0))
        replaced += 1
    return replaced


def settle_phase(source: ov.Model) -> None:
    """The phase that goes to the generator, of bins that have one: 0 where there is only rounding noise.

    The first and the last bin of a spectrum are real, so that their phase is 0 or pi, and of a constant source, as
    between voiced sounds, all bins but two are empty. Taken from what rounding left there, the phase is -pi in the one
    and anything in the other, and differs by runtime and processor; a network that learnt from +pi hears a hum and
    noise (DNSMOS lower by 0.09, bench/tts_quality.py --reference, four voices of eight sentences).
    """
    def constant(value) -> ov.Node:
        return op.constant(np.array(value, np.float32))

    joined = source.get_results()[0].input_value(0).get_node()
    magnitude, old = joined.input_value(0), joined.input_value(1)
    if joined.get_type_name() != "Concat" or magnitude.get_node().get_type_name() != "Sqrt":
        raise ValueError("the sine source isn't built as expected: no spectrum as magnitude and phase")
    squares = magnitude.get_node().input_value(0).get_node()
    real, imaginary = (squares.input_value(i).get_node().input_value(0) for i in (0, 1))
    complex_bins = np.ones([1, magnitude.get_partial_shape()[1].get_length(), 1], np.float32)
    complex_bins[:, [0, -1]] = 0
    imaginary = op.multiply(imaginary, op.constant(complex_bins))
    turned = op.select(op.greater_equal(imaginary, constant(0)), constant(np.pi), constant(-np.pi))
    phase = op.add(op.atan(op.divide(imaginary, real)), op.select(op.less(real, constant(0)), turned, constant(0)))
    settled = op.select(op.less(magnitude, constant(EMPTY_BIN)), constant(0), phase)
    for target in list(old.get_target_inputs()):
        if target.get_node().get_friendly_name() == joined.get_friendly_name():
            target.replace_source_output(settled.output(0))


def save(onnx_path: Path, folder: Path, report) -> None:
    """The stages, and norms/ for the voices in voices/; vocab.json is there."""
    core = ov.Core()
    for number, name in enumerate(STAGES):
        report(0.1 * number, f"cutting {name}")
        stage = cut(core, onnx_path, name)
        if name == "stage_c":
            kokoro_norms.save(core, stage, folder, lambda fraction, what: report(0.4 + 0.6 * fraction, what))
        else:
            # 2 pi in fp16 would detune the source.
            ov.save_model(stage, folder / f"{name}.xml", compress_to_fp16=name != "stage_s")


def description() -> dict:
    """config.json: what the server needs to know to run the stages."""
    return {
        "sample_rate": 24000,
        "samples_per_frame": 600,
        "style_size": 256,
        "max_tokens": 510,
        "acoustic_tokens": kokoro_norms.ACOUSTIC_TOKENS,
        "stages": {name: {"inputs": inputs, "outputs": outputs, "precision": precision}
                   for name, (inputs, outputs, precision) in {**STAGES, **kokoro_norms.STAGES}.items()
                   if name != "stage_c"},
    }
