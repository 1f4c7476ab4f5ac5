"""The Python environment that downloads and converts: made once, pinned, kept in the cache."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import hashing
from .errors import FetchError, require_space
from .lock import Lock
from .places import Places
from .progress import Progress

# Two environments: one with nothing but the pinned pip, which is all that fetching needs
# and takes seconds, and one with the conversion packages.
CONVERSION_SPACE = 700 << 20


def downloader(lock: Lock, places: Places, progress: Progress) -> Path:
    """Python with the pinned pip alone."""
    return _make(places, "pip", lock.pip, (), progress)


def converter(lock: Lock, places: Places, progress: Progress) -> Path:
    """Python with pip and all conversion packages of models.lock."""
    return _make(places, "convert", lock.pip, lock.requirements, progress)


def trainer(lock: Lock, places: Places, progress: Progress) -> Path:
    """Python with pip and the packages that training needs."""
    return _make(places, "train", lock.pip, lock.training, progress)


def _make(places: Places, name: str, pip: str, requirements, progress: Progress) -> Path:
    key = hashing.text("\n".join([sys.version, pip, *requirements]))[:12]
    folder = places.cache / f"python-{name}-{key}"
    python = folder / "bin" / "python"
    if (folder / ".complete").exists() and python.exists():
        return python
    if requirements:
        require_space(places.cache, CONVERSION_SPACE)
    progress.say(f"making the Python environment '{name}'")
    # Scripts inside a venv name its path, so it's made in place and marked when complete.
    shutil.rmtree(folder, ignore_errors=True)
    created = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True)
    if created.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        reason = " ".join((created.stderr + created.stdout).split())
        if "ensurepip" in reason or "No module named venv" in reason:
            raise FetchError("Python cannot make virtual environments; "
                             "install python3-venv (Debian: apt-get install python3-venv), then run again")
        raise FetchError(f"cannot make the Python environment {folder}: {reason[-300:]}")
    source = []
    if places.packages:
        source = ["--no-index", "--find-links", str(places.packages)]
    wanted = [f"pip=={pip}"] if not places.packages else []
    for group in (wanted, list(requirements)):
        if not group:
            continue
        installed = subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *source, *group],
            capture_output=True, text=True, env=pip_environment())
        if installed.returncode != 0:
            shutil.rmtree(folder, ignore_errors=True)
            raise FetchError(f"cannot install {', '.join(group)}: {pip_reason(installed.stderr)}")
    (folder / ".complete").touch()
    return python


def pip_environment() -> dict[str, str]:
    environment = dict(os.environ)
    environment.pop("PYTHONPATH", None)
    environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    return environment


def pip_reason(output: str) -> str:
    """The line of pip's output that matters, with what to do about it."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line.split("ERROR:", 1)[1].strip() for line in lines if line.startswith("ERROR:")]
    text = " ".join(lines)
    if "No space left on device" in text:
        return "disk full; free some space, then run again"
    unreachable = ("Failed to establish a new connection", "Temporary failure in name resolution", "timed out",
                   "Connection refused", "Connection broken", "ProxyError", "SSLError", "NewConnectionError",
                   "NameResolutionError", "Network is unreachable")
    if any(sign in text for sign in unreachable):
        return ("network failure; check the connection, proxy and registry settings of pip, then run again "
                "(what arrived is kept)")
    if "(from versions: none)" in text:
        return ("the registry could not be reached, or does not have it; check the connection, proxy and registry "
                "settings of pip, then run again")
    return (errors or lines or ["pip gave no reason"])[0][:300]
