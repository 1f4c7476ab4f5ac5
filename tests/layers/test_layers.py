"""Includes go one way. Reads the include lines of server/ and fails on an arrow that goes up or sideways."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = ROOT / "server"

# Which layers each layer may include, beside itself.
BELOW = {
    "base": [],
    "net": ["base"],
    "storage": ["base"],
    "inference": ["base"],
    "accounts": ["base", "net", "storage"],
    "llm": ["base", "net", "storage", "inference", "accounts"],
    "voice": ["base", "net", "storage", "inference", "accounts", "llm"],
    "agents": ["base", "net", "storage", "inference", "accounts", "llm", "voice"],
    "realtime": ["base", "net", "storage", "inference", "accounts", "llm", "voice", "agents"],
    "telephony": ["base", "net", "storage", "inference", "accounts", "llm", "voice", "agents", "realtime"],
    "app": ["base", "net", "storage", "inference", "accounts", "llm", "voice", "agents", "realtime", "telephony"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"/]+)/', re.M)


def sources():
    return sorted(p for p in SERVER.rglob("*") if p.suffix in {".hpp", ".cpp"})


def test_every_folder_is_a_known_layer():
    folders = {p.name for p in SERVER.iterdir() if p.is_dir()}
    assert folders <= set(BELOW), f"give these a place in BELOW: {folders - set(BELOW)}"


def test_includes_go_down():
    wrong = []
    for path in sources():
        layer = path.relative_to(SERVER).parts[0]
        if layer not in BELOW:  # main.cpp
            continue
        allowed = {layer, *BELOW[layer]}
        for target in INCLUDE.findall(path.read_text()):
            if target in BELOW and target not in allowed:
                wrong.append(f"{path.relative_to(ROOT)} includes {target}/")
    assert not wrong, "\n".join(wrong)


# Heavy or swappable libraries are named in one layer only.
ONLY_IN = {
    "boost/beast": ["net"],
    "openvino/": ["inference"],
    "sherpa-onnx/": ["inference"],
    "llama.h": ["llm", "inference"],
    "soci/": ["storage", "accounts", "agents"],
}


def test_libraries_stay_in_their_layer():
    wrong = []
    for path in sources():
        layer = path.relative_to(SERVER).parts[0]
        for line in path.read_text().splitlines():
            if not line.startswith("#include"):
                continue
            for library, layers in ONLY_IN.items():
                if library in line and layer not in layers:
                    wrong.append(f"{path.relative_to(ROOT)}: {line}")
    assert not wrong, "\n".join(wrong)


def test_only_storage_and_stores_speak_sql():
    verb = re.compile(r'"\s*(SELECT .* FROM|INSERT INTO|UPDATE \w+ SET|DELETE FROM)\b', re.I)
    wrong = [
        str(path.relative_to(ROOT))
        for path in sources()
        if verb.search(path.read_text())
        and path.relative_to(SERVER).parts[0] != "storage"
        and "_store" not in path.name
        and not path.name.endswith(("_test.cpp", "testing.hpp"))
    ]
    assert not wrong, f"SQL belongs in a *_store file: {wrong}"
