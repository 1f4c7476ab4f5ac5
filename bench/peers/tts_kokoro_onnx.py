#!/usr/bin/env python3
"""kokoro-onnx: {"text" or "phones": [one string a clause], "voice", "wav"} -> {"first_ms", "whole_ms", "cpu_s", "audio_s"}.
First audio is the first chunk of create_stream(); a text below 510 phonemes is one chunk."""
import argparse
import asyncio
import time

import numpy as np
import onnxruntime
from kokoro_onnx import Kokoro

import lines


def load(options):
    session_options = onnxruntime.SessionOptions()
    session_options.intra_op_num_threads = options.threads
    session_options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(options.model, session_options, providers=["CPUExecutionProvider"])
    kokoro = Kokoro.from_session(session, options.voices)

    async def speak(job):
        """(seconds to the first chunk, all chunks)"""
        language = "en-gb" if job["voice"].startswith("b") else "en-us"
        began, first, parts = time.perf_counter(), None, []
        for text in job.get("phones") or [job["text"]]:
            stream = kokoro.create_stream(text, voice=job["voice"], lang=language, is_phonemes="phones" in job)
            async for samples, _ in stream:
                first = first or time.perf_counter() - began
                parts.append(samples)
        return first, parts

    def answer(job):
        watch = lines.Stopwatch()
        first, parts = asyncio.run(speak(job))
        took = watch.read()
        samples = np.concatenate(parts)
        if job.get("wav"):
            lines.write(job["wav"], samples)
        return {"first_ms": first * 1000, "whole_ms": took["wall_s"] * 1000, "cpu_s": took["cpu_s"],
                "audio_s": len(samples) / 24000}  # fmt: skip

    return answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True)
    parser.add_argument("--voices", required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    lines.serve(lambda: load(options))
