"""Fixtures of the end-to-end tests. One server serves a whole test session; tests that stop it start their own."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
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
    with Server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="session")
def account(server):
    return Account(server)


@pytest.fixture(scope="session")
def api_key(account):
    return account.api_key


@pytest.fixture(scope="session")
def agent_id(account):
    """An agent on the built-in local model."""
    return account.make_agent(name="Local receptionist")


@pytest.fixture()
def provider():
    running = Provider()
    yield running
    running.close()


@pytest.fixture(scope="session")
def speech():
    """The folder of real recordings."""
    return SHARED / "audio"
