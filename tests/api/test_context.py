"""An agent keeps its context: over ten turns, over a reconnect and over a restart of the server. What counts is
what reaches the model, so the model is a provider of the test's own."""
import signal

import pytest

from support.live import Live
from support.provider import Provider
from support.server import Account, Server, wait_until


def dialogue(request):
    """(role, text) of the messages that reached the model, without the instructions."""
    messages = request["body"]["messages"]
    return [(m["role"], m["content"].strip()) for m in messages if m["role"] in ("user", "assistant")]


def expected(turns):
    pairs = []
    for text in turns:
        pairs += [("user", text), ("assistant", f"You said: {text}")]
    return pairs


def test_ten_turns_are_remembered(server, api_key, provider, provider_agent):
    turns = [f"this is turn {number}" for number in range(10)]
    with Live(server.base_url, api_key, provider_agent) as live:
        for position, text in enumerate(turns):
            assert live.ask(text).strip() == f"You said: {text}"
            assert dialogue(provider.requests[-1]) == expected(turns[:position]) + [("user", text)]
            assert provider.requests[-1]["body"]["messages"][0]["role"] in ("system", "developer")


def test_a_reconnect_goes_on_where_it_was(server, api_key, account, provider, provider_agent):
    with Live(server.base_url, api_key, provider_agent) as live:
        live.ask("my code word is swordfish")
        conversation = live.conversation["conversation_id"]
    with Live(server.base_url, api_key, provider_agent, conversation) as live:
        assert live.conversation["conversation_id"] == conversation
        live.ask("what was my code word")
    assert dialogue(provider.requests[-1]) == expected(["my code word is swordfish"]) + [("user", "what was my code word")]

    def recorded():
        return account.http.get(f"/api/v1/conversations/{conversation}").json()["turn_count"] == 2

    wait_until(recorded, what="the second turn's record")


def test_an_abrupt_end_of_the_connection_keeps_what_was_said(server, api_key, provider, provider_agent):
    live = Live(server.base_url, api_key, provider_agent)
    live.ask("remember the number seven")
    conversation = live.conversation["conversation_id"]
    live.socket.socket.close()  # without a closing handshake
    with Live(server.base_url, api_key, provider_agent, conversation) as again:
        again.ask("which number")
    assert dialogue(provider.requests[-1])[0] == ("user", "remember the number seven")


def test_a_new_conversation_knows_nothing_of_another(server, api_key, provider, provider_agent):
    with Live(server.base_url, api_key, provider_agent) as live:
        live.ask("a private matter")
    with Live(server.base_url, api_key, provider_agent) as live:
        live.ask("hello")
    assert dialogue(provider.requests[-1]) == [("user", "hello")]


def test_a_conversation_of_another_agent_is_refused(server, api_key, account, provider, provider_agent):
    with Live(server.base_url, api_key, provider_agent) as live:
        live.ask("hello")
        conversation = live.conversation["conversation_id"]
    other = account.make_agent(name="Other", model=provider.model())
    with pytest.raises(Exception) as caught:
        Live(server.base_url, api_key, other, conversation)
    assert "40" in str(caught.value) or "not_found" in str(caught.value)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["SIGTERM", "SIGKILL"])
def test_a_restart_keeps_the_context(binary, tmp_path, how):
    provider = Provider()
    with Server(tmp_path) as first:
        account = Account(first)
        agent = account.make_agent(model=provider.model())
        live = Live(first.base_url, account.api_key, agent)
        live.ask("my dog is called Rex")
        live.ask("and my cat is called Tom")
        conversation = live.conversation["conversation_id"]

        def recorded():
            return account.http.get(f"/api/v1/conversations/{conversation}").json()["turn_count"] == 2

        wait_until(recorded, what="the second turn's record")
        first.stop(how)
    with Server(tmp_path) as second:
        with Live(second.base_url, account.api_key, agent, conversation) as live:
            live.ask("how are my animals called")
    assert dialogue(provider.requests[-1]) == expected(["my dog is called Rex", "and my cat is called Tom"]) + [
        ("user", "how are my animals called")
    ]
    assert provider.requests[-1]["headers"]["Authorization"] == "Bearer provider-secret-key"
    provider.close()
