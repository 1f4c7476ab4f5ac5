"""How turns sounded: a live conversation with clipping, gaps and an interruption, in the record and in /metrics."""
import base64
import time

import numpy as np
import pytest

from support import contract, recordings
from support.live import Live, to_24k
from support.metrics import sample
from support.server import Account, Server, wait_until
from support.talk import record, say

RATE = 24000
FRAME = RATE // 50


@pytest.fixture(scope="module")
def scored(binary, tmp_path_factory):
    """A server that scores every turn, and its owner."""
    with Server(tmp_path_factory.mktemp("quality"), {"speech.quality_percent": "100"}) as running:
        yield running, Account(running)


def paced(live, samples, stalls=()):
    """Sends 20 ms frames at the pace of speech; behind each of the `stalls` (seconds of audio) it waits 0.4 s."""
    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2")
    due = time.monotonic()
    left = sorted(stalls)
    for at in range(0, len(pcm), FRAME):
        if left and at >= left[0] * RATE:
            due += 0.4
            left.pop(0)
        time.sleep(max(0.0, due - time.monotonic()))
        live.send("input_audio_buffer.append", audio=base64.b64encode(pcm[at : at + FRAME].tobytes()).decode())
        due += FRAME / RATE


def turns_of(server, owner, live):
    return record(server, owner, live)["turns"]


def test_a_turn_with_clipping_and_gaps(scored, provider, speech):
    server, owner = scored
    provider.answer = lambda messages: "The office is open from nine in the morning until five in the afternoon."
    agent = owner.make_agent(model=provider.model())
    path, text = recordings.clear()[0]
    plain = to_24k(recordings.read(path))
    loud = np.clip(plain * 12, -1, 1) + 0.02
    with Live(server.base_url, owner.api_key, agent) as live:
        paced(live, np.concatenate([plain, recordings.silence(3, RATE)]))
        live.until("response.done", 120)
        paced(live, np.concatenate([loud, recordings.silence(3, RATE)]), stalls=(1.0, 2.0))
        live.until("response.done", 120)
    turns = [turn for turn in turns_of(server, owner, live) if "caller" in turn.get("quality", {})]
    first, last = turns[0]["quality"], turns[-1]["quality"]
    assert first["caller"]["clipped_share"] < 0.001 and abs(first["caller"]["dc_offset"]) < 0.005
    assert -40 < first["caller"]["level_dbfs"] <= first["caller"]["active_level_dbfs"] + 0.2 < -5
    assert 60 < first["caller"]["words_per_minute"] < 330
    assert last["caller"]["clipped_share"] > 0.02 and last["caller"]["clipped_runs"] > 100
    assert last["caller"]["dc_offset"] > 0.005
    assert last["caller"]["peak_dbfs"] > -0.1
    # On a busy machine there may be more of them, and longer ones, but never fewer.
    assert last["caller"]["gaps"] >= 1 and last["caller"]["longest_gap_ms"] >= 300
    for turn in turns:
        assert turn["quality"]["reply"]["clipped_share"] < 0.001
        assert -35 < turn["quality"]["reply"]["active_level_dbfs"] < -10
        assert turn["quality"]["dead_air_ms"] >= turn["quality"]["longest_silence_ms"] > 0
        assert sum(turn["stages"].values()) == pytest.approx(turn["response_latency_ms"], abs=0.01)
    assert sample(server, owner, "aimpact_audio_clipped_share_count", direction="caller") >= 2
    assert sample(server, owner, "aimpact_audio_gap_seconds_sum", direction="caller") >= 0.3
    assert sample(server, owner, "aimpact_turn_dead_air_seconds_count") >= 2
    assert sample(server, owner, "aimpact_words_per_minute_count", direction="reply") >= 2


def test_an_interruption_is_an_overlap(scored, provider, speech):
    server, owner = scored
    provider.answer = lambda messages: " ".join(f"Sentence number {n} takes its time." for n in range(12))
    agent = owner.make_agent(model=provider.model())
    path, _ = recordings.utterances(3, 6)[4]
    before = sample(server, owner, "aimpact_turn_overlap_seconds_count")
    with Live(server.base_url, owner.api_key, agent) as live:
        live.add_text("tell me")
        live.send("response.create")
        while len(live.spoken()) < 3 * RATE:
            live.receive()
        paced(live, to_24k(recordings.read(path))[: RATE * 2])
        live.until("conversation.item.truncated", 60)
    turns = turns_of(server, owner, live)
    cut = next(turn for turn in turns if turn["interrupted"])
    assert cut["quality"]["overlap_ms"] > 0
    assert sample(server, owner, "aimpact_turn_overlap_seconds_count") > before


def test_an_answer_that_went_on_says_so_in_the_record(scored, provider):
    server, owner = scored
    provider.answer = lambda messages: " ".join(f"Sentence number {n} takes its time." for n in range(12))
    agent = owner.make_agent(model=provider.model(), turn_detection={"type": "semantic_vad", "interruptions": "adaptive"})
    listening = owner.http.post(
        "/v1/audio/speech", json={"model": "kokoro-82m", "input": "Right.", "voice": "am_michael", "response_format": "wav"}
    )
    right, rate = recordings.decode(listening.content)
    assert rate == RATE
    with Live(server.base_url, owner.api_key, agent) as live:
        live.add_text("tell me")
        live.send("response.create")
        while len(live.spoken()) < 3 * RATE:
            live.receive()
        # A call has its quiet moments: in them it is found that there is no echo.
        paced(live, np.concatenate([recordings.silence(2, RATE), right, recordings.silence(1.5, RATE)]))
        event = live.until("aimpact.interruption", 60)
    assert event["kind"] == "backchannel" and event["resumed"] is True
    turn = turns_of(server, owner, live)[0]
    contract.check(turn, "Turn")
    assert turn["interrupted"] is False
    [sound] = turn["quality"]["sounds_over"]
    assert sound["kind"] == "backchannel" and sound["resumed"] is True
    assert "right" in sound["transcript"].lower() and sound["transcript"] == event["transcript"]
    assert 300 < sound["at_ms"] and 200 < sound["paused_ms"] < 5000


def test_every_turn_is_scored_when_all_are_asked_for(scored, provider, speech):
    server, owner = scored
    provider.answer = lambda messages: "The office is open from nine in the morning until five in the afternoon."
    agent = owner.make_agent(model=provider.model())
    path, _ = recordings.clear()[1]
    before = sample(server, owner, "aimpact_quality_samples_total", outcome="scored")
    with Live(server.base_url, owner.api_key, agent) as live:
        say(live, np.concatenate([to_24k(recordings.read(path)), recordings.silence(2, RATE)]))
        scored_in_time = []

        def has_scores():
            scored_in_time[:] = [
                turn
                for turn in owner.http.get(f"/api/v1/conversations/{live.conversation['conversation_id']}").json()["turns"]
                if all("dnsmos" in turn.get("quality", {}).get(side, {}) for side in ("caller", "reply"))
            ]
            return bool(scored_in_time)

        wait_until(has_scores, 120, "the scores of a turn")
    quality = scored_in_time[-1]["quality"]
    for side in ("caller", "reply"):
        assert all(1 <= quality[side]["dnsmos"][scale] <= 5 for scale in ("overall", "signal", "background", "p808"))
    assert quality["reply"]["dnsmos"]["overall"] > 2.5  # a clean voice
    assert sample(server, owner, "aimpact_quality_samples_total", outcome="scored") >= before + 2
    assert sample(server, owner, "aimpact_dnsmos_count", direction="reply", scale="overall") >= 1
    assert sample(server, owner, "aimpact_quality_samples_total", outcome="failed") == 0


def test_scores_come_behind_the_end_of_the_call(scored, provider, speech):
    server, owner = scored
    agent = owner.make_agent(model=provider.model())
    path, _ = recordings.clear()[2]
    with Live(server.base_url, owner.api_key, agent) as live:
        say(live, np.concatenate([to_24k(recordings.read(path)), recordings.silence(2, RATE)]))
    identifier = live.conversation["conversation_id"]

    def scored_late():
        turns = owner.http.get(f"/api/v1/conversations/{identifier}").json()["turns"]
        return any("dnsmos" in turn.get("quality", {}).get("reply", {}) for turn in turns)

    wait_until(scored_late, 120, "the scores of a call that has ended")


def test_nothing_is_loaded_while_nothing_is_sampled(binary, tmp_path, provider, speech):
    with Server(tmp_path, {"speech.quality_percent": "0", "models.dir": "var/models"}) as server:
        owner = Account(server)
        agent = owner.make_agent(model=provider.model())
        path, _ = recordings.clear()[1]
        with Live(server.base_url, owner.api_key, agent) as live:
            say(live, np.concatenate([to_24k(recordings.read(path)), recordings.silence(2, RATE)]))
        turn = turns_of(server, owner, live)[-1]
        assert "dnsmos" not in turn["quality"]["reply"]
        assert all(sample(server, owner, "aimpact_quality_samples_total", outcome=o) == 0 for o in ("scored", "dropped", "failed"))


def test_a_recording_tells_how_it_was_recorded(scored, speech):
    server, owner = scored
    path, _ = recordings.clear()[0]
    plain = recordings.read(path)
    loud = np.clip(plain * 12, -1, 1) * 0.97 + 0.03
    found = {}
    for name, samples in {"plain": plain, "clipped": np.clip(plain * 12, -1, 1), "offset": loud}.items():
        wide = to_24k(samples)  # the server converts it back; what is measured is this
        if name == "clipped":
            wide = np.clip(to_24k(plain) * 12, -1, 1)
        answer = owner.keyed(owner.api_key).post(
            "/v1/audio/transcriptions",
            files={"file": ("a.wav", recordings.encode(wide, "WAV", "PCM_16", RATE))},
            data={"model": "moonshine-tiny-en", "response_format": "verbose_json"},
        )
        assert answer.status_code == 200, answer.text
        found[name] = answer.json()["audio_quality"]
    assert found["plain"]["clipped_share"] == 0 and abs(found["plain"]["dc_offset"]) < 0.005
    assert -40 < found["plain"]["level_dbfs"] <= found["plain"]["active_level_dbfs"] + 0.2 < -5
    assert found["clipped"]["clipped_share"] > 0.02 and found["clipped"]["clipped_runs"] > 50
    assert found["clipped"]["peak_dbfs"] > -0.1
    assert found["offset"]["dc_offset"] > 0.02
