"""What the workers beside this file share: they serve jobs, one JSON object a line, so that a bench can take turns with
several engines. See bench/worker.py for the other side."""
import json
import os
import resource
import sys
import time


def cpu_seconds():
    """User and system time of all threads of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Stopwatch:
    """Wall and CPU seconds since it was made."""

    def __init__(self):
        self.cpu, self.wall = cpu_seconds(), time.perf_counter()

    def read(self):
        return {"wall_s": time.perf_counter() - self.wall, "cpu_s": cpu_seconds() - self.cpu}


def serve(load):
    """`load()` gives the function that answers one job with a dict. Libraries that print do so to standard error."""
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    answer = load()
    print(json.dumps({"ready": True}), file=out)
    for line in sys.stdin:
        try:
            print(json.dumps(answer(json.loads(line))), file=out)
        except Exception as failure:  # the other side decides; the engine is still there
            print(json.dumps({"error": f"{type(failure).__name__}: {failure}"}), file=out)


def write(path, samples, rate=24000):
    import numpy as np
    import soundfile

    soundfile.write(path, np.clip(samples, -1, 1), rate, subtype="PCM_16")
