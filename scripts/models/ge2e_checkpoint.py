"""Reads the weights out of a PyTorch checkpoint of the old format (before 1.6), without PyTorch.

Three pickles (magic number, protocol, system), the object itself with its tensors as references to storages,
the list of storage keys, then each storage: its length as int64, and its numbers. Nothing that the pickles
name is looked up in Python's modules: only the few classes below exist for them, so that a checkpoint can't
run code.
"""
import collections
import io
import pickle
import struct

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
KINDS = {"FloatStorage": np.float32, "DoubleStorage": np.float64, "LongStorage": np.int64, "IntStorage": np.int32}


class Tensor:
    """Where a tensor lies in its storage; counted in elements."""

    def __init__(self, storage: str, offset: int, size: tuple, stride: tuple, *unused):
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride


class Restricted(pickle.Unpickler):
    """Knows ordered dictionaries, tensors and storages; anything else is an error."""

    def __init__(self, file):
        super().__init__(file)
        self.storages: dict[str, type] = {}

    def find_class(self, module: str, name: str):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) in {("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2")}:
            return Tensor
        if module == "torch" and name in KINDS:
            return KINDS[name]
        raise pickle.UnpicklingError(f"a checkpoint of weights has no business with {module}.{name}")

    def persistent_load(self, reference):
        kind, storage_type, key, *_ = reference
        if kind != "storage":
            raise pickle.UnpicklingError(f"unknown reference '{kind}'")
        self.storages[key] = storage_type
        return key


def read(data: bytes, entry: str) -> dict[str, np.ndarray]:
    """The tensors of the dictionary `entry` of a checkpoint, by name."""
    file = io.BytesIO(data)
    if Restricted(file).load() != MAGIC:
        raise ValueError("this is not a checkpoint of the old PyTorch format")
    for _ in ("protocol", "system"):
        Restricted(file).load()
    unpickler = Restricted(file)
    whole = unpickler.load()
    storages = {}
    for key in Restricted(file).load():
        count, = struct.unpack("<q", file.read(8))
        kind = np.dtype(unpickler.storages[key])
        if count < 0 or count * kind.itemsize > len(data) - file.tell():
            raise ValueError(f"the checkpoint ends within its storage {key}")
        storages[key] = np.frombuffer(file.read(count * kind.itemsize), kind)
    return {name: _array(tensor, storages[tensor.storage]) for name, tensor in whole[entry].items()}


def _array(tensor: Tensor, storage: np.ndarray) -> np.ndarray:
    last = tensor.offset + sum((n - 1) * s for n, s in zip(tensor.size, tensor.stride))
    if tensor.offset < 0 or min(tensor.stride, default=0) < 0 or last >= storage.size:
        raise ValueError("a tensor of the checkpoint lies outside its storage")
    strides = [s * storage.itemsize for s in tensor.stride]
    return np.lib.stride_tricks.as_strided(storage[tensor.offset:], tensor.size, strides).copy()
