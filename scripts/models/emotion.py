"""Emotion recognition's model: it comes from no registry, so it is trained where its data is found.

RAVDESS is CC BY-NC-SA 4.0 and so are the weights: they are made for this installation and never shipped.
"""
import os
import shutil
import subprocess
from pathlib import Path

from . import environment, hashing, recipe
from .errors import FetchError, require_space
from .lock import Lock, Model, OutputFile
from .places import Places
from .progress import Progress

HERE = Path(__file__).resolve().parent
ID = "emotion"
SPACE = 64 << 20
MODEL = Model(ID, "emotion", "1", "CC BY-NC-SA-4.0", (), "emotion", about="emotion in speech, trained on RAVDESS",
              files=tuple(OutputFile(p) for p in ("emotion.xml", "emotion.bin", "config.json", "DATA_CARD.md",
                                                  "LICENSE")))
OFF = ("emotion recognition is off: it is trained on RAVDESS (zenodo record 1188976, Audio_Speech_Actors_01-24), which "
       "is not here; unpack it and run scripts/train-emotion --data FOLDER (or set AIMPACT_RAVDESS)")


def data_files(folder: Path) -> list[Path]:
    """As emotion_data finds them; without its packages, which only training has."""
    files = [*folder.glob("03-01-*.flac"), *folder.glob("03-01-*.wav"), *folder.glob("Actor_*/03-01-*.wav")]
    return sorted(files, key=lambda p: p.name)


def find_data(places: Places, environ=os.environ) -> Path | None:
    named = environ.get("AIMPACT_RAVDESS")
    folder = Path(named) if named else places.root.parent / "shared" / "audio" / "ravdess"
    if folder.is_dir() and data_files(folder):
        return folder
    if named:
        raise FetchError(f"AIMPACT_RAVDESS names {named}, where no clip of RAVDESS lies (03-01-...); "
                         "correct it, or leave it out to go without emotion recognition")
    return None


def key(lock: Lock, data: Path) -> str:
    """Changes with the data, the training's code and its packages."""
    parts = [path.read_text() for path in sorted(HERE.glob("emotion*.py"))] + list(lock.training)
    parts += [f"{path.name} {path.stat().st_size}" for path in data_files(data)]
    return hashing.text("\n".join(parts))[:12]


def cached(lock: Lock, places: Places, data: Path) -> Path:
    return places.cache / "models" / f"{ID}-{MODEL.version}-{key(lock, data)}"


def make(lock: Lock, places: Places, progress: Progress, data: Path) -> Path:
    """The folder of the trained model in the cache, trained now if it isn't there."""
    folder = cached(lock, places, data)
    if (folder / recipe.CONTENTS).exists():
        return folder
    python = environment.trainer(lock, places, progress)
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    require_space(part, SPACE)
    progress.say(f"training emotion recognition on {data} (some minutes, once)")
    train(python, part, data, folder.name, progress)
    recipe.finish(MODEL, part, folder, progress)
    return folder


def train(python: Path, part: Path, data: Path, name: str, progress: Progress) -> None:
    log = part.with_name(part.name + ".log")
    settings = environment.pip_environment() | {"AIMPACT_RECIPE": name}
    with open(log, "w") as errors:
        process = subprocess.Popen([str(python), "-B", "-m", "models.emotion_training", str(part), str(data.absolute())],
                                   stdout=subprocess.PIPE, stderr=errors, text=True, cwd=HERE.parent, env=settings)
        try:
            for line in process.stdout:
                if line.startswith("progress "):
                    _, fraction, what = line.rstrip().split(" ", 2)
                    progress.update(ID, what, float(fraction))
        finally:
            if process.poll() is None:
                process.terminate()
            code = process.wait()
    if code != 0:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        raise FetchError(f"training emotion recognition failed: {(lines or ['no message'])[-1][:200]}; details in {log}")
    log.unlink()

