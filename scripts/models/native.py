"""scripts/fetch-native: the native packages that the C++ build links.

Each lands in cache/native/NAME-VERSION-KEY, and var/native/NAME links to it, so that
another clone, or another build of this one, finds the work done.
"""
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import hashing, lock as lock_file
from .archives import Archives
from .errors import FetchError, from_os_error, require_space
from .lock import Lock, Native
from .places import Places, require_python
from .progress import Progress
from .unpack import Package

COMPLETE = ".complete"
# The unpacked source, its objects and the installed libraries.
BUILD_SPACE = 400 << 20

HELP = """usage: scripts/fetch-native [--portable] [--quiet]

Brings OpenVINO, sherpa-onnx, llama.cpp and sqlite-vec from the package registries,
checks their sha256 against models.lock, builds llama.cpp once, and links the results
into var/native for CMake.

  --portable   compile llama.cpp for any x86-64-v3 CPU instead of this machine's
  --quiet      say nothing when there is nothing to do

environment: AIMPACT_BUILD_CACHE_DIR (default ~/.cache/aimpact), AIMPACT_NATIVE_DIR
(default var/native), AIMPACT_PACKAGES_DIR (take packages from a folder instead)
"""


def main(arguments: list[str]) -> int:
    if "-h" in arguments or "--help" in arguments:
        print(HELP, end="")
        return 0
    unknown = [a for a in arguments if a not in ("--portable", "--quiet")]
    if unknown:
        print(f"fetch-native: unknown option '{unknown[0]}'; see --help", file=sys.stderr)
        return 2
    progress = Progress()
    places = None
    try:
        require_python()
        places = Places()
        lock = lock_file.load(places.lock_file)
        with places.exclusive(progress.say):
            done = fetch(lock, places, progress, portable="--portable" in arguments)
        if not done and "--quiet" not in arguments:
            progress.say("native packages are up to date")
        return 0
    except FetchError as error:
        progress.say(f"fetch-native: {error}")
    except OSError as error:
        progress.say(f"fetch-native: {from_os_error(error, places.cache if places else Path.cwd())}")
    except KeyboardInterrupt:
        progress.say("fetch-native: stopped; run again to go on")
    return 1


def fetch(lock: Lock, places: Places, progress: Progress, portable: bool, only: str = "") -> int:
    """Brings what is missing (of all, or of the one named `only`); returns how many packages had to be unpacked or built."""
    archives = Archives(lock, places, progress)
    places.native.mkdir(parents=True, exist_ok=True)
    done = 0
    for native in lock.natives:
        if only and native.id != only:
            continue
        recipe = [native.version, lock.archives[native.archive].sha256, *native.take]
        if native.build:
            recipe += build_key(portable)
        key = hashing.text("\n".join(recipe))[:12]
        folder = places.cache / "native" / f"{native.id}-{native.version}-{key}"
        if not (folder / COMPLETE).exists():
            progress.say(f"{native.id} {native.version}: fetching")
            archive = archives.bring(native.archive)
            _install(native, archive, folder, progress, portable)
            progress.say(f"{native.id} {native.version}: ready")
            done += 1
        _link(places.native / native.id, folder)
    return done


def _install(native: Native, archive: Path, folder: Path, progress: Progress, portable: bool) -> None:
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    part.mkdir(parents=True)
    with Package(archive) as package:
        if native.build:
            require_space(part, BUILD_SPACE)
            source = part / "source"
            package.extract_tree(native.strip, native.take, source,
                                 lambda n, total: progress.update(native.id, "unpacking", n / total))
            build_llama(source, part, progress, portable)
            shutil.rmtree(source)
        else:
            require_space(part, sum(_size(m) for m in package.members.values()))
            package.extract_tree(native.strip, native.take, part,
                                 lambda n, total: progress.update(native.id, "unpacking", n / total))
    (part / COMPLETE).touch()
    os.replace(part, folder)


def _size(member) -> int:
    return member.file_size if hasattr(member, "file_size") else member.size


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and os.readlink(link) == str(target):
        return
    fresh = link.with_name(link.name + ".new")
    fresh.unlink(missing_ok=True)
    if link.exists() and not link.is_symlink():
        raise FetchError(f"{link} is not a link made by this script; move it away, then run again")
    fresh.symlink_to(target)
    os.replace(fresh, link)


def build_key(portable: bool) -> list[str]:
    """What the compiled library depends on besides its source: compiler, CPU and our recipe."""
    version = subprocess.run([compiler("clang++"), "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    recipe = Path(__file__).resolve().parents[2] / "cmake" / "llama"
    texts = [path.read_text() for path in sorted(recipe.iterdir())]
    return [version, "x86-64-v3" if portable else cpu_flags(), *texts]


def cpu_flags() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("flags", "Features")):
            return line.split(":", 1)[1].strip()
    return "unknown"


def compiler(name: str) -> str:
    for candidate in (f"{name}-19", name):
        if found := shutil.which(candidate):
            return found
    raise FetchError(f"{name}-19 is needed to build llama.cpp; install it (Debian: apt-get install clang-19), then run again")


def build_llama(source: Path, target: Path, progress: Progress, portable: bool) -> None:
    """Compiles `source` by cmake/llama and puts headers, libraries and requantize into `target`."""
    for tool in ("cmake", "ninja"):
        if not shutil.which(tool):
            raise FetchError(f"{tool} is needed to build llama.cpp; install it "
                             f"(Debian: apt-get install {'ninja-build' if tool == 'ninja' else tool}), then run again")
    build = target / "build"
    log = target / "build.log"
    recipe = Path(__file__).resolve().parents[2] / "cmake" / "llama"
    jobs = os.environ.get("AIMPACT_JOBS") or str(len(os.sched_getaffinity(0)))
    configure = ["cmake", "-S", str(recipe), "-B", str(build), "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                 f"-DCMAKE_C_COMPILER={compiler('clang')}", f"-DCMAKE_CXX_COMPILER={compiler('clang++')}",
                 f"-DLLAMA_SOURCE={source}", f"-DAIMPACT_NATIVE={'OFF' if portable else 'ON'}"]
    if ccache := shutil.which("ccache"):
        configure += [f"-DCMAKE_C_COMPILER_LAUNCHER={ccache}", f"-DCMAKE_CXX_COMPILER_LAUNCHER={ccache}"]
    with open(log, "w") as output:
        for command in (configure, ["ninja", "-C", str(build), "-j", jobs]):
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                       env={**os.environ, "NINJA_STATUS": "[%f/%t] "})
            for line in process.stdout:
                output.write(line)
                if line.startswith("[") and "/" in line.split("]")[0]:
                    step, total = line[1:].split("]")[0].split("/")
                    progress.update("llama", "compiling", int(step) / int(total))
            if process.wait() != 0:
                failed = target.with_name(target.name + ".log")
                output.flush()
                shutil.copy(log, failed)
                raise FetchError(f"llama.cpp did not build; see {failed}")
    for folder, pattern in (("include", "include/*.h"), ("include", "ggml/include/*.h")):
        _copy_all(source.glob(pattern), target / folder)
    _copy_all([source / "common" / name for name in ("json-schema-to-grammar.h", "json-schema.h", "json.h")],
              target / "include")
    _copy_all([source / "LICENSE"], target)
    _copy_all(build.rglob("*.a"), target / "lib")
    _copy_all([next(p for p in build.rglob("requantize") if p.is_file())], target / "bin")
    shutil.rmtree(build)


def _copy_all(files, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, folder / file.name)
