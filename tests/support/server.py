"""Starts build/release/aimpact on a free loopback port with its own data folder, and stops it again."""
import contextlib
import json
import os
import pathlib
import re
import signal
import sqlite3
import ssl
import subprocess
import threading
import time

import httpx

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("AIMPACT_BINARY", ROOT / "build/release/aimpact"))
SHARED = ROOT.parent / "shared"
# How much longer than usual a server may take for what a test waits for: scripts/sanitize raises it.
PATIENCE = float(os.environ.get("AIMPACT_TEST_PATIENCE", 1))
PASSWORD = "correct horse battery staple"


class Server:
    """A running server. `settings` are config keys; `data_dir` may be one that an earlier server used; `certificate`
    is what a server with TLS shows."""

    def __init__(self, data_dir, settings=None, environment=None, binary_args=(), certificate=None, port=0):
        self.port = port
        self.verify = ssl.create_default_context(cafile=certificate) if certificate else True
        self.data_dir = pathlib.Path(data_dir)
        self.log_path = self.data_dir / "server.log"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.settings = {"data.dir": str(self.data_dir), "cache.dir": str(ROOT / "var/cache"), **(settings or {})}
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("AIMPACT_")}
        for name in ("AIMPACT_MODELS_DIR",):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.environment.update(environment or {})
        self.binary_args = list(binary_args)
        self.base_url = self.setup_link = None
        self.process = None
        self.lines = []

    def start(self, timeout=90, until="ready"):
        """Returns once the server is ready, or (until="listening") as soon as it takes connections."""
        command = [str(BINARY)]
        for key, value in self.settings.items():
            command += ["--set", f"{key}={value}"]
        command += ["serve", "--port", str(self.port), *self.binary_args]
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=self.log, text=True, cwd=ROOT, env=self.environment
        )
        listening, ready = threading.Event(), threading.Event()
        reached = set()

        def read():
            for line in self.process.stdout:
                self.lines.append(line.rstrip("\n"))
                if found := re.search(r"(https?://[^\s/]+)/setup\?token=\S+", line):
                    self.setup_link = found.group(0)
                if found := re.search(r"listening at (https?://\S+)", line):
                    self.base_url = found.group(1)
                    reached.add("listening")
                    listening.set()
                if "ready" in line:
                    reached.add("ready")
                    ready.set()
            # It has closed its output, so it ends.
            listening.set()
            ready.set()

        threading.Thread(target=read, daemon=True).start()
        awaited = ready if until == "ready" else listening
        awaited.wait(timeout * PATIENCE)
        if until not in reached or self.process.poll() is not None:
            if awaited.is_set():  # what it says of itself by its exit code is of interest
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(10 * PATIENCE)
            self.stop()
            raise RuntimeError(f"the server did not become ready:\n{self.tail()}\n" + "\n".join(self.lines))
        return self

    @property
    def ws_url(self):
        return self.base_url.replace("http", "ws", 1)

    def tail(self, lines=40):
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, how=signal.SIGTERM, timeout=60):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(timeout * PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise RuntimeError(f"the server did not stop on {how}:\n{self.tail()}")
        return self.process.returncode if self.process else None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


class Account:
    """The first owner of a fresh server, made through its set-up link, with an API key."""

    def __init__(self, server, email="owner@example.com"):
        self.server = server
        self.people = self.agents = 0
        token = server.setup_link.split("token=", 1)[1]
        answer = httpx.post(
            f"{server.base_url}/api/v1/setup",
            json={"token": token, "name": "Olive Owner", "email": email, "password": PASSWORD, "organisation": "Acme"},
            timeout=30,
            verify=server.verify,
        )
        answer.raise_for_status()
        self.email = email
        self.session = answer.json()
        self.http = httpx.Client(
            base_url=server.base_url,
            headers={"Authorization": f"Bearer {self.session['access_token']}"},
            timeout=120,
            verify=server.verify,
        )
        key = self.http.post("/api/v1/api-keys", json={"name": "tests"})
        key.raise_for_status()
        self.api_key = key.json()["key"]

    def keyed(self, credential):
        """A client that carries an API key or an access token."""
        headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        return httpx.Client(base_url=self.server.base_url, headers=headers, timeout=120, verify=self.server.verify)

    def add_member(self, role, email=None):
        """A new person with PASSWORD; their e-mail."""
        self.people += 1
        email = email or f"{role}{self.people}@example.com"
        body = {"email": email, "name": f"{role.title()} Person", "role": role, "password": PASSWORD}
        answer = self.http.post("/api/v1/members", json=body)
        assert answer.status_code == 201, answer.text
        return email

    def sign_in(self, email, password=PASSWORD):
        """A client with that person's access token and refresh cookie."""
        client = httpx.Client(base_url=self.server.base_url, timeout=120, verify=self.server.verify)
        answer = client.post("/api/v1/auth/sign-in", json={"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return client

    def member(self, role):
        return self.sign_in(self.add_member(role))

    def neighbour(self, organisation, email):
        """The owner of a second organisation on the same server. There is no way yet to make one over the API, so its
        row is written beside the running server, and its owner is made on the command line."""
        database = next(self.server.data_dir.glob("*.db"))
        with sqlite3.connect(database, timeout=10) as sql:
            row = sql.execute("SELECT created_at, updated_at FROM organisations").fetchone()
            sql.execute("INSERT INTO organisations (id, name, created_at, updated_at) VALUES (?, 'Rival', ?, ?)", (organisation, *row))
        sql.close()
        made = subprocess.run(
            [BINARY, "--set", f"data.dir={self.server.data_dir}", "user", "create", email, "--name", "Rita Rival",
             "--role", "owner", "--organisation", organisation, "--json"],
            capture_output=True, text=True, cwd=ROOT,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        client = self.sign_in(email, json.loads(made.stdout)["password"])
        assert client.get("/api/v1/me").json()["organisation"]["id"] == organisation
        return client

    def make_agent(self, **fields):
        """An agent's id. Names are unique in an organisation, so each gets a number."""
        self.agents += 1
        body = {"instructions": "You are a friendly receptionist. Answer in one short sentence.", **fields}
        body["name"] = f"{fields.get('name', 'Receptionist')} {self.agents}"
        answer = self.http.post("/api/v1/agents", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]


def make_certificate(folder):
    """(certificate, key) for 127.0.0.1, signed by itself."""
    certificate, key = pathlib.Path(folder) / "cert.pem", pathlib.Path(folder) / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def wait_until(predicate, timeout=30, what="the condition"):
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if predicate():
            return
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come true in {timeout} s")
