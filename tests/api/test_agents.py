"""Agents: create, read, change as versions, delete; limits and messages; secrets that stay inside."""
import itertools
import time

import pytest

from support import contract
from support.contract import check_problem

EVERYTHING = {
    "name": "Front desk",
    "description": "Answers calls to the surgery",
    "instructions": "You are the receptionist of {{practice}}.",
    "variables": {"practice": "Hill Street Surgery"},
    "greeting": "Hello, Hill Street Surgery.",
    "voice": "bf_emma",
    "emotion": "calm",
    "emotion_intensity": 0.5,
    "speed": 1.25,
    "expressive": True,
    "language": "en-GB",
    "model": {
        "provider": "openai_compatible",
        "name": "some-model",
        "base_url": "http://127.0.0.1:9/v1",
        "api_key": "very-secret-provider-key",
        "temperature": 0.25,
        "max_output_tokens": 100,
    },
    "turn_detection": {
        "type": "server_vad",
        "threshold": 0.6,
        "prefix_padding_ms": 200,
        "silence_duration_ms": 400,
        "eagerness": "low",
        "create_response": False,
        "interrupt_response": False,
        "interruptions": "adaptive",
    },
    "idle": {"after_seconds": 20, "prompts": ["Are you there?"], "max_prompts": 3},
    "fillers": {"texts": ["One moment."], "after_ms": 1500, "every_ms": 7000},
    "store_audio": True,
    "tone_policy": "soothe",
    "tools": [
        {
            "type": "function",
            "name": "get_opening_hours",
            "description": "Opening hours of a day",
            "parameters": {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]},
        }
    ],
}


@pytest.fixture()
def api(account):
    return account.http


NUMBERS = itertools.count(1)


def create(api, **fields):
    """Names are unique in an organisation, so an agent without one gets a number."""
    answer = api.post("/api/v1/agents", json={"name": f"Agent {next(NUMBERS)}", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_every_field_survives_the_round_trip(api):
    answer = api.post("/api/v1/agents", json=EVERYTHING)
    contract.check_answer(contract.operation("createAgent"), answer)
    made = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert made["version"] == 1
    for name, value in EVERYTHING.items():
        if name != "model":
            assert made[name] == value, name
    expected = {key: value for key, value in EVERYTHING["model"].items() if key != "api_key"}
    assert made["model"] == {**expected, "has_api_key": True}
    read = api.get(f"/api/v1/agents/{made['id']}")
    contract.check_answer(contract.operation("getAgent"), read)
    assert read.json() == made


def test_only_a_name_is_needed(api):
    made = create(api)
    contract.check(made, "Agent")
    assert made["voice"] == "af_heart" and made["emotion"] == "neutral" and made["speed"] == 1
    assert made["emotion_intensity"] == 1 and made["expressive"] is False
    assert made["model"]["provider"] == "local" and made["model"]["temperature"] == 0.7
    assert made["model"]["max_output_tokens"] == 512 and made["model"]["has_api_key"] is False
    assert made["turn_detection"] == {
        "type": "semantic_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "eagerness": "auto",
        "create_response": True,
        "interrupt_response": True,
        "interruptions": "vad",
    }


def test_a_provider_key_is_sealed_and_never_shown(server, api):
    made = create(api, model=EVERYTHING["model"])
    url = f"/api/v1/agents/{made['id']}"
    changed = api.patch(url, json={"version": 1, "model": {**EVERYTHING["model"], "api_key": "second-secret-key"}})
    assert changed.status_code == 200
    seen = "".join(api.get(path).text for path in (url, f"{url}/versions", "/api/v1/agents"))
    seen += server.log_path.read_text(errors="replace")
    for secret in ("very-secret-provider-key", "second-secret-key"):
        assert secret not in seen
        for path in server.data_dir.rglob("*.db*"):
            assert secret.encode() not in path.read_bytes(), f"{path.name} holds a provider's key in the clear"


def test_an_absent_key_is_kept_and_an_empty_one_removed(api, provider, account):
    agent = create(api, model=provider.model())
    url = f"/api/v1/agents/{agent['id']}"
    route = {key: value for key, value in provider.model().items() if key != "api_key"}
    kept = api.patch(url, json={"version": 1, "model": {**route, "temperature": 0.1}}).json()
    assert kept["model"]["has_api_key"] is True and kept["model"]["temperature"] == 0.1
    body = {"model": agent["id"], "messages": [{"role": "user", "content": "hello"}]}
    assert account.http.post("/v1/chat/completions", json=body).status_code == 200
    assert provider.requests[-1]["headers"]["Authorization"] == "Bearer provider-secret-key"
    gone = api.patch(url, json={"version": 2, "model": {**route, "api_key": ""}}).json()
    assert gone["model"]["has_api_key"] is False
    assert account.http.post("/v1/chat/completions", json=body).status_code == 200
    assert "provider-secret-key" not in provider.requests[-1]["headers"].get("Authorization", "")


def test_each_change_is_a_version(api, account):
    agent = create(api, name="The first", instructions="one")
    url = f"/api/v1/agents/{agent['id']}"
    second = api.patch(url, json={"version": 1, "instructions": "two"})
    contract.check_answer(contract.operation("updateAgent"), second)
    assert second.json()["version"] == 2 and second.json()["name"] == "The first"
    assert second.headers["etag"] == '"2"'
    third = api.patch(url, json={"emotion": "happy"}, headers={"If-Match": '"2"'})
    assert third.json()["version"] == 3
    listed = api.get(f"{url}/versions")
    contract.check_answer(contract.operation("listAgentVersions"), listed)
    versions = listed.json()["data"]
    assert [one["version"] for one in versions] == [3, 2, 1]
    assert [one["agent"]["instructions"] for one in versions] == ["two", "two", "one"]
    assert all(one["created_by"] == account.session["user"]["id"] for one in versions)
    page = api.get(f"{url}/versions", params={"limit": 2}).json()
    rest = api.get(f"{url}/versions", params={"limit": 2, "cursor": page["next_cursor"]}).json()
    assert [one["version"] for one in page["data"] + rest["data"]] == [3, 2, 1]
    assert not rest.get("next_cursor")


def test_a_change_to_an_old_version_is_a_conflict(api):
    agent = create(api)
    url = f"/api/v1/agents/{agent['id']}"
    assert api.patch(url, json={"version": 1, "name": "Mine"}).status_code == 200
    check_problem(api.patch(url, json={"version": 1, "name": "Theirs"}), 409, "conflict")
    check_problem(api.patch(url, json={"name": "Theirs"}, headers={"If-Match": '"1"'}), 409, "conflict")
    check_problem(api.patch(url, json={"name": "No version"}), 400, "invalid_argument", "version")
    check_problem(api.patch(url, json={"name": "x"}, headers={"If-Match": "two"}), 400, "invalid_argument")
    assert api.get(url).json()["name"] == "Mine"


def test_a_name_is_taken_once(api):
    create(api, name="The only one")
    check_problem(api.post("/api/v1/agents", json={"name": "The only one"}), 409, "conflict", "name")
    other = create(api)
    renamed = api.patch(f"/api/v1/agents/{other['id']}", json={"version": 1, "name": "The only one"})
    check_problem(renamed, 409, "conflict", "name")


def test_a_change_that_changes_nothing_makes_no_version(api):
    agent = create(api, description="same")
    same = api.patch(f"/api/v1/agents/{agent['id']}", json={"version": 1, "description": "same"})
    assert same.status_code == 200 and same.json()["version"] == 1


def test_a_stored_key_is_not_sent_to_another_address(api, provider):
    """Whoever may edit an agent could otherwise read its key by naming a server of their own."""
    agent = create(api, model=provider.model())
    elsewhere = {"provider": "openai_compatible", "name": "m", "base_url": "http://127.0.0.1:9/v1"}
    moved = api.patch(f"/api/v1/agents/{agent['id']}", json={"version": 1, "model": elsewhere})
    check_problem(moved, 400, "invalid_argument", "model.api_key")


def test_a_deleted_agent_is_gone_and_its_conversations_stay(api, account, provider):
    agent = create(api, model=provider.model())
    body = {"model": agent["id"], "messages": [{"role": "user", "content": "remember me"}], "store": True}
    assert account.http.post("/v1/chat/completions", json=body).status_code == 200
    assert api.delete(f"/api/v1/agents/{agent['id']}").status_code == 204
    for answer in (
        api.get(f"/api/v1/agents/{agent['id']}"),
        api.get(f"/api/v1/agents/{agent['id']}/versions"),
        api.delete(f"/api/v1/agents/{agent['id']}"),
        api.patch(f"/api/v1/agents/{agent['id']}", json={"version": 1, "name": "x"}),
    ):
        check_problem(answer, 404, "not_found")
    assert agent["id"] not in api.get("/api/v1/agents", params={"limit": 100}).text
    kept = api.get("/api/v1/conversations", params={"agent_id": agent["id"]}).json()["data"]
    assert [one["preview"] for one in kept] == ["remember me"]
    contract.check_openai_error(account.http.post("/v1/chat/completions", json=body), 404, "not_found")


def test_agents_are_listed_last_updated_first_and_found_by_text(api):
    marker = "Zebra"
    made = [create(api, name=f"{marker} {number}")["id"] for number in range(5)]
    create(api, name="Other", description="has a zebra in it")
    time.sleep(0.01)  # times are kept in milliseconds: make sure that this one is later
    touched = api.patch(f"/api/v1/agents/{made[0]}", json={"version": 1, "description": "touched"})
    assert touched.status_code == 200, touched.text
    found = api.get("/api/v1/agents", params={"search": marker.lower(), "limit": 100}).json()["data"]
    assert len(found) == 6
    assert found[0]["id"] == made[0]
    paged, cursor = [], None
    for _ in range(10):
        parameters = {"search": marker, "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = api.get("/api/v1/agents", params=parameters).json()
        contract.check(page, "AgentList")
        paged += page["data"]
        cursor = page.get("next_cursor")
        if not cursor:
            break
    assert [one["id"] for one in paged] == [one["id"] for one in found]
    for wild in ("%", "_", "'"):
        listed = api.get("/api/v1/agents", params={"search": f"Zeb{wild}a", "limit": 100}).json()["data"]
        assert listed == [], f"{wild} is not a wildcard"


@pytest.mark.parametrize(
    "change, param",
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": 7}, "name"),
        ({"nmae": "x"}, "nmae"),
        ({"description": "x" * 501}, "description"),
        ({"instructions": "x" * 32769}, "instructions"),
        ({"instructions": "Hello {{who}}"}, "instructions"),
        ({"variables": {"Upper": "x"}}, "variables"),
        ({"variables": {"a": "x" * 4097}}, "variables.a"),
        ({"variables": {f"v{i}": "" for i in range(65)}}, "variables"),
        ({"variables": {"a": 1}}, "variables.a"),
        ({"greeting": "x" * 1001}, "greeting"),
        ({"voice": "nobody"}, "voice"),
        ({"emotion": "hungry"}, "emotion"),
        ({"emotion_intensity": -0.1}, "emotion_intensity"),
        ({"emotion_intensity": 1.1}, "emotion_intensity"),
        ({"speed": 0.4}, "speed"),
        ({"speed": 2.1}, "speed"),
        ({"language": "english"}, "language"),
        ({"model": {"provider": "magic"}}, "model.provider"),
        ({"model": {"provider": "openai_compatible", "name": "m"}}, "model.base_url"),
        ({"model": {"provider": "openai_compatible", "base_url": "http://127.0.0.1:9/v1"}}, "model.name"),
        ({"model": {"provider": "openai_compatible", "name": "m", "base_url": "ftp://x/v1"}}, "model.base_url"),
        ({"model": {"provider": "local", "temperature": 3}}, "model.temperature"),
        ({"model": {"provider": "local", "max_output_tokens": 0}}, "model.max_output_tokens"),
        ({"model": {"provider": "local", "tempreature": 1}}, "model.tempreature"),
        ({"turn_detection": {"type": "sometimes"}}, "turn_detection.type"),
        ({"turn_detection": {"type": "server_vad", "silence_duration_ms": 99}}, "turn_detection.silence_duration_ms"),
        ({"turn_detection": {"threshold": 2}}, "turn_detection.threshold"),
        ({"store_audio": "yes"}, "store_audio"),
        ({"tone_policy": "shout"}, "tone_policy"),
        ({"tools": [{"type": "function", "name": "two words"}]}, "tools[0].name"),
        ({"tools": [{"type": "function", "name": "a"}, {"type": "robot", "name": "b"}]}, "tools[1].type"),
        ({"tools": [{"type": "function", "name": "a"}] * 65}, "tools"),
        ({"tools": [{"type": "function", "name": "a"}, {"type": "function", "name": "a"}]}, "tools[1].name"),
    ],
)
def test_a_wrong_field_is_named(api, change, param):
    body = {"name": f"Wrong {next(NUMBERS)}", **change}
    body = {key: value for key, value in body.items() if value is not None}
    created = check_problem(api.post("/api/v1/agents", json=body), 400, "invalid_argument", param)
    assert len(created["detail"]) > 15
    if "name" in body:  # a patch needs no name
        agent = create(api)
        patched = api.patch(f"/api/v1/agents/{agent['id']}", json={"version": 1, **body})
        check_problem(patched, 400, "invalid_argument", param)


def test_the_longest_values_are_accepted(api):
    made = create(
        api,
        name="ü" * 80,
        description="d" * 500,
        instructions="i" * 32768,
        greeting="g" * 1000,
        variables={f"v{number}": "" for number in range(64)},
        tools=[{"type": "function", "name": f"tool_{number}"} for number in range(64)],
    )
    assert made["name"] == "ü" * 80


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b'{"name": "a", "name": "b"', b"\xff\xfe"])
def test_a_body_that_is_not_a_json_object_is_refused(api, body):
    answer = api.post("/api/v1/agents", content=body, headers={"Content-Type": "application/json"})
    check_problem(answer, 400, "invalid_argument")


@pytest.mark.parametrize("bad", ["nothing", "agt_", "agt_UPPERCASE0000000000000000", "agt_" + "0" * 400])
def test_an_id_of_another_shape_is_not_found(api, bad):
    answer = api.get(f"/api/v1/agents/{bad}")
    assert answer.status_code in (400, 404)
    assert answer.headers["content-type"] == "application/problem+json"
