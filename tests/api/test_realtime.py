"""Live conversations through the official client: events in both vocabularies, by text and by voice."""
import asyncio
import base64
import json
import time

import numpy as np
import openai
import pydantic
import pytest
import websockets
from openai.types.realtime import RealtimeServerEvent

from support import recordings
from support.live import Live, answer_text, to_24k
from support.recordings import assert_heard

WORDS = "The office opens at nine in the morning."


@pytest.fixture()
def live_client(server, api_key):
    return openai.AsyncOpenAI(base_url=f"{server.base_url}/v1", api_key=api_key, max_retries=0)


def run(coroutine, seconds=120):
    return asyncio.run(asyncio.wait_for(coroutine, seconds))


async def until(connection, kind, seen=None):
    async for event in connection:
        if seen is not None:
            seen.append(event)
        if event.type == kind:
            return event
        assert event.type != "error", event
    raise AssertionError(f"the connection ended before {kind}")


def text_message(text):
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


async def say(connection, samples_24k, silence=1.5):
    """Speaks at the pace of speech, then keeps silent."""
    padded = np.concatenate([samples_24k, np.zeros(int(24000 * silence), np.float32)])
    pcm = (np.clip(padded, -1, 1) * 32767).astype("<i2").tobytes()
    frame = 24000 // 50 * 2
    begun = time.monotonic()
    for number, start in enumerate(range(0, len(pcm), frame)):
        await connection.input_audio_buffer.append(audio=base64.b64encode(pcm[start : start + frame]).decode())
        await asyncio.sleep(max(0.0, begun + number * 0.02 - time.monotonic()))


# ---- the official client


def test_a_written_turn_by_the_official_client(live_client, provider_agent):
    async def talk():
        async with live_client.realtime.connect(model=provider_agent) as connection:
            created = await until(connection, "session.created")
            assert created.session.type == "realtime" and created.session.audio.output.voice
            await connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
            updated = await until(connection, "session.updated")
            assert updated.session.output_modalities == ["text"]
            await connection.conversation.item.create(item=text_message("hello there"))
            added = await until(connection, "conversation.item.done")
            assert added.item.content[0].text == "hello there"
            await connection.response.create()
            seen = []
            done = await until(connection, "response.done", seen)
            assert done.response.status == "completed"
            assert done.response.output[0].content[0].text.strip() == "You said: hello there"
            assert done.response.usage.total_tokens == 15
            deltas = [event.delta for event in seen if event.type == "response.output_text.delta"]
            assert len(deltas) > 1 and "".join(deltas).strip() == "You said: hello there"
            kinds = [event.type for event in seen]
            order = ["response.created", "response.output_item.added", "response.content_part.added"]
            order += ["response.output_text.delta", "response.output_text.done", "response.content_part.done"]
            order += ["response.output_item.done", "response.done"]
            assert [kinds.index(kind) for kind in order] == sorted(kinds.index(kind) for kind in order)

    run(talk())


def test_events_that_the_client_does_not_know_do_no_harm(live_client, provider_agent):
    """The client passes aimpact.* events on under their own type."""

    async def talk():
        async with live_client.realtime.connect(model=provider_agent) as connection:
            event = await until(connection, "aimpact.conversation")
            assert event.type == "aimpact.conversation"

    run(talk())


def test_a_spoken_turn_is_answered_by_voice(live_client, client, provider, provider_agent, speech):
    path, text = recordings.utterances(3, 6)[0]
    provider.answer = lambda messages: WORDS

    async def talk():
        async with live_client.realtime.connect(model=provider_agent) as connection:
            await until(connection, "session.created")
            seen = []

            async def listen():
                async for event in connection:
                    seen.append(event)

            def settled():
                # A pause inside the utterance may end a turn; its answer is stopped when the caller goes on.
                count = lambda kind: sum(event.type == kind for event in seen)  # noqa: E731
                turns = count("input_audio_buffer.speech_started") == count("input_audio_buffer.speech_stopped")
                return turns and count("response.created") == count("response.done") > 0

            listening = asyncio.create_task(listen())
            await say(connection, to_24k(recordings.read(path)))
            while not settled():
                await asyncio.sleep(0.05)
            listening.cancel()
            return seen, [event for event in seen if event.type == "response.done"][-1].response

    seen, response = run(talk())
    assert response.status == "completed"
    answer = response.id
    kinds = [event.type for event in seen]
    for kind in ("input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed"):
        assert kind in kinds
    heard = [e.transcript for e in seen if e.type == "conversation.item.input_audio_transcription.completed"]
    assert_heard(text, " ".join(heard), 0.4)
    audio = b"".join(base64.b64decode(e.delta) for e in seen if e.type == "response.output_audio.delta" and e.response_id == answer)
    samples = np.frombuffer(audio, "<i2").astype(np.float32) / 32768
    said = "".join(e.delta for e in seen if e.type == "response.output_audio_transcript.delta" and e.response_id == answer)
    assert said.strip() == WORDS
    wav = recordings.encode(samples, "WAV", "PCM_16", 24000)
    assert_heard(WORDS, client.audio.transcriptions.create(model="whisper-1", file=("reply.wav", wav)).text)


@pytest.mark.parametrize("mode", [{"type": "server_vad", "silence_duration_ms": 400}, {"type": "semantic_vad", "eagerness": "high"}])
def test_both_turn_detections_end_a_turn(live_client, provider_agent, speech, mode):
    path, _ = recordings.utterances(3, 6)[1]

    async def talk():
        async with live_client.realtime.connect(model=provider_agent) as connection:
            detection = {"turn_detection": mode}
            await connection.session.update(session={"type": "realtime", "audio": {"input": detection}, "output_modalities": ["text"]})
            updated = await until(connection, "session.updated")
            assert updated.session.audio.input.turn_detection.type == mode["type"]
            _, done = await asyncio.gather(say(connection, to_24k(recordings.read(path)), 3), until(connection, "response.done"))
            assert done.response.status == "completed"

    run(talk())


def test_push_to_talk(live_client, provider, provider_agent, speech):
    path, text = recordings.utterances(3, 6)[2]

    async def talk():
        async with live_client.realtime.connect(model=provider_agent) as connection:
            await connection.session.update(
                session={"type": "realtime", "output_modalities": ["text"], "audio": {"input": {"turn_detection": None}}}
            )
            await until(connection, "session.updated")
            await say(connection, to_24k(recordings.read(path)), 0.1)
            await connection.input_audio_buffer.commit()
            await connection.response.create()
            done = await until(connection, "response.done")
            assert_heard(text, done.response.output[0].content[0].text.replace("You said:", ""), 0.4)

    run(talk())


def test_a_recording_as_an_item(live_client, provider_agent, speech):
    path, text = recordings.utterances(3, 6)[3]
    pcm = (to_24k(recordings.read(path)) * 32767).astype("<i2").tobytes()

    async def talk():
        async with live_client.realtime.connect(model=provider_agent) as connection:
            part = {"type": "input_audio", "audio": base64.b64encode(pcm).decode()}
            await connection.conversation.item.create(item={"type": "message", "role": "user", "content": [part]})
            added = await until(connection, "conversation.item.done")
            assert_heard(text, added.item.content[0].transcript, 0.4)

    run(talk())


def test_function_calls(live_client, provider, provider_agent):
    calls = [
        {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": '{"city": "Bath"}'}}
        for name in ("weather", "clock")
    ]

    def answer(messages):
        outputs = [m["content"] for m in messages if m["role"] == "tool"]
        return " and ".join(outputs) if outputs else {"content": None, "tool_calls": calls}

    provider.answer = answer
    tools = [{"type": "function", "name": name, "description": name, "parameters": {"type": "object"}} for name in ("weather", "clock")]

    async def talk():
        async with live_client.realtime.connect(model=provider_agent) as connection:
            await connection.session.update(session={"type": "realtime", "output_modalities": ["text"], "tools": tools})
            await connection.conversation.item.create(item=text_message("what is it like?"))
            await connection.response.create()
            done = await until(connection, "response.done")
            made = [item for item in done.response.output if item.type == "function_call"]
            assert sorted(item.name for item in made) == ["clock", "weather"]
            assert json.loads(made[0].arguments) == {"city": "Bath"}
            for item in made:  # as clients do: a response asked for after each output
                output = {"type": "function_call_output", "call_id": item.call_id, "output": f"{item.name} fine"}
                await connection.conversation.item.create(item=output)
                await connection.response.create()
            done = await until(connection, "response.done")
            assert sorted(done.response.output[0].content[0].text.strip().split(" and ")) == ["clock fine", "weather fine"]

    run(talk())


# ---- beta


def test_the_beta_vocabulary(server, api_key, provider, provider_agent):
    headers = {"Authorization": f"Bearer {api_key}", "OpenAI-Beta": "realtime=v1"}

    async def talk():
        url = f"{server.ws_url}/v1/realtime?model={provider_agent}"
        async with websockets.connect(url, additional_headers=headers, proxy=None) as socket:

            async def until_type(kind, seen):
                while True:
                    event = json.loads(await socket.recv())
                    seen.append(event)
                    assert event["type"] != "error", event
                    if event["type"] == kind:
                        return event

            seen = []
            created = await until_type("session.created", seen)
            assert "modalities" in created["session"] and "audio" not in created["session"]
            update = {"modalities": ["audio", "text"], "output_audio_format": "g711_ulaw", "voice": "alloy"}
            await socket.send(json.dumps({"type": "session.update", "session": update}))
            updated = await until_type("session.updated", seen)
            assert updated["session"]["output_audio_format"] == "g711_ulaw"
            await socket.send(json.dumps({"type": "conversation.item.create", "item": text_message("hello")}))
            await socket.send(json.dumps({"type": "response.create"}))
            done = await until_type("response.done", seen)
            kinds = {event["type"] for event in seen}
            assert {"conversation.item.created", "response.audio.delta", "response.audio_transcript.done"} <= kinds
            assert not any("output_audio" in kind or kind == "conversation.item.done" for kind in kinds)
            assert done["response"]["output"][0]["content"][0]["type"] == "audio"
            audio = b"".join(base64.b64decode(e["delta"]) for e in seen if e["type"] == "response.audio.delta")
            assert len(audio) > 8000 * 0.5

    run(talk())


def test_a_written_turn_by_the_official_beta_client(server, api_key, provider, provider_agent):
    async def talk():
        client = openai.AsyncOpenAI(base_url=f"{server.base_url}/v1", api_key=api_key, websocket_base_url=f"{server.ws_url}/v1")
        async with client.beta.realtime.connect(model=provider_agent) as connection:
            await connection.session.update(session={"modalities": ["text"]})
            await connection.conversation.item.create(item=text_message("hello"))
            await connection.response.create()
            done = await until(connection, "response.done")
            assert done.response.output[0].content[0].text.strip() == "You said: hello"
        secret = await client.beta.realtime.sessions.create(model=provider_agent, voice="alloy")
        assert secret.client_secret.value.startswith("ek_") and secret.voice == "alloy"

    run(talk())


# ---- the contract


def test_every_event_fits_the_official_types(server, api_key, provider, provider_agent, speech):
    """What the official client takes leniently is checked strictly: each event against the package's own model."""
    event_types = pydantic.TypeAdapter(RealtimeServerEvent)
    call = {"id": "call_1", "type": "function", "function": {"name": "clock", "arguments": "{}"}}
    path, _ = recordings.utterances(3, 6)[0]
    with Live(server.base_url, api_key, provider_agent) as live:
        live.update(tools=[{"type": "function", "name": "clock", "parameters": {"type": "object"}}])
        live.ask("in text")
        provider.answer = lambda messages: {"content": None, "tool_calls": [call]}
        live.add_text("what time is it?")
        live.send("response.create", response={"output_modalities": ["text"]})
        live.until("response.done")
        output = {"type": "function_call_output", "call_id": "call_1", "output": "noon"}
        live.send("conversation.item.create", item=output)
        provider.answer = lambda messages: "It is noon, and I have more to say about that."
        live.send("response.create")
        live.until("response.output_audio.delta")
        live.append(to_24k(recordings.read(path))[: 24000 * 2])
        cut = live.until("conversation.item.truncated", 20)
        live.append(np.zeros(24000 * 3, np.float32))
        live.until("conversation.item.input_audio_transcription.completed", 30)
        live.send("conversation.item.retrieve", item_id=cut["item_id"])
        live.until("conversation.item.retrieved")
        live.send("conversation.item.delete", item_id=cut["item_id"])
        live.until("conversation.item.deleted")
        live.send("input_audio_buffer.clear")
        live.until("input_audio_buffer.cleared")
        live.send("no.such.event", event_id="mine")
        while live.receive()["type"] != "error":
            pass
        kinds = {event["type"] for event in live.events}
        for event in live.events:
            if not event["type"].startswith("aimpact."):
                event_types.validate_python({key: value for key, value in event.items() if key != "received_at"})
        assert len(kinds) > 25, sorted(kinds)


# ---- items


def test_items_are_created_retrieved_and_deleted(server, api_key, provider, provider_agent):
    with Live(server.base_url, api_key, provider_agent) as live:
        for name in ("one", "two"):
            live.send("conversation.item.create", item={**text_message(name), "id": name})
            live.until("conversation.item.done")
        live.send("conversation.item.create", item={**text_message("between"), "id": "mid"}, previous_item_id="one")
        assert live.until("conversation.item.added")["previous_item_id"] == "one"
        live.until("conversation.item.done")
        live.send("conversation.item.retrieve", item_id="mid")
        assert live.until("conversation.item.retrieved")["item"]["content"][0]["text"] == "between"
        live.send("conversation.item.delete", item_id="two")
        assert live.until("conversation.item.deleted")["item_id"] == "two"
        live.send("response.create", response={"output_modalities": ["text"]})
        live.until("response.done")
        sent = [m["content"] for m in provider.requests[-1]["body"]["messages"] if m["role"] == "user"]
        assert sent == ["one", "between"]


def test_an_answer_outside_the_conversation(server, api_key, provider, provider_agent):
    with Live(server.base_url, api_key, provider_agent) as live:
        live.add_text("remember me")
        response = {"conversation": "none", "output_modalities": ["text"], "metadata": {"topic": "side"}, "input": [text_message("aside")]}
        live.send("response.create", response=response)
        done = live.until("response.done")["response"]
        assert done["metadata"] == {"topic": "side"} and done["conversation_id"] is None
        assert answer_text(done).strip() == "You said: aside"
        live.ask("and now")
        texts = [m["content"].strip() for m in provider.requests[-1]["body"]["messages"] if m["role"] != "system"]
        assert "remember me" in texts and "aside" not in texts


# ---- interruption


def test_speaking_over_an_answer_stops_it_and_keeps_what_was_heard(server, api_key, provider, provider_agent, speech):
    path, _ = recordings.utterances(3, 6)[4]
    words = " ".join(f"Sentence number {number} is here to take its time." for number in range(12))
    provider.answer = lambda messages: words
    with Live(server.base_url, api_key, provider_agent) as live:
        live.add_text("tell me")
        live.send("response.create")
        while len(live.spoken()) < 3 * 24000:  # however slowly it is made
            live.receive()
        time.sleep(1.5)
        live.append(to_24k(recordings.read(path))[: 24000 * 2])
        live.until("input_audio_buffer.speech_started", 20)
        cut = live.until("conversation.item.truncated", 20)
        live.send("conversation.item.retrieve", item_id=cut["item_id"])
        item = live.until("conversation.item.retrieved")["item"]
        kept = item["content"][0]["transcript"]
        assert item["status"] == "incomplete"
        assert words.startswith(kept) and 0 < len(kept) < len(words) / 2
        live.send("conversation.item.truncate", item_id=cut["item_id"], content_index=0, audio_end_ms=0)
        live.until("conversation.item.truncated")
        live.send("conversation.item.retrieve", item_id=cut["item_id"])
        assert live.until("conversation.item.retrieved")["item"]["content"][0]["transcript"] == ""


def test_cancelling_an_answer(server, api_key, provider, provider_agent):
    provider.answer = lambda messages: "word " * 2000
    with Live(server.base_url, api_key, provider_agent) as live:
        live.send("conversation.item.create", item=text_message("go"))
        live.send("response.create", response={"output_modalities": ["text"]})
        live.until("response.output_text.delta")
        live.send("response.cancel")
        done = live.until("response.done")["response"]
        assert done["status"] == "cancelled" and done["status_details"]["reason"] == "client_cancelled"
        provider.answer = lambda messages: "fine"
        assert live.ask("again").strip() == "fine"


# ---- failures


def test_a_failing_model_is_spoken_about_and_the_next_turn_works(server, api_key, provider, provider_agent):
    with Live(server.base_url, api_key, provider_agent) as live:
        provider.status = 500
        live.add_text("hello")
        live.send("response.create")
        done = live.until("response.done")["response"]
        assert done["status"] == "failed" and done["status_details"]["error"]["code"]
        assert "again" in answer_text(done)
        spoken = live.spoken()
        assert len(spoken) > 12000 and np.sqrt(np.mean(spoken**2)) > 0.01
        provider.status = 200
        assert live.ask("hello").strip() == "You said: hello"


def test_noise_is_not_answered(server, api_key, provider, provider_agent):
    rng = np.random.default_rng(3)
    with Live(server.base_url, api_key, provider_agent) as live:
        live.append(rng.normal(0, 0.02, 24000 * 4).astype(np.float32))
        live.ask("are you there")
        assert not [e for e in live.events if e["type"] == "response.output_audio.delta"]
        assert len(provider.requests) == 1


@pytest.mark.parametrize(
    "event, param",
    [
        ({"type": "no.such.event"}, "type"),
        ({"type": "session.update", "session": {"audio": {"output": {"voice": "nobody"}}}}, "session.audio.output.voice"),
        ({"type": "session.update", "session": {"output_modalities": ["smell"]}}, "session.output_modalities"),
        ({"type": "input_audio_buffer.append", "audio": "***"}, "audio"),
        ({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": []}}, "item.content"),
        ({"type": "conversation.item.truncate", "item_id": "x", "content_index": 0}, "audio_end_ms"),
        ({"type": "response.create", "response": {"max_output_tokens": -1}}, "response.max_output_tokens"),
    ],
)
def test_an_error_names_the_event_and_the_field(server, api_key, provider_agent, event, param):
    with Live(server.base_url, api_key, provider_agent) as live:
        live.send(**{"kind": event["type"], **{k: v for k, v in event.items() if k != "type"}, "event_id": "mine"})
        while (answer := live.receive())["type"] != "error":
            pass
        assert answer["error"]["event_id"] == "mine" and answer["error"]["param"] == param
        live.socket.send("{broken")
        while (answer := live.receive())["type"] != "error":
            pass
        live.send("input_audio_buffer.clear")
        live.until("input_audio_buffer.cleared")
