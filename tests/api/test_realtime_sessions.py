"""Live sessions from their opening to their end: greeting, client secrets, model names, transcription only, timeline,
shutting down."""
import asyncio
import base64
import io
import json
import time

import httpx
import numpy as np
import openai
import pytest
import soundfile
import websockets

from support import contract, recordings
from support.live import Live, answer_text, to_24k
from support.recordings import assert_heard
from support.server import Account, Server
from support.talk import level, record


def run(coroutine, seconds=120):
    return asyncio.run(asyncio.wait_for(coroutine, seconds))


def test_the_greeting_is_said_once(server, api_key, account, provider):
    agent = account.make_agent(model=provider.model(), greeting="Welcome to the clinic.")
    with Live(server.base_url, api_key, agent) as live:
        done = live.until("response.done")["response"]
        assert answer_text(done) == "Welcome to the clinic."
        assert len(live.spoken()) > 12000
        conversation = live.conversation["conversation_id"]
    with Live(server.base_url, api_key, agent, conversation) as live:
        live.ask("hello")
        assert len([e for e in live.events if e["type"] == "response.created"]) == 1


def test_a_client_secret_opens_the_session_it_was_made_for(server, client, provider, provider_agent):
    secret = client.realtime.client_secrets.create(
        expires_after={"anchor": "created_at", "seconds": 60},
        session={"type": "realtime", "model": provider_agent, "instructions": "Be brief.", "output_modalities": ["text"]},
    )
    assert secret.value.startswith("ek_") and 0 < secret.expires_at - time.time() <= 61
    assert secret.session.instructions == "Be brief."

    async def talk():
        protocols = ["realtime", f"openai-insecure-api-key.{secret.value}"]
        async with websockets.connect(f"{server.ws_url}/v1/realtime", subprotocols=protocols, proxy=None) as socket:
            assert socket.subprotocol == "realtime"
            created = json.loads(await socket.recv())
            assert created["session"]["instructions"] == "Be brief."
            assert created["session"]["output_modalities"] == ["text"]

    run(talk())
    assert httpx.get(f"{server.base_url}/api/v1/agents", headers={"Authorization": f"Bearer {secret.value}"}).status_code in (401, 403)


def test_a_secret_with_wrong_settings_is_refused_where_it_is_made(client, provider_agent):
    with pytest.raises(openai.BadRequestError) as caught:
        client.realtime.client_secrets.create(session={"type": "realtime", "model": provider_agent, "audio": {"output": {"voice": "nobody"}}})
    assert caught.value.param == "session.audio.output.voice"


@pytest.mark.parametrize(
    "path, body, param",
    [
        ("client_secrets", {"expires_after": {"anchor": "created_at", "seconds": 9}}, "expires_after.seconds"),
        ("client_secrets", {"expires_after": {"anchor": "created_at", "seconds": 7201}}, "expires_after.seconds"),
        ("client_secrets", {"expires_after": {"anchor": "last_used_at"}}, "expires_after.anchor"),
        ("client_secrets", {"expires_after": 60}, "expires_after"),
        ("client_secrets", {"session": []}, "session"),
        ("sessions", {"client_secret": "ek"}, "client_secret"),
        ("sessions", {"client_secret": {"expires_after": {"seconds": 9}}}, "client_secret.expires_after.seconds"),
    ],
)
def test_a_secret_with_a_wrong_life_is_refused(server, api_key, path, body, param):
    headers = {"Authorization": f"Bearer {api_key}"}
    answer = httpx.post(f"{server.base_url}/v1/realtime/{path}", headers=headers, json=body, timeout=60)
    contract.check_openai_error(answer, 400, "invalid_argument", param)


@pytest.mark.parametrize("model", ["gpt-realtime", "gpt-4o-realtime-preview", "gpt-realtime-2025-08-28"])
def test_the_usual_model_names_mean_an_agent(server, api_key, agent_id, model):
    with Live(server.base_url, api_key, model) as live:
        assert live.conversation["agent_id"]


@pytest.mark.parametrize(
    "query, key, status",
    [("model=agt_none", None, 404), ("model=gpt-realtime", "sk-wrong", 401), ("model=gpt-realtime&conversation_id=conv_none", None, 404)],
)
def test_a_refused_handshake_says_why(server, api_key, agent_id, query, key, status):
    async def connect():
        headers = {"Authorization": f"Bearer {key or api_key}"}
        async with websockets.connect(f"{server.ws_url}/v1/realtime?{query}", additional_headers=headers, proxy=None):
            pass

    with pytest.raises(websockets.InvalidStatus) as caught:
        run(connect())
    assert caught.value.response.status_code == status


def test_a_transcription_session_only_listens(server, api_key, account, provider, provider_agent, speech):
    path, text = recordings.utterances(3, 6)[5]
    url = f"{server.ws_url}/v1/realtime?intent=transcription&model={provider_agent}"

    async def talk():
        async with websockets.connect(url, additional_headers={"Authorization": f"Bearer {api_key}"}, proxy=None) as socket:
            assert json.loads(await socket.recv())["session"]["type"] == "transcription"
            padded = np.concatenate([to_24k(recordings.read(path)), np.zeros(24000 * 2, np.float32)])
            pcm = (np.clip(padded, -1, 1) * 32767).astype("<i2").tobytes()

            async def speak():
                for start in range(0, len(pcm), 2400):
                    audio = base64.b64encode(pcm[start : start + 2400]).decode()
                    await socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
                    await asyncio.sleep(0.05)

            async def listen():
                heard = []
                async for message in socket:
                    event = json.loads(message)
                    assert not event["type"].startswith("response."), event
                    if event["type"] == "conversation.item.input_audio_transcription.completed":
                        heard.append(event["transcript"])
                        return " ".join(heard)

            return (await asyncio.gather(speak(), listen()))[1]

    assert_heard(text, run(talk()), 0.5)
    assert provider.requests == []


def test_the_turns_timeline_is_told_and_kept(server, api_key, account, provider, provider_agent, speech):
    path, _ = recordings.utterances(3, 6)[6]
    with Live(server.base_url, api_key, provider_agent) as live:
        samples = np.concatenate([to_24k(recordings.read(path)), np.zeros(24000 * 2, np.float32)])
        for start in range(0, len(samples), 2400):
            live.append(samples[start : start + 2400])
            time.sleep(0.1)
        turn = live.until("aimpact.turn", 30)["turn"]
        assert 0 < turn["response_latency_ms"] < 20000
        assert turn["speech_stopped_ms"] > 1000 and turn["stages"]["endpointing_ms"] >= 0
    metrics = account.http.get("/metrics").text
    assert 'aimpact_turn_stage_seconds_count{stage="response_latency"}' in metrics
    kept = record(server, account, live)
    assert kept["turns"][0]["response_latency_ms"] == pytest.approx(turn["response_latency_ms"], abs=1)


def test_a_conversation_is_recorded_where_its_agent_says_so(server, api_key, account, provider, speech):
    """Both sides, each on a channel of its own, at the times at which they were said."""
    agent = account.make_agent(model=provider.model(), store_audio=True)
    provider.answer = lambda messages: "The office opens at nine in the morning."
    path, _ = recordings.utterances(3, 6)[6]
    spoken = to_24k(recordings.read(path))
    with Live(server.base_url, api_key, agent) as live:
        samples = np.concatenate([spoken, np.zeros(24000 * 2, np.float32)])
        for start in range(0, len(samples), 2400):  # at the pace of speech: the times are compared
            live.append(samples[start : start + 2400])
            time.sleep(0.1)
        live.until("aimpact.turn")
        reply = live.spoken()
    kept = record(server, account, live)
    assert kept["has_audio"] is True
    url = f"/api/v1/conversations/{kept['id']}/audio"
    answer = account.http.get(url)
    assert answer.status_code == 200 and answer.headers["content-type"] == "audio/wav"
    samples, rate = soundfile.read(io.BytesIO(answer.content))
    assert samples.shape[1] == 2
    caller, agent_side = samples[:, 0], samples[:, 1]
    assert level(caller) > 0.003 and level(agent_side) > 0.003
    heard = len(np.trim_zeros(agent_side)) / rate
    assert heard == pytest.approx(len(np.trim_zeros(reply)) / 24000, abs=0.3)
    assert np.argmax(np.abs(agent_side) > 0.01) > np.argmax(np.abs(caller) > 0.01), "the answer comes after the question"
    assert account.http.delete(f"/api/v1/conversations/{kept['id']}").status_code == 204
    assert account.http.get(url).status_code == 404


def test_a_shut_down_finishes_the_turn_in_flight(binary, tmp_path, provider):
    with Server(tmp_path) as own:
        account = Account(own)
        agent = account.make_agent(model=provider.model())
        provider.first_token_seconds = 1.0
        with Live(own.base_url, account.api_key, agent) as live:
            live.add_text("hello")
            live.send("response.create", response={"output_modalities": ["text"]})
            live.until("response.created")
            own.process.terminate()
            assert answer_text(live.until("response.done")["response"]).strip() == "You said: hello"
            with pytest.raises(websockets.ConnectionClosed) as caught:
                while True:
                    live.receive(20)
            assert caught.value.rcvd.code == 1001
