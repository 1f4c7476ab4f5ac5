#!/usr/bin/env python3
"""Time from start to ready, memory with all models in use, and CPU while nothing happens."""
import pathlib
import sys
import tempfile
import time

import report
from report import ROOT, Report, cpu_seconds, percentile, resident_mib

sys.path.insert(0, str(ROOT / "tests"))
from support import recordings  # noqa: E402
from support.live import Live, to_24k  # noqa: E402
from support.server import Account, Server  # noqa: E402


def use_everything(server, account):
    """Each model once, and a spoken turn."""
    path, _ = recordings.utterances(3, 6)[0]
    speech = recordings.read(path)
    account.http.post("/v1/embeddings", json={"model": "all-minilm-l6-v2", "input": "text"}).raise_for_status()
    account.http.post("/v1/audio/speech", json={"input": "Hello there.", "voice": "af_heart"}).raise_for_status()
    wav = recordings.encode(speech, "WAV", "PCM_16")
    files = {"file": ("a.wav", wav)}
    account.http.post("/v1/audio/transcriptions", data={"model": "whisper-1"}, files=files).raise_for_status()
    agent = account.make_agent(model={"provider": "local", "max_output_tokens": 20})
    with Live(server.base_url, account.api_key, agent) as live:
        live.append(to_24k(speech))
        live.append(recordings.silence(3, 24000))
        live.until("response.done")


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--idle-seconds", type=float, default=20)
    options = parser.parse_args()
    result = Report("footprint", options)
    rows = result.table("Start to ready", ["start", "repeats", "p50 s", "max s", "CPU s"])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name, repeats, settings in (
            ("first, nothing compiled yet", 1, {"cache.dir": str(folder / "cache")}),
            ("later", options.repeats, {"cache.dir": str(folder / "cache")}),
        ):
            waits, cpu = [], 0.0
            for _ in range(repeats):
                began = time.monotonic()
                with Server(folder / "data", settings) as server:
                    waits.append(time.monotonic() - began)
                    cpu = cpu_seconds(server.process.pid)
            rows.append([name, repeats, percentile(waits, 0.5), max(waits), cpu])
        memory = result.table("Memory and idle CPU", ["when", "RSS MiB", "CPU % of one core"])
        with Server(folder / "fresh", {"cache.dir": str(folder / "cache")}) as server:
            pid = server.process.pid
            memory.append(["ready, before the first request", resident_mib(pid), None])
            use_everything(server, Account(server))
            cpu, began = cpu_seconds(pid), time.monotonic()
            time.sleep(options.idle_seconds)
            idle = 100 * (cpu_seconds(pid) - cpu) / (time.monotonic() - began)
            memory.append(["every model used, idle", resident_mib(pid), idle])
    result.finish()


if __name__ == "__main__":
    main()
