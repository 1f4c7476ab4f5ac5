#!/usr/bin/env python3
"""End of the caller's speech -> first audio of the answer, for one conversation of real utterances, by stage."""
import asyncio
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import report
from caller import Caller, Interrupter, counted, latencies, llm_stub, load_utterances
from report import ROOT, Report, cpu_seconds, percentile, resident_mib

from support.server import Account, Server

STAGES = ("endpointing_ms", "stt_ms", "llm_ms", "tts_ms", "transport_ms")


def measure(server, account, agent, utterances):
    results = []
    cpu, began = cpu_seconds(server.process.pid), time.monotonic()
    asyncio.run(Caller(server.base_url, account.api_key, agent, utterances, results).run())
    return {
        "results": results,
        "cpu": cpu_seconds(server.process.pid) - cpu,
        "wall": time.monotonic() - began,
        "resident": resident_mib(server.process.pid),
    }


def add(rows, stage_rows, name, run):
    good = latencies(run["results"])
    every = counted(run["results"])
    rows.append(
        [name, len(good), percentile(good, 0.5), percentile(good, 0.95), min(good, default=None), max(good, default=None),
         sum(r["early"] for r in every), sum(r["latency_ms"] is None for r in every),
         max(r["late_ms"] for r in run["results"]), run["cpu"], run["wall"], run["resident"]]
    )
    for stage in (*STAGES, "whole, by the server"):
        values = [r["server_ms"] if stage.startswith("whole") else r["stages"].get(stage)
                  for r in every if r["stages"] and not r["early"]]
        values = [value for value in values if value is not None]
        stage_rows.append([name, stage.removesuffix("_ms"), len(values), percentile(values, 0.5), percentile(values, 0.95)])
    for failure in {str(r["failure"]) for r in every if r["failure"]}:
        print(f"{name}: {failure}", file=sys.stderr)


def add_interruptions(rows, server, account, agent, utterances):
    results = []
    asyncio.run(Interrupter(server.base_url, account.api_key, agent, utterances, results).run())
    into = [r for r in results if r["interrupted"]]
    stops = [r["stop_ms"] for r in into if r["stop_ms"] is not None]
    errors = [abs(r["heard_error_ms"]) for r in into if r["heard_error_ms"] is not None]
    rows.append(
        [len(into), len(stops), percentile(stops, 0.5), percentile(stops, 0.95), min(stops, default=None),
         max(stops, default=None), len(errors), percentile(errors, 0.5), percentile(errors, 0.95),
         max(r["late_ms"] for r in results)]
    )
    for failure in {str(r["failure"]) for r in results if r["failure"]}:
        print(f"interruptions: {failure}", file=sys.stderr)


def run_pipecat(options, stub_url, stub_pid, utterances):
    """Its own client, with the same utterances and definition; gives one row."""
    peers = pathlib.Path(options.peers_dir)
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "PY": options.peer_python, "MOONSHINE": options.moonshine, "KOKORO": options.kokoro, "VOICES": options.voices,
            "LLM_URL": stub_url, "LLM_PID": str(stub_pid), "DATA": str(ROOT.parent / "shared/audio/librispeech-test-other"),
            "OUT": folder,
        }
        done = subprocess.run(
            [peers / "run_pipecat.sh", "1", str(utterances), "bench"], env=environment, capture_output=True, text=True
        )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        sys.exit(f"voice_to_voice: pipecat did not run: {done.stderr.strip()[-500:] or done.stdout[-500:]}")
    return json.loads(lines[-1])


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--utterances", type=int, default=15, help="counted ones, after one that warms up")
    parser.add_argument("--model", choices=["stub", "local", "both"], default="both")
    parser.add_argument("--interruptions", type=int, default=20, help="answers that are spoken into; 0: none")
    parser.add_argument("--peer", choices=["pipecat"])
    parser.add_argument("--peers-dir", default=ROOT.parent / "shared/peers")
    for name in ("peer-python", "moonshine", "kokoro", "voices"):
        parser.add_argument(f"--{name}", default=os.environ.get(f"BENCH_{name.upper().replace('-', '_')}"))
    options = parser.parse_args()
    if options.peer and not all((options.peer_python, options.moonshine, options.kokoro, options.voices)):
        parser.error("--peer pipecat needs --peer-python, --moonshine, --kokoro and --voices")

    every = load_utterances()
    utterances = [every[i % len(every)] for i in range(options.utterances + 1)]
    result = Report("voice_to_voice", options)
    rows = result.table(
        "End of speech to first audio, ms (one conversation)",
        ["model", "counted", "p50", "p95", "min", "max", "early", "no answer", "client late", "CPU s", "wall s", "RSS MiB"],
    )
    stages = result.table("Where it went, ms, by the server's own timeline", ["model", "stage", "turns", "p50", "p95"])
    interruptions = None
    if options.interruptions:
        interruptions = result.table(
            "Barge-in: the caller's first sound to the event that stops our audio, ms; and what the server takes for heard",
            ["spoken into", "stopped", "p50", "p95", "min", "max", "cut", "off by p50", "p95", "client late"],
        )
    with tempfile.TemporaryDirectory() as folder, llm_stub() as (stub_url, stub_pid), Server(folder) as server:
        account = Account(server)
        if options.model in ("stub", "both"):
            model = {"provider": "openai_compatible", "name": "stub", "base_url": stub_url}
            agent = account.make_agent(name="Stub", model=model)
            add(rows, stages, "stub", measure(server, account, agent, utterances))
        if options.interruptions:
            model = {"provider": "openai_compatible", "name": "stub", "base_url": stub_url}
            agent = account.make_agent(name="Stub", model=model)
            speech = [every[i % len(every)] for i in range(options.interruptions + 1)]
            add_interruptions(interruptions, server, account, agent, speech)
        if options.model in ("local", "both"):
            model = {"provider": "local", "max_output_tokens": 40}
            agent = account.make_agent(name="Local", model=model)
            add(rows, stages, "local", measure(server, account, agent, utterances))
    if options.peer:
        with llm_stub() as (stub_url, stub_pid):
            peer = run_pipecat(options, stub_url, stub_pid, options.utterances)
        rows.append(
            ["stub, by Pipecat", peer["measured"], peer["p50_ms"], peer["p95_ms"], peer["min_ms"], peer["max_ms"],
             peer["replied_before_end"], peer["no_reply"], peer["client_late_ms"], peer["cores"][0] * peer["wall_s"],
             peer["wall_s"], peer["rss_peak_mb"][0]]
        )
    result.finish()


if __name__ == "__main__":
    main()
