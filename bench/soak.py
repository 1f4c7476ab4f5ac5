#!/usr/bin/env python3
"""Conversation after conversation: does each leave the memory as it found it?

Real utterances over the realtime socket, sent faster than they were spoken; the server hears, answers and speaks as
ever. Prints the resident memory after some numbers of conversations, and what kind of memory it is."""
import collections
import contextlib
import pathlib
import re
import sys
import tempfile
import time

import numpy as np
import psutil

import report
from caller import llm_stub
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


def slope(points):
    """KiB a conversation, by least squares over (conversations, MiB)."""
    if len(points) < 2:
        return None
    count, mib = np.array(points).T
    return float(np.polyfit(count, mib, 1)[0] * 1024)


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--marks", type=int, nargs="+", default=[1, 10, 20, 50, 100, 150, 200], help="when memory is read")
    parser.add_argument("--settle", type=int, default=20, help="growth is judged from this many conversations on")
    parser.add_argument("--turns", type=int, default=2, help="of each conversation")
    options = parser.parse_args()
    result = Report("soak", options)
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
