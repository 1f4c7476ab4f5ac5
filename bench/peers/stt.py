#!/usr/bin/env python3
"""Recognisers of others: {"files": [...]} -> {"texts": [...], "wall_s", "cpu_s"}. Files are mono at 16 kHz; reading them
is not timed, all else is.

    stt.py faster-whisper --model FOLDER --threads N [--beam 5]
    stt.py moonshine      as its package comes, tiny.en; it cuts at pauses by itself
    stt.py pocketsphinx   as its package comes, US English
"""
import argparse

import numpy as np
import soundfile

import lines


def faster_whisper(options):
    from faster_whisper import WhisperModel

    model = WhisperModel(options.model, device="cpu", compute_type="int8", cpu_threads=options.threads)

    def hear(samples):
        segments, _ = model.transcribe(samples, language="en", beam_size=options.beam)
        return " ".join(segment.text.strip() for segment in segments)

    return hear


def moonshine(options):
    from moonshine_voice import ModelArch
    from moonshine_voice.transcriber import Transcriber
    from moonshine_voice.utils import get_assets_path

    transcriber = Transcriber(get_assets_path() / "tiny-en", ModelArch.TINY)

    def hear(samples):
        return " ".join(line.text.strip() for line in transcriber.transcribe_without_streaming(samples, 16000).lines)

    return hear


def pocketsphinx(options):
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=16000, loglevel="FATAL")

    def hear(samples):
        decoder.start_utt()
        decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return found.hypstr if found else ""

    return hear


ENGINES = {"faster-whisper": faster_whisper, "moonshine": moonshine, "pocketsphinx": pocketsphinx}


def load(options):
    hear = ENGINES[options.engine](options)

    def answer(job):
        texts, took = [], {"wall_s": 0.0, "cpu_s": 0.0}
        for file in job["files"]:
            samples, rate = soundfile.read(file, dtype="float32")
            if rate != 16000 or samples.ndim != 1:
                raise ValueError(f"{file} is not mono at 16 kHz")
            watch = lines.Stopwatch()
            texts.append(hear(samples))
            for name, value in watch.read().items():
                took[name] += value
        return {"texts": texts, **took}

    return answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=list(ENGINES))
    parser.add_argument("--model", help="folder of faster-whisper's model")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--beam", type=int, default=5)
    options = parser.parse_args()
    lines.serve(lambda: load(options))
