"""A small client of GET /v1/realtime for tests and benches: sends events, waits for events, keeps all of them."""
import base64
import json
import time

import numpy as np
from websockets.sync.client import connect

RATE = 24000


class Live:
    def __init__(self, server_url, key, model=None, conversation_id=None, timeout=60, **connect_options):
        query = [f"model={model}"] if model else []
        if conversation_id:
            query.append(f"conversation_id={conversation_id}")
        url = server_url.replace("http", "ws", 1) + "/v1/realtime" + ("?" + "&".join(query) if query else "")
        self.socket = connect(
            url,
            additional_headers={"Authorization": f"Bearer {key}"},
            max_size=None,
            compression=None,
            open_timeout=timeout,
            proxy=None,
            **connect_options,
        )
        self.timeout = timeout
        self.events = []
        self.session = self.until("session.created")["session"]
        self.conversation = self.until("aimpact.conversation")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, kind, **fields):
        self.socket.send(json.dumps({"type": kind, **fields}))

    def receive(self, timeout=None):
        event = json.loads(self.socket.recv(timeout=timeout or self.timeout))
        event["received_at"] = time.monotonic()
        self.events.append(event)
        return event

    def until(self, kind, timeout=None):
        """The next event of this kind. An `error` event that was not asked for fails."""
        deadline = time.monotonic() + (timeout or self.timeout)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"no {kind} came; the last events: {[e['type'] for e in self.events[-20:]]}")
            try:
                event = self.receive(left)
            except TimeoutError:
                continue
            if event["type"] == kind:
                return event
            if event["type"] == "error":
                raise AssertionError(f"waiting for {kind}: {event['error']}")

    def first(self, kind, timeout=None):
        """The first event of this kind, which may have come already: a greeting waits half a second for the client's
        first event, and a busy client may take longer."""
        return next((event for event in self.events if event["type"] == kind), None) or self.until(kind, timeout)

    def update(self, **session):
        self.send("session.update", session={"type": "realtime", **session})
        return self.until("session.updated")["session"]

    def add_text(self, text):
        content = [{"type": "input_text", "text": text}]
        self.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})

    def ask(self, text):
        """A written turn in a session of modality text; the answer's text."""
        self.add_text(text)
        self.send("response.create", response={"output_modalities": ["text"]})
        return answer_text(self.until("response.done")["response"])

    def append(self, samples_24k):
        """Sends float samples in frames of 100 ms."""
        pcm = (np.clip(samples_24k, -1, 1) * 32767).astype("<i2").tobytes()
        for start in range(0, len(pcm), RATE // 10 * 2):
            chunk = pcm[start : start + RATE // 10 * 2]
            self.send("input_audio_buffer.append", audio=base64.b64encode(chunk).decode())

    def spoken(self):
        """All reply audio so far, as float samples at 24 kHz."""
        pieces = [base64.b64decode(e["delta"]) for e in self.events if e["type"] == "response.output_audio.delta"]
        return np.frombuffer(b"".join(pieces), "<i2").astype(np.float32) / 32768


def answer_text(response):
    parts = [part for item in response["output"] if item["type"] == "message" for part in item["content"]]
    return "".join(part.get("text") or part.get("transcript") or "" for part in parts)


def to_24k(samples_16k):
    """Linear-phase resampling by 3/2: good enough for speech that a recogniser hears."""
    spectrum = np.fft.rfft(samples_16k)
    length = len(samples_16k) * 3 // 2
    wide = np.zeros(length // 2 + 1, complex)
    wide[: len(spectrum)] = spectrum[: len(wide)]
    return (np.fft.irfft(wide, length) * 1.5).astype(np.float32)
