"""The command line: what each command prints, its exit codes, and the messages for what goes wrong."""
import json
import os
import pathlib
import shutil
import subprocess

import numpy as np
import pytest
import soundfile

from support import recordings
from support.recordings import assert_heard
from support.server import BINARY, ROOT

# Exit codes of sysexits(3).
USAGE, DATA, NO_INPUT, UNAVAILABLE, CANNOT_CREATE, NO_PERMISSION = 64, 65, 66, 69, 73, 77

COMMANDS = [
    "serve",
    "transcribe",
    "speak",
    "match-voice",
    "emotion",
    "converse",
    "models list",
    "models verify",
    "user create",
    "user list",
    "user reset-password",
    "migrate",
    "config show",
    "config check",
    "config docs",
    "routes",
    "version",
]


@pytest.fixture()
def run(binary, tmp_path):
    """Runs a command on a data folder of the test's own."""

    def call(*arguments, code=0, settings=None, environment=None, stdin=None, cwd=ROOT):
        everything = {"data.dir": str(tmp_path / "data"), "cache.dir": str(ROOT / "var/cache"), **(settings or {})}
        command = [str(binary)]
        for key, value in everything.items():
            command += ["--set", f"{key}={value}"]
        command += [str(argument) for argument in arguments]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("AIMPACT_") or key == "AIMPACT_MODELS_DIR"}
        done = subprocess.run(
            command, capture_output=True, text=True, input=stdin, cwd=cwd, timeout=300, env={**clean, **(environment or {})}
        )
        assert done.returncode == code, f"exit code {done.returncode}: {done.stderr or done.stdout}"
        return done

    return call


def lines(text):
    return [json.loads(line) for line in text.splitlines() if line.strip()]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_explains_every_command(run, command):
    text = run(*command.split(), "--help").stdout
    assert "Usage" in text or "usage" in text
    if not command:
        for name in COMMANDS:
            assert name.split()[0] in text


@pytest.mark.parametrize(
    "arguments, code, says",
    [
        ([], USAGE, "subcommand"),
        (["fly"], USAGE, "fly"),
        (["serve", "--port", "70000"], USAGE, "port"),
        (["speak"], USAGE, "TEXT"),
        (["speak", "hi", "--speed", "9"], USAGE, "speed"),
        (["transcribe"], USAGE, "FILE"),
        (["--set", "server.prot=1", "config", "check"], USAGE, "server.port"),
        (["--set", "server.port=many", "config", "check"], USAGE, "server.port"),
        (["--set", "log.level=loud", "config", "check"], USAGE, "log.level"),
        (["--config", "/nonexistent/aimpact.toml", "config", "check"], USAGE, "aimpact.toml"),
    ],
)
def test_a_wrong_command_line_is_explained(run, arguments, code, says):
    assert says in run(*arguments, code=code).stderr


# ---- version, configuration, routes, migrations


def test_version(run):
    version = json.loads(run("version", "--json").stdout)
    assert version["version"] == "0.1.0"
    assert version["version"] in run("version").stdout


def test_config_show_tells_value_and_source_without_secrets(run, tmp_path):
    file = tmp_path / "aimpact.toml"
    file.write_text('[server]\nport = 9123\n[log]\nlevel = "warn"\n')
    shown = run(
        "--config", file, "--set", "log.level=debug", "config", "show", "--json",
        environment={"AIMPACT_SERVER_IO_THREADS": "3", "AIMPACT_DATABASE_URL": "postgres://u:hunter2@127.0.0.1/x"},
    )
    settings = json.loads(shown.stdout)
    assert str(settings["server.port"]["value"]) == "9123" and settings["server.port"]["source"] == "file"
    assert str(settings["server.io_threads"]["value"]) == "3"
    assert settings["log.level"]["value"] == "debug"
    assert settings["models.dir"]["source"] in ("default", "environment", "AIMPACT_MODELS_DIR")
    assert "hunter2" not in shown.stdout
    assert "hunter2" not in run("config", "show", environment={"AIMPACT_DATABASE_URL": "postgres://u:hunter2@127.0.0.1/x"}).stdout


def test_config_check_says_what_is_wrong_in_a_file(run, tmp_path):
    file = tmp_path / "aimpact.toml"
    file.write_text("[server]\nport = 8081\n")
    assert "good" in run("--config", file, "config", "check").stdout
    file.write_text("[server]\nprot = 8081\n")
    assert 'port' in run("--config", file, "config", "check", code=USAGE).stderr
    file.write_text("[server\nport = 8081\n")
    assert "aimpact.toml" in run("--config", file, "config", "check", code=USAGE).stderr


def test_the_configuration_page_is_the_table(run):
    assert (ROOT / "docs/CONFIGURATION.md").read_text().strip() == run("config", "docs").stdout.strip()


def test_migrate_is_done_once(run, tmp_path):
    first = json.loads(run("migrate", "--json").stdout)
    second = json.loads(run("migrate", "--json").stdout)
    assert first != second and list((tmp_path / "data").glob("*.db"))
    assert run("migrate").returncode == 0


def test_a_database_that_is_none_is_explained(run, tmp_path):
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"this is no database" * 1000)
    done = subprocess.run(
        [BINARY, "--set", f"database.url=sqlite:{bad}", "migrate"], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode in (DATA, UNAVAILABLE, 70, 74) and "bad.db" in done.stderr


# ---- people


def test_a_list_of_nobody_says_how_to_begin(run):
    assert "set-up link" in run("user", "list").stdout
    assert json.loads(run("user", "list", "--json").stdout) == []


def test_people_are_created_listed_and_helped(run):
    made = json.loads(run("user", "create", "ada@example.com", "--name", "Ada", "--role", "owner", "--json").stdout)
    assert made["email"] == "ada@example.com" and len(made["password"]) >= 12
    run("user", "create", "grace@example.com", "--name", "Grace")
    run("user", "create", "ada@example.com", code=CANNOT_CREATE)
    assert "role" in run("user", "create", "x@example.com", "--role", "king", code=USAGE).stderr
    assert "mail" in run("user", "create", "no-address", code=USAGE).stderr
    listed = json.loads(run("user", "list", "--json").stdout)
    assert {one["email"] for one in listed} == {"ada@example.com", "grace@example.com"}
    assert "grace@example.com" in run("user", "list").stdout
    again = json.loads(run("user", "reset-password", "ada@example.com", "--json").stdout)
    assert again["password"] != made["password"]
    assert "nobody@example.com" in run("user", "reset-password", "nobody@example.com", code=NO_INPUT).stderr


# ---- models


def test_models_are_listed_and_verified(run):
    listed = json.loads(run("models", "list", "--json").stdout)
    assert {"moonshine-tiny-en", "kokoro-82m", "silero-vad", "smart-turn-v3"} <= {one["id"] for one in listed}
    assert all(one["licence"] for one in listed)
    assert "kokoro-82m" in run("models", "list").stdout
    assert run("models", "verify").returncode == 0


@pytest.fixture()
def some_models(tmp_path):
    """A models folder whose files may be changed: links to the real ones."""
    source = pathlib.Path(os.environ.get("AIMPACT_MODELS_DIR", ROOT / "var/models"))
    target = tmp_path / "models"
    shutil.copytree(source, target, copy_function=lambda a, b: os.symlink(pathlib.Path(a).resolve(), b))
    return target


def replace(path, content):
    path.unlink()
    path.write_bytes(content)


def test_a_damaged_model_is_found_and_never_loaded(run, some_models):
    damaged = some_models / "moonshine-tiny-en/encoder_model.ort"
    data = bytearray(damaged.read_bytes())
    data[len(data) // 2] ^= 0xFF
    replace(damaged, data)
    settings = {"models.dir": str(some_models)}
    found = run("models", "verify", "--json", code=DATA, settings=settings)
    assert "encoder_model.ort" in found.stdout + found.stderr and "moonshine-tiny-en" in found.stdout + found.stderr
    told = run("models", "verify", code=DATA, settings=settings)
    assert "fetch-models" in told.stdout + told.stderr, "it must say what to do"


def test_a_missing_model_is_named_with_what_to_do(run, some_models, tmp_path):
    shutil.rmtree(some_models / "moonshine-tiny-en")
    settings = {"models.dir": str(some_models)}
    wav = tmp_path / "a.wav"
    soundfile.write(wav, recordings.tone(1), recordings.RATE)
    for command in (["transcribe", wav], ["models", "verify"]):
        done = run(*command, code=UNAVAILABLE if command[0] == "transcribe" else DATA, settings=settings)
        assert "moonshine" in done.stderr + done.stdout and "fetch-models" in done.stderr + done.stdout


# ---- speech


def test_transcribe_prints_the_words_of_each_file(run, speech):
    chosen = recordings.clear()[:2]
    paths = [path for path, _ in chosen]
    objects = lines(run("transcribe", *paths, "--json").stdout)
    assert [one["file"] for one in objects] == [str(path) for path in paths]
    for (path, text), one in zip(chosen, objects):
        assert_heard(text, one["text"], 0.4)
        assert one["segments"] and all(s["start"] < s["end"] and s["text"] for s in one["segments"])
        assert one["timings"]["decode_ms"] > 0 and one["timings"]["total_ms"] >= one["timings"]["decode_ms"]
    plain = run("transcribe", paths[0]).stdout
    assert plain.strip() == objects[0]["text"]


@pytest.mark.parametrize("name, content, code", [("missing.wav", None, NO_INPUT), ("text.wav", b"no audio" * 99, DATA), ("empty.wav", b"", USAGE)])
def test_a_file_that_cannot_be_read_is_named_and_the_others_are_done(run, tmp_path, name, content, code):
    bad = tmp_path / name
    if content is not None:
        bad.write_bytes(content)
    good = tmp_path / "good.wav"
    soundfile.write(good, recordings.silence(1), recordings.RATE)
    done = run("transcribe", bad, good, "--json", code=code)
    assert name in done.stderr
    assert any(one["file"] == str(good) and one["text"] == "" for one in lines(done.stdout))


@pytest.mark.parametrize("extension, rate", [("wav", 24000), ("mp3", 24000), ("opus", 24000), ("flac", 24000)])
def test_speak_writes_every_format(run, tmp_path, extension, rate):
    target = tmp_path / f"out.{extension}"
    run("speak", "Good morning, how can I help you today?", "-o", target)
    samples, got = soundfile.read(target)
    assert got == rate and 1.5 < len(samples) / rate < 6 and np.abs(samples).max() > 0.05


def test_speak_to_pcm_and_standard_output(run, binary, tmp_path):
    target = tmp_path / "out.pcm"
    timings = json.loads(run("speak", "-", "--json", "--voice", "bm_george", "--emotion", "happy", "-o", target, stdin="From a pipe.").stdout)
    assert 0 < timings["first_audio_ms"] <= timings["total_ms"]
    assert target.stat().st_size > 24000
    piped = subprocess.run([binary, "speak", "Hello.", "-o", "-"], capture_output=True, cwd=ROOT)
    assert piped.returncode == 0 and piped.stdout[:4] == b"RIFF"


@pytest.mark.parametrize(
    "arguments, code, says",
    [
        (["hi", "--voice", "nobody"], USAGE, "nobody"),
        (["hi", "--emotion", "hungry"], USAGE, "hungry"),
        (["", "-o", "x.wav"], USAGE, "text"),
        (["hi", "-o", "x.midi"], USAGE, "midi"),
        (["hi", "-o", "x"], USAGE, "extension"),
        (["hi", "-o", "/nonexistent/folder/x.wav"], USAGE, "/nonexistent"),
        (["hi", "--words", "/nonexistent/folder/w.json", "-o", "-"], USAGE, "/nonexistent"),
        (["hi", "--pitch", "13"], USAGE, "pitch"),
        (["hi", "--volume", "-41"], USAGE, "volume"),
        (["--file", "/nonexistent/book.txt"], USAGE, "/nonexistent/book.txt"),
        (["hi", "--file", "book.txt"], USAGE, "--file"),
    ],
)
def test_speak_explains_what_it_cannot_do(run, tmp_path, arguments, code, says):
    done = run("speak", *arguments, code=code, cwd=ROOT)
    assert says.lower() in done.stderr.lower()


def test_speak_tells_when_words_are_said(run, tmp_path):
    target, words = tmp_path / "out.wav", tmp_path / "words.json"
    run("speak", "It costs $4.50. Is that ok?", "-o", target, "--words", words, "--pitch", "2", "--volume", "-6")
    told = json.loads(words.read_text())["words"]
    assert [w["word"] for w in told] == ["It", "costs", "$4.50.", "Is", "that", "ok?"]
    samples, rate = soundfile.read(target)
    times = [t for w in told for t in (w["start"], w["end"])]
    assert times == sorted(times) and times[-1] <= len(samples) / rate + 0.1
    # Between the sentences it is silent, in the word it isn't.
    pause = (told[2]["end"] + told[3]["start"]) / 2

    def level(at):
        return np.abs(samples[int((at - 0.02) * rate) : int((at + 0.02) * rate)]).max()

    assert level(pause) < 0.01 < level((told[2]["start"] + told[2]["end"]) / 2)


# Clauses that come again are kept, so this takes seconds; what matters is that nothing grows with the text.
def test_speak_reads_a_file_of_any_length(binary, tmp_path):
    def most_memory(sentences):
        book, words, target = tmp_path / "book.txt", tmp_path / "words.json", tmp_path / "out.pcm"
        book.write_text("The quick brown fox jumps over the lazy dog. " * sentences)
        if not target.is_symlink():
            target.symlink_to("/dev/null")
        process = subprocess.Popen([binary, "speak", "--file", book, "-o", target, "--words", words], cwd=ROOT,
                                   stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        assert len(json.loads(words.read_text())["words"]) == 9 * sentences
        return usage.ru_maxrss / 1024

    assert most_memory(2300) < most_memory(20) + 40  # 103,500 characters, nearly two hours of speech


@pytest.mark.parametrize("extension", ["wav", "flac", "pcm"])
def test_speak_to_a_full_disk_says_so(run, tmp_path, extension):
    full = tmp_path / f"full.{extension}"
    full.symlink_to("/dev/full")
    done = run("speak", "Good morning.", "-o", full, code=UNAVAILABLE)
    assert "disk full" in done.stderr


# ---- voices matched to a recording


@pytest.fixture(scope="module")
def speaker(speech, tmp_path_factory):
    """20 s of one person's speech, as a file."""
    folder = speech / "librispeech-test-other"
    paths = [path for path, _ in recordings.utterances(3, 12) if path.parent == folder / "1688"]
    samples = np.concatenate([recordings.read(path) for path in paths])[: 20 * recordings.RATE]
    target = tmp_path_factory.mktemp("speaker") / "sample.flac"
    soundfile.write(target, samples, recordings.RATE)
    return target


def pitch(samples, rate):
    """The median of the pitch in Hz over the frames of 40 ms in which there is one, by autocorrelation."""
    found, size = [], rate // 25
    for at in range(0, len(samples) - size, size // 2):
        frame = samples[at : at + size] - samples[at : at + size].mean()
        alike = np.correlate(frame, frame, "full")[size - 1 :]
        low, high = rate // 400, rate // 60
        best = low + int(np.argmax(alike[low:high]))
        if alike[0] > 1e-3 * size and alike[best] > 0.6 * alike[0]:
            found.append(rate / best)
    return float(np.median(found))


def test_a_voice_is_matched_and_spoken(run, tmp_path, speaker):
    voice, said, stock = tmp_path / "voice.json", tmp_path / "said.wav", tmp_path / "stock.wav"
    told = json.loads(run("match-voice", speaker, "-o", voice, "--instant", "--json").stdout)
    assert told["file"] == str(voice) and told["refined"] is False
    assert told["nearest_stock_similarity"] < told["similarity"] <= 1 and told["speech_seconds"] > 10
    kept = json.loads(voice.read_text())
    assert kept["engine"] == "matched" and voice.stat().st_size < 16 << 10
    text = "The library closes at six, and it opens again on Monday morning."
    run("speak", text, "--voice-file", voice, "-o", said)
    run("speak", text, "--voice", told["nearest_stock_voice"], "-o", stock)
    assert_heard(text, run("transcribe", said).stdout)
    wanted, got = pitch(*soundfile.read(speaker)), pitch(*soundfile.read(said))
    assert abs(np.log2(got / wanted)) < 0.25, f"{got:.0f} Hz for {wanted:.0f} Hz"
    assert said.read_bytes() != stock.read_bytes()
    # The same sample and seed give the same voice, and the plain answer says how near it is.
    again = tmp_path / "again.json"
    plain = run("match-voice", speaker, "-o", again, "--instant").stdout
    assert f"{told['similarity']:.2f}" in plain and told["nearest_stock_voice"] in plain
    assert again.read_text() == voice.read_text()


def test_match_voice_explains_what_it_cannot_do(run, tmp_path, speaker):
    voice = tmp_path / "voice.json"
    samples, rate = soundfile.read(speaker)
    short, quiet, text = tmp_path / "short.wav", tmp_path / "quiet.wav", tmp_path / "text.wav"
    soundfile.write(short, samples[: rate * 3 // 2], rate)
    soundfile.write(quiet, recordings.silence(8), rate)
    text.write_bytes(b"no audio" * 99)
    assert "missing.wav" in run("match-voice", tmp_path / "missing.wav", "-o", voice, code=NO_INPUT).stderr
    assert "text.wav" in run("match-voice", text, "-o", voice, code=DATA).stderr
    assert "3 s" in run("match-voice", short, "-o", voice, code=USAGE).stderr
    assert "speech" in run("match-voice", quiet, "-o", voice, code=USAGE).stderr
    assert not voice.exists()
    nowhere = run("match-voice", speaker, "--instant", "-o", "/nonexistent/folder/voice.json", code=USAGE)
    assert "/nonexistent" in nowhere.stderr


def test_a_voice_file_that_is_none_is_explained(run, tmp_path):
    good = json.loads((ROOT / "tests/fuzz/corpus/matched_voice/two").read_text())
    target, voice = tmp_path / "out.wav", tmp_path / "voice.json"
    missing = run("speak", "hi", "--voice-file", tmp_path / "none.json", "-o", target, code=USAGE)
    assert "none.json" in missing.stderr
    for content, says in [
        ("{", "JSON"),
        ("x" * (17 << 10), "JSON"),
        (json.dumps({**good, "engine": "cloned"}), "engine"),
        (json.dumps({**good, "voices": []}), "voices"),
        (json.dumps({**good, "rate": 9}), "rate"),
    ]:
        voice.write_text(content)
        done = run("speak", "hi", "--voice-file", voice, "-o", target, code=USAGE)
        assert all(part in done.stderr for part in (says, "voice.json", "Match the voice again")), done.stderr
        assert not target.exists()
    voice.write_text(json.dumps({**good, "pronounced_as": "nobody"}))
    assert "nobody" in run("speak", "hi", "--voice-file", voice, "-o", target, code=USAGE).stderr
    voice.write_text(json.dumps(good))
    run("speak", "hi", "--voice-file", voice, "-o", target)
    assert soundfile.info(target).duration > 0.3


# ---- converse


def check_turns(timeline, count):
    turns = [turn["timeline"] for turn in timeline["turns"]]
    assert len(turns) == count
    for turn in turns:
        assert turn["response_latency_ms"] > 0
        stages = turn["stages"]
        assert abs(sum(stages.values()) - turn["response_latency_ms"]) < 30, turn
        assert {"endpointing_ms", "stt_ms", "llm_ms", "tts_ms"} <= set(stages)
    return turns


def test_converse_with_an_agent_of_a_file(run, speech, tmp_path, provider):
    chosen = recordings.clear()[:2]
    provider.answer = lambda messages: "Thank you for calling, one moment please."
    agent = tmp_path / "agent.json"
    agent.write_text(json.dumps({"name": "File agent", "instructions": "Be kind.", "model": provider.model()}))
    reply, timeline = tmp_path / "reply.wav", tmp_path / "t.json"
    done = run("converse", "--agent", agent, "--audio", chosen[0][0], chosen[1][0], "-o", reply, "--timeline", timeline, "--json")
    check_turns(json.loads(timeline.read_text()), 2)
    heard = [request["body"]["messages"][-1]["content"] for request in provider.requests]
    for (_, text), words in zip(chosen, heard):
        assert_heard(text, words, 0.45)
    assert [turn["reply"].strip() for turn in json.loads(done.stdout)["turns"]] == ["Thank you for calling, one moment please."] * 2
    spoken = lines(run("transcribe", reply, "--json").stdout)[0]["text"]
    assert_heard("Thank you for calling one moment please. " * 2, spoken)


def test_converse_fast_and_with_a_remote_server(run, speech, tmp_path, server, api_key, account, provider):
    provider.answer = lambda messages: "Certainly, it is open today."
    agent = account.make_agent(name="Remote", model=provider.model())
    path, text = recordings.clear()[2]
    timeline = tmp_path / "t.json"
    run("converse", "--agent", agent, "--audio", path, "--server", server.base_url, "--timeline", timeline,
        environment={"AIMPACT_API_KEY": api_key})
    check_turns(json.loads(timeline.read_text()), 1)
    file = tmp_path / "agent.json"
    file.write_text(json.dumps({"name": "Local", "model": provider.model()}))
    run("converse", "--agent", file, "--audio", path, "--fast", "-o", tmp_path / "r.wav")
    assert soundfile.info(tmp_path / "r.wav").duration > 0.5
    assert_heard(text, provider.requests[-1]["body"]["messages"][-1]["content"], 0.45)


@pytest.mark.parametrize(
    "agent, audio, code, says",
    [
        ("agt_00000000000000000000000000", "good.wav", NO_INPUT, "agt_"),
        ("missing.json", "good.wav", NO_INPUT, "missing.json"),
        ("broken.json", "good.wav", USAGE, "broken.json"),
        ("wrong.json", "good.wav", USAGE, "voice"),
        ("agent.json", "missing.wav", NO_INPUT, "missing.wav"),
    ],
)
def test_converse_explains_what_it_cannot_do(run, tmp_path, agent, audio, code, says):
    soundfile.write(tmp_path / "good.wav", recordings.tone(1), recordings.RATE)
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "wrong.json").write_text('{"name": "x", "voice": "nobody"}')
    (tmp_path / "agent.json").write_text('{"name": "x"}')
    name = tmp_path / agent if agent.endswith(".json") else agent
    done = run("converse", "--agent", name, "--audio", tmp_path / audio, code=code)
    assert says in done.stderr


@pytest.mark.parametrize(
    "arguments, says",
    [(["--server", "http://127.0.0.1:9"], "API key"), (["--server", "127.0.0.1:9", "--api-key", "sk-x"], "URL")],
)
def test_converse_explains_what_a_remote_server_needs(run, tmp_path, arguments, says):
    soundfile.write(tmp_path / "good.wav", recordings.tone(1), recordings.RATE)
    done = run("converse", "--agent", "x", "--audio", tmp_path / "good.wav", *arguments, code=USAGE)
    assert says in done.stderr


def test_converse_with_an_empty_recording_says_which(run, tmp_path):
    soundfile.write(tmp_path / "empty.wav", recordings.silence(0), recordings.RATE)
    (tmp_path / "agent.json").write_text('{"name": "x"}')
    done = run("converse", "--agent", tmp_path / "agent.json", "--audio", tmp_path / "empty.wav", code=USAGE)
    assert "empty" in done.stderr.lower()


def test_converse_refuses_a_wrong_key_of_a_remote_server(run, tmp_path, server):
    soundfile.write(tmp_path / "good.wav", recordings.tone(1), recordings.RATE)
    done = run("converse", "--agent", "agt_00000000000000000000000000", "--audio", tmp_path / "good.wav",
               "--server", server.base_url, "--api-key", "sk-wrong", code=NO_PERMISSION)
    assert done.stderr.strip()
