"""/v1/audio through the official client: real recordings in, speech out, and one recognised by the other."""
import base64
import io
import json
import re

import httpx
import numpy as np
import openai
import pytest
import soundfile

from support import contract, recordings
from support.recordings import assert_heard

STT = "moonshine-tiny-en"
TEXT = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all."


@pytest.fixture(scope="module")
def utterance(speech):
    """(samples, text) of one clearly spoken utterance of 5 seconds."""
    path, text = recordings.clear()[0]
    return recordings.read(path), text


@pytest.fixture(scope="module")
def wav(utterance):
    return recordings.encode(utterance[0], "WAV", "PCM_16")


def transcribe(client, data, name="speech.wav", **options):
    return client.audio.transcriptions.create(model=STT, file=(name, data), **options)


# ---- transcription


def test_an_utterance_is_written_down(client, utterance, wav):
    answer = transcribe(client, wav)
    assert_heard(utterance[1], answer.text)
    assert answer.usage.type == "duration"
    assert answer.usage.seconds == pytest.approx(len(utterance[0]) / recordings.RATE, abs=1)


@pytest.mark.parametrize(
    "container, subtype, rate, channels",
    [
        ("WAV", "PCM_U8", 8000, 1),
        ("WAV", "ULAW", 8000, 1),
        ("WAV", "FLOAT", 48000, 2),
        ("FLAC", "PCM_16", 16000, 1),
        ("FLAC", "PCM_24", 44100, 2),
        ("MP3", "MPEG_LAYER_III", 24000, 1),
        ("OGG", "VORBIS", 16000, 1),
        ("OGG", "OPUS", 48000, 2),
    ],
)
def test_every_format_is_read(client, utterance, container, subtype, rate, channels):
    samples, text = utterance
    count = int(len(samples) * rate / recordings.RATE)
    if rate < recordings.RATE:  # a plain low-pass, so that nothing folds back
        kernel = np.sinc(np.arange(-32, 33) * rate / recordings.RATE) * np.hamming(65) * rate / recordings.RATE
        samples = np.convolve(samples, kernel, "same")
    resampled = np.interp(np.arange(count) * recordings.RATE / rate, np.arange(len(samples)), samples).astype("float32")
    if channels == 2:
        resampled = np.stack([resampled, resampled], axis=1)
    data = recordings.encode(resampled, container, subtype, rate)
    assert_heard(text, transcribe(client, data, f"speech.{container.lower()}").text, 0.4)


@pytest.mark.parametrize("alias", ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"])
def test_the_usual_model_names_are_aliases(client, wav, utterance, alias):
    assert_heard(utterance[1], client.audio.transcriptions.create(model=alias, file=("a.wav", wav)).text)


def test_text_srt_vtt_and_verbose(client, wav, utterance):
    text = transcribe(client, wav, response_format="text")
    assert_heard(utterance[1], text)
    srt = transcribe(client, wav, response_format="srt")
    assert re.match(r"1\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\n\S", srt)
    vtt = transcribe(client, wav, response_format="vtt")
    assert re.match(r"WEBVTT\n\n(\d+\n)?(\d\d:)?\d\d:\d\d\.\d{3} --> (\d\d:)?\d\d:\d\d\.\d{3}\n\S", vtt)
    verbose = transcribe(client, wav, response_format="verbose_json", timestamp_granularities=["segment"])
    assert verbose.language in ("en", "english")
    assert verbose.duration == pytest.approx(len(utterance[0]) / recordings.RATE, abs=0.05)
    assert_heard(utterance[1], " ".join(segment.text for segment in verbose.segments))
    last = 0.0
    for segment in verbose.segments:
        assert last <= segment.start < segment.end <= verbose.duration + 0.01
        last = segment.start


def test_the_answers_fit_the_document(account, wav):
    for response_format in ("json", "verbose_json", "text", "srt", "vtt"):
        answer = account.http.post(
            "/v1/audio/transcriptions",
            data={"model": STT, "response_format": response_format},
            files={"file": ("a.wav", wav)},
        )
        assert answer.status_code == 200
        contract.check_answer(contract.operation("createTranscription"), answer)


def test_a_long_recording_is_cut_into_segments_in_order(client, speech):
    chosen = recordings.utterances(6, 12)[:5]
    pieces = []
    for path, _ in chosen:
        pieces += [recordings.read(path), recordings.silence(1.0)]
    data = recordings.encode(np.concatenate(pieces), "FLAC")
    answer = transcribe(client, data, "long.flac", response_format="verbose_json")
    assert answer.duration > 30 and len(answer.segments) >= 3
    assert_heard(" ".join(text for _, text in chosen), answer.text, 0.3)


def test_a_transcription_is_streamed(client, utterance, wav):
    deltas, done = [], None
    for event in client.audio.transcriptions.create(model=STT, file=("a.wav", wav), stream=True):
        if event.type == "transcript.text.delta":
            deltas.append(event.delta)
        elif event.type == "transcript.text.done":
            done = event
    assert_heard(utterance[1], done.text)
    assert "".join(deltas).split() == done.text.split()


@pytest.mark.parametrize(
    "name",
    ["silence", "tone", "hiss", "click"],
)
def test_what_is_not_speech_gives_no_words(client, name):
    noise = np.random.default_rng(1).normal(0, 0.05, recordings.RATE * 4).astype("float32")
    click = recordings.silence(2)
    click[8000:8010] = 0.9
    samples = {"silence": recordings.silence(4), "tone": recordings.tone(4), "hiss": noise, "click": click}[name]
    assert transcribe(client, recordings.encode(samples, "WAV", "PCM_16")).text == ""


@pytest.mark.parametrize(
    "data, status",
    [
        (b"", 400),
        (b"this is no audio" * 100, 415),
        (b"RIFF\xff\xff\xff\xffWAVEfmt ", 415),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, 415),
    ],
)
def test_an_upload_that_is_no_audio_is_refused(account, data, status):
    answer = account.http.post("/v1/audio/transcriptions", data={"model": STT}, files={"file": ("a.wav", data)})
    assert answer.status_code in (status, 400), answer.text
    error = contract.check_openai_error(answer, answer.status_code, answer.json()["error"]["code"])
    assert error["code"] in ("unsupported_media", "invalid_argument") and len(error["message"]) > 10


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes_or_refused(account, wav):
    answer = account.http.post(
        "/v1/audio/transcriptions", data={"model": STT}, files={"file": ("a.wav", wav[: len(wav) // 2])}
    )
    assert answer.status_code in (200, 400, 415)


@pytest.mark.parametrize(
    "fields, param",
    [
        ({}, "model"),
        ({"model": "no-such-model"}, "model"),
        ({"model": STT, "response_format": "pdf"}, "response_format"),
        ({"model": STT, "temperature": "hot"}, "temperature"),
        ({"model": STT, "language": "x" * 17}, "language"),
        ({"model": STT, "timestamp_granularities[]": "year"}, "timestamp_granularities"),
    ],
)
def test_a_wrong_field_is_named(account, wav, fields, param):
    answer = account.http.post("/v1/audio/transcriptions", data=fields, files={"file": ("a.wav", wav)})
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["error"]["param"].startswith(param), answer.text


def test_a_request_without_a_file_or_without_parts_is_refused(account):
    url = "/v1/audio/transcriptions"
    contract.check_openai_error(account.http.post(url, files={"model": (None, STT)}), 400, "invalid_argument", "file")
    contract.check_openai_error(account.http.post(url, json={"model": STT}), 415, "unsupported_media")
    broken = account.http.post(url, content=b"--x\r\nrubbish", headers={"Content-Type": "multipart/form-data; boundary=x"})
    contract.check_openai_error(broken, 400, "invalid_argument")
    nameless = account.http.post(url, content=b"", headers={"Content-Type": "multipart/form-data"})
    contract.check_openai_error(nameless, 400, "invalid_argument")


# ---- speech


def speak(client, text=TEXT, **options):
    return client.audio.speech.create(**{"model": "kokoro-82m", "voice": "af_heart", "input": text, **options}).content


@pytest.mark.parametrize("container", ["wav", "mp3", "opus", "flac", "pcm"])
def test_what_is_spoken_is_recognised_in_every_format(client, container):
    data = speak(client, response_format=container)
    if container == "pcm":
        samples, rate = np.frombuffer(data, "<i2").astype("float32") / 32768, 24000
    else:
        samples, rate = recordings.decode(data)
    assert rate == 24000
    seconds = len(samples) / rate
    assert 3 < seconds < 12
    assert 0.02 < np.sqrt(np.mean(samples**2)) and np.abs(samples).max() <= 1
    heard = transcribe(client, recordings.encode(samples, "WAV", "PCM_16", rate)).text
    assert_heard(TEXT, heard)


def test_mp3_is_the_default_and_the_types_are_right(account):
    body = {"input": "Hello.", "voice": "af_heart", "model": "tts-1"}
    kinds = {None: "audio/mpeg", "wav": "audio/wav", "opus": "audio/ogg", "flac": "audio/flac", "pcm": "audio/pcm"}
    for wanted, kind in kinds.items():
        answer = account.http.post("/v1/audio/speech", json={**body, **({"response_format": wanted} if wanted else {})})
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].split(";")[0] == kind
        contract.check_answer(contract.operation("createSpeech"), answer)


def test_audio_comes_as_it_is_made(account):
    """Before the last of many sentences is spoken, the first has been sent."""
    text = " ".join(f"This is sentence number {number}, and it is here to take time." for number in range(8))
    body = {"input": text, "voice": "af_heart", "response_format": "pcm"}
    pieces, order = [], []
    with account.http.stream("POST", "/v1/audio/speech", json=body) as answer:
        assert answer.headers.get("transfer-encoding") == "chunked"
        for piece in answer.iter_raw():
            pieces.append(len(piece))
            # How much of the whole there is when each piece comes is known at the end only.
            order.append(sum(pieces))
    total = order[-1]
    assert total > 24000 * 2 * 15
    assert len([amount for amount in order if amount < total / 2]) >= 2, "the first half did not come in pieces"


def test_speech_is_streamed_as_events(account):
    body = {"input": "Hello there. How are you?", "voice": "af_heart", "response_format": "pcm", "stream_format": "sse"}
    events = []
    with account.http.stream("POST", "/v1/audio/speech", json=body) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("data: ") and line != "data: [DONE]":
                events.append(json.loads(line[6:]))
    assert events[-1]["type"] == "speech.audio.done"
    deltas = [base64.b64decode(e["audio"]) for e in events if e["type"] == "speech.audio.delta"]
    audio = b"".join(deltas)
    assert len(audio) > 24000
    words = [w for e in events for w in e.get("words", [])]
    assert [w["word"] for w in words] == ["Hello", "there.", "How", "are", "you?"]
    times = [t for w in words for t in (w["start"], w["end"])]
    assert times == sorted(times) and 0 <= times[0] and times[-1] <= len(audio) / 48000 + 0.1


def test_a_voice_says_whether_it_can_speak(account):
    voices = {v["id"]: v for v in account.http.get("/api/v1/voices").json()["data"]}
    assert voices["af_heart"]["available"] and voices["af_heart"]["unavailable_reason"] == ""
    languages = {"ef_dora": "es", "ff_siwis": "fr-fr", "if_sara": "it", "pf_dora": "pt-br", "hf_alpha": "hi"}
    for voice, language in languages.items():
        assert voices[voice]["language"] == language
        answer = account.http.post("/v1/audio/speech", json={"input": "1, 2, 3.", "voice": voice, "response_format": "pcm"})
        if voices[voice]["available"]:
            assert answer.status_code == 200 and len(answer.content) > 24000
        else:
            assert answer.status_code == 503 and answer.json()["error"]["message"] == voices[voice]["unavailable_reason"]


def test_speed_and_voice_change_the_sound(client):
    def seconds(**options):
        return len(speak(client, "One two three four five.", response_format="pcm", **options)) / 48000

    plain = seconds()
    assert seconds(speed=1.5) < 0.85 * plain < plain < 0.9 * seconds(speed=0.6)
    one = speak(client, "Hello.", response_format="pcm")
    other = speak(client, "Hello.", response_format="pcm", voice="am_michael")
    assert one != other


@pytest.mark.parametrize("alias", ["alloy", "coral", "onyx"])
def test_the_usual_voice_names_are_aliases(client, alias):
    assert len(speak(client, "Hi.", voice=alias, response_format="pcm")) > 5000


def test_an_emotion_changes_how_it_is_said(account):
    def spoken(**fields):
        body = {"input": "I did not expect this at all.", "voice": "af_heart", "response_format": "pcm", **fields}
        answer = account.http.post("/v1/audio/speech", json=body)
        assert answer.status_code == 200, answer.text
        return answer.content

    plain, sad = spoken(), spoken(emotion="sad")
    assert len(sad) > len(plain), "sad speech is slower"
    assert spoken(instructions="Speak in a sad voice.") == sad
    assert spoken(instructions="Talk like a pirate.") == plain
    slightly = spoken(emotion="sad", emotion_intensity=0.5)
    assert len(plain) < len(slightly) < len(sad)
    assert spoken(emotion="sad", emotion_intensity=0) == plain
    assert spoken(input="[sad 0.5]I did not expect this at all.[/sad]") == slightly


def test_ssml_and_inline_tags_are_obeyed(account):
    def spoken(text):
        body = {"input": text, "voice": "af_heart", "response_format": "pcm"}
        answer = account.http.post("/v1/audio/speech", json=body)
        assert answer.status_code == 200, answer.text
        return len(answer.content) / 48000  # seconds of 16 bits at 24 kHz

    plain = spoken("One. Two.")
    assert spoken("<speak>One. <break time='2s'/>Two.</speak>") == pytest.approx(plain + 2, abs=0.3)
    assert spoken("One. [pause 2s] Two.") == pytest.approx(plain + 2, abs=0.3)
    assert spoken("<speak><prosody rate='50%'>One. Two.</prosody></speak>") > 1.4 * plain
    assert spoken("One [sic]. Two.") > plain, "other brackets are words"


@pytest.mark.parametrize(
    "text, said",
    [
        ("<speak>Hello\n <audio src='x'/></speak>", "line 2, column 2: <audio>"),
        ("<speak>Hello", "line 1, column 13"),
        ("<speak><voice name='nobody'>x</voice></speak>", "nobody"),
        ("<?xml version='1.0'?><!DOCTYPE speak [<!ENTITY a 'b'>]><speak>&a;</speak>", "DOCTYPE"),
    ],
)
def test_wrong_ssml_is_told_with_its_place(account, text, said):
    answer = account.http.post("/v1/audio/speech", json={"input": text, "voice": "af_heart"})
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]
    assert answer.json()["error"]["param"] == "input"


@pytest.mark.parametrize(
    "change, param",
    [
        ({"input": ""}, "input"),
        ({"input": "x" * 4097}, "input"),
        ({"input": None}, "input"),
        ({"voice": "nobody"}, "voice"),
        ({"voice": None}, "voice"),
        ({"model": "no-such-model"}, "model"),
        ({"speed": 0.2}, "speed"),
        ({"speed": 4.1}, "speed"),
        ({"response_format": "midi"}, "response_format"),
        ({"emotion": "hungry"}, "emotion"),
        ({"emotion": "sad", "emotion_intensity": 1.01}, "emotion_intensity"),
        ({"emotion": "sad", "emotion_intensity": -0.01}, "emotion_intensity"),
        ({"instructions": "x" * 4097}, "instructions"),
        ({"stream_format": "smoke"}, "stream_format"),
    ],
)
def test_a_wrong_speech_request_names_its_field(account, change, param):
    body = {"model": "kokoro-82m", "voice": "af_heart", "input": "Hello.", **change}
    body = {key: value for key, value in body.items() if value is not None}
    answer = account.http.post("/v1/audio/speech", json=body)
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["error"]["param"] == param, answer.text


def test_aac_is_refused_in_the_clients_own_class(client):
    with pytest.raises(openai.APIStatusError) as caught:
        speak(client, "Hello.", response_format="aac")
    assert caught.value.status_code == 415 and caught.value.code == "unsupported_media"


def test_text_without_anything_to_say_is_refused_or_silent(account):
    body = {"input": "... !!! \u200b", "voice": "af_heart", "response_format": "pcm"}
    answer = account.http.post("/v1/audio/speech", json=body)
    if answer.status_code == 200:
        samples = np.frombuffer(answer.content, "<i2")
        assert len(samples) == 0 or np.abs(samples).max() < 1000
    else:
        contract.check_openai_error(answer, 400, "invalid_argument", "input")


@pytest.mark.parametrize(
    "written, spoken",
    [
        ("It costs $42.50 today.", "it costs forty two dollars and fifty cents today"),
        ("The meeting is at 3:30 pm on March 5th.", "the meeting is at three thirty p m on march fifth"),
        ("Dr. Smith lives at 221 Baker St.", "doctor smith lives at two hundred twenty one baker street"),
    ],
)
def test_numbers_and_abbreviations_are_said_as_people_do(client, written, spoken):
    from whisper_normalizer.english import EnglishTextNormalizer

    normal = EnglishTextNormalizer()
    heard = transcribe(client, speak(client, written, response_format="wav")).text
    assert_heard(normal(spoken), normal(heard), 0.35)


def test_words_come_with_times_and_confidence(client, wav, utterance):
    verbose = transcribe(client, wav, response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert " ".join(word.word for word in verbose.words) == verbose.text
    last = 0.0
    for word in verbose.words:
        assert last <= word.start <= word.end <= verbose.duration
        assert 0 < word.model_extra["confidence"] <= 1
        last = word.start
    assert last > verbose.duration / 2
    assert all(segment.avg_logprob < 0 for segment in verbose.segments)
    # Nobody asked: nothing is computed.
    plain = transcribe(client, wav, response_format="verbose_json")
    assert not plain.words


def test_an_accurate_transcript_is_one_too(client, wav, utterance):
    assert_heard(utterance[1], transcribe(client, wav, extra_body={"accurate": "true"}).text)
    with pytest.raises(openai.BadRequestError) as wrong:
        transcribe(client, wav, extra_body={"accurate": "perhaps"})
    assert wrong.value.param == "accurate"


def test_times_of_words_need_the_verbose_format(client, wav):
    with pytest.raises(openai.BadRequestError) as wrong:
        transcribe(client, wav, response_format="json", timestamp_granularities=["word"])
    assert "verbose_json" in str(wrong.value)


def test_names_of_the_prompt_are_preferred(account, client):
    """Synthesised, since no recording says the name."""
    sentence = "Could you put me through to Grafana support, please?"
    audio = client.audio.speech.create(
        model="kokoro-82m", voice="af_heart", input=sentence, response_format="wav"
    ).content
    terms = "Kubernetes, Grafana, Nakamura"
    assert "Grafana" in transcribe(client, audio, prompt=terms).text
    weather = client.audio.speech.create(
        model="kokoro-82m", voice="af_heart", input="The weather was fine and we went for a walk.", response_format="wav"
    ).content
    heard = transcribe(client, weather, prompt=terms).text
    assert not any(term.strip() in heard for term in terms.split(","))
