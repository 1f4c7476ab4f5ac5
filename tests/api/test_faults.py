"""What goes wrong in a live conversation: models that fail in every way, callers that vanish, a server at its
limit. The caller hears a fallback or the session ends cleanly; the record is kept; nothing waits."""
import base64
import concurrent.futures
import contextlib
import json

import numpy as np
import pytest
import websockets

from support import recordings
from support.live import Live, answer_text, to_24k
from support.metrics import sample, wait_until_idle
from support.provider import FAULTS
from support.raw_socket import RawWebSocket, dial, reset
from support.server import Account, Server, wait_until
from support.talk import level, record, say

FALLBACK = "again"
LONG = " ".join(f"Sentence number {number} is here to take its time." for number in range(12))


@pytest.fixture(scope="module")
def small(binary, tmp_path_factory):
    """Two live conversations at most; silent peers and providers are given up soon."""
    settings = {
        "inference.sessions_max": "2",
        "server.websocket_silence_seconds_max": "9",
        "llm.provider_silence_seconds_max": "2",
    }
    with Server(tmp_path_factory.mktemp("faults"), settings) as running:
        yield running


@pytest.fixture(scope="module")
def owner(small):
    return Account(small)


@pytest.fixture()
def agent(owner, provider):
    return owner.make_agent(model=provider.model())


@pytest.fixture(autouse=True)
def nothing_is_left(request):
    yield
    if "small" in request.fixturenames:
        wait_until_idle(request.getfixturevalue("small"), request.getfixturevalue("owner"))


@pytest.fixture(scope="module")
def words(speech):
    """A spoken sentence and the silence after it, at 24 kHz."""
    path, _ = recordings.clear()[0]
    return np.concatenate([to_24k(recordings.read(path)), np.zeros(24000 * 2, np.float32)])


# ---- the model


def test_a_conversation_outlives_every_failure_of_its_model(small, owner, provider, agent, words):
    failed = 0
    with Live(small.base_url, owner.api_key, agent) as live:
        for fault in FAULTS:
            provider.fault = fault
            done, audio = say(live, words)
            assert done["status"] == "failed", (fault, done)
            assert done["status_details"]["error"]["code"], fault
            assert FALLBACK in answer_text(done), (fault, done)
            assert level(audio) > 0.01, f"{fault}: the caller heard nothing"
            provider.fault = None
            failed += 1
        for status in (401, 404, 429, 500):
            provider.status = status
            done, audio = say(live, words)
            assert done["status"] == "failed" and FALLBACK in answer_text(done), (status, done)
            assert level(audio) > 0.01, status
            failed += 1
        provider.status = 200
        done, audio = say(live, words)
        assert done["status"] == "completed" and level(audio) > 0.01
    kept = record(small, owner, live)
    assert len([turn for turn in kept["turns"] if turn.get("error")]) >= failed
    assert not kept["turns"][-1].get("error")
    assert all(turn["reply_level_dbfs"] > -40 for turn in kept["turns"] if turn.get("error"))
    assert sample(small, owner, "aimpact_turn_failures_total", where="model") > 0


@pytest.mark.parametrize("arguments", ['{"city": ', "", "null", "[1, 2]", "not json"])
def test_broken_arguments_of_a_call_spoil_nothing(small, owner, provider, agent, arguments):
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": arguments}}
    with Live(small.base_url, owner.api_key, agent) as live:
        live.update(output_modalities=["text"], tools=[{"type": "function", "name": "weather", "parameters": {"type": "object"}}])
        provider.answer = lambda messages: {"content": None, "tool_calls": [call]}
        live.add_text("what is it like?")
        live.send("response.create")
        done = live.until("response.done")["response"]
        assert [item["type"] for item in done["output"]] == ["function_call"], done
        output = {"type": "function_call_output", "call_id": "call_1", "output": "say which city"}
        live.send("conversation.item.create", item=output)
        provider.answer = lambda messages: "Which city?"
        live.send("response.create")
        assert answer_text(live.until("response.done")["response"]).strip() == "Which city?"
    # Providers that read the arguments of earlier calls must be able to.
    sent = [m for m in provider.requests[-1]["body"]["messages"] if m.get("tool_calls")]
    assert isinstance(json.loads(sent[0]["tool_calls"][0]["function"]["arguments"]), dict)


# ---- calls of functions


CLOCK = {"type": "function", "name": "clock", "description": "The time", "parameters": {"type": "object"}}
WEATHER = {**CLOCK, "name": "weather"}


def call_of(name):
    return {"id": f"call_{name}", "type": "function", "function": {"name": name, "arguments": "{}"}}


def test_two_results_at_once_are_one_spoken_answer(small, owner, provider, agent, words):
    provider.answer = lambda messages: {"content": None, "tool_calls": [call_of("clock"), call_of("weather")]}
    with Live(small.base_url, owner.api_key, agent) as live:
        live.update(tools=[CLOCK, WEATHER])
        done, _ = say(live, words)
        calls = [item for item in done["output"] if item["type"] == "function_call"]
        assert len(calls) == 2
        provider.answer = lambda messages: "It is noon and the sun shines."
        asked = len(provider.requests)
        for item in calls:
            output = {"type": "function_call_output", "call_id": item["call_id"], "output": "fine"}
            live.send("conversation.item.create", item=output)
            live.send("response.create")
        done = live.until("response.done")["response"]
        assert done["status"] == "completed" and "noon" in answer_text(done)
        assert len(provider.requests) == asked + 1
        results = [m for m in provider.requests[-1]["body"]["messages"] if m["role"] == "tool"]
        assert [m["content"] for m in results] == ["fine", "fine"]


def test_an_interruption_while_a_function_runs(small, owner, provider, agent, words):
    """The caller speaks before the client has the result: the answer goes on without it, and it may come later."""
    provider.answer = lambda messages: {"content": None, "tool_calls": [call_of("clock")]}
    with Live(small.base_url, owner.api_key, agent) as live:
        live.update(tools=[CLOCK])
        done, _ = say(live, words)
        (call,) = [item for item in done["output"] if item["type"] == "function_call"]
        provider.answer = lambda messages: "One moment."
        done, audio = say(live, words)
        assert done["status"] == "completed" and level(audio) > 0.01
        tool = [m for m in provider.requests[-1]["body"]["messages"] if m["role"] == "tool"]
        assert len(tool) == 1 and "not answered" in tool[0]["content"]
        provider.answer = lambda messages: "It is noon."
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "12:00"}
        live.send("conversation.item.create", item=output)
        live.send("response.create")
        assert "noon" in answer_text(live.until("response.done")["response"])
        tool = [m for m in provider.requests[-1]["body"]["messages"] if m["role"] == "tool"]
        assert [m["content"] for m in tool] == ["12:00"]
    assert record(small, owner, live)["turn_count"] >= 3


def test_an_interruption_while_a_call_is_written(small, owner, provider, agent, words):
    """A call that was cut off is not executed and not shown to the model again."""
    provider.answer = lambda messages: {"content": None, "tool_calls": [call_of("clock")], "stalls": True}
    with Live(small.base_url, owner.api_key, agent) as live:
        live.update(tools=[CLOCK])
        live.add_text("what time is it?")
        live.send("response.create")
        live.until("response.function_call_arguments.delta")
        provider.answer = lambda messages: "Never mind."
        live.append(words)
        cancelled = live.until("response.done")["response"]
        assert cancelled["status"] == "cancelled" and cancelled["status_details"]["reason"] == "turn_detected"
        assert all(item["status"] == "incomplete" for item in cancelled["output"])
        while (done := live.until("response.done")["response"])["status"] == "cancelled":
            pass
        assert answer_text(done).strip() == "Never mind."
        assert not [m for m in provider.requests[-1]["body"]["messages"] if m.get("tool_calls")]


# ---- callers that vanish


def test_a_socket_reset_in_the_middle_of_a_word(small, owner, provider, agent, words):
    """RST while the caller speaks over our answer: what was heard is kept, and the place is free again."""
    provider.answer = lambda messages: LONG
    live = Live(small.base_url, owner.api_key, agent)
    live.add_text("tell me")
    live.send("response.create")
    live.until("response.output_audio.delta")
    live.append(words[: 24000 // 2])
    reset(live.socket.socket)
    kept = record(small, owner, live)
    said = [item for item in kept["items"] if item["type"] == "message" and item["role"] == "assistant"]
    assert len(said) == 1 and said[0]["status"] == "incomplete" and len(said[0]["text"]) < len(LONG)
    assert kept["turn_count"] == 1


def test_a_caller_that_vanishes_is_noticed(small, owner, provider, agent):
    """No FIN, no RST, no pong: a telephone in a tunnel. Another one takes the place that it held."""
    provider.answer = lambda messages: LONG
    ghost = RawWebSocket(small, owner.api_key, f"/v1/realtime?model={agent}")
    ghost.until("session.created")
    ghost.conversation = ghost.until("aimpact.conversation")
    ghost.send("response.create")
    ghost.until("response.output_audio.delta")
    assert sample(small, owner, "aimpact_live_sessions") == 1
    kept = record(small, owner, ghost)  # from here on it reads nothing
    assert kept["turn_count"] == 1
    wait_until_idle(small, owner)
    ghost.connection.close()


def test_a_socket_that_stops_reading_is_ended(small, owner, provider, agent):
    """It goes on sending, so it is alive, but takes nothing: what waits for it is bounded."""
    deaf = RawWebSocket(small, owner.api_key, f"/v1/realtime?model={agent}", receive_buffer=8192)
    deaf.until("session.created")
    deaf.conversation = deaf.until("aimpact.conversation")
    content = [{"type": "input_text", "text": "x" * 60000}]
    deaf.send("conversation.item.create", item={"type": "message", "role": "user", "id": "big", "content": content})
    with Live(small.base_url, owner.api_key, agent) as other:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError, TimeoutError):
            for _ in range(2000):
                deaf.send("conversation.item.retrieve", item_id="big")
        assert other.ask("and you?").strip() == "You said: and you?"
    assert record(small, owner, deaf)["items"][0]["text"].startswith("xxx")
    wait_until_idle(small, owner)
    deaf.connection.close()


def test_a_caller_that_leaves_before_the_handshake_is_over(small, owner, provider, agent):
    """The upgrade is asked for and the socket is gone: no conversation stays open, no place is taken."""
    for _ in range(10):
        connection = dial(small)
        connection.sendall(
            f"GET /v1/realtime?model={agent} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Authorization: Bearer {owner.api_key}\r\n\r\n".encode()
        )
        reset(connection)
    wait_until_idle(small, owner)

    def all_ended():
        listed = owner.http.get("/api/v1/conversations", params={"agent_id": agent, "limit": 100}).json()["data"]
        return all(one["status"] == "ended" for one in listed)

    wait_until(all_ended, what="the end of conversations that never began")


# ---- the limit


def test_past_the_limit_callers_are_refused_and_nobody_else_notices(small, owner, provider, agent, words):
    refused_before = sample(small, owner, "aimpact_live_sessions_refused_total")
    attempts = 40

    def attempt(_):
        try:
            Live(small.base_url, owner.api_key, agent).socket.close()
            return None
        except websockets.InvalidStatus as refused:
            return refused.response

    with Live(small.base_url, owner.api_key, agent) as one, Live(small.base_url, owner.api_key, agent) as two:
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            talking = [pool.submit(say, live, words) for live in (one, two)]
            answers = list(pool.map(attempt, range(attempts)))
            talks = [talk.result() for talk in talking]
        for done, audio in talks:
            assert done["status"] == "completed" and level(audio) > 0.01
        for answer in answers:
            assert answer is not None, "one more than the limit was admitted"
            assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1
            error = json.loads(answer.body)["error"]
            assert error["code"] == "overloaded" and "Try again" in error["message"]
        assert sample(small, owner, "aimpact_live_sessions") == 2
        assert owner.http.get("/api/v1/agents").status_code == 200
        assert one.ask("still there?").strip() == "You said: still there?"
    assert sample(small, owner, "aimpact_live_sessions_refused_total") == refused_before + attempts
    wait_until_idle(small, owner)
    with Live(small.base_url, owner.api_key, agent) as again:
        again.ask("room again?")


# ---- what is sent is measured


@pytest.mark.parametrize("wire", ["audio/pcm", "audio/pcmu", "audio/pcma"])
def test_the_level_of_what_is_sent_is_measured(small, owner, provider, agent, wire):
    """The metric, the turn's record and the audio that arrived agree."""
    provider.answer = lambda messages: "The office opens at nine in the morning."
    name = "aimpact_audio_sent_level_dbfs"
    count = sample(small, owner, f"{name}_count")
    seconds = sample(small, owner, "aimpact_audio_sent_seconds_total")
    with Live(small.base_url, owner.api_key, agent) as live:
        rate = {"rate": 24000} if wire == "audio/pcm" else {}
        live.update(audio={"output": {"format": {"type": wire, **rate}}})
        live.add_text("when do you open?")
        live.send("response.create")
        live.until("response.done")
        turn = live.until("aimpact.turn")["turn"]
        arrived = samples_of(live, wire)
    measured = 20 * np.log10(level(arrived))
    assert -40 < measured < -6
    assert turn["reply_level_dbfs"] == pytest.approx(measured, abs=0.3)
    assert sample(small, owner, f"{name}_count") > count
    assert sample(small, owner, "aimpact_audio_sent_last_level_dbfs") == pytest.approx(measured, abs=6)
    length = len(arrived) / (24000 if wire == "audio/pcm" else 8000)
    assert sample(small, owner, "aimpact_audio_sent_seconds_total") - seconds == pytest.approx(length, abs=0.1)
    assert sample(small, owner, "aimpact_audio_sent_silent_total") == 0
    assert record(small, owner, live)["turns"][0]["reply_level_dbfs"] == turn["reply_level_dbfs"]


def samples_of(live, wire):
    pieces = [base64.b64decode(e["delta"]) for e in live.events if e["type"] == "response.output_audio.delta"]
    data = b"".join(pieces)
    if wire == "audio/pcm":
        return np.frombuffer(data, "<i2").astype(np.float64) / 32768
    codes = np.frombuffer(data, np.uint8).astype(np.int32)
    if wire == "audio/pcmu":
        codes = ~codes & 0xFF
        magnitude = (((codes & 15) * 2 + 33) << ((codes >> 4) & 7)) - 33
        return np.where(codes & 0x80, -magnitude, magnitude) * 4 / 32768
    codes ^= 0x55
    exponent, mantissa = (codes >> 4) & 7, codes & 15
    magnitude = np.where(exponent == 0, 2 * mantissa + 1, (2 * mantissa + 33) << np.maximum(exponent - 1, 0))
    return np.where(codes & 0x80, magnitude, -magnitude) * 8 / 32768
