"""/v1/chat/completions through the official client: whole and streamed answers, tools, formats, errors."""
import json

import openai
import pytest

from support import contract

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'}}


def user(text):
    return [{"role": "user", "content": text}]


# ---- an agent with a model whose behaviour is known


def test_an_agent_answers_with_its_instructions_in_front(client, account, provider):
    agent = account.make_agent(
        instructions="You work for {{firm}}.", variables={"firm": "Acme"}, model=provider.model(temperature=0.25)
    )
    answer = client.chat.completions.create(model=agent, messages=user("hello there"))
    assert answer.choices[0].message.content.strip() == "You said: hello there"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == agent and answer.id.startswith("chatcmpl")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (10, 5, 15)
    sent = provider.requests[-1]
    assert sent["path"] == "/v1/chat/completions"
    assert sent["headers"]["Authorization"] == "Bearer provider-secret-key"
    assert sent["body"]["model"] == "test-model" and sent["body"]["temperature"] == 0.25
    roles = [message["role"] for message in sent["body"]["messages"]]
    assert roles[0] in ("system", "developer") and roles[-1] == "user"
    assert sent["body"]["messages"][0]["content"].startswith("You work for Acme.")


def test_a_variable_is_set_by_metadata(client, account, provider):
    agent = account.make_agent(instructions="Call me {{who}}.", variables={"who": "Nobody"}, model=provider.model())
    client.chat.completions.create(model=agent, messages=user("hi"), metadata={"var_who": "Ishmael"})
    assert provider.requests[-1]["body"]["messages"][0]["content"].startswith("Call me Ishmael.")


def test_the_whole_history_reaches_the_model(client, provider, provider_agent):
    history = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": [{"type": "text", "text": "three"}]},
    ]
    client.chat.completions.create(model=provider_agent, messages=history)
    sent = [(m["role"], m["content"]) for m in provider.requests[-1]["body"]["messages"]]
    assert [pair for pair in sent if pair[0] in ("user", "assistant")] == [("user", "one"), ("assistant", "two"), ("user", "three")]
    assert "Be brief." in "".join(content for role, content in sent if role in ("system", "developer"))


def test_a_stream_brings_the_words_one_by_one(client, provider, provider_agent):
    stream = client.chat.completions.create(
        model=provider_agent, messages=user("a b c"), stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    pieces = [c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content]
    assert "".join(pieces).strip() == "You said: a b c"
    assert len(pieces) >= 3, "the answer came in one piece"
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == 15


def test_a_tool_call_comes_back_and_its_result_goes_in(client, provider, provider_agent):
    def answer(messages):
        if messages[-1]["role"] == "tool":
            return "It is " + json.loads(messages[-1]["content"])["weather"]
        return {"tool_calls": [CALL]}

    provider.answer = answer
    messages = user("What is the weather in Paris?")
    first = client.chat.completions.create(model=provider_agent, messages=messages, tools=[TOOL], tool_choice="auto")
    assert first.choices[0].finish_reason == "tool_calls"
    call = first.choices[0].message.tool_calls[0]
    assert call.function.name == "get_weather" and json.loads(call.function.arguments) == {"city": "Paris"}
    assert provider.requests[-1]["body"]["tools"][0]["function"]["name"] == "get_weather"
    messages += [
        first.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": '{"weather": "sunny"}'},
    ]
    second = client.chat.completions.create(model=provider_agent, messages=messages, tools=[TOOL])
    assert second.choices[0].message.content.strip() == "It is sunny"
    sent = provider.requests[-1]["body"]["messages"]
    assert sent[-1]["role"] == "tool" and sent[-1]["tool_call_id"] == sent[-2]["tool_calls"][0]["id"]


def test_a_tool_call_is_streamed(client, provider, provider_agent):
    provider.answer = lambda messages: {"tool_calls": [CALL]}
    name = arguments = ""
    for chunk in client.chat.completions.create(
        model=provider_agent, messages=user("weather?"), tools=[TOOL], stream=True
    ):
        for call in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
            name += call.function.name or ""
            arguments += call.function.arguments or ""
            finish = None
        finish = chunk.choices[0].finish_reason if chunk.choices else finish
    assert name == "get_weather" and json.loads(arguments) == {"city": "Paris"} and finish == "tool_calls"


def test_options_reach_the_provider(client, provider, provider_agent):
    client.chat.completions.create(
        model=provider_agent,
        messages=user("x"),
        temperature=0.5,
        top_p=0.9,
        max_completion_tokens=33,
        stop=["END"],
        response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": {"type": "object"}}},
    )
    body = provider.requests[-1]["body"]
    assert body["temperature"] == 0.5 and body["top_p"] == 0.9
    assert body.get("max_tokens", body.get("max_completion_tokens")) == 33
    assert body["stop"] == ["END"]
    assert body["response_format"]["type"] == "json_schema"


# ---- the local model


def test_the_local_model_answers(client):
    answer = client.chat.completions.create(
        model="smollm2-135m", messages=user("Say hello."), max_completion_tokens=24, temperature=0, seed=1
    )
    assert answer.choices[0].message.content.strip()
    assert 0 < answer.usage.completion_tokens <= 24
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_the_local_model_stops_at_its_limit_and_says_so(client):
    answer = client.chat.completions.create(
        model="smollm2-135m", messages=user("Count from one to one hundred in words."), max_completion_tokens=8
    )
    assert answer.choices[0].finish_reason == "length" and answer.usage.completion_tokens == 8


def test_the_local_model_is_repeatable_at_temperature_zero(client):
    def once():
        return client.chat.completions.create(
            model="smollm2-135m", messages=user("Name a colour."), max_completion_tokens=12, temperature=0
        ).choices[0].message.content

    assert once() == once()


def test_a_json_schema_binds_the_local_model(client):
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "maxLength": 20}, "nights": {"type": "integer", "minimum": 1, "maximum": 9}},
        "required": ["city", "nights"],
        "additionalProperties": False,
    }
    answer = client.chat.completions.create(
        model="smollm2-135m",
        messages=user("I want to stay three nights in Rome. Answer in JSON."),
        response_format={"type": "json_schema", "json_schema": {"name": "booking", "strict": True, "schema": schema}},
        max_completion_tokens=80,
        temperature=0,
    )
    booking = json.loads(answer.choices[0].message.content)
    assert isinstance(booking["city"], str) and 1 <= booking["nights"] <= 9 and set(booking) == {"city", "nights"}


def test_a_forced_tool_binds_the_local_model(client):
    answer = client.chat.completions.create(
        model="smollm2-135m",
        messages=user("What is the weather in Paris?"),
        tools=[TOOL],
        tool_choice="required",
        max_completion_tokens=80,
        temperature=0,
    )
    call = answer.choices[0].message.tool_calls[0]
    assert call.function.name == "get_weather" and isinstance(json.loads(call.function.arguments)["city"], str)


# ---- errors are the client's own classes


@pytest.mark.parametrize(
    "change, param",
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content"),
        ({"temperature": 3}, "temperature"),
        ({"top_p": -1}, "top_p"),
        ({"max_completion_tokens": 0}, "max_completion_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"tools": [{"type": "function", "function": {"name": "two words"}}]}, "tools[0].function.name"),
        ({"response_format": {"type": "poem"}}, "response_format"),
        ({"messages": [{"role": "user", "content": "x"}] * 1025}, "messages"),
    ],
)
def test_a_wrong_field_is_a_bad_request_that_names_it(client, agent_id, change, param):
    request = {"model": agent_id, "messages": user("hi"), **change}
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**request)
    assert caught.value.param == param, caught.value.body
    assert caught.value.code == "invalid_argument"


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="gpt-99", messages=user("hi"))
    assert caught.value.code == "not_found" and caught.value.param == "model"


def test_a_wrong_key_is_an_authentication_error(client):
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="sk-wrong").chat.completions.create(model="x", messages=user("hi"))


def test_a_missing_scope_is_a_permission_error(client, account):
    key = account.http.post("/api/v1/api-keys", json={"name": "narrow", "scopes": ["agents_read"]}).json()["key"]
    with pytest.raises(openai.PermissionDeniedError):
        client.with_options(api_key=key).chat.completions.create(model="smollm2-135m", messages=user("hi"))


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_a_failing_provider_is_a_server_error_without_its_secrets(client, provider, provider_agent, status):
    provider.status = status
    with pytest.raises((openai.InternalServerError, openai.RateLimitError)) as caught:
        client.chat.completions.create(model=provider_agent, messages=user("hi"))
    assert caught.value.status_code in (429, 502, 503)
    assert "provider-secret-key" not in str(caught.value.body)


def test_a_provider_that_is_away_is_named_as_such(client, account):
    agent = account.make_agent(
        model={"provider": "openai_compatible", "name": "m", "base_url": "http://127.0.0.1:9/v1", "api_key": "k"}
    )
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model=agent, messages=user("hi"))
    assert caught.value.status_code in (502, 503)


def test_unknown_fields_are_ignored(account, provider, provider_agent):
    body = {"model": provider_agent, "messages": user("hi"), "logit_bias": {}, "service_tier": "auto", "n": 1, "some_new_field": True}
    answer = account.http.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200
    contract.check_answer(contract.operation("createChatCompletion"), answer)


def test_a_client_that_leaves_stops_the_provider(client, account, provider, provider_agent):
    provider.answer = lambda messages: " ".join(["word"] * 2000)
    stream = client.chat.completions.create(model=provider_agent, messages=user("go on"), stream=True)
    next(iter(stream))
    stream.close()
    provider.answer = lambda messages: "still here"
    again = client.chat.completions.create(model=provider_agent, messages=user("hi"))
    assert again.choices[0].message.content.strip() == "still here"
