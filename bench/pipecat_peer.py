"""Pipecat with the same VAD, turn model, recogniser, voice and language model, measured by its own client with the same
utterances and definitions as bench/caller.py (scripts in ../shared/peers)."""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

from caller import llm_stub
from report import ROOT
from worker import add_peers, peers_of


def add_pipecat(parser):
    parser.add_argument("--peer", choices=["pipecat"], help="in the same run, with the stub")
    parser.add_argument("--peers-dir", type=pathlib.Path, default=ROOT.parent / "shared/peers", help="its scripts")
    add_peers(parser)
    for name, what in (("peer-python", "a Python with its packages"), ("moonshine", "our recogniser's folder"),
                       ("kokoro", "Kokoro, int8"), ("voices", "its voices")):  # fmt: skip
        default = os.environ.get(f"BENCH_{name.upper().replace('-', '_')}")
        parser.add_argument(f"--{name}", default=default, help=f"{what} (default: of --peers)")


def complete(options):
    """Takes what wasn't named from the folder of peers."""
    if options.peer_python and options.kokoro and options.voices:
        options.moonshine = options.moonshine or ROOT / "var/models/moonshine-tiny-en"
        return
    peers = peers_of(options)
    options.peer_python = options.peer_python or peers.python
    options.kokoro = options.kokoro or peers.folder / "kokoro-int8.onnx"
    options.voices = options.voices or peers.folder / "voices.bin"
    options.moonshine = options.moonshine or ROOT / "var/models/moonshine-tiny-en"


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def measure(options, conversations, utterances):
    """Its client's summary of that many conversations of `utterances` counted ones each, in a server of its own:
    measured, no_reply, replied_before_end, p50_ms, p95_ms, min_ms, max_ms, client_late_ms, cores and rss_peak_mb (of the
    server, of the stub), wall_s."""
    with tempfile.TemporaryDirectory() as folder, llm_stub() as (url, pid):
        environment = {
            **os.environ,
            "PY": str(options.peer_python), "MOONSHINE": str(options.moonshine), "KOKORO": str(options.kokoro),
            "VOICES": str(options.voices), "LLM_URL": url, "LLM_PID": str(pid), "OUT": folder,
            "DATA": str(ROOT.parent / "shared/audio/librispeech-test-other"), "PORT": str(free_port()),
        }  # fmt: skip
        command = [options.peers_dir / "run_pipecat.sh", str(conversations), str(utterances), "bench"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode or not lines:
            log = pathlib.Path(folder, "srv-bench.log")
            said = log.read_text(errors="replace") if log.exists() else ""
            sys.exit(f"pipecat did not run: {(done.stderr.strip() or done.stdout.strip() or said)[-800:]}")
    return json.loads(lines[-1])
