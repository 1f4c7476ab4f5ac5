"""response_format=diarized_json over REST and `aimpact transcribe --diarize`: conversations composed here of recordings
of several people, known speakers, events, and what is wrong in a request."""
import base64
import collections
import json
import os
import pathlib
import shutil
import subprocess

import numpy as np
import openai
import pytest

from support import contract, recordings
from support.server import ROOT, Account, Server

STT = "gpt-4o-transcribe-diarize"
PAUSE = recordings.silence(0.5)


def data_url(samples):
    return "data:audio/wav;base64," + base64.b64encode(recordings.encode(samples, "WAV", "PCM_16")).decode()


@pytest.fixture(scope="module")
def talk(speech):
    """Two people in turns: (samples, [(start, end, speaker, text)], a sample of each that is not in it)."""
    people = collections.defaultdict(list)
    for path, text in recordings.utterances(3.0, 9.0):
        people[path.parent.name].append((path, text))
    chosen = sorted((name, clips) for name, clips in people.items() if len(clips) >= 4)[:2]
    assert len(chosen) == 2, "too few recordings of two people"
    samples, turns = [PAUSE], []
    for number in range(3):
        for name, clips in chosen:
            path, text = clips[number]
            start = sum(map(len, samples)) / recordings.RATE
            samples += [recordings.read(path), PAUSE]
            turns.append((start, sum(map(len, samples)) / recordings.RATE - 0.5, name, text))
    references = {name: recordings.read(clips[3][0])[: 6 * recordings.RATE] for name, clips in chosen}
    return np.concatenate(samples), turns, references


@pytest.fixture(scope="module")
def wav(talk):
    return recordings.encode(talk[0], "WAV", "PCM_16")


def diarise(client, data, **options):
    return client.audio.transcriptions.create(model=STT, file=("talk.wav", data), response_format="diarized_json",
                                              chunking_strategy="auto", **options)


def speaker_of_turns(segments, turns):
    """For each turn, the speaker who holds most of it."""
    found = []
    for start, end, _, _ in turns:
        held = collections.Counter()
        for segment in segments:
            both = min(end, segment.end) - max(start, segment.start)
            if both > 0:
                held[segment.speaker] += both
        found.append(held.most_common(1)[0][0] if held else None)
    return found


def test_who_said_what(client, talk, wav):
    answer = diarise(client, wav)
    assert answer.task == "transcribe"
    assert answer.duration == pytest.approx(len(talk[0]) / recordings.RATE, abs=0.1)
    assert speaker_of_turns(answer.segments, talk[1]) == ["A", "B"] * 3
    assert [s.id for s in answer.segments] == [f"seg_{n + 1:03}" for n in range(len(answer.segments))]
    assert answer.text == " ".join(s.text for s in answer.segments)
    for speaker, name in (("A", talk[1][0][2]), ("B", talk[1][1][2])):
        said = " ".join(s.text for s in answer.segments if s.speaker == speaker)
        recordings.assert_heard(" ".join(text for _, _, who, text in talk[1] if who == name), said, 0.35)


def test_the_answer_is_as_the_contract_says(account, wav):
    answer = account.http.post("/v1/audio/transcriptions", data={"model": STT, "response_format": "diarized_json"},
                               files={"file": ("a.wav", wav)}, timeout=120)
    assert answer.status_code == 200
    contract.check(answer.json(), "DiarizedTranscription")


def test_known_speakers_have_their_names(client, talk, wav):
    (first, one), (second, two) = talk[2].items()
    names = {first: "Agent", second: "Kundin Ä"}
    answer = diarise(client, wav, known_speaker_names=list(names.values()),
                     known_speaker_references=[data_url(one), data_url(two)])
    assert speaker_of_turns(answer.segments, talk[1]) == [names[who] for _, _, who, _ in talk[1]]
    answer = diarise(client, wav, known_speaker_names=["Customer"], known_speaker_references=[data_url(two)])
    assert speaker_of_turns(answer.segments, talk[1]) == ["A", "Customer"] * 3


def test_segments_come_as_events(client, talk, wav):
    events = list(diarise(client, wav, stream=True))
    assert [e.type for e in events] == ["transcript.text.segment"] * (len(events) - 1) + ["transcript.text.done"]
    assert speaker_of_turns(events[:-1], talk[1]) == ["A", "B"] * 3
    assert events[-1].text == " ".join(e.text for e in events[:-1])


def test_one_speaker_where_the_request_says_so(client, wav):
    answer = diarise(client, wav, extra_body={"speaker_count": 1})
    assert {s.speaker for s in answer.segments} == {"A"}


def test_silence_has_no_segments(client):
    answer = diarise(client, recordings.encode(recordings.silence(3), "WAV", "PCM_16"))
    assert answer.segments == [] and answer.text == ""


@pytest.mark.parametrize(
    "names, references, param, words",
    [
        (["A", "B", "C", "D", "E"], ["x"] * 5, "known_speaker_names", "At most 4"),
        (["A"], [], "known_speaker_references", "1 names and 0 samples"),
        (["A", "A"], ["short"] * 2, "known_speaker_names", "Two speakers"),
        (["x" * 65], ["short"], "known_speaker_names", "1 to 64 bytes"),
        (["A"], ["http://example.org/a.wav"], "known_speaker_references", "data URL"),
        (["A"], ["data:audio/wav;base64,%%%"], "known_speaker_references", "base64"),
        (["A"], ["data:audio/wav;base64,aGVsbG8gd29ybGQ="], "known_speaker_references", "WAV"),
        (["A"], ["short"], "known_speaker_references", "2 to 10 seconds"),
        (["A"], ["long"], "known_speaker_references", "2 to 10 seconds"),
        (["A"], ["very long"], "known_speaker_references", "2 to 10 seconds"),
        (["A"], ["silent"], "known_speaker_references", "second of speech"),
    ],
)
def test_a_wrong_reference_is_named(client, talk, wav, names, references, param, words):
    sample = next(iter(talk[2].values()))
    made = {"short": sample[: int(1.9 * recordings.RATE)], "long": np.resize(sample, int(10.1 * recordings.RATE)),
            "very long": np.resize(sample, 40 * recordings.RATE), "silent": recordings.silence(4)}
    references = [data_url(made[r]) if r in made else r for r in references]
    with pytest.raises(openai.BadRequestError) as error:
        diarise(client, wav, known_speaker_names=names, known_speaker_references=references)
    assert error.value.param == param
    assert words in error.value.message


def test_a_reference_that_is_too_large_is_refused(client, wav):
    with pytest.raises(openai.APIStatusError) as error:
        diarise(client, wav, known_speaker_names=["A"],
                known_speaker_references=["data:audio/wav;base64," + "A" * (3 << 20)])
    assert error.value.status_code == 413
    assert "2048 KiB" in error.value.message


@pytest.mark.parametrize("fields, param", [({"speaker_count": 11}, "speaker_count"),
                                           ({"chunking_strategy": "never"}, "chunking_strategy")])
def test_other_fields_of_speakers_are_checked(client, wav, fields, param):
    with pytest.raises(openai.BadRequestError) as error:
        client.audio.transcriptions.create(model=STT, file=("talk.wav", wav), response_format="diarized_json",
                                           extra_body=fields)
    assert error.value.param == param


def test_speakers_need_the_format_that_names_them(client, wav):
    with pytest.raises(openai.BadRequestError) as error:
        client.audio.transcriptions.create(model=STT, file=("talk.wav", wav), known_speaker_names=["A"],
                                           known_speaker_references=["x"])
    assert "diarized_json" in error.value.message


def test_the_command_line_names_speakers(binary, server, talk, wav, tmp_path):
    file = tmp_path / "talk.wav"
    file.write_bytes(wav)
    run = lambda *options: subprocess.run(  # noqa: E731
        [binary, "transcribe", "--diarize", *options, str(file)], capture_output=True, text=True, timeout=300)
    done = run()
    assert done.returncode == 0, done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["A", "B"] * 3
    done = run("--json", "--speakers", "2")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert {s["speaker"] for s in answer["segments"]} == {"A", "B"}
    done = run("--speakers", "11")
    assert done.returncode != 0 and "speakers" in done.stderr


def test_without_the_model_everything_else_is_served(binary, wav, tmp_path):
    source = pathlib.Path(os.environ.get("AIMPACT_MODELS_DIR", ROOT / "var/models"))
    models = tmp_path / "models"
    shutil.copytree(source, models, copy_function=lambda a, b: os.symlink(pathlib.Path(a).resolve(), b))
    shutil.rmtree(models / "ge2e")
    with Server(tmp_path / "data", {"models.dir": str(models)}) as own:
        account = Account(own)
        with openai.OpenAI(base_url=f"{own.base_url}/v1", api_key=account.api_key, max_retries=0, timeout=120) as client:
            for options in ({}, {"stream": True}):
                with pytest.raises(openai.InternalServerError) as error:
                    diarise(client, wav, **options)
                assert error.value.status_code == 503
                assert "scripts/fetch-models" in error.value.message
            plain = client.audio.transcriptions.create(model=STT, file=("talk.wav", wav))
            assert len(plain.text) > 50
            # Once the model is there, the next request finds it; nothing is started anew.
            shutil.copytree(source / "ge2e", models / "ge2e")
            assert {s.speaker for s in diarise(client, wav).segments} == {"A", "B"}
