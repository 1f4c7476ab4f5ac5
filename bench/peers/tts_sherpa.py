#!/usr/bin/env python3
"""sherpa-onnx's offline synthesis with Kokoro: {"text", "voice", "wav"} -> {"first_ms", "whole_ms", "cpu_s", "audio_s"}.
First audio is the first call of generate()'s callback: one for each sentence."""
import argparse
import pathlib
import time

import sherpa_onnx

import lines


def load(options):
    folder = options.folder
    kokoro = sherpa_onnx.OfflineTtsKokoroModelConfig(
        model=f"{folder}/model.onnx", voices=f"{folder}/voices.bin", tokens=f"{folder}/tokens.txt",
        lexicon=f"{folder}/lexicon.txt", data_dir=f"{folder}/espeak-ng-data",
    )  # fmt: skip
    model = sherpa_onnx.OfflineTtsModelConfig(kokoro=kokoro, num_threads=options.threads)
    tts = sherpa_onnx.OfflineTts(sherpa_onnx.OfflineTtsConfig(model=model))
    voices = (folder / "voices.txt").read_text().split()

    def answer(job):
        firsts = []

        def heard(_samples, _progress):
            firsts.append(time.perf_counter())
            return 1

        watch = lines.Stopwatch()
        audio = tts.generate(job["text"], sid=voices.index(job["voice"]), callback=heard)
        took = watch.read()
        if not audio.samples:
            raise RuntimeError(f"no audio for {job['text']!r}")
        if job.get("wav"):
            lines.write(job["wav"], audio.samples, audio.sample_rate)
        return {"first_ms": (firsts[0] - watch.wall) * 1000, "whole_ms": took["wall_s"] * 1000, "cpu_s": took["cpu_s"],
                "audio_s": len(audio.samples) / audio.sample_rate}  # fmt: skip

    return answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    lines.serve(lambda: load(options))
