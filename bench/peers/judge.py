#!/usr/bin/env python3
"""Judges speech: {"files": [...], "level": dB or absent} -> {"scores": [{"overall", "signal", "background", "level",
"lead_s", "text"}]}. DNSMOS by speechmos (ITU-T P.835 scale); the text is what a recogniser hears; `level` is the active
level in dBFS; `lead_s` is the silence before the first sample above -60 dBFS. With "level" in the job each file is first
brought to that active level and cut to its speech with 100 ms of silence on both sides: DNSMOS repeats what is short, so
that an engine's pauses before and after would count as quality."""
import argparse
import pathlib

import librosa
import numpy as np
import soundfile
from speechmos import dnsmos

import lines

RATE = 16000


def whisper(options):
    from faster_whisper import WhisperModel

    model = WhisperModel(options.model, device="cpu", compute_type="int8", cpu_threads=options.threads)

    def hear(audio):
        segments, _ = model.transcribe(audio, language="en", beam_size=5)
        return " ".join(segment.text.strip() for segment in segments)

    return hear


def moonshine(options):
    import sherpa_onnx

    folder = pathlib.Path(options.model)
    recogniser = sherpa_onnx.OfflineRecognizer.from_moonshine_v2(
        encoder=str(folder / "encoder_model.ort"), decoder=str(folder / "decoder_model_merged.ort"),
        tokens=str(folder / "tokens.txt"), num_threads=options.threads,
    )  # fmt: skip

    def hear(audio):
        pad = np.zeros(RATE // 5, np.float32)
        stream = recogniser.create_stream()
        stream.accept_waveform(RATE, np.concatenate([pad, audio, pad]))
        recogniser.decode_stream(stream)
        return stream.result.text

    return hear


def active_level(samples, rate):
    """RMS of the frames of 20 ms within 25 dB of the 95th percentile of the frames' level."""
    frame = rate // 50
    count = len(samples) // frame
    power = (samples[: count * frame].reshape(count, frame).astype(np.float64) ** 2).mean(axis=1)
    return np.sqrt(power[power >= np.percentile(power, 95) * 10 ** (-25 / 10)].mean()) + 1e-9


def judge(file, hear, level):
    samples, rate = soundfile.read(file, dtype="float32")
    active = active_level(samples, rate)
    audible = np.nonzero(np.abs(samples) > 0.001)[0]
    if level is not None and len(audible):
        quiet = np.zeros(rate // 10, np.float32)
        speech = samples[audible[0] : audible[-1] + 1] * (10 ** (level / 20) / active)
        samples = np.clip(np.concatenate([quiet, speech, quiet]), -1, 1)
    audio = librosa.resample(samples, orig_sr=rate, target_sr=RATE)
    score = dnsmos.run(np.clip(audio, -1, 1), RATE)
    return {
        "overall": float(score["ovrl_mos"]), "signal": float(score["sig_mos"]), "background": float(score["bak_mos"]),
        "level": float(20 * np.log10(active)), "lead_s": float(audible[0] / rate) if len(audible) else None,
        "text": hear(audio),
    }  # fmt: skip


def load(options):
    hear = {"whisper": whisper, "moonshine": moonshine}[options.recogniser](options)
    return lambda job: {"scores": [judge(file, hear, job.get("level")) for file in job["files"]]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recogniser", choices=["whisper", "moonshine"], required=True)
    parser.add_argument("--model", required=True, help="the recogniser's folder")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    lines.serve(lambda: load(options))
