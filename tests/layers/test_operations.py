"""docs/OPERATIONS.md names metrics, settings and log events: every one must be there."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/OPERATIONS.md").read_text()
SOURCES = "\n".join(path.read_text() for path in (ROOT / "server").rglob("*.cpp") if not path.stem.endswith("_test"))


def test_every_metric_is_there():
    names = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\baimpact_\w+", TEXT)}
    names -= {"aimpact_restored"}  # a database in the text
    assert len(names) > 10
    assert not [name for name in names if f'"{name}"' not in SOURCES]


def test_every_label_is_there():
    for label, value in re.findall(r'\b(stage|priority|outcome)="(\w+)"', TEXT):
        assert f'"{value}"' in SOURCES, f"{label}={value}"
    for stage in re.search(r"by `stage`\s+\(([^)]*)\)", TEXT).group(1).replace("\n", " ").split(","):
        assert f'"{stage.strip().strip("`")}"' in SOURCES, stage


def test_every_setting_is_there():
    settings = set(re.findall(r'^\s*\{"([a-z_.]+)"', (ROOT / "server/base/settings.cpp").read_text(), re.M))
    groups = {name.split(".")[0] for name in settings}
    named = {name for name in re.findall(r"`([a-z]+\.[a-z_]+)`", TEXT) if name.split(".")[0] in groups}
    events = set(re.findall(r'log_\w+\(\s*"([a-z_.]+)"', SOURCES))
    assert len(named & settings) > 10
    assert not named - settings - events


def test_every_event_is_there():
    logs = TEXT[TEXT.index("## Logs") : TEXT.index("## Backup")]
    names = [name for name in re.findall(r"`([a-z_]+\.[a-z_]+)`", logs) if name != "log.format"]
    assert len(names) > 5
    assert not [name for name in names if f'"{name}"' not in SOURCES]
