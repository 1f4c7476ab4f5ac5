"""Conversations: what was said is kept, listed and filtered, read with its turns, and deleted for good."""
import pytest

from support import contract
from support.contract import check_problem
from support.live import Live
from support.server import wait_until


@pytest.fixture()
def api(account):
    return account.http


def talk(server, api_key, agent, *texts):
    """A written realtime conversation; its id."""
    with Live(server.base_url, api_key, agent) as live:
        for text in texts:
            live.ask(text)
        conversation = live.conversation["conversation_id"]
    return conversation


def ended(api, conversation):
    def check():
        return api.get(f"/api/v1/conversations/{conversation}").json().get("status") == "ended"

    wait_until(check, what=f"the end of {conversation}")
    return api.get(f"/api/v1/conversations/{conversation}")


def test_a_conversation_is_kept_as_it_was(server, api, api_key, account, provider, provider_agent):
    conversation = talk(server, api_key, provider_agent, "my name is Ada", "what is my name")
    answer = ended(api, conversation)
    contract.check_answer(contract.operation("getConversation"), answer)
    body = answer.json()
    assert body["agent_id"] == provider_agent and body["agent_version"] == 1 and body["channel"] == "realtime"
    said = [(item["role"], item["text"].strip()) for item in body["items"] if item["type"] == "message"]
    assert said == [
        ("user", "my name is Ada"),
        ("assistant", "You said: my name is Ada"),
        ("user", "what is my name"),
        ("assistant", "You said: what is my name"),
    ]
    assert all(item["status"] == "completed" for item in body["items"])
    assert body["turn_count"] == 2 == len(body["turns"])
    assert [turn["turn_index"] for turn in body["turns"]] == sorted({item["turn_index"] for item in body["items"]})
    assert body["input_tokens"] == 20 and body["output_tokens"] == 10
    assert body["preview"] == "my name is Ada"
    for turn in body["turns"]:
        assert turn["interrupted"] is False
        assert turn["first_token_ms"] >= 0


def test_a_stored_chat_completion_is_a_conversation_too(api, account, provider, provider_agent):
    body = {"model": provider_agent, "messages": [{"role": "user", "content": "over chat"}], "store": True}
    assert account.http.post("/v1/chat/completions", json={**body, "store": False}).status_code == 200
    assert account.http.post("/v1/chat/completions", json=body).status_code == 200
    listed = api.get("/api/v1/conversations", params={"agent_id": provider_agent}).json()
    contract.check(listed, "ConversationList")
    assert [one["channel"] for one in listed["data"]] == ["chat"]
    assert listed["data"][0]["preview"] == "over chat"


def test_conversations_are_filtered_and_paged_newest_first(server, api, api_key, provider, provider_agent):
    made = [talk(server, api_key, provider_agent, f"call {number}") for number in range(3)]
    url = "/api/v1/conversations"
    mine = {"agent_id": provider_agent}
    whole = api.get(url, params=mine).json()["data"]
    assert [one["id"] for one in whole] == made[::-1]
    first = api.get(url, params={**mine, "limit": 2}).json()
    rest = api.get(url, params={**mine, "limit": 2, "cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in first["data"] + rest["data"]] == made[::-1]
    assert api.get(url, params={**mine, "channel": "chat"}).json()["data"] == []
    middle = whole[1]["started_at"]
    after = api.get(url, params={**mine, "started_after": middle}).json()["data"]
    before = api.get(url, params={**mine, "started_before": middle}).json()["data"]
    assert made[2] in [one["id"] for one in after] and made[0] not in [one["id"] for one in after]
    assert made[0] in [one["id"] for one in before] and made[2] not in [one["id"] for one in before]


@pytest.mark.parametrize(
    "query, param",
    [
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("cursor=nonsense", "cursor"),
        ("channel=pigeon", "channel"),
        ("started_after=yesterday", "started_after"),
        ("agent_id=nobody", "agent_id"),
    ],
)
def test_a_wrong_filter_is_named(api, query, param):
    check_problem(api.get(f"/api/v1/conversations?{query}"), 400, "invalid_argument", param)


def test_a_deleted_conversation_is_gone(server, api, api_key, provider, provider_agent):
    conversation = talk(server, api_key, provider_agent, "forget this sentence about marmalade")
    ended(api, conversation)
    url = f"/api/v1/conversations/{conversation}"
    check_problem(api.get(f"{url}/audio"), 404, "not_found")
    assert api.delete(url).status_code == 204
    check_problem(api.get(url), 404, "not_found")
    check_problem(api.delete(url), 404, "not_found")


def test_a_viewer_reads_but_does_not_delete(server, api, api_key, members, provider, provider_agent):
    conversation = talk(server, api_key, provider_agent, "hello")
    url = f"/api/v1/conversations/{conversation}"
    assert members["viewer"].get(url).status_code == 200
    check_problem(members["viewer"].delete(url), 403, "permission_denied")


def test_a_conversation_in_use_is_deleted_for_good_too(server, api, api_key, provider, provider_agent):
    with Live(server.base_url, api_key, provider_agent) as live:
        live.ask("still here")
        url = f"/api/v1/conversations/{live.conversation['conversation_id']}"
        assert api.get(url).json()["status"] == "active"
        assert api.delete(url).status_code == 204
        live.add_text("and now?")
        live.send("response.create")
    check_problem(api.get(url), 404, "not_found")
    assert api.get("/api/v1/conversations", params={"agent_id": provider_agent}).json()["data"] == []
