"""Set-up, sign-in, tokens, API keys, members and the wall between organisations."""
import datetime

import httpx
import jwt
import pytest

from support import contract
from support.contract import check_problem
from support.server import PASSWORD, Account, Server

COOKIE = "aimpact_refresh"


@pytest.fixture(scope="module")
def fresh(binary, tmp_path_factory):
    """A server of this module's own: its accounts are thrown away, and its throttle may be provoked."""
    with Server(tmp_path_factory.mktemp("accounts")) as running:
        yield running


@pytest.fixture(scope="module")
def owner(fresh):
    """The first owner; also shows what set-up refuses before and after."""
    url = f"{fresh.base_url}/api/v1/setup"
    body = {"token": "wrong", "name": "Eve", "email": "eve@example.com", "password": PASSWORD, "organisation": "Evil"}
    assert httpx.get(url).json() == {"needed": True}
    check_problem(httpx.post(url, json=body), 403, "permission_denied")
    token = fresh.setup_link.split("token=", 1)[1]
    weak = httpx.post(url, json={**body, "token": token, "password": "password1234"})
    check_problem(weak, 400, "invalid_argument", "password")
    assert httpx.get(url).json() == {"needed": True}, "a refused set-up must not use the link up"
    first = Account(fresh)
    contract.check(first.session, "Session")
    assert first.session["role"] == "owner"
    assert httpx.get(url).json() == {"needed": False}
    check_problem(httpx.post(url, json={**body, "token": token}), 409, "failed_precondition")
    return first


def refresh_token(client):
    return client.cookies.get(COOKIE)


def refresh(account, token, **headers):
    with httpx.Client(base_url=account.server.base_url) as client:
        return client.post("/api/v1/auth/refresh", headers={"Cookie": f"{COOKIE}={token}", **headers})


def test_sign_in_tells_nothing_about_who_exists(owner):
    url = f"{owner.server.base_url}/api/v1/auth/sign-in"
    wrong = httpx.post(url, json={"email": owner.email, "password": "not the password"})
    nobody = httpx.post(url, json={"email": "nobody@example.com", "password": "not the password"})
    one, other = (check_problem(answer, 401, "unauthenticated") for answer in (wrong, nobody))
    assert one["detail"] == other["detail"]


def test_sign_in_ignores_the_case_of_the_address(owner):
    email = owner.add_member("viewer")
    client = owner.sign_in(email.upper())
    assert client.get("/api/v1/me").json()["user"]["email"] == email


def test_the_refresh_cookie_is_out_of_reach_of_scripts_and_other_sites(owner):
    email = owner.add_member("viewer")
    answer = httpx.post(
        f"{owner.server.base_url}/api/v1/auth/sign-in", json={"email": email, "password": PASSWORD}
    )
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= attributes
    assert COOKIE in answer.headers["set-cookie"]
    assert answer.headers.get("cache-control") == "no-store"


def test_an_access_token_is_a_jwt_that_the_published_keys_verify(owner):
    token = owner.session["access_token"]
    keys = jwt.PyJWKSet.from_dict(httpx.get(f"{owner.server.base_url}/.well-known/jwks.json").json())
    header = jwt.get_unverified_header(token)
    assert header["alg"] in ("EdDSA", "ES256", "RS256")
    claims = jwt.decode(
        token, keys[header["kid"]].key, algorithms=[header["alg"]], options={"verify_aud": False, "verify_iss": False}
    )
    assert claims["sub"] == owner.session["user"]["id"]
    assert claims["exp"] - claims["iat"] == owner.session["expires_in"] == 900
    assert "d" not in httpx.get(f"{owner.server.base_url}/.well-known/jwks.json").json()["keys"][0]


def test_a_changed_or_unsigned_token_is_refused(owner):
    head, body, signature = owner.session["access_token"].split(".")
    changed = ("A" if signature[0] != "A" else "B") + signature[1:]
    unsigned = jwt.encode({"sub": owner.session["user"]["id"], "exp": 4_000_000_000}, None, algorithm="none")
    symmetric = jwt.encode({"sub": owner.session["user"]["id"], "exp": 4_000_000_000}, "secret" * 8, algorithm="HS256")
    for token in (f"{head}.{body}.{changed}", f"{head}.{body}.", unsigned, symmetric):
        with owner.keyed(token) as client:
            check_problem(client.get("/api/v1/me"), 401, "unauthenticated")


def test_refresh_rotates_and_reuse_ends_the_session(owner):
    client = owner.sign_in(owner.add_member("viewer"))
    first = refresh_token(client)
    one = client.post("/api/v1/auth/refresh")
    assert one.status_code == 200
    contract.check(one.json(), "Session")
    second = refresh_token(client)
    two = client.post("/api/v1/auth/refresh")
    assert two.status_code == 200
    third = refresh_token(client)
    assert len({first, second, third}) == 3
    # The first was exchanged, and what it was exchanged for as well: whoever shows it now has stolen it.
    check_problem(refresh(owner, first), 401, "unauthenticated")
    check_problem(refresh(owner, third), 401, "unauthenticated")
    client.headers["Authorization"] = f"Bearer {two.json()['access_token']}"
    check_problem(client.get("/api/v1/me"), 401, "unauthenticated")


def test_two_tabs_may_refresh_at_the_same_moment(owner):
    client = owner.sign_in(owner.add_member("viewer"))
    shared = refresh_token(client)
    answers = [refresh(owner, shared), refresh(owner, shared)]
    assert [answer.status_code for answer in answers] == [200, 200]
    for answer in answers:
        with owner.keyed(answer.json()["access_token"]) as tab:
            assert tab.get("/api/v1/me").status_code == 200


def test_refresh_is_refused_to_another_site(owner):
    client = owner.sign_in(owner.add_member("viewer"))
    token = refresh_token(client)
    check_problem(refresh(owner, token, Origin="https://evil.example"), 403, "permission_denied")
    assert refresh(owner, token, Origin=owner.server.base_url).status_code == 200
    check_problem(refresh(owner, "nothing"), 401, "unauthenticated")


def test_sign_out_ends_the_session_and_clears_the_cookie(owner):
    client = owner.sign_in(owner.add_member("viewer"))
    token = refresh_token(client)
    answer = client.post("/api/v1/auth/sign-out")
    assert answer.status_code == 204
    assert "max-age=0" in answer.headers["set-cookie"].lower() or "1970" in answer.headers["set-cookie"]
    check_problem(refresh(owner, token), 401, "unauthenticated")
    check_problem(client.get("/api/v1/me"), 401, "unauthenticated")
    assert httpx.post(f"{owner.server.base_url}/api/v1/auth/sign-out").status_code == 204


def test_a_person_changes_their_name_and_password(owner):
    email = owner.add_member("viewer")
    client, elsewhere = owner.sign_in(email), owner.sign_in(email)
    assert client.patch("/api/v1/me", json={"name": "New Name"}).json()["user"]["name"] == "New Name"
    check_problem(client.patch("/api/v1/me", json={"email": owner.email}), 409, "conflict")
    url = "/api/v1/me/password"
    new = "quite another staple battery"
    wrong = client.post(url, json={"current_password": "wrong", "new_password": new})
    check_problem(wrong, 403, "permission_denied")
    weak = client.post(url, json={"current_password": PASSWORD, "new_password": "qwertyuiop"})
    check_problem(weak, 400, "invalid_argument", "new_password")
    assert client.post(url, json={"current_password": PASSWORD, "new_password": new}).status_code == 204
    assert client.get("/api/v1/me").status_code == 200, "the session that changed it goes on"
    check_problem(elsewhere.get("/api/v1/me"), 401, "unauthenticated")
    owner.sign_in(email, new)


def test_the_organisation_is_renamed(owner):
    answer = owner.http.patch("/api/v1/organisation", json={"name": "Acme Ltd"})
    contract.check(answer.json(), "Organisation")
    assert owner.http.get("/api/v1/organisation").json()["name"] == "Acme Ltd"
    check_problem(owner.http.patch("/api/v1/organisation", json={"name": ""}), 400, "invalid_argument", "name")


# ---- API keys


def make_key(client, **fields):
    answer = client.post("/api/v1/api-keys", json={"name": "a key", **fields})
    assert answer.status_code == 201, answer.text
    contract.check(answer.json(), "CreatedApiKey")
    return answer.json()


def test_a_key_is_shown_once_and_works_until_it_is_revoked(owner):
    made = make_key(owner.http)
    secret, key = made["key"], made["api_key"]
    assert secret.startswith(key["prefix"]) and len(secret) > len(key["prefix"]) + 20
    with owner.keyed(secret) as client:
        assert client.get("/api/v1/agents").status_code == 200
        me = client.get("/api/v1/me").json()
        assert "user" not in me or me["user"]["id"] == owner.session["user"]["id"]
        listed = owner.http.get("/api/v1/api-keys")
        assert secret not in listed.text
        assert key["id"] in [one["id"] for one in listed.json()["data"]]
        assert owner.http.delete(f"/api/v1/api-keys/{key['id']}").status_code == 204
        check_problem(client.get("/api/v1/agents"), 401, "unauthenticated")
    check_problem(owner.http.delete(f"/api/v1/api-keys/{key['id']}"), 404, "not_found")
    database = (owner.server.data_dir).rglob("*.db*")
    for path in database:
        assert secret.encode() not in path.read_bytes(), f"{path.name} holds the key itself"


def test_scopes_narrow_a_key(owner):
    secret = make_key(owner.http, scopes=["agents_read"])["key"]
    with owner.keyed(secret) as client:
        assert client.get("/api/v1/agents").status_code == 200
        check_problem(client.post("/api/v1/agents", json={"name": "x"}), 403, "permission_denied")
        check_problem(client.get("/api/v1/members"), 403, "permission_denied")
        assert client.get("/api/v1/me").json()["permissions"] == ["agents_read"]


def test_a_key_never_holds_more_than_its_maker(owner):
    email = owner.add_member("developer")
    developer = owner.sign_in(email)
    refused = developer.post("/api/v1/api-keys", json={"name": "climb", "scopes": ["members_write"]})
    assert refused.status_code in (400, 403), refused.text
    secret = make_key(developer)["key"]
    members = owner.http.get("/api/v1/members", params={"limit": 100}).json()["data"]
    user = next(one for one in members if one["email"] == email)["user_id"]
    with owner.keyed(secret) as client:
        check_problem(client.post("/api/v1/members", json={}), 403, "permission_denied")
        assert client.post("/api/v1/agents", json={"name": "by key"}).status_code == 201
        owner.http.patch(f"/api/v1/members/{user}", json={"role": "viewer"})
        check_problem(client.post("/api/v1/agents", json={"name": "demoted"}), 403, "permission_denied")


def test_a_key_expires(owner):
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=1)
    stamp = soon.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert make_key(owner.http, expires_at=stamp)["api_key"]["expires_at"] == stamp
    past = owner.http.post("/api/v1/api-keys", json={"name": "late", "expires_at": "2020-01-01T00:00:00.000Z"})
    check_problem(past, 400, "invalid_argument", "expires_at")


@pytest.mark.parametrize(
    "body, param",
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "k", "scopes": ["everything"]}, "scopes[0]"),
        ({"name": "k", "scope": []}, "scope"),
        ({"name": "k", "expires_at": "tomorrow"}, "expires_at"),
    ],
)
def test_a_wrong_key_request_names_its_field(owner, body, param):
    check_problem(owner.http.post("/api/v1/api-keys", json=body), 400, "invalid_argument", param)


# ---- members


def find_member(account, email):
    members = account.http.get("/api/v1/members", params={"limit": 100}).json()["data"]
    return next((one for one in members if one["email"] == email), None)


def test_members_come_and_go(owner):
    email = owner.add_member("admin")
    member = find_member(owner, email)
    contract.check(member, "Member")
    taken = {"email": email.title(), "name": "Twin", "role": "viewer", "password": PASSWORD}
    check_problem(owner.http.post("/api/v1/members", json=taken), 409, "conflict")
    admin = owner.sign_in(email)
    secret = make_key(admin)["key"]
    url = f"/api/v1/members/{member['user_id']}"
    assert owner.http.patch(url, json={"role": "viewer"}).json()["role"] == "viewer"
    check_problem(admin.post("/api/v1/members", json=taken), 403, "permission_denied")
    assert owner.http.delete(url).status_code == 204
    check_problem(admin.get("/api/v1/me"), 401, "unauthenticated")
    with owner.keyed(secret) as client:
        check_problem(client.get("/api/v1/me"), 401, "unauthenticated")
    assert find_member(owner, email) is None
    check_problem(owner.http.delete(url), 404, "not_found")


def test_only_an_owner_changes_owners_and_one_stays(owner):
    admin = owner.sign_in(owner.add_member("admin"))
    mine = f"/api/v1/members/{owner.session['user']['id']}"
    new_owner = {"email": "boss@example.com", "name": "Boss", "role": "owner", "password": PASSWORD}
    check_problem(admin.post("/api/v1/members", json=new_owner), 403, "permission_denied")
    check_problem(admin.patch(mine, json={"role": "viewer"}), 403, "permission_denied")
    check_problem(admin.delete(mine), 403, "permission_denied")
    check_problem(owner.http.patch(mine, json={"role": "admin"}), 409, "failed_precondition")
    check_problem(owner.http.delete(mine), 409, "failed_precondition")


@pytest.mark.parametrize(
    "change, param",
    [
        ({"email": "no address"}, "email"),
        ({"email": "a@" + "b" * 260}, "email"),
        ({"role": "king"}, "role"),
        ({"password": "short"}, "password"),
        ({"password": "aaaaaaaaaaaa"}, "password"),
        ({"password": "Zk3!pQ9"}, "password"),
        ({"password": "Zk3!pQ9 " * 16 + "x"}, "password"),
        ({"name": ""}, "name"),
        ({"nmae": "typo"}, "nmae"),
    ],
)
def test_a_wrong_member_names_its_field(owner, change, param):
    body = {"email": "new@example.com", "name": "New", "role": "viewer", "password": PASSWORD, **change}
    problem = check_problem(owner.http.post("/api/v1/members", json=body), 400, "invalid_argument", param)
    if param == "nmae":
        assert "name" in problem["detail"]


def test_the_longest_password_works(owner):
    phrase = "a quite long passphrase of many unrelated words, 42 pianos "
    password = (phrase * 5)[:128]
    body = {"email": "long@example.com", "name": "Long", "role": "viewer", "password": password}
    assert owner.http.post("/api/v1/members", json=body).status_code == 201
    owner.sign_in("long@example.com", password)


def test_members_are_paged_oldest_first(owner):
    for _ in range(3):
        owner.add_member("viewer")
    everyone = owner.http.get("/api/v1/members", params={"limit": 100}).json()["data"]
    assert everyone[0]["role"] == "owner"
    paged, cursor = [], None
    while True:
        page = owner.http.get("/api/v1/members", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        contract.check(page, "MemberList")
        paged += page["data"]
        cursor = page.get("next_cursor")
        if not cursor:
            break
        assert len(page["data"]) == 2
    assert [one["user_id"] for one in paged] == [one["user_id"] for one in everyone]
    check_problem(owner.http.get("/api/v1/members?cursor=nonsense"), 400, "invalid_argument", "cursor")
    check_problem(owner.http.get("/api/v1/members?limit=0"), 400, "invalid_argument", "limit")
    check_problem(owner.http.get("/api/v1/members?limit=101"), 400, "invalid_argument", "limit")


# ---- another organisation


@pytest.fixture(scope="module")
def neighbour(owner):
    return owner.neighbour("org_01kag5v5c1zqj0d8y4k2m9x7rt", "rival@example.com")


def test_another_organisation_sees_nothing_of_ours(owner, neighbour):
    agent = owner.make_agent(name="Secret agent")
    name = owner.http.get(f"/api/v1/agents/{agent}").json()["name"]
    key = make_key(owner.http)["api_key"]["id"]
    member = owner.session["user"]["id"]
    for path in ("/api/v1/agents", "/api/v1/api-keys", "/api/v1/conversations"):
        assert neighbour.get(path).json()["data"] == []
    assert [one["email"] for one in neighbour.get("/api/v1/members").json()["data"]] == ["rival@example.com"]
    assert agent not in neighbour.get("/v1/models").text
    for method, path in [
        ("GET", f"/api/v1/agents/{agent}"),
        ("DELETE", f"/api/v1/agents/{agent}"),
        ("GET", f"/api/v1/agents/{agent}/versions"),
        ("DELETE", f"/api/v1/api-keys/{key}"),
        ("DELETE", f"/api/v1/members/{member}"),
    ]:
        check_problem(neighbour.request(method, path), 404, "not_found")
    change = neighbour.patch(f"/api/v1/agents/{agent}", json={"version": 1, "name": "Stolen"})
    check_problem(change, 404, "not_found")
    chat = neighbour.post("/v1/chat/completions", json={"model": agent, "messages": [{"role": "user", "content": "hi"}]})
    contract.check_openai_error(chat, 404, "not_found")
    assert owner.http.get(f"/api/v1/agents/{agent}").json()["name"] == name


# ---- last, since it makes sign-in slow for this address


def test_zz_guessing_passwords_is_throttled(owner):
    email = owner.add_member("viewer")
    url = f"{owner.server.base_url}/api/v1/auth/sign-in"
    for _ in range(60):
        answer = httpx.post(url, json={"email": email, "password": "a wrong guess"}, timeout=30)
        if answer.status_code == 429:
            check_problem(answer, 429, "rate_limited")
            return
        check_problem(answer, 401, "unauthenticated")
    pytest.fail("60 wrong passwords were answered without a limit")
