"""scripts/fetch-native as a process, with a tiny wheel from a folder. Compiling is left to the real build."""
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def place(tmp_path: Path):
    packages = tmp_path / "packages"
    packages.mkdir()
    wheel = packages / "lib-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as package:
        package.writestr("lib/include/lib.h", "int f();")
        package.writestr("lib/liblib.so", b"\x7fELF")
        package.writestr("lib/unwanted.py", "")
    write_lock(tmp_path, hashlib.sha256(wheel.read_bytes()).hexdigest())
    return tmp_path


def write_lock(folder: Path, sha256: str, take: str = '"include/*", "*.so"', version: str = "1.0") -> None:
    (folder / "models.lock").write_text(f"""
[[archive]]
id = "lib"
kind = "wheel"
package = "lib"
version = "1.0"
file = "lib-1.0-py3-none-any.whl"
sha256 = "{sha256}"
size = 1

[[native]]
id = "lib"
version = "{version}"
licence = "MIT"
archive = "lib"
strip = "lib"
take = [{take}]
""")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    environ = {**os.environ, "AIMPACT_MODELS_LOCK": str(folder / "models.lock"), "AIMPACT_BUILD_CACHE_DIR": str(folder / "cache"),
               "AIMPACT_NATIVE_DIR": str(folder / "native"), "AIMPACT_PACKAGES_DIR": str(folder / "packages")}
    return subprocess.run([sys.executable, str(ROOT / "scripts" / "fetch-native"), *arguments], capture_output=True,
                          text=True, env=environ, timeout=120)


def test_unpacks_what_is_listed_and_links_it(place: Path):
    result = run(place)
    assert result.returncode == 0, result.stderr
    link = place / "native" / "lib"
    assert link.is_symlink() and str(place / "cache") in os.readlink(link)
    assert (link / "include" / "lib.h").read_text() == "int f();"
    assert (link / ".complete").exists() and not (link / "unwanted.py").exists()


def test_second_run_and_second_clone_need_no_package(place: Path):
    assert run(place).returncode == 0
    for package in (place / "packages").iterdir():
        package.unlink()
    (place / "cache" / "archives" / "lib-1.0-py3-none-any.whl").unlink()
    (place / "native" / "lib").unlink()  # as in another clone
    result = run(place)
    assert result.returncode == 0 and result.stderr.strip() == "native packages are up to date"
    assert (place / "native" / "lib" / "liblib.so").exists()


def test_new_version_moves_the_link(place: Path):
    assert run(place).returncode == 0
    before = os.readlink(place / "native" / "lib")
    write_lock(place, hashlib.sha256((place / "packages" / "lib-1.0-py3-none-any.whl").read_bytes()).hexdigest(),
               version="1.1")
    assert run(place).returncode == 0
    assert os.readlink(place / "native" / "lib") != before


@pytest.mark.parametrize("change,expected", [
    (dict(sha256="0" * 64), "hash mismatch"),
    (dict(take='"missing/*"'), "has no file 'lib/missing/*'"),
])
def test_wrong_package_is_refused_in_one_line(place: Path, change: dict, expected: str):
    right = hashlib.sha256((place / "packages" / "lib-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    write_lock(place, **{"sha256": right, **change})
    result = run(place)
    assert result.returncode == 1 and "Traceback" not in result.stderr
    assert expected in result.stderr.strip().splitlines()[-1]
    assert not (place / "native" / "lib").exists()


def test_a_folder_in_the_links_place_is_left_alone(place: Path):
    (place / "native" / "lib").mkdir(parents=True)
    (place / "native" / "lib" / "mine").touch()
    result = run(place)
    assert result.returncode == 1 and "move it away" in result.stderr
    assert (place / "native" / "lib" / "mine").exists()


def test_unknown_option(place: Path):
    result = run(place, "--fast")
    assert result.returncode == 2 and "unknown option '--fast'" in result.stderr
