#!/usr/bin/env python3
"""End of the caller's speech -> first audio of the answer, for one conversation of real utterances, by stage."""
import asyncio
import sys
import tempfile
import time

import pipecat_peer
import report
from caller import Caller, Interrupter, counted, latencies, llm_stub, load_utterances
from report import Report, cpu_seconds, percentile, resident_mib

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


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--utterances", type=int, default=15, help="counted ones, after one that warms up")
    parser.add_argument("--model", choices=["stub", "local", "both"], default="both")
    parser.add_argument("--interruptions", type=int, default=20, help="answers that are spoken into; 0: none")
    pipecat_peer.add_pipecat(parser)
    options = parser.parse_args()
    if options.peer:
        pipecat_peer.complete(options)

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
        peer = pipecat_peer.measure(options, 1, options.utterances)
        rows.append(
            ["stub, by Pipecat", peer["measured"], peer["p50_ms"], peer["p95_ms"], peer["min_ms"], peer["max_ms"],
             peer["replied_before_end"], peer["no_reply"], peer["client_late_ms"], peer["cores"][0] * peer["wall_s"],
             peer["wall_s"], peer["rss_peak_mb"][0]]
        )
        if options.model in ("stub", "both") and rows[0][2] and peer["p50_ms"]:
            result.note(
                f"End of speech to first audio, ours as a share of Pipecat's: p50 {rows[0][2] / peer['p50_ms']:.2f} "
                f"(goal: at most 0.4), p95 {rows[0][3] / peer['p95_ms']:.2f}."
            )
    result.finish()


if __name__ == "__main__":
    main()
