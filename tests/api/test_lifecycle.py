"""Starting, stopping, being killed, and being started with something missing."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import threading

import httpx
import pytest

from support import contract
from support.live import Live
from support.provider import Provider
from support.server import BINARY, ROOT, Account, Server, make_certificate, wait_until


def serve(*arguments, data_dir, **settings):
    command = [BINARY, "--set", f"data.dir={data_dir}", "--set", f"cache.dir={ROOT / 'var/cache'}"]
    for key, value in settings.items():
        command += ["--set", f"{key.replace('__', '.')}={value}"]
    return subprocess.run([*command, "serve", *arguments], capture_output=True, text=True, timeout=90, cwd=ROOT)


def test_a_taken_port_is_named(binary, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = serve("--port", str(port), data_dir=tmp_path)
    assert done.returncode not in (0, 70)
    assert str(port) in done.stderr and "port" in done.stderr.lower()


@pytest.mark.parametrize("host", ["not a host", "203.0.113.1"])
def test_an_address_that_is_not_ours_is_named(binary, tmp_path, host):
    done = serve("--port", "0", "--host", host, data_dir=tmp_path)
    assert done.returncode not in (0, 70) and host in done.stderr


def test_a_data_folder_that_cannot_be_made_is_named(binary, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = serve("--port", "0", data_dir=tmp_path / "file/data")
    assert done.returncode not in (0, 70) and "file/data" in done.stderr


def test_half_a_tls_configuration_is_refused(binary, tmp_path):
    done = serve("--port", "0", data_dir=tmp_path, server__tls_certificate=tmp_path / "cert.pem")
    assert done.returncode not in (0, 70) and "tls" in done.stderr.lower()


def test_tls_is_two_settings(binary, tmp_path):
    certificate, key = make_certificate(tmp_path)
    settings = {"server.tls_certificate": str(certificate), "server.tls_key": str(key)}
    with Server(tmp_path / "data", settings, certificate=certificate) as running:
        assert running.base_url.startswith("https://")
        assert httpx.get(f"{running.base_url}/healthz", verify=running.verify).json()["status"] == "ok"


def test_a_second_start_needs_no_set_up_and_keeps_everything(binary, tmp_path):
    port = free_port()  # access tokens are good for one address
    with Server(tmp_path, port=port) as first:
        account = Account(first)
        agent = account.make_agent(name="Survivor")
        assert first.stop() == 0
    with Server(tmp_path, port=port) as second:
        assert second.setup_link is None, "a set-up link for a server that is set up"
        headers = {"Authorization": f"Bearer {account.api_key}"}
        assert httpx.get(f"{second.base_url}/api/v1/agents/{agent}", headers=headers).json()["name"].startswith("Survivor")
        token = {"Authorization": f"Bearer {account.session['access_token']}"}
        assert httpx.get(f"{second.base_url}/api/v1/me", headers=token).status_code == 200, "signing keys survive"


def test_an_unused_set_up_link_is_replaced_at_the_next_start(binary, tmp_path):
    with Server(tmp_path) as first:
        old = first.setup_link
    with Server(tmp_path) as second:
        assert second.setup_link and second.setup_link.split("token=")[1] != old.split("token=")[1]
        Account(second)


def test_sigterm_lets_a_chat_in_flight_finish(binary, tmp_path):
    provider = Provider(answer=lambda messages: "a whole answer", first_token_seconds=1.5)
    with Server(tmp_path) as running:
        account = Account(running)
        agent = account.make_agent(model=provider.model())
        answers = []

        def chat():
            body = {"model": agent, "messages": [{"role": "user", "content": "hi"}]}
            answers.append(account.http.post("/v1/chat/completions", json=body))

        asking = threading.Thread(target=chat)
        asking.start()
        wait_until(lambda: provider.requests, what="the provider's request")
        running.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(running), what="the end of accepting")
        asking.join(30)
        assert answers[0].status_code == 200
        assert answers[0].json()["choices"][0]["message"]["content"].strip() == "a whole answer"
        assert running.process.wait(30) == 0
    provider.close()


def refuses(running):
    try:
        with httpx.Client() as client:  # a connection of its own
            return client.get(f"{running.base_url}/healthz", timeout=5).status_code == 503
    except httpx.TransportError:
        return True


def test_sigterm_closes_live_conversations_and_records_them(binary, tmp_path):
    provider = Provider()
    with Server(tmp_path) as running:
        account = Account(running)
        agent = account.make_agent(model=provider.model())
        live = Live(running.base_url, account.api_key, agent)
        live.ask("are you there")
        assert running.stop() == 0
    with Server(tmp_path) as again:
        headers = {"Authorization": f"Bearer {account.api_key}"}
        url = f"{again.base_url}/api/v1/conversations/{live.conversation['conversation_id']}"
        kept = httpx.get(url, headers=headers).json()
        assert kept["turn_count"] == 1 and kept["status"] == "ended"
    provider.close()


def test_a_stop_is_quick_when_nothing_runs_and_sigint_works_too(binary, tmp_path):
    with Server(tmp_path) as running:
        Account(running)
        assert running.stop(signal.SIGINT, timeout=20) == 0


def test_a_killed_server_loses_no_completed_turn(binary, tmp_path):
    """SIGKILL right after each answer: every turn that was answered is there afterwards."""
    provider = Provider()
    with Server(tmp_path) as running:
        account = Account(running)
        agent = account.make_agent(model=provider.model())
        for number in range(5):
            body = {"model": agent, "messages": [{"role": "user", "content": f"turn {number}"}], "store": True}
            assert account.http.post("/v1/chat/completions", json=body).status_code == 200
        running.stop(signal.SIGKILL)
    with Server(tmp_path) as again:
        headers = {"Authorization": f"Bearer {account.api_key}"}
        listed = httpx.get(f"{again.base_url}/api/v1/conversations?limit=100", headers=headers).json()["data"]
        assert {one["preview"] for one in listed} == {f"turn {number}" for number in range(5)}
    provider.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture()
def models_without(tmp_path):
    def make(*missing):
        source = pathlib.Path(os.environ.get("AIMPACT_MODELS_DIR", ROOT / "var/models"))
        target = tmp_path / "models"
        shutil.copytree(source, target, copy_function=lambda a, b: os.symlink(pathlib.Path(a).resolve(), b))
        for name in missing:
            shutil.rmtree(target / name) if (target / name).is_dir() else (target / name).unlink()
        return str(target)

    return make


@pytest.mark.parametrize(
    "missing, check", [("kokoro-82m", "voice synthesiser"), ("moonshine-tiny-en", "speech recogniser")]
)
def test_readyz_names_what_is_missing_while_the_rest_is_served(binary, tmp_path, models_without, missing, check):
    running = Server(tmp_path / "data", {"models.dir": models_without(missing)})
    try:
        running.start(until="listening")
        wait_until(lambda: running.setup_link, what="the set-up link")
        account = Account(running)

        def settled():
            return all(c["ready"] or c["name"] == check for c in httpx.get(f"{running.base_url}/readyz").json()["checks"])

        wait_until(settled, timeout=60, what="readiness of everything else")
        answer = httpx.get(f"{running.base_url}/readyz")
        assert answer.status_code == 503
        contract.check(answer.json(), "Readiness")
        absent = next(one for one in answer.json()["checks"] if one["name"] == check)
        assert missing in absent["detail"] and answer.json()["ready"] is False
        assert httpx.get(f"{running.base_url}/healthz").status_code == 200
        embedded = account.http.post("/v1/embeddings", json={"model": "all-minilm-l6-v2", "input": "still here"})
        assert embedded.status_code == 200
        if check == "voice synthesiser":
            refused = account.http.post("/v1/audio/speech", json={"input": "hi", "voice": "af_heart"})
            contract.check_openai_error(refused, 503, "unavailable")
    finally:
        running.stop()


def test_a_ready_server_says_so(server):
    answer = httpx.get(f"{server.base_url}/readyz")
    assert answer.status_code == 200
    body = answer.json()
    contract.check(body, "Readiness")
    assert body["ready"] and {"database", "speech recogniser", "voice synthesiser", "local language model"} <= {c["name"] for c in body["checks"]}
