#!/usr/bin/env python3
"""Live conversations at the same time, more and more of them, until the answer's wait has become too long."""
import asyncio
import sys
import tempfile
import time

import websockets

import report
from caller import Caller, counted, latencies, llm_stub, load_utterances
from report import Report, cpu_seconds, percentile, resident_mib

from support.server import Account, Server


async def together(server, account, agent, count, each):
    """`count` conversations of `each` counted utterances; (results, refused, failures)."""
    pool = load_utterances()
    results, start = [], asyncio.Event()
    callers = [
        Caller(server.base_url, account.api_key, agent, [pool[(c * (each + 1) + u) % len(pool)] for u in range(each + 1)], results)
        for c in range(count)
    ]

    async def one(number, caller):
        try:
            await caller.run(start, stagger=1.3 * number)
            return "failed" if caller.failure else "ok"
        except websockets.InvalidStatus as refused:
            return "refused" if refused.response.status_code == 503 else "failed"

    tasks = [asyncio.create_task(one(number, caller)) for number, caller in enumerate(callers)]
    await asyncio.sleep(1.0)
    start.set()
    outcomes = await asyncio.gather(*tasks)
    return results, outcomes


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 2, 4, 8, 12, 16, 20, 24])
    parser.add_argument("--utterances", type=int, default=3, help="counted ones of each conversation")
    parser.add_argument("--limit-ms", type=float, default=1000, help="what is counted as in time")
    parser.add_argument("--stop-ms", type=float, default=2000, help="p95 at which the curve ends")
    parser.add_argument("--sessions-max", type=int, default=64, help="the server's admission limit; 0: its default")
    options = parser.parse_args()
    result = Report("concurrency", options)
    rows = result.table(
        f"Live conversations with the stub model, until p95 passes {options.stop_ms:.0f} ms",
        ["asked", "refused", "failed", "answers", "p50 ms", "p95 ms", "early", "no answer", "client late ms", "cores", "RSS MiB"],
    )
    in_time = {"p50": 0, "p95": 0}
    settings = {"inference.sessions_max": str(options.sessions_max)} if options.sessions_max else {}
    with tempfile.TemporaryDirectory() as folder, llm_stub() as (url, _), Server(folder, settings) as server:
        account = Account(server)
        agent = account.make_agent(name="Stub", model={"provider": "openai_compatible", "name": "stub", "base_url": url})
        for count in options.counts:
            cpu, began = cpu_seconds(server.process.pid), time.monotonic()
            results, outcomes = asyncio.run(together(server, account, agent, count, options.utterances))
            wall = time.monotonic() - began
            good = latencies(results)
            p50, p95 = percentile(good, 0.5), percentile(good, 0.95)
            every = counted(results)
            rows.append(
                [count, outcomes.count("refused"), outcomes.count("failed"), len(good), p50, p95,
                 sum(r["early"] for r in every), sum(r["latency_ms"] is None for r in every),
                 max((r["late_ms"] for r in results), default=None),
                 (cpu_seconds(server.process.pid) - cpu) / wall, resident_mib(server.process.pid)]
            )
            print(f"{count}: p95 {p95}", file=sys.stderr)
            served = count - outcomes.count("refused")
            for name, value in (("p50", p50), ("p95", p95)):
                if value is not None and value <= options.limit_ms and outcomes.count("failed") == 0:
                    in_time[name] = max(in_time[name], served)
            if p95 is None or p95 > options.stop_ms or outcomes.count("refused"):
                break  # past the limit, or past what the server takes: more would only be refused
    result.note(
        f"Within {options.limit_ms:.0f} ms: {in_time['p50']} conversations at p50, {in_time['p95']} at p95. "
        f"`cores` is the server's average over the run."
    )
    result.finish()


if __name__ == "__main__":
    main()
