"""A live conversation as tests hold it: saying something by voice, the level of what is heard, the record."""
import httpx
import numpy as np

from .server import wait_until


def say(live, samples):
    """Says something; the last answer to it (a pause inside may end a turn early) and its audio."""
    begun = len(live.events)
    live.append(samples)
    live.until("input_audio_buffer.committed")

    def count(kind):
        return sum(event["type"] == kind for event in live.events[begun:])

    while True:
        live.receive()
        heard = count("conversation.item.input_audio_transcription.completed")
        # Who speaks again isn't done: the answer that this cancels isn't the last one.
        begins = count("input_audio_buffer.speech_started")
        settled = begins <= count("input_audio_buffer.committed") == heard
        if settled and count("response.created") == count("response.done") > 0:
            break
    done = [event for event in live.events[begun:] if event["type"] == "response.done"][-1]["response"]
    before = live.events
    live.events = [event for event in before[begun:] if event.get("response_id") == done["id"]]
    audio = live.spoken()
    live.events = before
    return done, audio


def level(samples):
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def record(server, owner, live):
    """The conversation's record, once it has ended."""
    headers = {"Authorization": f"Bearer {owner.api_key}"}
    url = f"{server.base_url}/api/v1/conversations/{live.conversation['conversation_id']}"

    def ended():
        return httpx.get(url, headers=headers, timeout=60).json()["status"] == "ended"

    wait_until(ended, 60, "the end of the conversation's record")
    return httpx.get(url, headers=headers, timeout=60).json()
