"""Folds Kokoro's dynamically quantised ONNX graph back to float weights.

The published file computes MatMul, Conv and LSTM on int8 activations that are quantised at
run time. That arithmetic is slower than bf16 on CPUs that have it, and the rounding costs
quality; the int8 weights, times their scales, are all that is kept.
"""
import numpy as np
import onnx
from onnx import helper, numpy_helper


def dequantise(model: onnx.ModelProto) -> onnx.ModelProto:
    """Rewrites `model` in place and returns it; every *Integer and DynamicQuantize* node is gone."""
    return _Folding(model).run()


class _Folding:
    def __init__(self, model: onnx.ModelProto):
        self.model = model
        self.graph = model.graph
        self.constants = {t.name: numpy_helper.to_array(t) for t in self.graph.initializer}
        self.producer = {output: node for node in self.graph.node for output in node.output}
        self.consumers: dict[str, list] = {}
        for node in self.graph.node:
            for name in node.input:
                self.consumers.setdefault(name, []).append(node)
        self.weights: dict[str, np.ndarray] = {}
        self.replaced: dict[int, onnx.NodeProto] = {}  # id(old node) -> new node

    def run(self) -> onnx.ModelProto:
        for node in self.graph.node:
            if node.op_type in ("MatMulInteger", "ConvInteger"):
                self.fold_product(node)
            elif node.op_type == "DynamicQuantizeLSTM":
                self.fold_lstm(node)
            elif node.op_type == "DequantizeLinear":
                self.fold_embedding(node)
        nodes = [self.replaced.get(id(node), node) for node in self.graph.node]
        self.rebuild(self.sorted(self.reachable(nodes)))
        return self.model

    def scaled(self, weight: str, scale: str, zero: str, axis: int | None = None) -> np.ndarray:
        """(weight - zero) * scale, per channel along `axis` when there is a scale for each."""
        values = self.constants[weight].astype(np.float32)
        factor = self.constants[scale].astype(np.float32)
        offset = self.constants[zero].astype(np.float32) if zero else np.float32(0)
        if factor.size > 1 and axis is not None:
            shape = [1] * values.ndim
            shape[axis] = factor.size
            factor = factor.reshape(shape)
            offset = offset.reshape(shape) if offset.size > 1 else offset
        else:
            factor = factor.reshape(()) if factor.size == 1 else factor
            offset = offset.reshape(()) if offset.size == 1 else offset
        return ((values - offset) * factor).astype(np.float32)

    def only_consumer(self, name: str) -> onnx.NodeProto:
        users = self.consumers[name]
        if len(users) != 1:
            raise ValueError(f"{name} has {len(users)} consumers, the pattern expects one")
        return users[0]

    def fold_product(self, node: onnx.NodeProto) -> None:
        """DynamicQuantizeLinear -> *Integer [-> Add of a quantised bias] -> Cast -> Mul by the scales."""
        quantise = self.producer[node.input[0]]
        if quantise.op_type != "DynamicQuantizeLinear":
            raise ValueError(f"{node.name}: unexpected input from {quantise.op_type}")
        value, bias = node.output[0], None
        after = self.only_consumer(value)
        if after.op_type == "Add":
            other = next(name for name in after.input if name != value)
            source = self.producer[other]
            while source.op_type != "Div":
                source = self.producer[source.input[0]]
            bias = source.input[0]
            value = after.output[0]
            after = self.only_consumer(value)
        if after.op_type != "Cast":
            raise ValueError(f"{node.name}: expected a Cast, found {after.op_type}")
        multiply = self.only_consumer(after.output[0])
        scales = self.producer[next(name for name in multiply.input if name != after.output[0])]
        scale = next(name for name in scales.input if name != quantise.output[1])
        matmul = node.op_type == "MatMulInteger"
        zero = node.input[3] if len(node.input) > 3 else ""
        weight = node.input[1] + "_f32"
        axis = self.constants[node.input[1]].ndim - 1 if matmul else 0
        self.weights[weight] = self.scaled(node.input[1], scale, zero, axis)
        inputs = [quantise.input[0], weight] + ([bias] if bias and not matmul else [])
        if bias and matmul:
            raise ValueError(f"{node.name}: a MatMul with a bias inside the pattern is not expected")
        new = helper.make_node("MatMul" if matmul else "Conv", inputs, [multiply.output[0]], name=node.name)
        if not matmul:
            new.attribute.extend(node.attribute)
        self.replaced[id(multiply)] = new

    def fold_lstm(self, node: onnx.NodeProto) -> None:
        """W and R come as [directions, input, 4 * hidden]; ONNX's LSTM wants the last two swapped."""
        names = list(node.input)

        def weights(quantised: str, scale: str, zero: str) -> np.ndarray:
            values = self.constants[quantised].astype(np.float32)
            shape = (values.shape[0], 1, -1)
            factor, offset = (self.constants[n].astype(np.float32) for n in (scale, zero))
            factor = factor.reshape(shape) if factor.size > 1 else factor.reshape(())
            offset = offset.reshape(shape) if offset.size > 1 else offset.reshape(())
            return np.ascontiguousarray(((values - offset) * factor).transpose(0, 2, 1), dtype=np.float32)

        self.weights[names[1] + "_f32"] = weights(names[1], names[8], names[9])
        self.weights[names[2] + "_f32"] = weights(names[2], names[10], names[11])
        inputs = [names[0], names[1] + "_f32", names[2] + "_f32", *names[3:8]]
        while inputs[-1] == "":
            inputs.pop()
        new = helper.make_node("LSTM", inputs, list(node.output), name=node.name)
        new.attribute.extend(node.attribute)
        self.replaced[id(node)] = new

    def fold_embedding(self, node: onnx.NodeProto) -> None:
        gather = self.producer[node.input[0]]
        if gather.op_type != "Gather":
            raise ValueError(f"{node.name}: expected a Gather, found {gather.op_type}")
        weight = gather.input[0] + "_f32"
        self.weights[weight] = self.scaled(gather.input[0], node.input[1], node.input[2])
        new = helper.make_node("Gather", [weight, gather.input[1]], [node.output[0]], name=gather.name)
        new.attribute.extend(gather.attribute)
        self.replaced[id(node)] = new

    def reachable(self, nodes: list) -> list:
        producer = {output: node for node in nodes for output in node.output}
        needed, pending = set(), [output.name for output in self.graph.output]
        while pending:
            node = producer.get(pending.pop())
            if node is not None and id(node) not in needed:
                needed.add(id(node))
                pending.extend(node.input)
        return [node for node in nodes if id(node) in needed]

    def sorted(self, nodes: list) -> list:
        """Topological order: a replacement stands where the last node of its pattern stood."""
        known = set(self.constants) | set(self.weights) | {i.name for i in self.graph.input} | {""}
        ordered = []
        while nodes:
            waiting = []
            for node in nodes:
                if all(name in known for name in node.input):
                    ordered.append(node)
                    known.update(node.output)
                else:
                    waiting.append(node)
            if len(waiting) == len(nodes):
                raise ValueError(f"the graph has a cycle at {nodes[0].name}")
            nodes = waiting
        return ordered

    def rebuild(self, nodes: list) -> None:
        used = {name for node in nodes for name in node.input}
        kept = [t for t in self.graph.initializer if t.name in used]
        del self.graph.node[:]
        self.graph.node.extend(nodes)
        del self.graph.initializer[:]
        self.graph.initializer.extend(kept)
        self.graph.initializer.extend(numpy_helper.from_array(v, k) for k, v in self.weights.items() if k in used)
        del self.graph.value_info[:]
