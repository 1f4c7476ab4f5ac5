#!/usr/bin/env python3
"""A language model that answers at a set pace over OpenAI's wire, in runs of the same words for each server.
Prints its base URL once it listens, and runs until it is stopped."""
import argparse
import asyncio
import itertools
import json

# The same length each time, but the first clause (up to the comma) comes back only after 1953 answers: a server that
# keeps clauses must not get it for nothing.
REPLY = (
    "On {day} the {date} at {time} I can see you, {name}. I can move your appointment there at once, "
    "or would you rather come in the week after?"
)
NAMES = "Anna Brian Clara David Emma Frank Grace Henry Irene James Karen Lewis Maria Nigel Olive Peter".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
DATES = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth "
    "twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
TIMES = "nine ten eleven noon one two three four five".split()


def replies(text):
    for number in itertools.count():
        yield text.format(
            name=NAMES[number % len(NAMES)],
            day=DAYS[number % len(DAYS)],
            date=DATES[number % len(DATES)],
            time=TIMES[number % len(TIMES)],
        )


async def answer(reader, writer, options):
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(l.split(b":")[1]) for l in head.split(b"\r\n") if l.lower().startswith(b"content-length:")), 0
            )
            request = json.loads(await reader.readexactly(length)) if length else {}
            base = {"id": "chatcmpl-stub", "created": 1, "model": request.get("model", "stub")}
            reply = next(options.replies)
            words = reply.split(" ")
            await asyncio.sleep(options.first_token)
            if not request.get("stream"):
                await asyncio.sleep(len(words) / options.words_per_second)
                choice = {"index": 0, "message": {"role": "assistant", "content": reply}, "finish_reason": "stop"}
                body = json.dumps({**base, "object": "chat.completion", "choices": [choice]}).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
                await writer.drain()
                continue
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")

            async def send(text):
                data = f"data: {text}\n\n".encode()
                writer.write(b"%x\r\n%s\r\n" % (len(data), data))
                await writer.drain()

            def chunk(delta, finish=None):
                choice = {"index": 0, "delta": delta, "finish_reason": finish}
                return json.dumps({**base, "object": "chat.completion.chunk", "choices": [choice]})

            await send(chunk({"role": "assistant", "content": ""}))
            for position, word in enumerate(words):
                await send(chunk({"content": (" " if position else "") + word}))
                await asyncio.sleep(1 / options.words_per_second)
            await send(chunk({}, "stop"))
            await send("[DONE]")
            writer.write(b"0\r\n\r\n")
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--first-token", type=float, default=0.1, help="seconds")
    parser.add_argument("--words-per-second", type=float, default=75)
    parser.add_argument("--reply", default=REPLY)
    options = parser.parse_args()
    options.replies = replies(options.reply)
    server = await asyncio.start_server(lambda r, w: answer(r, w, options), "127.0.0.1", options.port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
