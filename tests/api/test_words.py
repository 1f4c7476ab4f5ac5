"""Words of an organisation: kept, imported, exported; heard and said by whoever belongs to it, and nobody else."""
import io

import numpy as np
import pytest
import soundfile

from support import contract, recordings
from support.contract import check_problem
from support.live import Live
from support.server import Account, Server

WORDS = "/api/v1/words"
# Nobody says this of itself: what is said in its place is easy to tell.
ODD = {"word": "Zyxqua", "pronunciation": "good morning everybody"}


@pytest.fixture()
def api(account):
    yield account.http
    for entry in account.http.get(WORDS, params={"limit": 100}).json()["data"]:
        account.http.delete(f"{WORDS}/{entry['id']}")


def add(api, **fields):
    answer = api.post(WORDS, json=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


def say(api, text, voice="af_heart"):
    body = {"model": "kokoro-82m", "voice": voice, "input": text, "response_format": "wav"}
    answer = api.post("/v1/audio/speech", json=body)
    assert answer.status_code == 200, answer.text
    samples, _ = soundfile.read(io.BytesIO(answer.content), dtype="float32")
    return answer.content, samples


def hear(api, wav, **fields):
    form = {"model": "whisper-1", **fields}
    answer = api.post("/v1/audio/transcriptions", data=form, files={"file": ("a.wav", wav, "audio/wav")})
    assert answer.status_code == 200, answer.text
    return answer.json()["text"]


def test_the_life_of_a_word(api):
    answer = api.post(WORDS, json={"word": " Dr  Nguyen ", "sounds_like": ["doctor win"]})
    contract.check_answer(contract.operation("createWord"), answer)
    made = answer.json()
    assert made["word"] == "Dr Nguyen" and made["recognise"] is True and made["pronunciation"] == ""
    assert answer.headers["etag"] == '"1"' and answer.headers["location"] == f"{WORDS}/{made['id']}"
    url = f"{WORDS}/{made['id']}"
    changed = api.patch(url, json={"sounds_like": []}, headers={"If-Match": '"1"'})
    contract.check_answer(contract.operation("updateWord"), changed)
    assert changed.json()["version"] == 2
    check_problem(api.patch(url, json={"version": 1, "recognise": False}), 409, "conflict", "version")
    check_problem(api.patch(url, json={"recognise": False}), 400, "invalid_argument", "version")
    check_problem(api.post(WORDS, json={"word": "DR NGUYEN"}), 409, "conflict", "word")
    contract.check_answer(contract.operation("listWords"), api.get(WORDS, params={"search": "nguy"}))
    assert [one["id"] for one in api.get(WORDS, params={"search": "nguy"}).json()["data"]] == [made["id"]]
    assert api.delete(url).status_code == 204
    check_problem(api.get(url), 404, "not_found")


@pytest.mark.parametrize(
    "body, param",
    [
        ({}, "word"),
        ({"word": ""}, "word"),
        ({"word": "a" * 65}, "word"),
        ({"word": "a b c d e f g h i"}, "word"),
        ({"word": "x", "pronunciation": "a" * 257}, "pronunciation"),
        ({"word": "x", "pronunciation": "/5§/"}, "pronunciation"),
        ({"word": "x", "sounds_like": ["a"] * 9}, "sounds_like"),
        ({"word": "x", "sounds_like": ["a" * 65]}, "sounds_like"),
        ({"word": "x", "recognise": False}, "pronunciation"),
        ({"word": "x", "pronounciation": "y"}, "pronounciation"),
    ],
)
def test_a_wrong_field_is_named(api, body, param):
    check_problem(api.post(WORDS, json=body), 400, "invalid_argument", param)


def test_lists_go_in_and_out(api):
    csv = {"Content-Type": "text/csv"}
    body = 'word,pronunciation,sounds_like\r\n"Smith, Jr",,\r\nNguyen,win,noo yen|when\r\n'
    done = api.post(f"{WORDS}/import", content=body.encode(), headers=csv)
    contract.check_answer(contract.operation("importWords"), done)
    assert done.json() == {"created": 2, "updated": 0, "unchanged": 0, "deleted": 0}
    table = api.get(f"{WORDS}/export")
    contract.check_answer(contract.operation("exportWords"), table)
    assert [one["word"] for one in table.json()["words"]] == ["Nguyen", "Smith, Jr"]
    text = api.get(f"{WORDS}/export", params={"format": "csv"})
    assert text.headers["content-type"].startswith("text/csv")
    same = api.post(f"{WORDS}/import", content=text.content, headers=csv)
    assert same.json()["unchanged"] == 2, same.text
    replaced = api.post(f"{WORDS}/import", params={"mode": "replace"}, json={"words": [{"word": "Nguyen"}]})
    assert replaced.json() == {"created": 0, "updated": 0, "unchanged": 1, "deleted": 1}
    wrong = b"word,pronunciation\nGood,good\nBad,/5/\n"
    check_problem(api.post(f"{WORDS}/import", content=wrong, headers=csv), 400, "invalid_argument", "line 3")
    assert len(api.get(WORDS).json()["data"]) == 1, "all or nothing"


def test_ten_thousand_words_and_no_more(api):
    csv = {"Content-Type": "text/csv"}
    lines = "word\n" + "".join(f"word{n}\n" for n in range(10_000))
    assert api.post(f"{WORDS}/import", content=lines.encode(), headers=csv).json()["created"] == 10_000
    check_problem(api.post(WORDS, json={"word": "one more"}), 409, "failed_precondition")
    check_problem(api.post(f"{WORDS}/import", content=b"word\nmore\n", headers=csv), 409, "failed_precondition")
    cleared = api.post(f"{WORDS}/import", params={"mode": "replace"}, json={"words": []})
    assert cleared.json()["deleted"] == 10_000
    large = b"word\n" + b" " * (8 << 20)
    check_problem(api.post(f"{WORDS}/import", content=large, headers=csv), 413, "payload_too_large")
    plain = api.post(f"{WORDS}/import", content=b"word\n", headers={"Content-Type": "text/plain"})
    check_problem(plain, 415, "unsupported_media")


def test_viewers_read_and_developers_write(api, members):
    made = add(api, word="Nguyen")
    viewer = members["viewer"]
    assert viewer.get(f"{WORDS}/{made['id']}").status_code == 200
    for answer in (
        viewer.post(WORDS, json={"word": "x"}),
        viewer.post(f"{WORDS}/import", json={"words": []}),
        viewer.patch(f"{WORDS}/{made['id']}", json={"version": 1}),
        viewer.delete(f"{WORDS}/{made['id']}"),
    ):
        check_problem(answer, 403, "permission_denied")
    assert members["developer"].post(WORDS, json={"word": "x"}).status_code == 201


def test_a_word_is_said_the_organisations_way(api):
    sentence = "Zyxqua is what I want to say to you."
    _, before = say(api, sentence)
    entry = add(api, **ODD)
    wav, after = say(api, sentence)
    recordings.assert_heard("good morning everybody is what I want to say to you", hear(api, wav), 0.2)
    assert len(after) > len(before) * 1.1, "more words take longer"
    api.patch(f"{WORDS}/{entry['id']}", json={"version": 1, "pronunciation": "thank you"})
    wav, _ = say(api, sentence)
    recordings.assert_heard("thank you is what I want to say to you", hear(api, wav), 0.2)
    api.delete(f"{WORDS}/{entry['id']}")
    _, again = say(api, sentence)
    assert len(again) == len(before) and np.abs(again - before).max() < 0.02, "as if it had never been there"


def test_a_live_conversation_says_it_too(api, account, server, api_key, provider):
    add(api, **ODD)
    provider.answer = lambda messages: "Zyxqua is what I want to say to you."
    agent = account.make_agent(name="Speaker", model=provider.model())
    with Live(server.ws_url, api_key, agent) as live:
        live.add_text("Say it, please.")
        live.send("response.create")
        live.until("response.done")
        spoken = live.spoken()
    wav = recordings.encode(spoken, "WAV", "PCM_16", 24000)
    recordings.assert_heard("good morning everybody is what I want to say to you", hear(api, wav), 0.2)


def test_another_server_with_other_words_says_otherwise(binary, tmp_path, api, account):
    """Two organisations: the same sentence, in the same voice, at the same time."""
    add(api, **ODD)
    with Server(tmp_path) as second:
        other = Account(second)
        wav, _ = say(other.http, "Zyxqua is what I want to say to you.")
        assert "everybody" not in hear(other.http, wav).lower()
