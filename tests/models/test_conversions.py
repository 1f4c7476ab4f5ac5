"""The conversions' own logic, on data made here; no model is needed."""
import base64
import collections
import io
import os
import pickle
import struct
import sys
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from models import kokoro_letter_to_sound as lts  # noqa: E402
from models.convert_moonshine import tokens  # noqa: E402

WORDS = {
    "cat": "kˈæt", "cats": "kˈæts", "bat": "bˈæt", "bats": "bˈæts", "nation": "nˈAʃən", "station": "stˈAʃən",
    "relation": "ɹəlˈAʃən", "banana": "bənˈænə", "cabana": "kəbˈænə", "chip": "ʧˈɪp", "ship": "ʃˈɪp", "chat": "ʧˈæt",
    "box": "bˈɑks", "fox": "fˈɑks", "foxtrot": "fˈɑkstɹˌɑt", "six": "sˈɪks",
}


class Reader:
    """lts_us.bin read by its documentation alone, as the C++ reader does."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 8
        assert data[:8] == b"AIMPLTS1"
        self.parts = self.strings()
        self.contexts = []
        for _ in range(self.take("<I")):
            left, right, count = self.take("<B"), self.take("<B"), self.take("<I")
            self.contexts.append((left, right, self.rows(left + 1 + right, count)))
        self.patterns = self.strings()
        self.endings = []
        for _ in range(self.take("<I")):
            length, count = self.take("<B"), self.take("<I")
            self.endings.append((length, self.rows(3 + length, count)))
        assert self.at == len(data)

    def take(self, form: str) -> int:
        value, = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def strings(self) -> list[str]:
        values = []
        for _ in range(self.take("<I")):
            length = self.take("<B")
            values.append(self.data[self.at:self.at + length].decode())
            self.at += length
        return values

    def rows(self, width: int, count: int) -> dict[bytes, int]:
        rows = {}
        for _ in range(count):
            key = self.data[self.at:self.at + width]
            assert not rows or key > max_key, "rows must be sorted for binary search"
            max_key = key
            self.at += width
            rows[key] = self.take("<H")
        return rows

    def say(self, word: str) -> str:
        padded = f"####{word}####"
        phones = ""
        for i in range(len(word)):
            for left, right, rows in self.contexts:
                found = rows.get(padded[i + 4 - left:i + 5 + right].encode())
                if found is not None:
                    phones += self.parts[found]
                    break
        vowels = [p for p in phones if p in lts.VOWELS]
        mask = sum(1 << i for i, v in enumerate(vowels) if v in lts.REDUCED)
        pattern = None
        for length, rows in self.endings:
            ending = ("######" + word)[-length:] if length else ""
            found = rows.get(struct.pack(">BH", len(vowels), mask) + ending.encode())
            if found is not None:
                pattern = self.patterns[found]
                break
        marks = iter(pattern or lts.default_pattern(phones))
        return "".join({"0": "", "1": "ˈ", "2": "ˌ"}[next(marks)] + p if p in lts.VOWELS else p for p in phones)


def test_letter_to_sound_repeats_what_it_learned():
    rules = lts.Rules.train(WORDS)
    right = sum(rules.say(word) == phones for word, phones in WORDS.items())
    assert right >= 14, {w: (rules.say(w), p) for w, p in WORDS.items() if rules.say(w) != p}


def test_letter_to_sound_generalises_and_marks_one_primary_stress():
    rules = lts.Rules.train(WORDS)
    assert rules.say("chats") == "ʧˈæts"
    assert rules.say("elation").endswith("lˈAʃən")
    for word in ("x", "bcd", "zzz", "nationation", "a" * 200):
        said = rules.say(word)
        assert said.count("ˈ") <= 1


def test_letter_to_sound_file_is_deterministic_and_matches_its_documentation():
    rules = lts.Rules.train(WORDS)
    data = rules.to_bytes()
    assert data == lts.Rules.train(dict(reversed(WORDS.items()))).to_bytes()
    reader = Reader(data)
    for word in [*WORDS, "chats", "fation", "zebra", "x", "bcd"]:
        assert reader.say(word) == rules.say(word)


def test_stress_is_split_from_phones():
    assert lts.split_stress("fˈɑkstɹˌɑt") == ("fɑkstɹɑt", "12")
    assert lts.split_stress("ðə") == ("ðə", "0")


def test_dictionaries_prefer_gold_and_skip_what_has_no_letters_to_learn_from():
    gold = {"read": {"DEFAULT": "ɹˈid", "VBD": "ɹˈɛd"}, "NATO": "nˈATO", "don't": "dˈOnt", "nil": {"DEFAULT": None}}
    silver = {"read": "wrong", "naïve": "nɑˈiv", "Bob": "bˈɑb"}
    assert lts.read_dictionaries(gold, silver) == {"read": "ɹˈid", "bob": "bˈɑb"}


def test_moonshine_tokens_have_one_and_two_byte_lengths():
    long = b"x" * 300  # 300 = (172 - 128) + 128 * 2
    data = bytes([2]) + b"hi" + bytes([0]) + bytes([172, 2]) + long
    assert tokens(data) == [b"hi", b"", long]
    assert base64.b64encode(tokens(data)[0]) == b"aGk="


def test_dequantised_product_equals_the_quantised_weights():
    onnx = pytest.importorskip("onnx", reason="needs the conversion packages (pip install onnx numpy)")
    import numpy as np
    from onnx import helper, numpy_helper
    from models.kokoro_dequantise import dequantise

    weight = np.array([[1, -2], [3, 4]], np.int8)
    tensors = {"w": weight, "ws": np.float32([0.5, 0.25]), "wz": np.int8([0, 0])}
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"]),
        helper.make_node("MatMulInteger", ["xq", "w", "xz", "wz"], ["y"]),
        helper.make_node("Cast", ["y"], ["yf"], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", ["xs", "ws"], ["s"]),
        helper.make_node("Mul", ["yf", "s"], ["out"]),
    ]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 2])],
        [helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, [1, 2])],
        [numpy_helper.from_array(v, k) for k, v in tensors.items()])
    model = dequantise(helper.make_model(graph))
    assert [n.op_type for n in model.graph.node] == ["MatMul"]
    folded = numpy_helper.to_array(model.graph.initializer[0])
    np.testing.assert_array_equal(folded, weight * np.float32([0.5, 0.25]))


def checkpoint(entries, storages: list[tuple[str, bytes, int]]) -> bytes:
    """A file as torch.save() wrote it before 1.6. `storages`: key, content, count of numbers."""
    from models import ge2e_checkpoint

    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})

    def _rebuild_tensor_v2(*unused):
        raise AssertionError("only its name is pickled")

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2

    class Reference:
        def __init__(self, key):
            self.key = key

    class Tensor:
        def __init__(self, key, offset, size, stride):
            self.parts = (Reference(key), offset, size, stride, False, collections.OrderedDict())

        def __reduce__(self):
            return utils._rebuild_tensor_v2, self.parts

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return ("storage", torch.FloatStorage, value.key, "cpu", 0) if isinstance(value, Reference) else None

    file = io.BytesIO()
    sys.modules.update({"torch": torch, "torch._utils": utils})
    try:
        for value in (ge2e_checkpoint.MAGIC, 1001, {}, {"model_state": entries(Tensor)}, [key for key, *_ in storages]):
            Pickler(file, protocol=2).dump(value)
    finally:
        del sys.modules["torch"], sys.modules["torch._utils"]
    for _, content, count in storages:
        file.write(struct.pack("<q", count) + content)
    return file.getvalue()


def test_a_checkpoint_is_read_without_torch():
    np = pytest.importorskip("numpy")
    from models import ge2e_checkpoint

    numbers = np.arange(12, dtype=np.float32)
    made = checkpoint(lambda t: {"rows": t("0", 2, (2, 3), (3, 1)), "turned": t("0", 0, (3, 4), (1, 3))},
                      [("0", numbers.tobytes(), 12)])
    read = ge2e_checkpoint.read(made, "model_state")
    np.testing.assert_array_equal(read["rows"], [[2, 3, 4], [5, 6, 7]])
    np.testing.assert_array_equal(read["turned"], numbers.reshape(4, 3).T)


def test_a_checkpoint_can_neither_run_code_nor_read_past_its_end():
    np = pytest.importorskip("numpy")
    from models import ge2e_checkpoint

    class Evil:
        def __reduce__(self):
            return os.system, ("exit 1",)

    content = np.zeros(4, np.float32).tobytes()
    with pytest.raises(pickle.UnpicklingError, match="system"):
        ge2e_checkpoint.read(checkpoint(lambda t: {"w": Evil()}, [("0", content, 4)]), "model_state")
    for size, stride, offset in (((5,), (1,), 0), ((2,), (-1,), 1), ((2, 2), (4, 1), 0), ((1,), (1,), 4)):
        made = checkpoint(lambda t: {"w": t("0", offset, size, stride)}, [("0", content, 4)])
        with pytest.raises(ValueError, match="outside its storage"):
            ge2e_checkpoint.read(made, "model_state")
    with pytest.raises(ValueError, match="ends within"):
        ge2e_checkpoint.read(checkpoint(lambda t: {"w": t("0", 0, (4,), (1,))}, [("0", content, 4000)]), "model_state")
    with pytest.raises(ValueError, match="not a checkpoint"):
        ge2e_checkpoint.read(pickle.dumps(1), "model_state")
