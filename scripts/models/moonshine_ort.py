"""Reads weights and nodes out of ONNX Runtime's .ort files.

Such a file is a FlatBuffer (https://flatbuffers.dev/internals/) of the schema
onnxruntime/core/flatbuffers/schema/ort.fbs. A table starts with the distance to its vtable, whose
entries give the place of each field; the numbers below are places in the vtable (4 + 2 * field).
Only what a conversion needs is read, and every place is checked against the file's end by struct.
"""
from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_, 10: np.float16, 11: np.float64}


class Table:
    def __init__(self, data: bytes, at: int):
        self.data, self.at = data, at
        self.vtable = at - struct.unpack_from("<i", data, at)[0]
        self.size = struct.unpack_from("<H", data, self.vtable)[0]

    def place(self, field: int) -> int:
        """Where a field's value is; 0 if it isn't there."""
        if field >= self.size:
            return 0
        offset = struct.unpack_from("<H", self.data, self.vtable + field)[0]
        return self.at + offset if offset else 0

    def _follow(self, place: int) -> int:
        return place + struct.unpack_from("<I", self.data, place)[0]

    def number(self, field: int, form: str, default=0):
        place = self.place(field)
        return struct.unpack_from(form, self.data, place)[0] if place else default

    def table(self, field: int) -> Table | None:
        place = self.place(field)
        return Table(self.data, self._follow(place)) if place else None

    def text(self, field: int) -> str:
        place = self.place(field)
        return self._text(self._follow(place)) if place else ""

    def _text(self, at: int) -> str:
        length = struct.unpack_from("<I", self.data, at)[0]
        return self.data[at + 4:at + 4 + length].decode()

    def _vector(self, field: int) -> tuple[int, int]:
        place = self.place(field)
        if not place:
            return 0, 0
        start = self._follow(place)
        return start + 4, struct.unpack_from("<I", self.data, start)[0]

    def tables(self, field: int) -> list[Table]:
        start, count = self._vector(field)
        return [Table(self.data, self._follow(start + 4 * i)) for i in range(count)]

    def texts(self, field: int) -> list[str]:
        start, count = self._vector(field)
        return [self._text(self._follow(start + 4 * i)) for i in range(count)]

    def array(self, field: int, kind) -> np.ndarray:
        start, count = self._vector(field)
        return np.frombuffer(self.data, kind, count, start) if start else np.zeros(0, kind)


@dataclass
class Node:
    operator: str
    inputs: list[str]
    outputs: list[str]
    graphs: dict[str, Graph]  # of a control flow node, by attribute


class Graph:
    """Initialisers and nodes of a graph, without those of the graphs inside it."""

    def __init__(self, table: Table):
        self.weights: dict[str, np.ndarray] = {}
        for tensor in table.tables(4):
            shape = [int(d) for d in tensor.array(8, np.int64)]
            kind = TYPES.get(tensor.number(10, "<i"))
            if kind is not None:
                self.weights[tensor.text(4)] = tensor.array(12, np.uint8).view(kind).reshape(shape)
        self.nodes = []
        for node in table.tables(8):
            inner = {a.text(4): Graph(a.table(18)) for a in node.tables(24) if a.table(18)}
            self.nodes.append(Node(node.text(14), node.texts(20), node.texts(22), inner))


def read(data: bytes) -> Graph:
    """The graph of an .ort file's bytes."""
    if data[4:8] != b"ORTM":
        raise ValueError("this is no model in ONNX Runtime's format")
    session = Table(data, struct.unpack_from("<I", data, 0)[0])
    return Graph(session.table(6).table(18))
