"""What every convert_* module shares: its arguments and its progress lines."""
import sys
from pathlib import Path


def arguments() -> tuple[Path, dict[str, Path]]:
    """(output folder, {archive id: path}) from `OUT NAME=PATH...`."""
    return Path(sys.argv[1]), {name: Path(path) for name, path in (a.split("=", 1) for a in sys.argv[2:])}


def report(fraction: float, what: str) -> None:
    print(f"progress {fraction:.3f} {what}", flush=True)
