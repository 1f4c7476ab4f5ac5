"""One exception for everything that a person has to be told."""
import errno
import shutil
from pathlib import Path


class FetchError(Exception):
    """A one-line message that says what is wrong and what to do."""


def human(size: float) -> str:
    """Bytes as people read them: 1536 -> '1.5 KB'."""
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} GB"


def disk_full(path: Path, needed: int | None = None) -> FetchError:
    want = f"{human(needed)} more is needed" if needed else "it is full"
    return FetchError(f"disk full: no room under {path} ({want}); free some space or point "
                      "AIMPACT_BUILD_CACHE_DIR / AIMPACT_MODELS_DIR at a larger disk, then run again")


def require_space(path: Path, needed: int) -> None:
    """Fails before any work when the file system of `path` has less than `needed` bytes free."""
    existing = path
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise disk_full(path, needed - free)


def from_os_error(error: OSError, path: Path) -> FetchError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return FetchError(f"cannot write {error.filename or path}: {error.strerror}; "
                          "fix its owner or point AIMPACT_BUILD_CACHE_DIR / AIMPACT_MODELS_DIR elsewhere")
    return FetchError(f"cannot use {error.filename or path}: {error.strerror}")
