"""Access tokens that expire: they last a minute here, which is the shortest that can be configured."""
import json
import time

import httpx
import jwt
import pytest
import websockets

from support.contract import check_openai_error, check_problem
from support.live import Live
from support.server import PASSWORD, Account, Server

EXPIRED = "The access token has expired. Refresh the session."


@pytest.fixture(scope="module")
def brief(binary, tmp_path_factory):
    with Server(tmp_path_factory.mktemp("expiry"), {"auth.access_token_minutes": "1"}) as running:
        yield running


@pytest.fixture(scope="module")
def owner(brief):
    return Account(brief)


def expiry(token):
    return jwt.decode(token, options={"verify_signature": False})["exp"]


def wait_for_expiry(token):
    time.sleep(max(0.0, expiry(token) + 1.0 - time.time()))


def test_an_expired_access_token_is_refused_everywhere_and_a_running_session_goes_on(brief, owner, provider):
    keyed = owner.keyed(owner.api_key)
    agent = keyed.post("/api/v1/agents", json={"name": "Clerk", "model": provider.model()}).json()["id"]
    browser = httpx.Client(base_url=brief.base_url, timeout=120)
    signed_in = browser.post("/api/v1/auth/sign-in", json={"email": owner.email, "password": PASSWORD}).json()
    assert signed_in["expires_in"] == 60
    used = signed_in["access_token"]
    # One that the server has never seen when it expires: nothing of it is remembered.
    unused = browser.post("/api/v1/auth/refresh").json()["access_token"]
    bearer = {"Authorization": f"Bearer {used}"}
    assert httpx.get(f"{brief.base_url}/api/v1/me", headers=bearer).status_code == 200
    with Live(brief.base_url, used, agent) as live:
        assert live.ask("before").strip() == "You said: before"
        body = {"expires_after": {"anchor": "created_at", "seconds": 600}}
        made = httpx.post(f"{brief.base_url}/v1/realtime/client_secrets", headers=bearer, json=body, timeout=60)
        assert made.status_code == 200, made.text
        secret = made.json()["value"]
        wait_for_expiry(unused)
        for token in (used, unused):
            bearer = {"Authorization": f"Bearer {token}"}
            refused = httpx.get(f"{brief.base_url}/api/v1/me", headers=bearer)
            assert check_problem(refused, 401, "unauthenticated")["detail"] == EXPIRED
            refused = httpx.get(f"{brief.base_url}/v1/models", headers=bearer)
            assert check_openai_error(refused, 401, "unauthenticated")["message"] == EXPIRED
            with pytest.raises(websockets.InvalidStatus) as caught:
                Live(brief.base_url, token, agent)
            assert caught.value.response.status_code == 401
            assert json.loads(caught.value.response.body)["error"]["message"] == EXPIRED
        # What the token opened goes on without it, and so does what was made with it.
        assert live.ask("after").strip() == "You said: after"
        with Live(brief.base_url, secret, agent) as other:
            assert other.ask("with a secret").strip() == "You said: with a secret"
    kept = keyed.get(f"/api/v1/conversations/{live.conversation['conversation_id']}").json()
    assert [item["text"].strip() for item in kept["items"] if item["role"] == "user"] == ["before", "after"]
    # The session behind the token is alive: its refresh cookie gives a new one.
    fresh = browser.post("/api/v1/auth/refresh")
    assert fresh.status_code == 200
    bearer = {"Authorization": f"Bearer {fresh.json()['access_token']}"}
    assert httpx.get(f"{brief.base_url}/api/v1/me", headers=bearer).status_code == 200


def test_a_token_that_only_claims_to_last_longer_is_refused(brief, owner):
    """Its expiry is moved, or its signature is of another key: neither is taken at its word."""
    token = owner.sign_in(owner.email).headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    header = jwt.get_unverified_header(token)
    claims["exp"] += 3600
    longer = jwt.utils.base64url_encode(json.dumps(claims).encode()).decode()
    head, _, signature = token.split(".")
    forged = [f"{head}.{longer}.{signature}", jwt.encode(claims, "x" * 64, "HS256", headers={"kid": header["kid"], "typ": "at+jwt"})]
    for bad in forged:
        refused = httpx.get(f"{brief.base_url}/api/v1/me", headers={"Authorization": f"Bearer {bad}"})
        check_problem(refused, 401, "unauthenticated")
