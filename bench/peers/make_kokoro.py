#!/usr/bin/env python3
"""make_kokoro.py FOLDER MODEL: from FOLDER/kokoro-int8.onnx and the voices and dictionaries of MODEL (our
var/models/kokoro-82m) what kokoro-onnx and sherpa-onnx load. Called by bench/prepare_peers.py."""
import json
import pathlib
import shutil
import sys

import espeakng_loader
import numpy as np
import onnx
import pocketsphinx
from kokoro_onnx.tokenizer import Tokenizer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from models.kokoro_dequantise import dequantise  # noqa: E402


def lexicon(dictionaries):
    """Lines of sherpa-onnx's lexicon.txt: a word and its phones, with spaces between. It says only words that are there,
    so to the dictionaries' words (gold wins over silver) come those of the CMU dictionary, most of them inflected, as
    espeak-ng pronounces them."""
    words = {}
    for name in ("us_silver.json", "us_gold.json"):
        for word, phones in json.loads((dictionaries / name).read_text()).items():
            if isinstance(phones, dict):  # by part of speech
                phones = phones["DEFAULT"]
            if phones and " " not in word:
                words[word.lower()] = phones
    espeak = Tokenizer()
    for line in pathlib.Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).read_text().splitlines():
        word = line.split(" ", 1)[0]
        if word.isalpha() and word not in words:
            words[word] = espeak.phonemize(word, "en-us").strip().replace(" ", "")
    return [f"{word} {' '.join(phones)}\n" for word, phones in sorted(words.items()) if phones]


def main(folder, source):
    voices = {p.stem: np.fromfile(p, np.float32).reshape(-1, 1, 256) for p in sorted((source / "voices").glob("*.bin"))}
    with open(folder / "voices.bin", "wb") as out:
        np.savez(out, **voices)
    vocabulary = json.loads((source / "vocab.json").read_text())["vocab"]
    model = dequantise(onnx.load(folder / "kokoro-int8.onnx"))
    onnx.save(model, folder / "kokoro-float.onnx")

    sherpa = folder / "sherpa-kokoro"
    sherpa.mkdir()
    # What sherpa-onnx's own export (scripts/kokoro/v1.0 there) writes into the model.
    about = {
        "model_type": "kokoro", "language": "English", "has_espeak": 1, "sample_rate": 24000, "version": 2,
        "voice": "en-us", "n_speakers": len(voices), "speaker_names": ",".join(voices),
        "style_dim": ",".join(map(str, next(iter(voices.values())).shape)),
        "speaker2id": ",".join(f"{name}->{number}" for number, name in enumerate(voices)),
        "id2speaker": ",".join(f"{number}->{name}" for number, name in enumerate(voices)),
        "maintainer": "none", "comment": "made by bench/peers/make_kokoro.py",
    }  # fmt: skip
    for name, value in about.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = name, str(value)
    onnx.save(model, sherpa / "model.onnx")
    np.concatenate(list(voices.values())).astype(np.float32).tofile(sherpa / "voices.bin")
    (sherpa / "voices.txt").write_text("".join(f"{name}\n" for name in voices))
    (sherpa / "tokens.txt").write_text("".join(f"{phone} {token}\n" for phone, token in vocabulary.items()))
    (sherpa / "lexicon.txt").write_text("".join(lexicon(source / "dict")))
    shutil.copytree(espeakng_loader.get_data_path(), sherpa / "espeak-ng-data")


if __name__ == "__main__":
    main(*map(pathlib.Path, sys.argv[1:]))
