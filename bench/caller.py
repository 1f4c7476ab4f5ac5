"""A caller: plays real utterances to /v1/realtime in paced 20 ms frames and times the answers. See bench/README.md
for the definitions; they are those of ../shared/peers/voice_client.py, so that a peer can stand beside."""
import asyncio
import base64
import contextlib
import json
import random
import subprocess
import sys
import time

import numpy as np
import websockets

from report import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from support import recordings  # noqa: E402
from support.live import to_24k  # noqa: E402

RATE = 24000
FRAME = RATE // 50  # 20 ms
AUDIBLE = 30 / 32768


def load_utterances(seed=7):
    """(path, text, samples at 24 kHz cut at the end of speech) of 3 to 6 s, in an order that the seed decides."""
    chosen = []
    for path, text in recordings.utterances():
        samples = recordings.read(path)
        samples = samples[: recordings.speech_end(samples)]
        if 3 <= len(samples) / recordings.RATE <= 6:
            chosen.append((path, text, samples))
    random.Random(seed).shuffle(chosen)
    return [(path, text, to_24k(samples)) for path, text, samples in chosen]


@contextlib.contextmanager
def llm_stub(*arguments):
    """A running bench/llm_stub.py: (base URL, pid)."""
    process = subprocess.Popen(
        [sys.executable, ROOT / "bench/llm_stub.py", *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.terminate()
        process.wait()


class Caller:
    """One conversation. `results` gets a dict for each utterance: latency_ms (None: no answer came), early, reply_s,
    stages (from the server's own timeline), late_ms (the most that a frame was sent late)."""

    def __init__(self, url, key, agent, utterances, results, wait_max=12.0, reply_max=15.0):
        self.url = url.replace("http", "ws", 1) + f"/v1/realtime?model={agent}"
        self.key = key
        self.utterances = utterances
        self.results = results
        self.wait_max = wait_max
        self.reply_max = reply_max
        self.heard = []  # (time, seconds, audible) of each piece of reply audio
        self.turns = []
        self.responses_open = 0
        self.speech_started = []  # when the server said that the caller speaks: a client stops playing then
        self.truncated = []  # audio_end_ms of answers that the server cut by itself
        self.failure = None

    def connect(self):
        headers = {"Authorization": f"Bearer {self.key}"}
        return websockets.connect(
            self.url, additional_headers=headers, max_size=None, compression=None, proxy=None, open_timeout=60
        )

    # What a protocol says first and last.
    async def opened(self):
        pass

    async def closing(self):
        pass

    async def run(self, start=None, stagger=0.0):
        async with self.connect() as self.socket:
            await self.opened()
            receiver = asyncio.create_task(self.receive())
            self.due = time.monotonic() + 0.2
            self.late = 0.0
            if start:
                while not start.is_set():
                    await self.frame(None)
            for _ in range(int(50 * (1 + stagger))):
                await self.frame(None)
            for number, (path, text, samples) in enumerate(self.utterances):
                await self.speak(number, path, samples)
                if self.failure:
                    break
            await self.closing()
            receiver.cancel()

    async def pace(self):
        """Until the next frame is due."""
        wait = self.due - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        self.late = max(self.late, -wait)
        self.due += 0.02

    async def frame(self, samples):
        """Sends one frame when it is due; None is silence."""
        await self.pace()
        pcm = bytes(FRAME * 2) if samples is None else (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        event = {"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()}
        await self.socket.send(json.dumps(event))

    async def receive(self):
        try:
            async for message in self.socket:
                event = json.loads(message)
                kind = event["type"]
                if kind == "response.output_audio.delta":
                    samples = np.frombuffer(base64.b64decode(event["delta"]), "<i2")
                    audible = bool(len(samples)) and np.abs(samples).max() > AUDIBLE * 32768
                    self.heard.append((time.monotonic(), len(samples) / RATE, bool(audible)))
                elif kind == "response.created":
                    self.responses_open += 1
                elif kind == "response.done":
                    self.responses_open -= 1
                elif kind == "input_audio_buffer.speech_started":
                    self.speech_started.append(time.monotonic())
                elif kind == "conversation.item.truncated":
                    self.truncated.append(event["audio_end_ms"])
                elif kind == "aimpact.turn":
                    self.turns.append(event["turn"])
                elif kind == "error":
                    self.failure = event["error"]
        except websockets.ConnectionClosed as closed:
            self.failure = self.failure or str(closed)

    async def speak(self, number, path, samples):
        before, turns_before, self.late = len(self.heard), len(self.turns), 0.0
        for at in range(0, len(samples) - FRAME + 1, FRAME):
            await self.frame(samples[at : at + FRAME])
        ended = time.monotonic()
        early = any(audible for _, _, audible in self.heard[before:])
        before = len(self.heard)
        first = None
        while True:
            await self.frame(None)
            now = time.monotonic()
            if first is None:
                first = next((when for when, _, audible in self.heard[before:] if audible), None)
            if self.failure or (first is None and now - ended > self.wait_max):
                break
            if first is not None and now - first > self.reply_max:
                break
            spoken = sum(seconds for _, seconds, _ in self.heard[before:])
            # The answer is complete and has been played, and then a person needs a moment.
            if first is not None and self.responses_open <= 0 and now - ended >= 2 and now > first + spoken + 0.7:
                break
        stages = self.turns[-1]["stages"] if len(self.turns) > turns_before else None
        self.results.append(
            {
                "utterance": number,
                "path": str(path),
                "seconds": len(samples) / RATE,
                "latency_ms": None if first is None else (first - ended) * 1000,
                "early": early,
                "reply_s": sum(seconds for _, seconds, _ in self.heard[before:]),
                "stages": stages,
                "server_ms": self.turns[-1].get("response_latency_ms") if stages is not None else None,
                "late_ms": self.late * 1000,
                "failure": self.failure,
            }
        )


class Interrupter(Caller):
    """Speaks each utterance into the answer to the one before, `into` seconds after that answer began. `results` gets
    stop_ms (None: the answer went on): from the caller's first sound to the event at which a client stops playing;
    heard_error_ms: how far the server's idea of what was heard by then lies from what this client had played."""

    into = 1.5

    async def speak(self, number, path, samples):
        onset = recordings.speech_start(samples, RATE)
        waited, first = time.monotonic(), None
        if number > 0:
            before = self.answer_from
            while first is None and not self.failure and time.monotonic() - waited < self.wait_max:
                await self.frame(None)
                first = next((when for when, _, audible in self.heard[before:] if audible), None)
            while first is not None and time.monotonic() < first + self.into:
                await self.frame(None)
        sent, stopped, cuts = None, None, len(self.truncated)
        starts = len(self.speech_started)
        began = self.heard[before][0] if first is not None else None
        for at in range(0, len(samples) - FRAME + 1, FRAME):
            await self.frame(samples[at : at + FRAME])
            if sent is None and at + FRAME > onset:
                sent = time.monotonic() - FRAME / RATE
        self.answer_from = len(self.heard)
        if len(self.speech_started) > starts:
            stopped = self.speech_started[starts]
        spoken_into = number > 0 and first is not None
        heard_error = None
        if spoken_into and stopped is not None and len(self.truncated) > cuts:
            heard_error = self.truncated[cuts] - (stopped - began) * 1000
        self.results.append(
            {
                "utterance": number,
                "path": str(path),
                "interrupted": spoken_into,
                "stop_ms": None if stopped is None or not spoken_into else (stopped - sent) * 1000,
                "heard_error_ms": heard_error,
                "late_ms": self.late * 1000,
                "failure": self.failure,
            }
        )


def counted(results):
    """Without the warm-up of each conversation."""
    return [result for result in results if result["utterance"] > 0]


def latencies(results):
    return [r["latency_ms"] for r in counted(results) if r["latency_ms"] is not None and not r["early"]]
