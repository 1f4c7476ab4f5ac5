"""Writes small audio files of every kind that the server reads, and broken ones, as seeds for audio_file_fuzz.

    make_audio_seeds.py FOLDER

They are computed, not recorded: 100 ms of a decaying tone.
"""

import io
import pathlib
import struct
import sys

import numpy as np
import soundfile

RATE = 8000
TONE = (np.sin(np.arange(RATE // 10) * 0.3) * np.exp(-np.arange(RATE // 10) / 300)).astype(np.float32)

# container -> sub-formats that libsndfile can write.
KINDS = {
    "WAV": ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW", "IMA_ADPCM", "MS_ADPCM", "GSM610"],
    "WAVEX": ["PCM_16", "PCM_24", "FLOAT", "ULAW", "ALAW"],
    "RF64": ["PCM_16", "FLOAT"],
    "FLAC": ["PCM_S8", "PCM_16", "PCM_24"],
    "OGG": ["VORBIS", "OPUS"],
    "MP3": ["MPEG_LAYER_III"],
}


def encoded(container, subtype, channels=1, rate=RATE, samples=TONE):
    out = io.BytesIO()
    frames = np.repeat(samples[:, None], channels, axis=1)
    soundfile.write(out, frames, rate, format=container, subtype=subtype)
    return out.getvalue()


def wav(tag, channels, rate, bits, data, data_size=None, extra=b""):
    """A WAV file by hand, so that it can lie."""
    block = max(1, channels * bits // 8)
    fmt = struct.pack("<HHIIHH", tag, channels, rate, rate * block & 0xFFFFFFFF, block, bits)
    size = len(data) if data_size is None else data_size
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(fmt)) + fmt + extra + b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def seeds():
    for container, subtypes in KINDS.items():
        for subtype in subtypes:
            yield f"{container}-{subtype}".lower(), encoded(container, subtype)
    yield "stereo", encoded("WAV", "PCM_16", channels=2)
    yield "six-channels", encoded("WAVEX", "PCM_16", channels=6)
    for rate in (16000, 22050, 44100, 48000, 96000):
        yield f"rate-{rate}", encoded("WAV", "PCM_16", rate=rate)
    yield "big-endian", b"RIFX" + encoded("WAV", "PCM_16")[4:]
    pcm = (TONE * 30000).astype("<i2").tobytes()
    yield "streamed", wav(1, 1, RATE, 16, pcm, data_size=0xFFFFFFFF)
    yield "promises-more", wav(1, 1, RATE, 16, pcm[:64], data_size=1 << 30)
    yield "empty-data", wav(1, 1, RATE, 16, b"")
    yield "no-channels", wav(1, 0, RATE, 16, pcm)
    yield "no-rate", wav(1, 1, 0, 16, pcm)
    yield "odd-bits", wav(1, 1, RATE, 13, pcm)
    yield "many-channels", wav(1, 1024, RATE, 16, pcm)
    yield "list-chunk", wav(1, 1, RATE, 16, pcm, extra=b"LIST" + struct.pack("<I", 12) + b"INFOISFT" + b"\x00" * 4)
    infinite = np.array([np.inf, -np.inf, np.nan, 1e30] * 50, dtype="<f4").tobytes()
    yield "not-finite", wav(3, 1, RATE, 32, infinite)
    yield "truncated", encoded("FLAC", "PCM_16")[:60]
    yield "tagged-mp3", b"ID3\x04\x00\x00\x00\x00\x00\x0a" + b"\x00" * 10 + encoded("MP3", "MPEG_LAYER_III")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
