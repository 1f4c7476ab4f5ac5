"""The conversions' own logic, on data made here; no model is needed."""
import base64
import struct
import sys
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
