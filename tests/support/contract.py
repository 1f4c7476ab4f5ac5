"""api/openapi.yaml as the tests use it: its operations, and a check of an answer against its schemas."""
import dataclasses
import datetime
import functools
import re

import jsonschema
import yaml
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from .server import ROOT

DOCUMENT = ROOT / "api/openapi.yaml"
METHODS = ("get", "put", "post", "delete", "patch")
ROLES = ("owner", "admin", "developer", "viewer")

# Ids of the right shape that no test creates: for calls whose answer must not depend on a thing being there.
MISSING = {
    "user_id": "usr_00000000000000000000000000",
    "api_key_id": "key_00000000000000000000000000",
    "agent_id": "agt_00000000000000000000000000",
    "agent": "agt_00000000000000000000000000",
    "token": "sk-aimpact-nobody",
    "word_id": "wrd_00000000000000000000000000",
    "conversation_id": "conv_00000000000000000000000000",
    "consent_id": "cons_00000000000000000000000000",
    "voice_id": "voice_00000000000000000000000000",
    "model": "no-such-model",
}


@dataclasses.dataclass(frozen=True)
class Operation:
    method: str
    path: str
    permission: str
    operation_id: str
    parameters: tuple
    responses: dict = dataclasses.field(hash=False, compare=False)

    @property
    def openai(self):
        return self.path.startswith("/v1/")

    @property
    def websocket(self):
        return "101" in self.responses

    def url(self):
        return re.sub(r"\{(\w+)\}", lambda found: MISSING[found.group(1)], self.path)

    def __str__(self):
        return f"{self.method} {self.path}"


@functools.cache
def document():
    return yaml.safe_load(DOCUMENT.read_text())


@functools.cache
def operations():
    found = []
    for path, item in document()["paths"].items():
        for method in METHODS:
            if method in item:
                one = item[method]
                found.append(
                    Operation(
                        method.upper(),
                        path,
                        one["x-permission"],
                        one["operationId"],
                        tuple(re.findall(r"\{(\w+)\}", path)),
                        one["responses"],
                    )
                )
    return tuple(found)


def operation(operation_id):
    return next(one for one in operations() if one.operation_id == operation_id)


@functools.cache
def permissions():
    return tuple(document()["components"]["schemas"]["Permission"]["enum"])


def granted(role):
    """The role table of the document's introduction."""
    if role in ("owner", "admin"):
        return set(permissions())
    if role == "developer":
        return set(permissions()) - {"organisation_write", "members_write", "audit_read"}
    read = ("organisation", "members", "agents", "conversations", "voices", "words")
    return {f"{what}_read" for what in read} | {"converse"}


FORMATS = jsonschema.FormatChecker(formats=[])


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(value):
    if isinstance(value, str):
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value):
            raise ValueError(f"{value} is not RFC 3339 in UTC with milliseconds")
        datetime.datetime.fromisoformat(value)
    return True


@functools.cache
def registry():
    resource = Resource.from_contents(document(), default_specification=DRAFT202012)
    return Registry().with_resource("urn:aimpact:openapi", resource)


def check(instance, schema):
    """Fails unless `instance` is valid; `schema` is a name under components/schemas or a pointer into the document."""
    pointer = schema if schema.startswith("/") else f"/components/schemas/{schema}"
    validator = jsonschema.Draft202012Validator(
        {"$ref": f"urn:aimpact:openapi#{pointer}"}, registry=registry(), format_checker=FORMATS
    )
    problems = [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(instance)]
    assert not problems, "; ".join(problems)


def check_answer(one, answer):
    """The answer's status is documented, and its content type and body are what the document says."""
    documented = one.responses.get(str(answer.status_code), one.responses.get("default"))
    assert documented, f"{one} answered {answer.status_code}, which is not documented: {answer.text[:300]}"
    pointer = f"/paths/{escape(one.path)}/{one.method.lower()}/responses/" + (
        str(answer.status_code) if str(answer.status_code) in one.responses else "default"
    )
    while "$ref" in documented:
        pointer = documented["$ref"][1:]
        documented = resolve(pointer)
    kinds = documented.get("content")
    if not kinds:
        assert not answer.content, f"{one} answered {answer.status_code} with a body that is not documented"
        return
    kind = answer.headers["content-type"].split(";")[0]
    assert kind in kinds, f"{one} answered with {kind}; documented: {', '.join(kinds)}"
    if kind.endswith("json"):
        check(answer.json(), f"{pointer}/content/{escape(kind)}/schema")


def check_problem(answer, status, code, param=None):
    """An error under /api/v1: RFC 9457 with our code, a detail for people and the request's id."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    check(body, "Problem")
    assert body["code"] == code and body["status"] == status, body
    assert body["request_id"] == answer.headers["x-request-id"]
    if param is not None:
        assert body.get("param") == param, body
    if status in (429, 503):
        assert int(answer.headers["retry-after"]) >= 1
    return body


def check_openai_error(answer, status, code, param=None):
    """An error under /v1, in OpenAI's shape."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    body = answer.json()
    check(body, "OpenAiErrorBody")
    assert body["error"]["code"] == code, body
    if param is not None:
        assert body["error"]["param"] == param, body
    assert answer.headers["x-request-id"].startswith("req_")
    return body["error"]


def escape(token):
    return token.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def resolve(pointer):
    value = document()
    for token in pointer.strip("/").split("/"):
        value = value[token.replace("~1", "/").replace("~0", "~")]
    return value
