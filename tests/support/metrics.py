"""Prometheus samples of a server, as tests compare them."""
import re

import httpx

from .server import wait_until


def sample(server, account, name, **labels):
    """The value of one sample (0 if there is none); histograms by name_count, name_sum or name_bucket."""
    return samples(server, account).get((name, tuple(sorted(labels.items()))), 0.0)


def samples(server, account):
    headers = {"Authorization": f"Bearer {account.api_key}"}
    text = httpx.get(f"{server.base_url}/metrics", headers=headers, timeout=60).text
    found = {}
    for line in text.splitlines():
        if shape := re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line):
            labels = tuple(sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', shape.group(2) or "")))
            found[(shape.group(1), labels)] = float(shape.group(3))
    return found


def wait_until_idle(server, account, timeout=60):
    """Nobody is left: no place taken, no session, no socket, no job waiting."""

    def idle():
        now = samples(server, account)
        left = {
            name: value
            for (name, _), value in now.items()
            if name
            in (
                "aimpact_live_sessions",
                "aimpact_realtime_sessions",
                "aimpact_websocket_connections",
                "aimpact_inference_queue_length",
            )
            and value != 0
        }
        return not left

    wait_until(idle, timeout, "an idle server")
