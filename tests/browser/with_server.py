#!/usr/bin/env python3
"""Runs a command beside a fresh server, a model whose answers are known, and a microphone recording:
  with_server.py COMMAND...
The command finds them in AIMPACT_TEST_* variables. Exits with the command's code."""
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import soundfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import recordings  # noqa: E402
from support.provider import Provider  # noqa: E402
from support.server import SHARED, Server  # noqa: E402

ANSWER = "Thank you for calling. We are open from nine to five, and the coffee is free."


def microphone(path):
    """A real utterance between silences, as Chromium's fake device plays it once; what is said in it."""
    if not (SHARED / "audio").is_dir():
        return ""
    source, text = recordings.clear()[1]
    speech = np.concatenate([recordings.silence(3), recordings.read(source), recordings.silence(40)])
    soundfile.write(path, np.repeat(speech, 3), 48000, "PCM_16")  # 48 kHz; the repeats are inaudible in speech
    return text


def main():
    provider = Provider(answer=lambda messages: ANSWER)
    with tempfile.TemporaryDirectory() as folder:
        wav = pathlib.Path(folder) / "microphone.wav"
        said = microphone(wav)
        with Server(pathlib.Path(folder) / "data") as server:
            environment = {
                **os.environ,
                "AIMPACT_TEST_URL": server.base_url,
                "AIMPACT_TEST_SETUP": server.setup_link,
                "AIMPACT_TEST_PROVIDER": provider.base_url,
                "AIMPACT_TEST_ANSWER": ANSWER,
                "AIMPACT_TEST_MICROPHONE": str(wav) if said else "",
                "AIMPACT_TEST_SAID": said,
            }
            code = subprocess.run(sys.argv[1:], env=environment).returncode
            if code:
                print(f"the server's last words:\n{server.tail(15)}", file=sys.stderr)
    provider.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
