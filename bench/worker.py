"""Engines in processes of their own, asked in turns: jobs go in and answers come out as JSON lines (bench/peers/lines.py,
bench/spoken.hpp). Pinned to as many cores as they get threads, so that `threads` means the same for each."""
import json
import os
import pathlib
import subprocess
import sys

import psutil

from report import ROOT

PEERS = ROOT / "bench/peers"


class Peers:
    """The folder that bench/prepare_peers.py makes."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.python = self.folder / "venv/bin/python"
        if not (self.folder / ".complete").exists():
            sys.exit(f"{sys.argv[0]}: {self.folder} is no folder of peers; bench/prepare_peers.py makes one")

    def worker(self, name, script, *arguments, cores=None):
        return Worker(name, [self.python, PEERS / script, *arguments], cores)


def add_peers(parser):
    parser.add_argument(
        "--peers", metavar="FOLDER", default=os.environ.get("BENCH_PEERS"),
        help="what bench/prepare_peers.py made (default: BENCH_PEERS, or it is made where that script puts it)",
    )  # fmt: skip


def peers_of(options):
    if options.peers:
        return Peers(options.peers)
    made = subprocess.run([sys.executable, ROOT / "bench/prepare_peers.py"], stdout=subprocess.PIPE, text=True)
    if made.returncode:
        sys.exit(made.returncode)
    return Peers(made.stdout.strip())


class Worker:
    def __init__(self, name, command, cores=None):
        self.name = name
        environment = {**os.environ, "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
        if cores:
            environment["OMP_NUM_THREADS"] = str(cores)
            pinned = sorted(os.sched_getaffinity(0))[-cores:]
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
            cwd=ROOT, env=environment, preexec_fn=(lambda: os.sched_setaffinity(0, pinned)) if cores else None,
        )  # fmt: skip
        self.read()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{sys.argv[0]}: {self.name} ended by itself, exit code {self.process.wait()}")
        return json.loads(line)

    def ask(self, **job):
        self.process.stdin.write(json.dumps(job) + "\n")
        answer = self.read()
        if "error" in answer:
            sys.exit(f"{sys.argv[0]}: {self.name}: {answer['error']}")
        return answer

    def resident_mib(self):
        return psutil.Process(self.process.pid).memory_info().rss / (1 << 20)

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def our_voice(models, threads, bench="build/release/bench_tts", pinned=True):
    """bench_tts, as a worker."""
    command = [ROOT / bench, "--lines", "--models", models, "--threads", threads]
    return Worker("ours", command, threads if pinned else None)
