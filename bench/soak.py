#!/usr/bin/env python3
"""Does the memory stay as it is? Two ways to ask, both with real utterances over the realtime socket:

Conversation after conversation (the default), sent faster than they were spoken: prints the resident memory after some
numbers of conversations, and what kind of memory it is.

Several at once for some time (--minutes N --conversations 8), at the pace of speech, each of so many turns, and then
the next one: prints the resident memory over the time, and its slope."""
import asyncio
import collections
import contextlib
import pathlib
import re
import sys
import tempfile
import time

import numpy as np
import psutil
import websockets

import report
from caller import Caller, llm_stub, load_utterances
from report import ROOT, Report, cpu_seconds, resident_mib

sys.path.insert(0, str(ROOT / "tests"))
from support import recordings  # noqa: E402
from support.live import Live, to_24k  # noqa: E402
from support.server import Account, Server  # noqa: E402

KINDS = ["heap", "other private", "files", "stacks"]


def resident_by_kind(pid):
    """MiB of resident memory: glibc's main heap; private mappings (further arenas, models, caches); mapped files."""
    kinds, kind = collections.Counter(), None
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text().splitlines():
        if found := re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+\s*(.*)", line):
            name = found.group(1)
            kind = "heap" if name == "[heap]" else "stacks" if "stack" in name else "files" if name.startswith("/") else "other private"
        elif line.startswith("Rss:"):
            kinds[kind] += int(line.split()[1]) / 1024
    return kinds


def converse(server, account, agent, utterances):
    """One conversation of as many turns as there are utterances; seconds of audio that came back."""
    with Live(server.base_url, account.api_key, agent) as live:
        for samples in utterances:
            live.append(samples)
            live.append(recordings.silence(2.5, 24000))
            live.until("response.done")
        return len(live.spoken()) / 24000


async def keep_talking(number, server, account, agent, options, deadline, tally):
    """Calls one after the other until the deadline; each at the pace of speech."""
    pool = load_utterances(seed=100 + number)
    at = 0
    while time.monotonic() < deadline:
        chosen = [pool[(at + turn) % len(pool)] for turn in range(options.turns)]
        at += options.turns
        results = []
        caller = Caller(server.base_url, account.api_key, agent, chosen, results)
        try:
            await caller.run(stagger=1.3 * number if at == options.turns else 0)  # the first ones don't speak at once
        except (OSError, websockets.WebSocketException) as failure:
            caller.failure = caller.failure or str(failure)
        tally["conversations"] += 1
        tally["answers"] += sum(r["latency_ms"] is not None for r in results)
        tally["silent"] += sum(r["latency_ms"] is None for r in results)
        tally["latencies"] += [r["latency_ms"] for r in results if r["latency_ms"] is not None and not r["early"]]
        if caller.failure:
            tally["failed"] += 1
            print(f"soak: caller {number}: {caller.failure}", file=sys.stderr)


async def watch(server, account, process, options, deadline, tally, rows, points):
    """Reads the memory now and then."""
    began, cpu = time.monotonic(), cpu_seconds(process.pid)
    every = max(10.0, options.minutes * 60 / options.samples)
    due, row_due = began, began
    while time.monotonic() < deadline:
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        due += min(10.0, every)
        minutes = (time.monotonic() - began) / 60
        points.append((minutes / 60, resident_mib(process.pid)))
        if time.monotonic() < row_due:
            continue
        row_due += every
        kinds = resident_by_kind(process.pid)
        latencies = tally["latencies"]
        rows.append([minutes, resident_mib(process.pid), *(kinds[kind] for kind in KINDS), process.num_threads(), process.num_fds(),
                     tally["conversations"], tally["answers"], tally["silent"], tally["failed"],
                     report.percentile(latencies, 0.5), report.percentile(latencies, 0.95),
                     (cpu_seconds(process.pid) - cpu) / (time.monotonic() - began) if minutes > 0 else None])
        tally["latencies"] = []
        print(f"soak: {rows[-1]}", file=sys.stderr)


async def together(server, account, agent, process, options, rows, points):
    tally = {"conversations": 0, "answers": 0, "silent": 0, "failed": 0, "latencies": []}
    deadline = time.monotonic() + options.minutes * 60
    watching = watch(server, account, process, options, deadline, tally, rows, points)
    callers = [keep_talking(n, server, account, agent, options, deadline, tally) for n in range(options.conversations)]
    await asyncio.gather(watching, *callers)
    return tally


def soak_together(result, options):
    rows = result.table(
        f"{options.conversations} conversations at once for {options.minutes:g} minutes, {options.turns} turns each and then the next, stub model",
        ["minute", "RSS MiB", *(f"{kind} MiB" for kind in KINDS), "threads", "open files", "conversations", "answers", "no answer", "failed", "p50 ms", "p95 ms", "cores"],
    )
    points = []
    with tempfile.TemporaryDirectory() as folder, llm_stub() as (url, _):
        with Server(folder, {"log.level": "warn", "inference.sessions_max": str(options.conversations + 1)}) as server:
            account = Account(server)
            agent = account.make_agent(name="Stub", model={"provider": "openai_compatible", "name": "stub", "base_url": url})
            process = psutil.Process(server.process.pid)
            tally = asyncio.run(together(server, account, agent, process, options, rows, points))
    settled = [point for point in points if point[0] >= options.settle_minutes / 60]
    growth = slope(settled)
    if growth is not None:
        result.note(f"From minute {options.settle_minutes:g} on: {growth / 1024:+.2f} MiB an hour (least squares over {len(settled)} readings), "
                    f"{settled[-1][1] - settled[0][1]:+.1f} MiB in all, peak {max(mib for _, mib in points):.0f} MiB. "
                    f"{tally['answers']} answers, {tally['silent']} utterances without one, {tally['failed']} conversations failed.")
    result.finish()


def slope(points):
    """KiB a conversation (or an hour), by least squares over (conversations or hours, MiB)."""
    if len(points) < 2:
        return None
    count, mib = np.array(points).T
    return float(np.polyfit(count, mib, 1)[0] * 1024)


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--conversations", type=int, help="in a row (default 200); with --minutes, at once (default 8)")
    parser.add_argument("--minutes", type=float, help="several conversations at once, for so long")
    parser.add_argument("--settle-minutes", type=float, help="growth is judged from then on (default: a quarter of the time, at most 10)")
    parser.add_argument("--samples", type=int, default=24, help="rows of the table with --minutes")
    parser.add_argument("--marks", type=int, nargs="+", default=[1, 10, 20, 50, 100, 150, 200], help="when memory is read")
    parser.add_argument("--settle", type=int, default=20, help="growth is judged from this many conversations on")
    parser.add_argument("--turns", type=int, default=2, help="of each conversation")
    options = parser.parse_args()
    result = Report("soak", options)
    if options.minutes is not None:
        options.conversations = options.conversations or 8
        if options.settle_minutes is None:
            options.settle_minutes = min(10.0, options.minutes / 4)
        return soak_together(result, options)
    options.conversations = options.conversations or 200
    rows = result.table(
        f"Conversations of {options.turns} turns in a row, stub model",
        ["after", "RSS MiB", *(f"{kind} MiB" for kind in KINDS), "threads", "open files", "series in /metrics", "silent", "s each", "CPU s each"],
    )
    pool = [to_24k(recordings.read(path)) for path, _ in recordings.utterances(2, 4)]
    points, silent, failed = [], 0, 0
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url, _ = stack.enter_context(llm_stub("--first-token", "0.02", "--words-per-second", "500"))
        server = stack.enter_context(Server(folder, {"log.level": "warn"}))
        account = Account(server)
        agent = account.make_agent(name="Stub", model={"provider": "openai_compatible", "name": "stub", "base_url": url})
        process = psutil.Process(server.process.pid)
        began, cpu, before = time.monotonic(), cpu_seconds(process.pid), 0
        for number in range(1, options.conversations + 1):
            chosen = [pool[(number * options.turns + turn) % len(pool)] for turn in range(options.turns)]
            try:
                silent += converse(server, account, agent, chosen) == 0
            except (AssertionError, OSError, EOFError) as failure:
                failed += 1
                print(f"soak: conversation {number}: {failure}", file=sys.stderr)
            if number >= options.settle:
                points.append((number, resident_mib(process.pid)))
            if number in options.marks or number == options.conversations:
                seconds = (time.monotonic() - began) / (number - before)
                spent = (cpu_seconds(process.pid) - cpu) / (number - before)
                kinds = resident_by_kind(process.pid)
                series = sum(not line.startswith("#") for line in account.keyed(account.api_key).get("/metrics").text.splitlines())
                rows.append([number, resident_mib(process.pid), *(kinds[kind] for kind in KINDS), process.num_threads(),
                             process.num_fds(), series, silent, seconds, spent])
                print(f"soak: {rows[-1]}", file=sys.stderr)
                began, cpu, before = time.monotonic(), cpu_seconds(process.pid), number
    growth = slope(points)
    if growth is not None:
        result.note(f"From conversation {options.settle} on: {growth:+.1f} KiB a conversation (least squares), "
                    f"{points[-1][1] - points[0][1]:+.1f} MiB in all. {failed} conversations failed.")
    result.finish()


if __name__ == "__main__":
    main()
