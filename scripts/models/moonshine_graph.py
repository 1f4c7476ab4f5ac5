"""Moonshine (tiny) as two OpenVINO models, from the weights in its .ort files.

The shipped files keep the decoder's attention and probabilities to themselves, and hold two copies of it
behind a branch. Built anew from the same 8-bit weights it gives what beam search, scoring of a given text and
word times need. The architecture is Moonshine's (Jeffries et al. 2024, arXiv:2410.15608): a convolutional stem
(one frame per 384 samples), rotary self-attention over the first 32 of 36 values of a head, in pairs of
neighbours, and a decoder with a gated SiLU.

G: encodings of one utterance, which differ in pace; R: hypotheses. The rows of the decoder are [G, R].

  encoder  audio [G, N] f32 -> cross [G, 12, 8, S, 36] (keys and values of the six layers in turn)
  decoder  tokens [G * R, L] i64; cross; past [12, G * R, 8, P, 36]; parents [G * R] i64, the row of `past`
           that each row goes on from
           -> log_probabilities [R, L, 32768], averaged over G; present [12, G * R, 8, P + L, 36];
              attention [G, R * L, S], the mean of the heads that follow the speech
"""
from __future__ import annotations

import numpy as np
import openvino as ov
from openvino import opset15 as op

from .moonshine_ort import Graph

LAYERS, HEADS, WIDTH, ROTARY = 6, 8, 36, 32
# The (layer, head) pairs whose attention follows the speech. Of all 48 the peak of this one came closest to the
# word starts of a forced alignment (PocketSphinx, 568 words of read speech): 24 ms off in the median, 76 ms at
# the 90th percentile. Averages with the next best ones did worse.
ALIGNED_HEADS = ((4, 6),)


def f32(value) -> ov.Node:
    return op.constant(np.asarray(value, np.float32))


def i64(value) -> ov.Node:
    return op.constant(np.asarray(value, np.int64))


class Weights:
    def __init__(self, graphs: list[Graph]):
        self.arrays = {name: array for graph in graphs for name, array in graph.weights.items()}
        self.made_by = {node.outputs[0]: node for graph in graphs for node in graph.nodes}

    def vector(self, name: str) -> np.ndarray:
        for suffix in ("", "_merged_0"):
            if name + suffix in self.arrays:
                return self.arrays[name + suffix]
        raise KeyError(f"the model has no weights named {name}")

    def quantised(self, name: str) -> ov.Node:
        """[out, in] as stored, 8 bits with a scale; OpenVINO keeps it so."""
        base = name.removesuffix("_quantized")
        rows = np.ascontiguousarray(self.arrays[name].T)
        shape = (rows.shape[0], 1)
        zero = np.broadcast_to(self.arrays[base + "_zero_point"].reshape(-1, 1), shape)
        scale = np.broadcast_to(self.arrays[base + "_scale"].reshape(-1, 1), shape)
        whole = op.convert(op.constant(rows), "f32")
        whole = op.subtract(whole, op.convert(op.constant(np.ascontiguousarray(zero)), "f32"))
        return op.multiply(whole, f32(np.ascontiguousarray(scale)))

    def linear(self, x: ov.Node, output: str, bias: str = "", scale: float = 1.0) -> ov.Node:
        """The matrix product that makes `output` in the shipped file."""
        matrix = self.quantised(self.made_by[output].inputs[1])
        if scale != 1.0:
            matrix = op.multiply(matrix, f32(scale))
        y = op.matmul(x, matrix, False, True)
        return op.add(y, f32(self.vector(bias))) if bias else y

    def embedding(self, ids: ov.Node, base: str) -> ov.Node:
        zero, scale = self.arrays[base + "_zero_point"].reshape(1, -1), self.arrays[base + "_scale"].reshape(1, -1)
        table = op.convert(op.constant(self.arrays[base + "_quantized"]), "f32")
        table = op.multiply(op.subtract(table, f32(zero.astype(np.float32))), f32(scale))
        return op.gather(table, ids, i64(0))


def layer_norm(x: ov.Node, weight: np.ndarray) -> ov.Node:
    return op.multiply(op.mvn(x, i64([-1]), True, 1e-5, "inside_sqrt"), f32(weight.reshape(1, 1, -1)))


def split_heads(x: ov.Node) -> ov.Node:
    return op.transpose(op.reshape(x, i64([0, -1, HEADS, WIDTH]), True), i64([0, 2, 1, 3]))


def join_heads(x: ov.Node) -> ov.Node:
    return op.reshape(op.transpose(x, i64([0, 2, 1, 3])), i64([0, -1, HEADS * WIDTH]), True)


def size(x: ov.Node, axis: int) -> ov.Node:
    return op.squeeze(op.gather(op.shape_of(x), i64([axis]), i64([0])), i64([0]))


class Rotary:
    """Turns the first values of each head by an angle that grows with the position."""

    def __init__(self, positions: ov.Node):
        frequency = 1.0 / 10000 ** (np.arange(0, ROTARY, 2, dtype=np.float32) / ROTARY)
        angles = op.multiply(op.unsqueeze(op.convert(positions, "f32"), i64([1])),
                             f32(np.repeat(frequency, 2).reshape(1, -1)))
        self.cos = op.unsqueeze(op.cos(angles), i64([0, 1]))
        self.sin = op.unsqueeze(op.sin(angles), i64([0, 1]))
        self.swap = np.zeros((ROTARY, ROTARY), np.float32)  # (a, b) -> (-b, a)
        for k in range(0, ROTARY, 2):
            self.swap[k + 1, k], self.swap[k, k + 1] = -1, 1

    def __call__(self, x: ov.Node) -> ov.Node:
        turned = op.slice(x, i64([0]), i64([ROTARY]), i64([1]), i64([3]))
        kept = op.slice(x, i64([ROTARY]), i64([WIDTH]), i64([1]), i64([3]))
        other = op.matmul(turned, f32(self.swap), False, False)
        return op.concat([op.add(op.multiply(turned, self.cos), op.multiply(other, self.sin)), kept], 3)


def convolution(x: ov.Node, weights: Weights, name: str, stride: int, bias: bool = True) -> ov.Node:
    y = op.convolution(x, f32(weights.vector(name + ".weight_add_tensor")), [stride], [0], [0], [1])
    return op.add(y, f32(weights.vector(name + ".bias").reshape(1, -1, 1))) if bias else y


def build_encoder(encoder: Graph, decoder: list[Graph]) -> ov.Model:
    weights = Weights([encoder])
    audio = op.parameter([-1, -1], np.float32, "audio")
    x = op.tanh(convolution(op.unsqueeze(audio, i64([1])), weights, "conv1", 64, bias=False))
    x = op.mvn(x, i64([1, 2]), True, 1e-5, "inside_sqrt")  # a group norm of one group
    norm = weights.made_by["/groupnorm/Add_output_0"].inputs[1], weights.made_by["/groupnorm/Mul_output_0"].inputs[1]
    x = op.add(op.multiply(x, f32(weights.vector(norm[1]).reshape(1, -1, 1))),
               f32(weights.vector(norm[0]).reshape(1, -1, 1)))
    x = op.gelu(convolution(x, weights, "conv2", 3), "erf")
    x = op.gelu(convolution(x, weights, "conv3", 2), "erf")
    x = op.transpose(x, i64([0, 2, 1]))
    rotate = Rotary(op.range(i64(0), size(x, 1), i64(1), "i64"))
    for layer in range(LAYERS):
        at = f"/layers.{layer}/"
        h = layer_norm(x, weights.vector(f"layers.{layer}.input_layernorm.weight"))
        q = rotate(split_heads(weights.linear(h, at + "self_attn/q_proj/MatMul_output_0", scale=WIDTH**-0.5)))
        k = rotate(split_heads(weights.linear(h, at + "self_attn/k_proj/MatMul_output_0")))
        v = split_heads(weights.linear(h, at + "self_attn/v_proj/MatMul_output_0"))
        a = op.matmul(op.softmax(op.matmul(q, k, False, True), 3), v, False, False)
        x = op.add(x, weights.linear(join_heads(a), at + "self_attn/o_proj/MatMul_output_0"))
        h = layer_norm(x, weights.vector(f"layers.{layer}.post_attention_layernorm.weight"))
        h = op.gelu(weights.linear(h, at + "mlp/fc1/Add_output_0", f"layers.{layer}.mlp.fc1.bias"), "erf")
        x = op.add(x, weights.linear(h, at + "mlp/fc2/Add_output_0", f"layers.{layer}.mlp.fc2.bias"))
    x = layer_norm(x, weights.vector("layer_norm.weight"))
    cross, theirs = [], Weights(decoder)
    for layer in range(LAYERS):
        for part in "kv":
            made = theirs.linear(x, f"/model/decoder/layers.{layer}/encoder_attn/{part}_proj/MatMul_output_0")
            cross.append(op.unsqueeze(split_heads(made), i64([1])))
    result = op.result(op.concat(cross, 1))
    result.output(0).tensor.set_names({"cross"})
    audio.output(0).tensor.set_names({"audio"})
    return ov.Model([result], [audio], "moonshine encoder")


def build_decoder(decoder: list[Graph]) -> ov.Model:
    weights = Weights(decoder)
    tokens = op.parameter([-1, -1], np.int64, "tokens")
    cross = op.parameter([-1, 2 * LAYERS, HEADS, -1, WIDTH], np.float32, "cross")
    past = op.parameter([2 * LAYERS, -1, HEADS, -1, WIDTH], np.float32, "past")
    parents = op.parameter([-1], np.int64, "parents")
    groups = op.gather(op.shape_of(cross), i64([0]), i64([0]))
    x = weights.embedding(tokens, "model.decoder.embed_tokens.weight_merged_0")
    before = size(past, 3)
    after = op.add(before, size(tokens, 1))
    own, keys = op.range(before, after, i64(1), "i64"), op.range(i64(0), after, i64(1), "i64")
    rotate = Rotary(own)
    causal = op.select(op.less_equal(op.unsqueeze(keys, i64([0])), op.unsqueeze(own, i64([1]))), f32(0), f32(-1e9))
    history = op.split(op.gather(past, parents, i64(1)), i64(0), 2 * LAYERS)
    present, aligned = [], []
    for layer in range(LAYERS):
        at, name = f"/model/decoder/layers.{layer}/", f"model.decoder.layers.{layer}."
        h = layer_norm(x, weights.vector(name + "input_layernorm.weight"))
        q = rotate(split_heads(weights.linear(h, at + "self_attn/q_proj/MatMul_output_0", scale=WIDTH**-0.5)))
        k = rotate(split_heads(weights.linear(h, at + "self_attn/k_proj/MatMul_output_0")))
        v = split_heads(weights.linear(h, at + "self_attn/v_proj/MatMul_output_0"))
        k = op.concat([op.squeeze(history.output(2 * layer), i64([0])), k], 2)
        v = op.concat([op.squeeze(history.output(2 * layer + 1), i64([0])), v], 2)
        present += [op.unsqueeze(k, i64([0])), op.unsqueeze(v, i64([0]))]
        a = op.matmul(op.softmax(op.add(op.matmul(q, k, False, True), causal), 3), v, False, False)
        x = op.add(x, weights.linear(join_heads(a), at + "self_attn/o_proj/MatMul_output_0"))
        h = layer_norm(x, weights.vector(name + "post_attention_layernorm.weight"))
        q = weights.linear(h, at + "encoder_attn/q_proj/MatMul_output_0", scale=WIDTH**-0.5)
        rows = op.shape_of(q)
        # All hypotheses of an encoding ask the same keys: one product instead of one each.
        grouped = op.concat([groups, i64([-1, HEADS, WIDTH])], 0)
        q = op.transpose(op.reshape(q, grouped, False), i64([0, 2, 1, 3]))  # [G, heads, R * L, width]
        ck = op.squeeze(op.gather(cross, i64([2 * layer]), i64(1)), i64([1]))
        cv = op.squeeze(op.gather(cross, i64([2 * layer + 1]), i64(1)), i64([1]))
        share = op.softmax(op.matmul(q, ck, False, True), 3)
        heads = [head for where, head in ALIGNED_HEADS if where == layer]
        if heads:
            aligned.append(op.gather(share, i64(heads), i64(1)))
        a = op.reshape(op.transpose(op.matmul(share, cv, False, False), i64([0, 2, 1, 3])), rows, False)
        x = op.add(x, weights.linear(a, at + "encoder_attn/o_proj/MatMul_output_0"))
        h = layer_norm(x, weights.vector(name + "final_layernorm.weight"))
        h = weights.linear(h, at + "mlp/fc1/Add_output_0", name + "mlp.fc1.bias")
        halves = op.split(h, i64(2), 2)
        h = op.multiply(op.swish(halves.output(1)), halves.output(0))
        x = op.add(x, weights.linear(h, at + "mlp/fc2/Add_output_0", name + "mlp.fc2.bias"))
    x = layer_norm(x, weights.vector("model.decoder.norm.weight"))
    scores = op.log_softmax(weights.linear(x, "logits"), 2)
    grouped = op.concat([groups, i64([-1]), op.gather(op.shape_of(scores), i64([1, 2]), i64(0))], 0)
    scores = op.reduce_mean(op.reshape(scores, grouped, False), i64([0]))
    attention = op.reduce_mean(op.concat(aligned, 1) if len(aligned) > 1 else aligned[0], i64([1]))
    outputs = {"log_probabilities": scores, "present": op.concat(present, 0), "attention": attention}
    results = []
    for output, node in outputs.items():
        result = op.result(node)
        result.output(0).tensor.set_names({output})
        results.append(result)
    for parameter, label in ((tokens, "tokens"), (cross, "cross"), (past, "past"), (parents, "parents")):
        parameter.output(0).tensor.set_names({label})
    return ov.Model(results, [tokens, cross, past, parents], "moonshine decoder")
