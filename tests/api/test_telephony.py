"""Phone calls: real speech through G.711 in real time, what the caller hears, marks, clears, keys, and refusals."""
import base64
import hashlib
import hmac
import io
import time
import xml.etree.ElementTree as ET

import httpx
import pytest
import soundfile
from websockets.exceptions import InvalidStatus

from support import contract, g711, recordings
from support.phone import Phone
from support.recordings import assert_heard
from support.server import Account, Server, wait_until

TWILIO_TOKEN = "twilio-account-auth-token"


@pytest.fixture(scope="session")
def phone_key(account):
    """An API key that can do nothing but talk: what a provider may hold."""
    return talking_key(account)


def talking_key(account):
    answer = account.http.post("/api/v1/api-keys", json={"name": "phone", "scopes": ["converse"]})
    assert answer.status_code == 201, answer.text
    return answer.json()["key"]


def conversation(account, agent):
    """The record of the agent's only conversation, once it has ended."""

    def found():
        return account.http.get("/api/v1/conversations", params={"agent_id": agent}).json()["data"]

    wait_until(lambda: found() and found()[0]["status"] == "ended", 60, "the end of the conversation")
    answer = account.http.get(f"/api/v1/conversations/{found()[0]['id']}")
    contract.check_answer(contract.operation("getConversation"), answer)
    return answer.json()


def transcribed(client, samples_8k):
    file = io.BytesIO()
    soundfile.write(file, samples_8k, g711.RATE, format="WAV", subtype="PCM_16")
    file.seek(0)
    return client.audio.transcriptions.create(model="whisper-1", file=("heard.wav", file)).text


def test_a_call_is_greeted_heard_and_answered(server, account, client, provider, phone_key, speech):
    provider.answer = lambda messages: "Your appointment is on Monday morning at nine."
    agent = account.make_agent(
        model=provider.model(), greeting="Welcome to the clinic.", variables={"caller_number": "unknown"},
        instructions="The caller's number is {{caller_number}}.",
    )  # fmt: skip
    path, text = recordings.clear()[0]
    with Phone(server, {"agent": agent, "token": phone_key, "from": "+491234567"}) as phone:
        phone.until_quiet()
        assert_heard("Welcome to the clinic.", transcribed(client, phone.heard()))
        before = len(phone.played)
        seconds = phone.say(recordings.read(path))
        time.sleep(seconds)
        phone.until_quiet(before)
        assert_heard("Your appointment is on Monday morning at nine.", transcribed(client, phone.heard(before)))
        # Audio comes in frames of 20 ms, and marks stand between them.
        kinds = [message["event"] for _, message in phone.events]
        assert kinds.count("mark") >= 4 and "clear" not in kinds
        assert all(len(data) == g711.FRAME for _, data in phone.played)
        phone.hang_up()
        assert phone.code == 1000
    record = conversation(account, agent)
    assert record["channel"] == "phone"
    said = [item["text"] for item in record["items"]]
    assert said[0] == "Welcome to the clinic." and "Monday morning" in said[2]
    assert_heard(text, said[1], 0.4)  # a telephone's band costs words
    # The number is known where the agent asks for it.
    assert "number is +491234567" in provider.requests[0]["body"]["messages"][0]["content"]


def test_an_interruption_clears_and_cuts_the_answer_where_it_was_heard(server, account, provider, phone_key, speech):
    numbers = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
    provider.answer = lambda messages: "Let me count. " + ", ".join(numbers) + "."
    agent = account.make_agent(model=provider.model())
    (first, _), (second, _) = recordings.clear()[:2]
    with Phone(server, {"agent": agent, "token": phone_key}) as phone:
        time.sleep(phone.say(recordings.read(first)))
        phone.until(lambda p: len(p.played) > 125, what="two and a half seconds of the answer")
        began = time.monotonic()
        phone.say(recordings.read(second))
        phone.until(lambda p: p.cleared, 10, "a clear")
        assert phone.cleared[0] - began < 2.5
        heard = len(phone.played) * 0.02
        provider.answer = lambda messages: "Yes."
        phone.hang_up()
    said = next(i for i in conversation(account, agent)["items"] if i["role"] == "assistant")
    assert said["status"] == "incomplete" and said["text"].startswith("Let me count.") and "sixteen" not in said["text"]
    # What is kept is what was played: about as much of the words as of the time that the whole would take.
    assert 2.5 <= heard < 8
    assert len(said["text"].split()) <= heard * 4


def test_keys_are_words_of_the_caller(server, account, provider, phone_key):
    agent = account.make_agent(model=provider.model(), greeting="Please type your customer number, then the pound sign.")
    with Phone(server, {"agent": agent, "token": phone_key}) as phone:
        phone.until(lambda p: len(p.played) > 20, what="the greeting")
        phone.press("42#")
        phone.until(lambda p: p.cleared, 10, "a clear: the first key silences the agent")
        wait_until(lambda: provider.requests, 30, "the model's call")
        assert provider.requests[-1]["body"]["messages"][-1]["content"] == "[pressed 4 2 #]"
        before = len(phone.played)
        phone.until_quiet(before)
        phone.press("7")  # a pause ends it as well
        wait_until(lambda: len(provider.requests) > 1, 30, "the second call")
        assert provider.requests[-1]["body"]["messages"][-1]["content"] == "[pressed 7]"


def closed(server, parameters=None, messages=(), start=True, query=""):
    with Phone(server, parameters, query=query, start=start) as phone:
        for message in messages:
            phone.send(**message)
        phone.until(lambda p: p.closed.is_set() and p.code, 30, "a close")
        return phone.code, phone.reason


def test_a_stream_without_a_fitting_credential_is_closed(server, account, provider_agent, phone_key):
    code, reason = closed(server, {"agent": provider_agent})
    assert code == 1008
    code, reason = closed(server, {"agent": provider_agent, "token": "sk-aimpact-nobody"})
    assert code == 1008
    code, reason = closed(server, {"agent": provider_agent, "token": account.api_key})
    assert code == 1008 and "scope converse" in reason
    code, reason = closed(server, {"token": phone_key})
    assert code == 1008 and "Which agent" in reason
    code, reason = closed(server, {"token": phone_key, "agent": contract.MISSING["agent_id"]})
    assert code == 1008
    code, reason = closed(server, {"token": phone_key, "agent": provider_agent, "var_nope": "x"})
    assert code == 1008 and "nope" in reason


@pytest.mark.parametrize("credential, status", [("", 401), ("sk-aimpact-nobody", 401), (None, 403)])
def test_a_credential_in_the_address_is_checked_at_the_handshake(server, account, credential, status):
    token = account.api_key if credential is None else credential
    headers = {} if token else {"Authorization": "Bearer"}
    with pytest.raises(InvalidStatus) as caught:
        Phone(server, query=f"?token={token}", headers=headers)
    assert caught.value.response.status_code == status


def test_messages_that_make_no_stream_close_it(server, provider_agent, phone_key):
    assert closed(server, start=False, messages=[{"event": "media", "media": {"payload": ""}}])[0] == 1002
    assert closed(server, start=False, messages=[{"event": 7}])[0] == 1002
    good = {"agent": provider_agent, "token": phone_key}
    again = {"event": "start", "streamSid": "MZ1", "start": {"callSid": "CA1"}}
    assert closed(server, good, [again])[0] == 1002
    assert closed(server, good, [{"event": "dtmf", "dtmf": {"digit": "x"}}] * 21)[0] == 1002
    large = {"event": "media", "streamSid": "MZ1", "media": {"payload": "A" * 70_000}}
    assert closed(server, good, [large])[0] == 1009


def test_a_phone_number_is_pointed_at_an_agent_by_twiml(server, account, provider, phone_key):
    agent = account.make_agent(model=provider.model(), greeting="Good morning.")
    form = {"From": "+491234567", "To": "+498765432", "CallSid": "CA9", "Caller": 'A "B" <C> & D'}
    answer = httpx.post(f"{server.base_url}/v1/telephony/twiml/{agent}/{phone_key}", data=form)
    assert answer.status_code == 200, answer.text
    contract.check_answer(contract.operation("answerPhoneCall"), answer)
    stream = ET.fromstring(answer.text).find("Connect/Stream")
    assert stream.get("url") == f"{server.ws_url}/v1/telephony/media-stream"
    parameters = {one.get("name"): one.get("value") for one in stream.findall("Parameter")}
    assert parameters["agent"] == agent and parameters["from"] == "+491234567"
    assert parameters["token"].startswith("ek_"), "the stream gets a secret of its own, for this agent and a minute"
    with Phone(server, parameters) as phone:
        phone.until_quiet()
        phone.hang_up()
    assert conversation(account, agent)["channel"] == "phone"
    other = account.make_agent(model=provider.model())
    assert closed(server, {**parameters, "agent": other})[0] == 1008

    wrong = httpx.post(f"{server.base_url}/v1/telephony/twiml/{agent}/{account.api_key}", data=form)
    contract.check_openai_error(wrong, 403, "permission_denied")
    contract.check_openai_error(httpx.post(f"{server.base_url}/v1/telephony/twiml/{agent}/x", data=form), 401, "unauthenticated")
    log = server.log_path.read_text()
    assert phone_key not in log and parameters["token"] not in log and "+491234567" not in log


def signature(url, form=None):
    text = url + "".join(name + form[name] for name in sorted(form or {}))
    return base64.b64encode(hmac.new(TWILIO_TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


def test_signed_calls_foreign_tenants_and_a_full_house(binary, tmp_path, provider):
    secret = tmp_path / "twilio"
    secret.write_text(TWILIO_TOKEN + "\n")
    environment = {"AIMPACT_TELEPHONY_TWILIO_AUTH_TOKEN_FILE": str(secret)}
    with Server(tmp_path / "data", {"inference.sessions_max": "1"}, environment) as server:
        account = Account(server)
        agent = account.make_agent(model=provider.model(), greeting="Hello there.")
        key = talking_key(account)
        path = f"/v1/telephony/twiml/{agent}/{key}"
        form = {"From": "+491234567", "CallSid": "CA9"}
        right = {"X-Twilio-Signature": signature(server.base_url + path, form)}
        for headers in ({}, {"X-Twilio-Signature": "AAAA"}):
            contract.check_openai_error(httpx.post(server.base_url + path, data=form, headers=headers), 403, "permission_denied")
        contract.check_openai_error(httpx.post(server.base_url + path, data={**form, "From": "+1"}, headers=right), 403, "permission_denied")
        answer = httpx.post(server.base_url + path, data=form, headers=right)
        assert answer.status_code == 200 and f'url="{server.ws_url}/v1/telephony/media-stream"' in answer.text

        rival = account.neighbour("org_01kag5v5c1zqj0d8y4k2m9x7rt", "rival@example.com")
        theirs = rival.post("/api/v1/agents", json={"name": "Theirs", "instructions": "Hello."}).json()["id"]
        assert closed(server, {"agent": theirs, "token": key})[0] == 1008

        with pytest.raises(InvalidStatus) as caught:
            Phone(server, headers={"X-Twilio-Signature": "AAAA"})
        assert caught.value.response.status_code == 403
        signed = {"X-Twilio-Signature": signature(f"{server.ws_url}/v1/telephony/media-stream")}
        with Phone(server, {"agent": agent, "token": key}, headers=signed) as phone:
            phone.until_quiet()
            # The house is full now.
            busy = httpx.post(server.base_url + path, data=form, headers=right)
            assert busy.status_code == 200 and '<Reject reason="busy"/>' in busy.text
            with pytest.raises(InvalidStatus) as caught:
                Phone(server, query=f"?token={key}&agent={agent}")
            assert caught.value.response.status_code == 503
            assert closed(server, {"agent": agent, "token": key})[0] == 1013
            phone.hang_up()
        assert TWILIO_TOKEN not in server.log_path.read_text()
