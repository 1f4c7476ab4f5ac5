"""Fixtures of the end-to-end tests. One server serves a whole test session; tests that stop it start their own."""
import pathlib
import sys

import openai
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from support import contract  # noqa: E402
from support.provider import Provider  # noqa: E402
from support.server import BINARY, SHARED, Account, Server  # noqa: E402


def pytest_collection_modifyitems(items):
    if not (SHARED / "audio").is_dir():
        missing = pytest.mark.skip(reason="../shared/audio is missing: real speech is needed for this test")
        for item in items:
            if "speech" in item.fixturenames:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def binary():
    assert BINARY.exists(), f"{BINARY} is missing: run scripts/setup"
    return BINARY


@pytest.fixture(scope="session")
def server(binary, tmp_path_factory):
    # An hour for the tokens of fixtures: a run under a sanitizer takes longer than the usual 15 minutes.
    with Server(tmp_path_factory.mktemp("server"), {"auth.access_token_minutes": "60"}) as running:
        yield running


@pytest.fixture(scope="session")
def account(server):
    return Account(server)


@pytest.fixture(scope="session")
def api_key(account):
    return account.api_key


@pytest.fixture(scope="session")
def client(server, api_key):
    """The official client. It doesn't try again by itself, so that a test sees each answer."""
    return openai.OpenAI(base_url=f"{server.base_url}/v1", api_key=api_key, max_retries=0, timeout=120)


@pytest.fixture(scope="session")
def members(account):
    """An httpx client signed in as each role: members["viewer"].get("/api/v1/me")."""
    return {role: account.member(role) if role != "owner" else account.http for role in contract.ROLES}


@pytest.fixture(scope="session")
def agent_id(account):
    """An agent on the built-in local model."""
    return account.make_agent(name="Local receptionist")


@pytest.fixture()
def provider():
    running = Provider()
    yield running
    running.close()


@pytest.fixture()
def provider_agent(account, provider):
    """An agent whose model is the `provider` of the same test: what reached the model is in provider.requests."""
    return account.make_agent(name="Provider agent", model=provider.model())


@pytest.fixture(scope="session")
def speech():
    """The folder of real recordings."""
    return SHARED / "audio"
