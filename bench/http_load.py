#!/usr/bin/env python3
"""The REST side under wrk: 50 connections, one wrk thread. Stands beside nginx where nginx is installed."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import report
from report import ROOT, Report, cpu_seconds, percentile

sys.path.insert(0, str(ROOT / "tests"))
from support.server import Account, Server  # noqa: E402

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def wrk(url, seconds, key=None):
    """(requests per second, p50 ms, p99 ms, failed)"""
    command = ["wrk", "-t1", "-c50", f"-d{seconds}s", "--latency", url]
    if key:
        command[1:1] = ["-H", f"Authorization: Bearer {key}"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1))
    at = {share: float(value) * UNITS[unit] for share, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", text)}
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return rate, at["50"], at["99"], int(failed.group(1)) if failed else 0


def repeat(rows, name, url, options, key=None, pid=None):
    wrk(url, 1, key)
    cpu, began = cpu_seconds(pid) if pid else 0, time.monotonic()
    runs = [wrk(url, options.seconds, key) for _ in range(options.repeats)]
    wall = time.monotonic() - began
    rates = [run[0] for run in runs]
    rows.append(
        [name, percentile(rates, 0.5), min(rates), percentile([r[1] for r in runs], 0.5), percentile([r[2] for r in runs], 0.5),
         sum(r[3] for r in runs), (cpu_seconds(pid) - cpu) / wall if pid else None]
    )


def nginx(rows, options):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        (folder / "html").mkdir()
        (folder / "html/1k.txt").write_text("x" * 1024)
        (folder / "nginx.conf").write_text(
            f"worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
            "events { worker_connections 512; }\n"
            "http { access_log off; sendfile on; keepalive_requests 1000000;\n"
            f"server {{ listen 127.0.0.1:8099; root {folder}/html; }} }}\n"
        )
        command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        subprocess.run(command, check=True)
        try:
            time.sleep(0.5)
            repeat(rows, "nginx, a static file of 1 KB, one worker", "http://127.0.0.1:8099/1k.txt", options)
        finally:
            subprocess.run([*command, "-s", "quit"], check=True)


def main():
    parser = report.arguments(__doc__)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--agents", type=int, default=25, help="how many the list answers with (a page holds 25)")
    options = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("wrk is missing: run scripts/setup-packages")
    result = Report("http", options)
    rows = result.table(
        "wrk -t1 -c50", ["what", "requests/s, median", "lowest", "p50 ms", "p99 ms", "failed", "cores of the server"]
    )
    with tempfile.TemporaryDirectory() as folder, Server(folder, {"log.level": "warn"}) as server:
        account = Account(server)
        for number in range(options.agents):
            account.make_agent(name=f"Agent {number}")
        size = len(account.http.get("/api/v1/agents").content)
        pid = server.process.pid
        repeat(rows, "GET /healthz", f"{server.base_url}/healthz", options, pid=pid)
        token, one = account.session["access_token"], account.http.get("/api/v1/agents").json()["data"][0]["id"]
        listed = f"{server.base_url}/api/v1/agents"
        for what, path, key in (
            (f"GET /api/v1/agents ({options.agents} agents, {size / 1024:.0f} KB), authorised by an API key", listed, account.api_key),
            ("the same by an access token", listed, token),
            ("GET /api/v1/agents?limit=1, by an API key", f"{listed}?limit=1", account.api_key),
            ("GET /api/v1/agents/{agent_id}, by an API key", f"{listed}/{one}", account.api_key),
        ):
            repeat(rows, what, path, options, key, pid)
    result.note("SQLite; wrk runs on the same cores.")
    if shutil.which("nginx"):
        nginx(rows, options)
    result.finish()


if __name__ == "__main__":
    main()
