"""docs/ARCHITECTURE.md traces calls by file and function: every one it names must be there."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/ARCHITECTURE.md").read_text()
NAMED = re.compile(r"`([a-z_]+(?:/[\w.-]+)+\.(?:cpp|hpp|md|yaml))`((?:(?:[\s,]|and)*`~?[A-Za-z_]+(?:::~?\w+)*`)*)")
# Anything else between backticks that looks like a call: `Router::match`.
QUALIFIED = re.compile(r"`((?:[a-z_]+::)*[A-Z]\w+)::(\w+)`")


def find(name):
    for base in (ROOT, ROOT / "server"):
        if (base / name).exists():
            return base / name
    return None


def test_every_file_is_there():
    missing = [name for name, _ in NAMED.findall(TEXT) if find(name) is None]
    assert not missing, f"docs/ARCHITECTURE.md names files that do not exist: {missing}"


def test_every_folder_is_there():
    rows = re.findall(r"^\| `([\w/]+)/?` \|", TEXT, re.M)
    assert len(rows) > 10
    assert not [row for row in rows if not (ROOT / row).is_dir()]


def test_every_function_stands_in_the_file_before_it():
    wrong = []
    count = 0
    for name, symbols in NAMED.findall(TEXT):
        path = find(name)
        for symbol in re.findall(r"`([^`]+)`", symbols):
            count += 1
            text = path.read_text() if path else ""
            header = path.with_suffix(".hpp") if path else None
            if header and header.exists():
                text += header.read_text()
            if not re.search(rf"\b{re.escape(symbol.split('::')[-1])}\b", text):
                wrong.append(f"{name}: {symbol}")
    assert count >= 10, "the traces name no functions any more; has their form changed?"
    assert not wrong, f"docs/ARCHITECTURE.md names functions that are not there: {wrong}"


def test_every_qualified_name_is_defined_somewhere():
    sources = "\n".join(p.read_text() for p in (ROOT / "server").rglob("*.?pp"))
    wrong = []
    for kind, member in QUALIFIED.findall(TEXT):
        short = kind.split("::")[-1]
        if not re.search(rf"\b(?:class|struct) {short}\b", sources) or not re.search(rf"\b{member}\b", sources):
            wrong.append(f"{kind}::{member}")
    assert not wrong, f"docs/ARCHITECTURE.md names what is not in the code: {wrong}"
