"""api/openapi.yaml is the truth: the routes, their permissions and their answers are the ones it names."""
import json
import re
import subprocess

import httpx
import pytest
import yaml

from support import contract
from support.server import ROOT

OPERATIONS = contract.operations()
PLAIN_GETS = [o for o in OPERATIONS if o.method == "GET" and not o.parameters and not o.websocket]
PROTECTED = [o for o in OPERATIONS if o.permission != "public"]
# A line of Prometheus's text format: name, labels, value, perhaps a time.
SAMPLE = r'([a-zA-Z_:][\w:]*(?:\{(?:[^"}]|"[^"]*")*\})?) (\S+)(?: \d+)?'
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def call(client, operation):
    """One call without a body, to things that don't exist: enough to meet the guard in front of the handler."""
    headers = UPGRADE if operation.websocket else {}
    return client.request(operation.method, operation.url(), headers=headers)


def anonymous_names(pattern):
    return re.sub(r"\{\w+\}", "{}", pattern)


def test_routes_are_the_documented_ones(binary):
    listed = json.loads(subprocess.run([binary, "routes", "--json"], capture_output=True, check=True, cwd=ROOT).stdout)
    served = {(r["method"], anonymous_names(r["pattern"]), r["permission"]) for r in listed}
    documented = {(o.method, anonymous_names(o.path), o.permission) for o in OPERATIONS}
    assert served - documented == set(), "served but not documented"
    assert documented - served == set(), "documented but not served"


def test_the_served_document_is_the_file(server):
    answer = httpx.get(f"{server.base_url}/openapi.yaml")
    assert answer.status_code == 200
    assert yaml.safe_load(answer.text) == contract.document()


def test_every_example_fits_its_schema():
    for name, schema in contract.document()["components"]["schemas"].items():
        if "example" in schema:
            contract.check(schema["example"], name)


@pytest.mark.parametrize("operation", PLAIN_GETS, ids=str)
def test_get_answers_as_documented(account, agent_id, operation):
    answer = account.http.get(operation.path)
    assert answer.status_code == 200, answer.text
    contract.check_answer(operation, answer)
    assert answer.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize("credential", [None, "sk-aimpact-not-a-key", "eyJhbGciOiJub25lIn0.e30.", "ek_nothing"])
@pytest.mark.parametrize("operation", PROTECTED, ids=str)
def test_a_call_without_a_valid_credential_is_refused(account, operation, credential):
    with account.keyed(credential) as client:
        answer = call(client, operation)
    check = contract.check_openai_error if operation.openai else contract.check_problem
    check(answer, 401, "unauthenticated")
    if not operation.websocket:
        contract.check_answer(operation, answer)


@pytest.mark.parametrize("role", contract.ROLES)
def test_me_names_what_the_role_grants(members, role):
    me = members[role].get("/api/v1/me").json()
    contract.check(me, "Me")
    assert me["role"] == role
    assert set(me["permissions"]) == contract.granted(role)


@pytest.mark.parametrize("role", contract.ROLES)
@pytest.mark.parametrize("operation", PROTECTED, ids=str)
def test_a_role_is_refused_exactly_where_the_table_says(members, role, operation):
    answer = call(members[role], operation)
    if operation.permission in contract.granted(role) | {"any"}:
        assert answer.status_code not in (401, 403), answer.text
    elif operation.openai:
        error = contract.check_openai_error(answer, 403, "permission_denied")
        assert operation.permission in error["message"]
    else:
        problem = contract.check_problem(answer, 403, "permission_denied")
        assert operation.permission in problem["detail"]


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if not o.websocket], ids=str)
def test_another_method_is_refused_with_the_allowed_ones(account, operation):
    documented = {o.method for o in OPERATIONS if o.path == operation.path}
    answer = account.http.request("PUT", operation.url())
    check = contract.check_openai_error if operation.openai else contract.check_problem
    check(answer, 405, "method_not_allowed")
    assert documented <= {name.strip() for name in answer.headers["allow"].split(",")}


@pytest.mark.parametrize("path, check", [("/api/v1/nothing", contract.check_problem), ("/v1/nothing", contract.check_openai_error)])
def test_an_unknown_path_is_not_found_in_the_right_shape(account, path, check):
    check(account.http.get(path), 404, "not_found")


def test_metrics_are_prometheus_text_and_count_routes_and_stages(account):
    account.http.get("/api/v1/agents")
    text = account.http.get("/metrics").text
    samples = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            found = re.fullmatch(SAMPLE, line)
            assert found, f"not a sample: {line}"
            samples[found.group(1)] = float(found.group(2))
    assert any(name.startswith("aimpact_http") and "/api/v1/agents" in name and "_bucket" in name for name in samples)
    for stage in ("endpointing", "transcription", "llm_first_token", "tts_first_audio", "response_latency"):
        assert any(f'stage="{stage}"' in name for name in samples), f"no histogram of stage {stage}"


def test_a_request_id_is_unique_and_in_the_log(server, account):
    ids = {account.http.get("/api/v1/me").headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5
    problem = account.http.get(f"/api/v1/agents/{contract.MISSING['agent_id']}")
    log = server.log_path.read_text(errors="replace")
    assert problem.headers["x-request-id"] in log
