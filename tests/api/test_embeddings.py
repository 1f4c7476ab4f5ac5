"""/v1/embeddings through the official client: meaning, order, encodings and limits."""
import base64

import numpy as np
import openai
import pytest

from support import contract

MODEL = "all-minilm-l6-v2"


def embed(client, texts, **options):
    answer = client.embeddings.create(model=MODEL, input=texts, **options)
    return np.array([one.embedding for one in sorted(answer.data, key=lambda one: one.index)])


def test_similar_texts_are_closer(client):
    vectors = embed(
        client,
        [
            "When does the shop open in the morning?",
            "At what time do you start business?",
            "The cat slept on a warm stone.",
            "A kitten is napping on the rock.",
        ],
    )
    assert vectors.shape == (4, 384)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > likeness[0, 2:].max() + 0.2
    assert likeness[2, 3] > likeness[2, :2].max() + 0.2


def test_a_batch_gives_what_single_calls_give(client):
    texts = ["first", "a second, somewhat longer text", "third"]
    together = embed(client, texts)
    for position, text in enumerate(texts):
        np.testing.assert_allclose(embed(client, text)[0], together[position], atol=2e-2)
    np.testing.assert_allclose(embed(client, texts[::-1]), together[::-1], atol=2e-2)


def test_base64_holds_the_same_numbers(account):
    body = {"model": MODEL, "input": "the same text"}
    plain = account.http.post("/v1/embeddings", json={**body, "encoding_format": "float"})
    packed = account.http.post("/v1/embeddings", json={**body, "encoding_format": "base64"})
    for answer in (plain, packed):
        contract.check_answer(contract.operation("createEmbedding"), answer)
    numbers = np.frombuffer(base64.b64decode(packed.json()["data"][0]["embedding"]), "<f4")
    np.testing.assert_allclose(numbers, plain.json()["data"][0]["embedding"], atol=1e-6)


def test_the_vectors_own_dimensions_may_be_asked_for(client):
    np.testing.assert_allclose(embed(client, "some text", dimensions=384), embed(client, "some text"), atol=1e-6)


def test_usage_counts_tokens_and_aliases_work(client):
    answer = client.embeddings.create(model="text-embedding-3-small", input=["one two three"])
    assert 3 <= answer.usage.prompt_tokens <= 8
    assert answer.usage.total_tokens == answer.usage.prompt_tokens


def test_a_text_longer_than_the_model_reads_is_embedded(client):
    vectors = embed(client, ["word " * 6000, "word " * 5999])
    assert vectors[0] @ vectors[1] > 0.9


@pytest.mark.parametrize(
    "change, param",
    [
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": ["fine", ""]}, "input"),
        ({"input": [["x"]]}, "input"),
        ({"input": ["x"] * 257}, "input"),
        ({"input": "x" * 32769}, "input"),
        ({"dimensions": 64}, "dimensions"),
        ({"dimensions": 385}, "dimensions"),
        ({"encoding_format": "hex"}, "encoding_format"),
    ],
)
def test_a_wrong_field_is_a_bad_request_that_names_it(account, change, param):
    answer = account.http.post("/v1/embeddings", json={"model": MODEL, "input": "text", **change})
    contract.check_openai_error(answer, 400, "invalid_argument", param)


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="no-such-model", input="x")
