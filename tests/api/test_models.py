"""What the server offers: /v1/models through the official client, voices, emotions and local models."""
import openai
import pytest

from support import contract


def test_models_and_agents_are_listed(client, account, agent_id):
    listed = {model.id.lower(): model for model in client.models.list().data}
    assert listed[agent_id].owned_by not in ("aimpact", "")
    for own in ("smollm2-135m", "moonshine-tiny-en", "kokoro-82m", "all-minilm-l6-v2"):
        assert listed[own].owned_by == "aimpact", f"{own} is not listed"
    assert all(model.object == "model" for model in listed.values())


def test_one_model_is_read(client, agent_id):
    assert client.models.retrieve(agent_id).id == agent_id
    assert client.models.retrieve("kokoro-82m").owned_by == "aimpact"
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-99")
    assert caught.value.code == "not_found"


def test_28_english_voices_13_others_and_the_emotions(account):
    voices = account.http.get("/api/v1/voices").json()
    contract.check(voices, "VoiceList")
    ids = [voice["id"] for voice in voices["data"]]
    assert len(ids) == len(set(ids)) == 41 and "af_heart" in ids
    languages = [voice["language"] for voice in voices["data"]]
    assert sum(language.startswith("en-") for language in languages) == 28
    assert {language for language in languages if not language.startswith("en-")} == {"es", "fr-fr", "it", "pt-br", "hi"}
    emotions = account.http.get("/api/v1/emotions").json()
    contract.check(emotions, "EmotionList")
    assert [one["id"] for one in emotions["data"]] == contract.document()["components"]["schemas"]["EmotionId"]["enum"]


def test_every_local_model_is_ready(account):
    models = account.http.get("/api/v1/models").json()
    contract.check(models, "LocalModelList")
    kinds = {model["kind"] for model in models["data"]}
    assert kinds == {"stt", "vad", "turn", "tts", "llm", "embedding", "speaker"}
    assert all(model["ready"] for model in models["data"])
    assert all(model["licence"] for model in models["data"])
