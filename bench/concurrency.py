#!/usr/bin/env python3
"""Live conversations at the same time, more and more of them, until the answer's wait has become too long."""
import asyncio
import contextlib
import sys
import tempfile
import time

import websockets

import pipecat_peer
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


@contextlib.contextmanager
def running(settings):
    """A server, an account, and how to make an agent that the stub answers for."""
    with tempfile.TemporaryDirectory() as folder, llm_stub() as (url, _), Server(folder, settings) as server:
        account = Account(server)
        model = {"provider": "openai_compatible", "name": "stub", "base_url": url}

        def agent(eagerness):
            turns = {"type": "semantic_vad", "eagerness": eagerness}
            return account.make_agent(name="Stub", model=model, turn_detection=turns)

        yield server, account, agent


class Curve:
    def __init__(self, result, options):
        self.options = options
        self.in_time = {"p50": 0, "p95": 0}  # as many as hold it, and so do all smaller counts
        self.holds = {"p50": True, "p95": True}
        self.rows = result.table(
            f"Live conversations with the stub model, until p95 passes {options.stop_ms:.0f} ms",
            ["asked", "eagerness", "refused", "failed", "answers", "p50 ms", "p95 ms", "early", "no answer", "client late ms", "cores", "RSS MiB"],
        )

    def point(self, server, account, agent, count, eagerness):
        """One row: p50 and p95, and whether a larger count makes sense."""
        pid = server.process.pid
        cpu, began = cpu_seconds(pid), time.monotonic()
        results, outcomes = asyncio.run(together(server, account, agent, count, self.options.utterances))
        wall = time.monotonic() - began
        good, every = latencies(results), counted(results)
        p50, p95 = percentile(good, 0.5), percentile(good, 0.95)
        refused, failed = outcomes.count("refused"), outcomes.count("failed")
        self.rows.append(
            [count, eagerness, refused, failed, len(good), p50, p95, sum(r["early"] for r in every),
             sum(r["latency_ms"] is None for r in every), max((r["late_ms"] for r in results), default=None),
             (cpu_seconds(pid) - cpu) / wall, resident_mib(pid)]
        )
        print(f"{count}, {eagerness}: p95 {p95}", file=sys.stderr)
        for name, value in (("p50", p50), ("p95", p95)):
            self.holds[name] = self.holds[name] and value is not None and value <= self.options.limit_ms and not failed
            if self.holds[name]:
                self.in_time[name] = max(self.in_time[name], count - refused)
        return (p50, p95), p95 is not None and p95 <= self.options.stop_ms and not refused


class Beside:
    """Rows of Pipecat for the same counts, and the shares."""

    GOALS = {1: 0.4, 4: 0.1}  # of its p50

    def __init__(self, result, options):
        pipecat_peer.complete(options)
        self.options = options
        self.rows = result.table(
            "Pipecat, the same models and stub",
            ["asked", "answers", "p50 ms", "p95 ms", "early", "no answer", "client late ms", "cores", "RSS MiB"],
        )
        self.shares = result.table("Ours as a share of Pipecat's", ["conversations", "eagerness", "p50", "goal", "p95"])

    def point(self, count, ours):
        """`ours`: (p50, p95) by eagerness."""
        peer = pipecat_peer.measure(self.options, count, self.options.utterances)
        self.rows.append(
            [count, peer["measured"], peer["p50_ms"], peer["p95_ms"], peer["replied_before_end"], peer["no_reply"],
             peer["client_late_ms"], peer["cores"][0], peer["rss_peak_mb"][0]]
        )
        theirs = peer["p50_ms"], peer["p95_ms"]
        for eagerness, values in ours.items():
            p50, p95 = (a / b if a and b else None for a, b in zip(values, theirs))
            self.shares.append([count, eagerness, p50, self.GOALS.get(count), p95])
        print(f"{count}: Pipecat's p95 {peer['p95_ms']}", file=sys.stderr)


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 2, 4, 6, 8, 10, 12, 16, 20, 24])
    parser.add_argument("--utterances", type=int, default=3, help="counted ones of each conversation")
    parser.add_argument("--limit-ms", type=float, default=1000, help="what is counted as in time")
    parser.add_argument("--stop-ms", type=float, default=2000, help="p95 at which the curve ends")
    parser.add_argument("--sessions-max", type=int, default=64, help="the admission limit of the curve; 0: the server's default")
    parser.add_argument("--past", type=int, default=4, help="how many more than the default limit ask in the last row; 0: no such row")
    parser.add_argument("--eagerness", nargs="+", choices=["low", "medium", "high", "auto"], default=["auto"],
                        help="of our agent's turns; each of them for each count")  # fmt: skip
    parser.add_argument("--peer-counts", type=int, nargs="+", default=[1, 2, 4, 8], help="of --counts, also by the peer")
    pipecat_peer.add_pipecat(parser)
    options = parser.parse_args()
    result = Report("concurrency", options)
    curve = Curve(result, options)
    beside = Beside(result, options) if options.peer else None
    settings = {"inference.sessions_max": str(options.sessions_max)} if options.sessions_max else {}
    with running(settings) as (server, account, agent):
        agents = {eagerness: agent(eagerness) for eagerness in options.eagerness}
        for count in options.counts:
            ours, further = {}, True
            for eagerness in options.eagerness:
                ours[eagerness], goes_on = curve.point(server, account, agents[eagerness], count, eagerness)
                further = further and goes_on
            if beside and count in options.peer_counts:
                # In turns, so that both meet the machine in the same state; our server is idle meanwhile.
                beside.point(count, ours)
            # Past the limit, or past what the server takes: more would only be refused.
            if not further:
                break
    if options.past:
        with running({}) as (server, account, agent):
            lines = account.http.get("/metrics").text.splitlines()
            limit = next(int(float(line.split()[-1])) for line in lines if line.startswith("aimpact_live_sessions_limit"))
            curve.point(server, account, agent("auto"), limit + options.past, "auto")
        result.note(f"The last row asks a server with the default limit of {limit} for {limit + options.past}.")
    if beside:
        result.note(
            "Shares are of the answers that came: those that didn't come within 12 s (`no answer`) make nobody slower. "
            "Pipecat answers 0.2 s after the last speech if the turn model calls the sentence finished, as our `high` does after "
            "0.26 s; `auto`, our default, waits 0.5 s (see `early` in bench_endpoints for what that is good for). "
            "Pipecat loads its models anew for each conversation, before the clock starts; RSS is its peak."
        )
    result.note(
        f"Within {options.limit_ms:.0f} ms: {curve.in_time['p50']} conversations at p50, {curve.in_time['p95']} at p95. "
        f"`cores` is the server's average over the run."
    )
    result.finish()


if __name__ == "__main__":
    main()
