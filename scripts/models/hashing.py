"""sha256 of files, with progress for the large ones."""
import hashlib
from pathlib import Path

BLOCK = 1 << 20


def sha256(path: Path, on_bytes=None) -> str:
    digest = hashlib.sha256()
    done = 0
    with open(path, "rb") as handle:
        while block := handle.read(BLOCK):
            digest.update(block)
            done += len(block)
            if on_bytes:
                on_bytes(done)
    return digest.hexdigest()


def text(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
