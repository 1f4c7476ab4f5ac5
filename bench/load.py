#!/usr/bin/env python3
"""People at the REST side beside live conversations, and what those notice of callers who are refused at the limit.

Every phase holds the same conversations, so that each stands beside its own baseline of the same run."""
import asyncio
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import report
from caller import Caller, counted, latencies, llm_stub, load_utterances
from report import Report, cpu_seconds, percentile

from support.server import PASSWORD, Account, Server

STUB_FIRST_TOKEN_MS = 100
ACTIONS = ["sign in", "list", "read", "edit", "chat, first words", "chat, whole"]
RETRY_AFTER = b"retry-after:"


class People:
    """bench/people.py at work. `samples` once it has ended: (action, started, ms, status)."""

    def __init__(self, server, emails, agents, think, arrive):
        self.orders = {
            "host": "127.0.0.1", "port": int(server.base_url.rsplit(":", 1)[1]), "emails": emails, "agents": agents,
            "password": PASSWORD, "think": think, "arrive": arrive, "rounds": 3,
        }  # fmt: skip
        self.samples = []

    def __enter__(self):
        command = [sys.executable, str(pathlib.Path(__file__).with_name("people.py"))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(json.dumps(self.orders) + "\n")
        self.process.stdin.flush()
        return self

    def __exit__(self, *_):
        output, _ = self.process.communicate()  # closes its input, and so ends it
        self.samples = [tuple(sample) for sample in json.loads(output or "[]")]


async def refuse(server, key, agent, count, spread, samples):
    """`count` handshakes over `spread` seconds that are to be refused: (ms to the whole head, status, Retry-After)."""
    port = int(server.base_url.rsplit(":", 1)[1])

    async def one(number):
        await asyncio.sleep(spread * number / count)
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET /v1/realtime?model={agent} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Authorization: Bearer {key}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        took = (time.monotonic() - began) * 1000
        samples.append((took, int(head.split(b" ")[1]), RETRY_AFTER in head.lower()))
        writer.close()

    await asyncio.gather(*(one(number) for number in range(count)))


async def converse(server, account, agent, count, each, beside=None):
    """`count` conversations of `each` counted utterances; `beside` runs once all are open. (results, failures)"""
    pool = load_utterances()
    results, start = [], asyncio.Event()
    callers = [
        Caller(server.base_url, account.api_key, agent, [pool[(c * (each + 1) + u) % len(pool)] for u in range(each + 1)], results)
        for c in range(count)
    ]
    tasks = [asyncio.create_task(caller.run(start, stagger=1.3 * number)) for number, caller in enumerate(callers)]
    await asyncio.sleep(1.0)
    start.set()
    beside = asyncio.create_task(beside) if beside else None
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    if beside:
        await beside
    failures = sum(isinstance(outcome, BaseException) for outcome in outcomes) + sum(bool(c.failure) for c in callers)
    return results, failures


class Phases:
    def __init__(self, result, server, account, agent, options):
        self.server, self.account, self.agent, self.options = server, account, agent, options
        self.rows = result.table(
            "Live conversations, stub model",
            ["beside", "conversations", "answers", "p50 ms", "p95 ms", "early", "no answer", "failed", "client late ms", "cores of the server"],
        )

    def run(self, name, count, beside=None):
        pid = self.server.process.pid
        print(f"load: {name}", file=sys.stderr)
        cpu, began = cpu_seconds(pid), time.monotonic()
        results, failures = asyncio.run(
            converse(self.server, self.account, self.agent, count, self.options.utterances, beside)
        )
        cores = (cpu_seconds(pid) - cpu) / (time.monotonic() - began)
        good, every = latencies(results), counted(results)
        self.rows.append(
            [name, count, len(good), percentile(good, 0.5), percentile(good, 0.95), sum(r["early"] for r in every),
             sum(r["latency_ms"] is None for r in every), failures, max((r["late_ms"] for r in results), default=None), cores]
        )
        print(f"load: {name}: p95 {percentile(good, 0.95)} ms", file=sys.stderr)
        return time.monotonic() - began


def rest_rows(rows, samples, seconds):
    def row(name, chosen, less=0.0):
        times = [ms - less for _, _, ms, _ in chosen]
        failed = sum(not 200 <= status < 300 for *_, status in chosen)
        rows.append([name, len(times), len(times) / seconds, percentile(times, 0.5), percentile(times, 0.95),
                     percentile(times, 0.99), max(times, default=None), failed])

    for action in ACTIONS:
        row(action, [s for s in samples if s[0] == action])
    words = [(a, began, ms - STUB_FIRST_TOKEN_MS, status) for a, began, ms, status in samples if a == "chat, first words"]
    row(f"all, chat less the model's {STUB_FIRST_TOKEN_MS} ms", [s for s in samples if not s[0].startswith("chat")] + words)


def people_phase(result, phases, title, options, people):
    rows = result.table(title, ["action", "number", "a second", "p50 ms", "p95 ms", "p99 ms", "max ms", "failed"])
    with people:
        seconds = phases.run(title, options.conversations)
    rest_rows(rows, people.samples, seconds)
    if broken := sum(s[0] == "broken off" for s in people.samples):
        result.note(f"{title}: {broken} connections were broken off.")


def refusal_phase(result, phases, options, limit):
    rows = result.table(
        f"Handshakes past the limit of {limit}", ["asked", "refused with 503 and Retry-After", "p50 ms", "p95 ms", "max ms"]
    )
    samples = []
    phases.run("nothing, at the admission limit", limit)
    asked = refuse(phases.server, phases.account.api_key, phases.agent, options.refused, options.refused_seconds, samples)
    phases.run(f"{options.refused} refused callers", limit, asked)
    times = [took for took, *_ in samples]
    refused = sum(status == 503 and retry for _, status, retry in samples)
    rows.append([len(samples), refused, percentile(times, 0.5), percentile(times, 0.95), max(times, default=None)])


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--conversations", type=int, default=4)
    parser.add_argument("--utterances", type=int, default=8, help="counted ones of each conversation")
    parser.add_argument("--think", type=float, nargs=2, default=[0.5, 2.0], metavar=("LEAST", "MOST"), help="seconds")
    parser.add_argument("--arrive", type=float, default=10.0, help="seconds over which people come in")
    parser.add_argument("--refused", type=int, default=100, help="handshakes past the limit")
    parser.add_argument("--refused-seconds", type=float, default=20.0, help="over which they come")
    parser.add_argument("--only", choices=["people", "saturation", "refusal"], nargs="+", default=["people", "saturation", "refusal"])
    options = parser.parse_args()
    result = Report("load", options)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url, _ = stack.enter_context(llm_stub("--first-token", str(STUB_FIRST_TOKEN_MS / 1000)))
        server = stack.enter_context(Server(folder, {"log.level": "warn"}))
        account = Account(server)
        model = {"provider": "openai_compatible", "name": "stub", "base_url": url}
        agent = account.make_agent(name="Stub", model=model)
        phases = Phases(result, server, account, agent, options)
        if {"people", "saturation"} & set(options.only):
            emails = [account.add_member("developer") for _ in range(options.people)]
            agents = [account.make_agent(name="Desk", model=model) for _ in range(options.people)]
            phases.run("nothing", options.conversations)
        if "people" in options.only:
            title = f"{options.people} people who think {options.think[0]:g} to {options.think[1]:g} s"
            people_phase(result, phases, title, options, People(server, emails, agents, options.think, options.arrive))
        if "saturation" in options.only:
            title = f"{options.people} people who never pause"
            people_phase(result, phases, title, options, People(server, emails, agents, [0, 0], options.arrive))
        if "refusal" in options.only:
            metrics = account.http.get("/metrics").text
            limit = next(int(float(line.split()[-1])) for line in metrics.splitlines() if line.startswith("aimpact_live_sessions_limit"))
            refusal_phase(result, phases, options, limit)
    result.note("Every person has a connection of their own, and signs in anew after three rounds of list, read, edit and chat.")
    result.finish()


if __name__ == "__main__":
    main()
