"""Own voices with consent: what counts as consent, who may use what was made with it, and that its end is one.

The people here are stock voices that say the phrase, and real speakers of LibriSpeech where only who speaks matters.
"""
import contextlib
import io
import sqlite3

import numpy as np
import openai
import pytest
import soundfile

from support import contract
from support.contract import check_openai_error, check_problem
from support.live import Live
from support.server import SHARED, Account, Server, wait_until
from support.voice_provider import VoiceProvider, field, is_tone

CONSENTS, VOICES = "/v1/audio/voice_consents", "/v1/audio/voices"
TALK = (
    "The morning train was late again, so we walked along the river and talked about the garden. "
    "My brother wants to plant apples there, but the ground is far too wet for them."
)


@pytest.fixture(scope="module")
def provider():
    running = VoiceProvider()
    yield running
    running.close()


@pytest.fixture(scope="module")
def own_server(binary, provider, tmp_path_factory):
    """Makes voices at the provider; its zero-shot model is a folder of garbage."""
    folder = tmp_path_factory.mktemp("pocket")
    for name in ("lm_main", "lm_flow", "encoder", "decoder", "text_conditioner"):
        (folder / f"{name}.onnx").write_text("this is no model")
    for name in ("vocab.json", "token_scores.json"):
        (folder / name).write_text("{}")
    settings = {
        "speech.cloning_provider": "openai",
        "speech.cloning_url": provider.url,
        "speech.cloning_model": str(folder),
        "auth.access_token_minutes": "60",
    }
    environment = {"AIMPACT_SPEECH_CLONING_KEY": "sk-provider-secret"}
    with Server(tmp_path_factory.mktemp("voices"), settings, environment) as running:
        yield running


@pytest.fixture(scope="module")
def own(own_server):
    return Account(own_server)


@pytest.fixture(scope="module")
def api(own):
    return own.http


@pytest.fixture(autouse=True)
def works(provider):
    provider.fault = None


@pytest.fixture(scope="module")
def spoken(api):
    """A cache of what stock voices say, as WAV bytes: spoken("af_heart", TALK)."""
    said = {}

    def say(voice, text, speed=1.0):
        if (voice, text, speed) not in said:
            body = {"voice": voice, "input": text, "response_format": "wav", "speed": speed}
            answer = api.post("/v1/audio/speech", json=body)
            assert answer.status_code == 200, answer.text
            said[voice, text, speed] = answer.content
        return said[voice, text, speed]

    return say


@pytest.fixture(scope="module")
def phrase(api):
    answer = api.get("/api/v1/voice-consents/phrase", params={"language": "en-US"})
    contract.check_answer(contract.operation("getConsentPhrase"), answer)
    return answer.json()["phrase"]


def give_consent(api, recording, name="Ada", language="en-US"):
    form = {"name": name, "language": language}
    return api.post(CONSENTS, data=form, files={"recording": ("consent.wav", recording, "audio/wav")})


def make_voice(api, consent_id, sample, name="Ada's voice", engine="provider"):
    form = {"name": name, "consent": consent_id, "engine": engine}
    return api.post(VOICES, data=form, files={"audio_sample": ("sample.wav", sample, "audio/wav")})


@pytest.fixture(scope="module")
def consent(api, spoken, phrase):
    """The consent of the voice am_michael."""
    answer = give_consent(api, spoken("am_michael", phrase))
    contract.check_answer(contract.operation("createVoiceConsent"), answer)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture()
def voice(api, consent, spoken):
    answer = make_voice(api, consent["id"], spoken("am_michael", TALK))
    contract.check_answer(contract.operation("createVoice"), answer)
    assert answer.status_code == 200, answer.text
    yield answer.json()
    api.delete(f"{VOICES}/{answer.json()['id']}")


def samples_of(wav):
    return soundfile.read(io.BytesIO(wav), dtype="float32")


def as_wav(samples, rate=16000):
    out = io.BytesIO()
    soundfile.write(out, samples, rate, format="WAV", subtype="PCM_16")
    return out.getvalue()


def audit(api, **query):
    answer = api.get("/api/v1/audit", params=query)
    contract.check_answer(contract.operation("listAudit"), answer)
    return answer.json()["data"]


def say(api, voice, text="Good morning.", **more):
    body = {"model": "gpt-4o-mini-tts", "voice": voice, "input": text, "response_format": "wav", **more}
    return api.post("/v1/audio/speech", json=body)


# ------------------------------------------------------------------------------------------------ consent


@pytest.mark.parametrize("speaker", ["af_heart", "am_michael", "bf_emma", "bm_george", "af_sarah", "am_adam"])
def test_a_person_who_says_the_phrase_consents(api, spoken, phrase, speaker):
    answer = give_consent(api, spoken(speaker, phrase))
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert made["object"] == "audio.voice_consent" and made["id"].startswith("cons_")
    assert "owner of this voice" in made["aimpact"]["transcript"].lower()
    assert api.delete(f"{CONSENTS}/{made['id']}").json() == {"id": made["id"], "object": "audio.voice_consent", "deleted": True}


@pytest.mark.parametrize("name", ["OpenAI", "Acme"])
def test_openais_phrase_and_the_organisations_name_serve_too(api, spoken, phrase, name):
    answer = give_consent(api, spoken("af_heart", phrase.replace("AImpact", name)))
    assert answer.status_code == 200, answer.text
    api.delete(f"{CONSENTS}/{answer.json()['id']}")


def test_what_is_no_consent_is_refused_and_says_what_to_record(api, spoken, phrase):
    pause = np.zeros(12000, np.float32)
    first, _ = samples_of(spoken("af_heart", phrase))
    second, _ = samples_of(spoken("am_adam", TALK[:93]))
    refused = {
        "another text": spoken("af_heart", TALK),
        "half of it": spoken("af_heart", "I am the owner of this voice."),
        "a denial": spoken("af_heart", phrase.replace("I consent", "I do not consent")),
        "somebody else": spoken("af_heart", phrase.replace("AImpact", "Microsoft")),
        "silence": as_wav(np.zeros(16000 * 5, np.float32)),
        "noise": as_wav(np.random.default_rng(1).normal(0, 0.1, 16000 * 5).astype(np.float32)),
        "two people": as_wav(np.concatenate([first, pause, second]), 24000),
    }
    for what, recording in refused.items():
        answer = give_consent(api, recording)
        assert answer.status_code == 400, f"{what}: {answer.text}"
        error = check_openai_error(answer, 400, "invalid_argument")
        assert error["param"] == "recording", what
        assert any(word in error["message"] for word in ("Record", "record")), error["message"]
    wait_until(lambda: len(audit(api, action="consent.refused", limit=100)) >= len(refused), what="a line for each")
    lines = audit(api, action="consent.refused", limit=100)
    assert all(line["actor"].startswith("usr_") and line["address"] == "127.0.0.1" for line in lines)


@pytest.mark.parametrize(
    "name, language, param",
    [("", "en", "name"), ("a" * 81, "en", "name"), ("Ada", "", "language"), ("Ada", "fr-FR", "language"), ("Ada", "tlh", "language")],
)
def test_a_wrong_field_of_a_consent_is_named(api, spoken, phrase, name, language, param):
    answer = give_consent(api, spoken("af_heart", phrase), name, language)
    assert check_openai_error(answer, 400, "invalid_argument")["param"] == param


def test_recordings_have_their_limits(api, consent, spoken):
    long = as_wav(np.tile(samples_of(spoken("af_heart", TALK))[0], 4), 24000)
    assert check_openai_error(give_consent(api, long), 400, "invalid_argument")["param"] == "recording"
    large = give_consent(api, b"x" * ((10 << 20) + 1))
    assert large.status_code == 413 and large.json()["error"]["code"] == "payload_too_large"
    assert give_consent(api, b"x" * (11 << 20)).status_code == 413
    assert give_consent(api, b"no audio").status_code == 415
    short = samples_of(spoken("am_michael", TALK))[0][: 24000 * 2]
    error = check_openai_error(make_voice(api, consent["id"], as_wav(short, 24000)), 400, "invalid_argument")
    assert error["param"] == "audio_sample" and "3 seconds" in error["message"]


def test_the_life_of_a_consent(api, spoken, phrase):
    made = give_consent(api, spoken("bf_emma", phrase), name="Emma").json()
    url = f"{CONSENTS}/{made['id']}"
    answer = api.post(url, json={"name": "Emma Woodhouse"})
    contract.check_answer(contract.operation("updateVoiceConsent"), answer)
    contract.check_answer(contract.operation("getVoiceConsent"), api.get(url))
    assert api.get(url).json()["name"] == "Emma Woodhouse"
    page = api.get(CONSENTS, params={"limit": 1})
    contract.check_answer(contract.operation("listVoiceConsents"), page)
    assert page.json()["data"][0]["id"] == made["id"] == page.json()["first_id"]
    recording = api.get(f"/api/v1/voice-consents/{made['id']}/recording")
    kept, rate = samples_of(recording.content)
    given, _ = samples_of(spoken("bf_emma", phrase))
    assert rate == 24000 and abs(len(kept) - len(given)) < 2400
    answer = api.delete(url)
    contract.check_answer(contract.operation("deleteVoiceConsent"), answer)
    check_openai_error(api.get(url), 404, "not_found")
    check_problem(api.get(f"/api/v1/voice-consents/{made['id']}/recording"), 404, "not_found")
    assert [line["action"] for line in audit(api, target=made["id"])] == ["consent.deleted", "consent.renamed", "consent.created"]


# ------------------------------------------------------------------------------------------------ who speaks


def test_a_sample_of_somebody_else_is_refused(api, consent, spoken):
    for speaker in ("am_adam", "bm_george", "af_heart", "am_fenrir"):
        error = check_openai_error(make_voice(api, consent["id"], spoken(speaker, TALK)), 403, "permission_denied")
        assert error["param"] == "audio_sample" and "consent" in error["message"]
    wait_until(lambda: len(audit(api, target=consent["id"], action="voice.refused")) >= 4, what="a line for each")


def test_a_sample_of_several_people_is_refused(api, consent, spoken):
    both = [samples_of(spoken(one, TALK))[0] for one in ("am_michael", "af_heart")]
    error = check_openai_error(make_voice(api, consent["id"], as_wav(np.concatenate(both), 24000)), 400, "invalid_argument")
    assert error["param"] == "audio_sample" and "Several people" in error["message"]


def test_real_people_are_told_from_the_one_who_consented(api, consent, speech):
    """Their consent isn't recorded anywhere; that none of them is am_michael is what can be tested here."""
    paths = sorted((SHARED / "audio/librispeech-test-other").glob("*/*.flac"))[::10]
    for path in paths:
        answer = make_voice(api, consent["id"], path.read_bytes())
        assert answer.status_code in (400, 403), f"{path.name}: {answer.text}"


# ------------------------------------------------------------------------------------------------ voices


def test_a_voice_is_made_spoken_in_and_deleted(api, consent, voice, provider):
    assert voice["id"].startswith("voice_") and voice["object"] == "audio.voice"
    assert voice["aimpact"]["engine"] == "provider" and voice["aimpact"]["status"] == "ready"
    assert voice["aimpact"]["consent"] == {"id": consent["id"], "name": "Ada", "consented_at": consent["created_at"]}
    sent = [one for one in provider.requests if one["path"] in ("/v1/audio/voice_consents", "/v1/audio/voices")][-2:]
    assert field(sent[0], "recording").startswith(b"fLaC") and field(sent[1], "audio_sample").startswith(b"fLaC")
    assert field(sent[1], "consent").startswith(b"cons_there")
    assert sent[0]["headers"]["Authorization"] == "Bearer sk-provider-secret"
    for named in (voice["id"], {"id": voice["id"]}):
        answer = say(api, named)
        assert answer.status_code == 200, answer.text
        assert is_tone(samples_of(answer.content)[0])
    contract.check_answer(contract.operation("getVoice"), api.get(f"{VOICES}/{voice['id']}"))
    contract.check_answer(contract.operation("listOwnVoices"), api.get(VOICES))
    assert api.post(f"{VOICES}/{voice['id']}", json={"name": "Michael"}).json()["name"] == "Michael"
    listed = api.get("/api/v1/voices")
    contract.check_answer(contract.operation("listVoices"), listed)
    row = next(one for one in listed.json()["data"] if one["id"] == voice["id"])
    assert row["engine"] == "provider" and row["consent_id"] == consent["id"] and row["available"]

    answer = api.delete(f"{VOICES}/{voice['id']}")
    contract.check_answer(contract.operation("deleteVoice"), answer)
    assert answer.json() == {"id": voice["id"], "object": "audio.voice.deleted", "deleted": True}
    assert provider.paths("DELETE")[-2].startswith("/v1/audio/voices/voice_there")
    assert provider.paths("DELETE")[-1].startswith("/v1/audio/voice_consents/cons_there")
    check_openai_error(api.get(f"{VOICES}/{voice['id']}"), 404, "not_found")
    check_openai_error(api.delete(f"{VOICES}/{voice['id']}"), 404, "not_found")
    gone, unknown = say(api, voice["id"]), say(api, "voice_00000000000000000000000000")
    assert gone.status_code == unknown.status_code == 400
    assert gone.json()["error"]["param"] == unknown.json()["error"]["param"] == "voice"


def test_speech_is_in_the_audit_log_once_for_each_request(api, voice, consent):
    text = "First sentence of several. " * 6
    assert say(api, voice["id"], text).status_code == 200
    markup = f'<speak>Stock voice. <voice name="{voice["id"]}">Own voice here.</voice> Stock again.</speak>'
    answer = say(api, "af_heart", markup)
    assert answer.status_code == 200, answer.text
    wait_until(lambda: len(audit(api, target=voice["id"], action="voice.spoken")) == 2, what="two lines")
    second, first = audit(api, target=voice["id"], action="voice.spoken")
    assert first["detail"] == {"consent_id": consent["id"], "engine": "provider", "where": "speech", "characters": len(text)}
    assert 10 < second["detail"]["characters"] < 20, "only what the own voice said"
    assert first["actor"].startswith("usr_")


def test_another_organisation_cannot_use_it(own_server, own, voice, api, consent, spoken):
    other = other_organisation(own_server, own)
    theirs, unknown = say(other, voice["id"]), say(other, "voice_00000000000000000000000000")
    assert theirs.status_code == 400
    same = [answer.json()["error"]["message"].split("Did you")[0] for answer in (theirs, unknown)]
    assert same[0].replace(voice["id"], "X") == same[1].replace("voice_00000000000000000000000000", "X")
    check_openai_error(other.get(f"{VOICES}/{voice['id']}"), 404, "not_found")
    check_openai_error(other.delete(f"{VOICES}/{voice['id']}"), 404, "not_found")
    check_openai_error(other.delete(f"{CONSENTS}/{consent['id']}"), 404, "not_found")
    assert other.get(VOICES).json()["data"] == [] == other.get(CONSENTS).json()["data"]
    assert check_openai_error(make_voice(other, consent["id"], spoken("am_michael", TALK)), 400, "invalid_argument")["param"] == "consent"
    assert voice["id"] not in [one["id"] for one in other.get("/api/v1/voices").json()["data"]]
    assert not [line for line in audit(other) if line["target"] in (voice["id"], consent["id"])]
    answer = other.post("/api/v1/agents", json={"name": "Thief", "instructions": "x", "voice": voice["id"]})
    check_problem(answer, 400, "invalid_argument", "voice")


def other_organisation(server, account):
    """A client of a second organisation on the same server, put there in the database: there is no route for it."""
    email = account.add_member("owner")
    user = account.sign_in(email).get("/api/v1/me").json()["user"]["id"]
    other = "org_" + user[4:]
    with contextlib.closing(sqlite3.connect(server.data_dir / "aimpact.db", timeout=30)) as db, db:
        columns = "'Other', created_at, updated_at FROM organisations LIMIT 1"
        db.execute(f"INSERT INTO organisations SELECT ?, {columns}", (other,))
        db.execute("DELETE FROM sessions WHERE user_id = ?", (user,))
        db.execute("UPDATE memberships SET org_id = ? WHERE user_id = ?", (other, user))
    return account.sign_in(email)


def test_an_agent_speaks_in_it_until_the_consent_is_withdrawn(own_server, own, api, spoken, phrase, provider):
    given = give_consent(api, spoken("am_michael", phrase)).json()
    voice = make_voice(api, given["id"], spoken("am_michael", TALK)).json()
    agent = own.make_agent(voice=voice["id"], greeting="Good morning, how can I help you?")
    with Live(own_server.base_url, own.api_key, agent) as live:
        live.update()
        done = live.first("response.done")["response"]
        assert done["status"] == "completed" and is_tone(live.spoken())
        conversation = live.session["conversation_id"]
        answer = api.post(f"/api/v1/voice-consents/{given['id']}/withdraw")
        contract.check_answer(contract.operation("withdrawVoiceConsent"), answer)
        assert answer.json()["aimpact"]["withdrawn_at"] > 0
        asked = len(provider.paths())
        error = check_openai_error(say(api, voice["id"]), 403, "permission_denied")
        assert error["param"] == "voice" and "withdrawn" in error["message"]
        heard = len(live.spoken())
        live.send("response.create", response={"instructions": "Say hello."})
        refusal = next(e for e in iter(live.receive, None) if e["type"] == "error")["error"]
        assert refusal["code"] == "permission_denied" and "withdrawn" in refusal["message"]
        done = live.until("response.done", 120)["response"]
        assert done["status"] == "completed", "the conversation goes on"
        rest = live.spoken()[heard:]
        assert len(rest) > 0 and not is_tone(rest), "in the default voice"
        live.send("session.update", session={"type": "realtime", "audio": {"output": {"voice": "am_adam"}}})
        live.until("session.updated")
    assert len(provider.paths()) == asked, "nothing more was asked of the provider"
    wait_until(lambda: audit(api, target=voice["id"], action="voice.spoken"), what="the line of the greeting")
    line = audit(api, target=voice["id"], action="voice.spoken")[0]
    assert line["detail"]["conversation_id"] == conversation and line["detail"]["where"] == "response"
    # A new conversation of that agent is possible too.
    with Live(own_server.base_url, own.api_key, agent) as live:
        assert live.update()["audio"]["output"]["voice"] == "af_heart"
        assert live.first("response.done", 120)["response"]["status"] == "completed"
        assert not is_tone(live.spoken())
    assert check_openai_error(make_voice(api, given["id"], spoken("am_michael", TALK)), 403, "permission_denied")["param"] == "consent"
    check_problem(api.post(f"/api/v1/voice-consents/{given['id']}/withdraw"), 409, "failed_precondition")
    api.delete(f"{CONSENTS}/{given['id']}")


def test_a_live_session_and_a_response_choose_it(own_server, own, voice):
    agent = own.make_agent()
    with Live(own_server.base_url, own.api_key, agent) as live:
        session = live.update(audio={"output": {"voice": {"id": voice["id"]}}})
        assert session["audio"]["output"]["voice"] == voice["id"]
        live.add_text("Hello.")
        live.send("response.create")
        live.until("response.done", 120)
        assert is_tone(live.spoken())
        heard = len(live.spoken())
        live.send("response.create", response={"audio": {"output": {"voice": "af_heart"}}})
        live.until("response.done", 120)
        assert not is_tone(live.spoken()[heard:])


def test_a_provider_that_fails_is_an_error_that_says_so(api, voice, provider):
    provider.fault = 500
    answer = say(api, voice["id"])
    assert answer.status_code == 502 and "speech endpoint" in answer.json()["error"]["message"]
    answer = api.delete(f"{VOICES}/{voice['id']}")
    assert answer.status_code == 502 and "by hand" in answer.json()["error"]["message"]
    check_openai_error(api.get(f"{VOICES}/{voice['id']}"), 404, "not_found")


def test_a_matched_voice_speaks_at_once_and_is_refined(own_server, own, api, consent, spoken):
    """The built-in engine, which is the one that is taken when none is named."""
    form = {"name": "Matched", "consent": consent["id"]}
    sample = spoken("am_michael", TALK)
    answer = api.post(VOICES, data=form, files={"audio_sample": ("sample.wav", sample, "audio/wav")}, timeout=200)
    contract.check_answer(contract.operation("createVoice"), answer)
    own_part = answer.json()["aimpact"]
    assert own_part["engine"] == "matched", "never called cloned"
    url = f"{VOICES}/{answer.json()['id']}"
    wait_until(lambda: api.get(url).json()["aimpact"]["status"] == "ready", 240, "a voice that speaks")
    made = api.get(url)
    contract.check_answer(contract.operation("getVoice"), made)
    own_part = made.json()["aimpact"]
    assert own_part["nearest_stock_voice"]["id"] == "am_michael", "who this sample is of"
    assert 0.6 < own_part["similarity"]["raw"] <= 1
    assert 0 <= own_part["similarity"]["relative"] <= 1 and own_part["quality"]["speech_seconds"] > 3
    said = say(api, made.json()["id"], "Good morning, this is the front desk.")
    assert said.status_code == 200, said.text
    samples, rate = samples_of(said.content)
    assert rate == 24000 and len(samples) > 24000 and not is_tone(samples)
    wait_until(lambda: api.get(url).json()["aimpact"]["progress"] > 0.1, 240, "refinement in the background")
    files = own_server.data_dir / "voices"
    assert api.delete(url).status_code == 200, "also while it is refined"
    assert not list(files.glob(f"*/{made.json()['id']}*"))
    assert say(api, made.json()["id"]).status_code == 400


def test_a_zero_shot_model_that_does_not_load_ends_nothing(own_server, api, consent, spoken):
    answer = make_voice(api, consent["id"], spoken("am_michael", TALK), engine="zero_shot")
    assert answer.status_code == 503, answer.text
    assert "does not load" in answer.json()["error"]["message"]
    assert own_server.process.poll() is None
    error = check_openai_error(make_voice(api, consent["id"], b"x", engine="magic"), 400, "invalid_argument")
    assert error["param"] == "engine" and "provider" in error["message"]


def test_the_official_client_makes_and_deletes_them(own_server, own, spoken, phrase):
    client = openai.OpenAI(base_url=f"{own_server.base_url}/v1", api_key=own.api_key, max_retries=0, timeout=120)
    if not hasattr(client.audio, "voice_consents"):
        pytest.skip("this version of the client has no custom voices")
    given = client.audio.voice_consents.create(
        name="Ada", language="en-US", recording=("c.wav", spoken("am_michael", phrase), "audio/wav")
    )
    assert client.audio.voice_consents.retrieve(given.id).name == "Ada"
    assert client.audio.voice_consents.update(given.id, name="Countess").name == "Countess"
    assert given.id in [one.id for one in client.audio.voice_consents.list(limit=1)]
    made = client.audio.voices.create(
        name="Ada", consent=given.id, audio_sample=("s.wav", spoken("am_michael", TALK), "audio/wav"),
        extra_body={"engine": "provider"},
    )
    sound = client.audio.speech.create(model="tts-1", voice={"id": made.id}, input="Hello.", response_format="wav")
    assert is_tone(samples_of(sound.read())[0])
    if hasattr(client.audio.voices, "delete"):
        assert client.audio.voices.delete(made.id).deleted
    assert client.audio.voice_consents.delete(given.id).deleted
    with pytest.raises(openai.NotFoundError):
        client.audio.voice_consents.retrieve(given.id)


def test_only_whom_it_concerns(own, consent, spoken, phrase):
    viewer, developer = own.member("viewer"), own.member("developer")
    assert viewer.get(CONSENTS).status_code == 200
    check_openai_error(give_consent(viewer, b"x"), 403, "permission_denied")
    check_openai_error(viewer.delete(f"{CONSENTS}/{consent['id']}"), 403, "permission_denied")
    check_problem(developer.get("/api/v1/audit"), 403, "permission_denied")
    check_problem(developer.get(f"/api/v1/voice-consents/{consent['id']}/recording"), 403, "permission_denied")


def test_the_audit_log_has_pages_and_limits(api, consent):
    first = api.get("/api/v1/audit", params={"limit": 2}).json()
    second = api.get("/api/v1/audit", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    positions = [line["position"] for line in first["data"] + second["data"]]
    assert positions == list(range(positions[0], positions[0] - 4, -1)), "newest first, without a gap"
    check_problem(api.get("/api/v1/audit", params={"limit": 101}), 400, "invalid_argument", "limit")
    check_problem(api.get("/api/v1/audit", params={"cursor": "cons_1"}), 400, "invalid_argument", "cursor")
    check_problem(api.get("/api/v1/audit", params={"target": "x" * 65}), 400, "invalid_argument", "target")


def test_nothing_of_a_deleted_consent_is_on_disk(own_server, api, spoken, phrase):
    """Neither the recording nor the words nor the name, in no file of the data folder."""
    given = give_consent(api, spoken("af_sarah", phrase), name="Zaphod Beeblebrox 4711").json()
    made = make_voice(api, given["id"], spoken("af_sarah", TALK), name="Trillian 0815").json()
    files = own_server.data_dir / "voices"
    assert list(files.glob(f"*/{given['id']}.flac"))
    assert api.delete(f"{CONSENTS}/{given['id']}").status_code == 200
    assert not list(files.glob(f"*/{given['id']}*")) and not list(files.glob(f"*/{made['id']}*"))
    for path in own_server.data_dir.rglob("*"):
        if path.is_file() and path != own_server.log_path:
            content = path.read_bytes()
            for what in (b"Zaphod Beeblebrox", b"Trillian 0815", made["id"].encode() + b".flac"):
                assert what not in content, f"{what} is left in {path.name}"


def test_a_key_of_the_provider_is_in_no_log(own_server):
    assert "sk-provider-secret" not in own_server.log_path.read_text(errors="replace")
