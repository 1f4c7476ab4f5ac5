#!/usr/bin/env python3
"""Phone calls: real utterances through G.711 and a network that stalls, loses, doubles and swaps frames, over
/v1/telephony/media-stream as Twilio opens it; one call, and eight at once. End of speech to the first audio of the
answer, and interruptions: to the `clear` that stops our audio."""
import asyncio
import base64
import json
import random
import sys
import tempfile
import time

import numpy as np
import websockets

import report
from caller import AUDIBLE, RATE, Caller, Interrupter, counted, latencies, llm_stub, load_utterances
from report import Report, cpu_seconds, percentile, resident_mib

from support import g711
from support.server import Account, Server

STALL, STALL_SECONDS = 0.03, (0.02, 0.06)  # how often the network stands still, and for how long
LOST, DOUBLED, SWAPPED = 0.01, 0.005, 0.005  # shares of the frames


def on_the_line(utterances):
    """The same in a telephone's band, still at the benches' rate: each sample three times."""
    return [(path, text, np.repeat(g711.resampled(samples, RATE), 3)) for path, text, samples in utterances]


class Line:
    """What makes a caller of the benches one on a phone: the provider's side of the protocol, and its network."""

    def call(self, url, key, agent, seed):
        self.url = url.replace("http", "ws", 1) + "/v1/telephony/media-stream"
        self.parameters = {"agent": agent, "token": key}
        self.random = random.Random(seed)
        self.chunk = 0
        self.outbox, self.open_at = [], 0.0
        self.plays_until = 0.0
        self.marks = []  # names that wait to be played

    def connect(self):
        return websockets.connect(self.url, max_size=None, compression=None, proxy=None, open_timeout=60)

    async def opened(self):
        await self.send(event="connected", protocol="Call", version="1.0.0")
        media = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        begin = {"streamSid": "MZ1", "callSid": "CA1", "customParameters": self.parameters, "mediaFormat": media}
        await self.send(event="start", streamSid="MZ1", start=begin)

    async def closing(self):
        await self.send(event="stop", streamSid="MZ1", stop={"callSid": "CA1"})

    async def send(self, **message):
        await self.socket.send(json.dumps(message))

    async def frame(self, samples):
        await self.pace()
        data = g711.SILENCE * g711.FRAME if samples is None else g711.encode(samples[::3])
        self.chunk += 1
        media = {"track": "inbound", "chunk": str(self.chunk), "timestamp": str((self.chunk - 1) * 20),
                 "payload": base64.b64encode(data).decode()}  # fmt: skip
        luck = self.random.random()
        if luck >= LOST:
            self.outbox.append(media)
            if luck < LOST + DOUBLED:
                self.outbox.append(media)
            elif luck < LOST + DOUBLED + SWAPPED and len(self.outbox) > 1:
                self.outbox[-1], self.outbox[-2] = self.outbox[-2], self.outbox[-1]
        now = time.monotonic()
        if now < self.open_at:
            return
        if self.random.random() < STALL:
            self.open_at = now + self.random.uniform(*STALL_SECONDS)
            return
        for one in self.outbox:
            await self.send(event="media", streamSid="MZ1", media=one)
        self.outbox.clear()

    async def receive(self):
        loop = asyncio.get_running_loop()
        try:
            async for text in self.socket:
                message, now = json.loads(text), time.monotonic()
                kind = message["event"]
                if kind == "media":
                    samples = g711.decode(base64.b64decode(message["media"]["payload"]))
                    seconds = len(samples) / g711.RATE
                    self.plays_until = max(now, self.plays_until) + seconds
                    self.heard.append((now, seconds, bool(np.abs(samples).max() > AUDIBLE)))
                elif kind == "mark":
                    name = message["mark"]["name"]
                    self.marks.append(name)
                    loop.call_later(max(0.0, self.plays_until - now), self.played, name)
                elif kind == "clear":
                    if now < self.plays_until:
                        self.speech_started.append(now)
                    self.plays_until = now
                    for name in list(self.marks):
                        self.played(name)
        except websockets.ConnectionClosed as closed:
            self.failure = self.failure or str(closed)

    def played(self, name):
        if name in self.marks:
            self.marks.remove(name)
            asyncio.ensure_future(self.echo(name))

    async def echo(self, name):
        try:
            await self.send(event="mark", streamSid="MZ1", mark={"name": name})
        except websockets.ConnectionClosed:
            pass


class PhoneCaller(Line, Caller):
    pass


class PhoneInterrupter(Line, Interrupter):
    pass


async def together(kind, server, key, agents, each, seed):
    """As many calls as agents, each with `each` counted utterances."""
    pool = on_the_line(load_utterances())
    results, start, callers = [], asyncio.Event(), []
    for number, agent in enumerate(agents):
        utterances = [pool[(number * (each + 1) + u) % len(pool)] for u in range(each + 1)]
        caller = kind(server.base_url, key, agent, utterances, results)
        caller.call(server.base_url, key, agent, seed + number)
        callers.append(caller)
    tasks = [asyncio.create_task(caller.run(start, stagger=1.3 * number)) for number, caller in enumerate(callers)]
    await asyncio.sleep(1.0)
    start.set()
    await asyncio.gather(*tasks)
    return results, callers


def by_the_server(account, agents):
    """The same waits by the server's own timeline, without the network and the warm-up of each call."""
    waits = []
    for agent in agents:
        found = account.http.get("/api/v1/conversations", params={"agent_id": agent}).json()["data"]
        turns = account.http.get(f"/api/v1/conversations/{found[0]['id']}").json()["turns"]
        waits += [turn["response_latency_ms"] for turn in turns[1:] if turn.get("response_latency_ms") is not None]
    return waits


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--utterances", type=int, default=4, help="counted ones of each call")
    parser.add_argument("--interruptions", type=int, default=4, help="answers of each call that are spoken into")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    result = Report("phone", options)
    rows = result.table(
        "Phone calls with the stub model: end of speech to first audio, ms",
        ["calls", "counted", "p50", "p95", "max", "by the server p50", "p95", "early", "no answer", "failed", "client late", "cores",
         "RSS MiB"],
    )
    stops = result.table(
        "Spoken into: the caller's first sound to `clear`, ms",
        ["calls", "spoken into", "stopped", "p50", "p95", "max", "client late"],
    )
    with tempfile.TemporaryDirectory() as folder, llm_stub() as (url, _), Server(folder, {"inference.sessions_max": "64"}) as server:
        account = Account(server)
        key = account.http.post("/api/v1/api-keys", json={"name": "phone", "scopes": ["converse"]}).json()["key"]
        model = {"provider": "openai_compatible", "name": "stub", "base_url": url}
        for count in options.counts:
            agents = [account.make_agent(name="Stub", model=model) for _ in range(count)]
            pid = server.process.pid
            cpu, began = cpu_seconds(pid), time.monotonic()
            results, callers = asyncio.run(together(PhoneCaller, server, key, agents, options.utterances, options.seed))
            good, every = latencies(results), counted(results)
            used = (cpu_seconds(pid) - cpu) / (time.monotonic() - began)
            time.sleep(1)  # the records are written behind the calls
            told = by_the_server(account, agents)
            rows.append(
                [count, len(good), percentile(good, 0.5), percentile(good, 0.95), max(good, default=None),
                 percentile(told, 0.5), percentile(told, 0.95),
                 sum(r["early"] for r in every), sum(r["latency_ms"] is None for r in every),
                 sum(caller.failure is not None for caller in callers), max(r["late_ms"] for r in results),
                 used, resident_mib(pid)]
            )
            print(f"{count} calls: {rows[-1]}", file=sys.stderr)
            if not options.interruptions:
                continue
            agents = [account.make_agent(name="Stub", model=model) for _ in range(count)]
            results, _ = asyncio.run(together(PhoneInterrupter, server, key, agents, options.interruptions, options.seed))
            into = [r for r in results if r["interrupted"]]
            times = [r["stop_ms"] for r in into if r["stop_ms"] is not None]
            stops.append(
                [count, len(into), len(times), percentile(times, 0.5), percentile(times, 0.95), max(times, default=None),
                 max(r["late_ms"] for r in results)]
            )
            print(f"{count} calls, spoken into: {stops[-1]}", file=sys.stderr)
    result.note(
        f"The network: 3 % of the frames wait 20 to 60 ms with those behind them, {LOST:.0%} are lost, {DOUBLED:.1%} come "
        f"twice and {SWAPPED:.1%} in the wrong order (seed {options.seed}). `early` answered before the caller had finished."
    )
    result.finish()


if __name__ == "__main__":
    main()
