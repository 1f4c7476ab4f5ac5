#!/usr/bin/env python3
"""People at their desks, for bench/load.py: each signs in, lists, reads, edits and chats, with pauses to think.

Runs as a process of its own, so that it doesn't disturb the callers' clocks. Reads its orders as one JSON line and
works until its input ends; then it prints its samples as JSON: [action, started, ms, status], `started` in seconds of
the monotonic clock, which all processes of a machine share.
"""
import asyncio
import json
import random
import sys
import time


class Client:
    """One keep-alive connection with as little Python between the socket and the clock as possible."""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.reader = self.writer = None
        self.token = None

    async def send(self, method, path, body=None, headers=""):
        if self.writer is None or self.writer.is_closing():
            self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        data = json.dumps(body).encode() if body is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nContent-Length: {len(data)}\r\n{headers}"
        if body is not None:
            head += "Content-Type: application/json\r\n"
        if self.token:
            head += f"Authorization: Bearer {self.token}\r\n"
        self.writer.write(head.encode() + b"\r\n" + data)

    async def head(self):
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        return int(lines[0].split(" ")[1]), fields

    async def pieces(self, fields):
        """The body as it comes."""
        if "content-length" in fields:
            yield await self.reader.readexactly(int(fields["content-length"]))
        elif fields.get("transfer-encoding") == "chunked":
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                yield (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readexactly(2)
        if fields.get("connection") == "close":
            self.close()

    def close(self):
        if self.writer:
            self.writer.close()
        self.writer = None

    async def call(self, method, path, body=None, headers=""):
        """(status, parsed body)"""
        await self.send(method, path, body, headers)
        status, fields = await self.head()
        data = b"".join([piece async for piece in self.pieces(fields)])
        return status, json.loads(data) if data else None


class Person:
    def __init__(self, orders, number, samples):
        self.email = orders["emails"][number]
        self.agent = orders["agents"][number % len(orders["agents"])]
        self.orders = orders
        self.samples = samples
        self.random = random.Random(number)
        self.client = Client(orders["host"], orders["port"])

    async def timed(self, action, work):
        started = time.monotonic()
        status = await work
        self.samples.append([action, started, (time.monotonic() - started) * 1000, status])
        return status

    async def sign_in(self):
        self.client.token = None
        body = {"email": self.email, "password": self.orders["password"]}
        status, answer = await self.client.call("POST", "/api/v1/auth/sign-in", body)
        if status == 200:
            self.client.token = answer["access_token"]
        return status

    async def list(self):
        return (await self.client.call("GET", "/api/v1/agents"))[0]

    async def read(self):
        status, answer = await self.client.call("GET", f"/api/v1/agents/{self.agent}")
        if status == 200:
            self.version = answer["version"]
        return status

    async def edit(self):
        body = {"version": self.version, "greeting": f"Hello, this is greeting {self.random.randrange(10**6)}."}
        status, answer = await self.client.call("PATCH", f"/api/v1/agents/{self.agent}", body)
        if status == 200:
            self.version = answer["version"]
        return status

    async def chat(self):
        """Records `chat, first words` and `chat, whole`."""
        body = {
            "model": self.agent, "stream": True, "store": True,
            "messages": [{"role": "user", "content": "When can I come in?"}],
        }  # fmt: skip
        started, first = time.monotonic(), None
        await self.client.send("POST", "/v1/chat/completions", body)
        status, fields = await self.client.head()
        async for piece in self.client.pieces(fields):
            if first is None and b'"content":"' in piece and b'"content":""' not in piece:
                first = time.monotonic()
        now = time.monotonic()
        self.samples.append(["chat, first words", started, ((first or now) - started) * 1000, status if first else 599])
        self.samples.append(["chat, whole", started, (now - started) * 1000, status])

    async def think(self):
        least, most = self.orders["think"]
        if most:
            await asyncio.sleep(self.random.uniform(least, most))

    async def work(self):
        await asyncio.sleep(self.random.uniform(0, self.orders["arrive"]))
        while True:
            await self.timed("sign in", self.sign_in())
            for _ in range(self.orders["rounds"]):
                for action in ("list", "read", "edit"):
                    await self.think()
                    await self.timed(action, getattr(self, action)())
                await self.think()
                await self.chat()
            await self.think()


async def main():
    orders = json.loads(sys.stdin.readline())
    samples = []

    async def one(number):
        while True:
            person = Person(orders, number, samples)
            try:
                await person.work()
            except (OSError, asyncio.IncompleteReadError, KeyError, AttributeError) as failure:
                print(f"people: {failure!r}", file=sys.stderr)
                samples.append(["broken off", time.monotonic(), 0.0, 599])
                person.client.close()
                await asyncio.sleep(0.5)

    tasks = [asyncio.create_task(one(number)) for number in range(len(orders["emails"]))]
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for task in tasks:
        task.cancel()
    print(json.dumps(samples))


if __name__ == "__main__":
    asyncio.run(main())
