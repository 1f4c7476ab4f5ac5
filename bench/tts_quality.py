#!/usr/bin/env python3
"""How natural the synthesised speech sounds and whether it is understood.

    bench/tts_quality.py [--bench build/release/bench_tts] [--voices af_heart,am_michael,...] [--limit N] [--json]

Speaks bench/tts_sentences.txt by each voice (bench_tts --say), then prints, by voice: DNSMOS (overall, signal,
background; ITU-T P.835 scale), the word error rate of what the local recogniser hears, and the level. Needs the
packages speechmos, onnxruntime, librosa, soundfile, sherpa-onnx, jiwer and whisper-normalizer.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import jiwer
import librosa
import numpy as np
import sherpa_onnx
import soundfile
from speechmos import dnsmos
from whisper_normalizer.english import EnglishTextNormalizer

HERE = pathlib.Path(__file__).resolve().parent
RATE = 16000


def recogniser(models: pathlib.Path):
    folder = models / "moonshine-tiny-en"
    return sherpa_onnx.OfflineRecognizer.from_moonshine_v2(
        encoder=str(folder / "encoder_model.ort"), decoder=str(folder / "decoder_model_merged.ort"),
        tokens=str(folder / "tokens.txt"), num_threads=2)


def hear(recognise, audio: np.ndarray) -> str:
    pad = np.zeros(RATE // 5, np.float32)
    stream = recognise.create_stream()
    stream.accept_waveform(RATE, np.concatenate([pad, audio, pad]))
    recognise.decode_stream(stream)
    return stream.result.text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", default="build/release/bench_tts")
    parser.add_argument("--models", type=pathlib.Path, default=HERE.parent / "var/models")
    parser.add_argument("--sentences", type=pathlib.Path, default=HERE / "tts_sentences.txt")
    parser.add_argument("--voices", default="af_heart,af_bella,am_michael,am_fenrir,bf_emma,bm_george")
    parser.add_argument("--emotion", default="neutral")
    parser.add_argument("--limit", type=int, help="only the first N sentences")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    sentences = options.sentences.read_text().splitlines()[: options.limit]
    normalise = EnglishTextNormalizer()
    recognise = recogniser(options.models)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        listing = pathlib.Path(folder) / "sentences.txt"
        listing.write_text("\n".join(sentences) + "\n")
        subprocess.run([options.bench, "--models", str(options.models), "--say", str(listing), "--wav", folder,
                        "--voices", options.voices, "--emotion", options.emotion], check=True)
        for voice in options.voices.split(","):
            scores, levels, said, heard = [], [], [], []
            for number, sentence in enumerate(sentences, 1):
                samples, rate = soundfile.read(f"{folder}/{voice}_{number}.wav", dtype="float32")
                levels.append(20 * np.log10(np.sqrt(np.mean(samples**2)) + 1e-9))
                audio = librosa.resample(samples, orig_sr=rate, target_sr=RATE)
                score = dnsmos.run(audio, RATE)
                scores.append((score["ovrl_mos"], score["sig_mos"], score["bak_mos"]))
                said.append(normalise(sentence))
                heard.append(normalise(hear(recognise, audio)))
            mean = np.mean(scores, axis=0)
            rows.append({"voice": voice, "dnsmos": round(float(mean[0]), 3), "signal": round(float(mean[1]), 3),
                         "background": round(float(mean[2]), 3), "wer_percent": round(100 * jiwer.wer(said, heard), 2),
                         "level_dbfs": round(float(np.mean(levels)), 1), "level_spread_db": round(float(np.std(levels)), 1),
                         "misheard": [f"{s} -> {h}" for s, h in zip(said, heard) if s != h]})
    if options.json:
        print(json.dumps({"emotion": options.emotion, "sentences": len(sentences), "rows": rows}))
        return 0
    print("| voice | DNSMOS | signal | background | WER % | level dBFS | spread dB |\n|---|---|---|---|---|---|---|")
    for row in rows:
        print("| {voice} | {dnsmos} | {signal} | {background} | {wer_percent} | {level_dbfs} | {level_spread_db} |".format(**row))
    for row in rows:
        for line in row["misheard"]:
            print(f"{row['voice']}: {line}", file=sys.stderr)
    print(f"mean DNSMOS {np.mean([r['dnsmos'] for r in rows]):.3f}, mean WER {np.mean([r['wer_percent'] for r in rows]):.2f} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
