"""The official JavaScript client on Node, file by file of tests/js. It opens realtime sessions over wss only, so the
server of these tests serves TLS, with a certificate made for the occasion."""
import os
import subprocess
import xml.etree.ElementTree as ET

import pytest
import soundfile

from support import recordings
from support.live import to_24k
from support.provider import Provider
from support.server import ROOT, Account, Server, make_certificate

FOLDER = ROOT / "tests/js"


@pytest.fixture(scope="module")
def environment(binary, speech, tmp_path_factory):
    subprocess.run([ROOT / "scripts/node-modules", "tests/js"], check=True)
    folder = tmp_path_factory.mktemp("javascript")
    certificate, key = make_certificate(folder)
    path, text = recordings.clear()[0]
    soundfile.write(folder / "speech.wav", to_24k(recordings.read(path)), 24000, "PCM_16")
    provider = Provider()
    settings = {"server.tls_certificate": str(certificate), "server.tls_key": str(key)}
    with Server(folder / "data", settings, certificate=certificate) as running:
        account = Account(running)
        yield {
            **os.environ,
            "AIMPACT_TEST_URL": running.base_url,
            "AIMPACT_TEST_KEY": account.api_key,
            "AIMPACT_TEST_AGENT": account.make_agent(model=provider.model()),
            "AIMPACT_TEST_SPEECH": str(folder / "speech.wav"),
            "AIMPACT_TEST_SPEECH_TEXT": text,
            "NODE_EXTRA_CA_CERTS": str(certificate),
        }
    provider.close()


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.test.mjs")))
def test_the_javascript_client(environment, tmp_path, file):
    report = tmp_path / "results.xml"
    done = subprocess.run(
        ["node", "--test", "--test-reporter=junit", f"--test-reporter-destination={report}",
         "--test-reporter=spec", "--test-reporter-destination=stdout", file],
        cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(ET.parse(report).iter("testcase"))) >= 2, "the file holds no tests"
