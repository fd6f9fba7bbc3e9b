"""Writes what others read of our tables: the description of the API, and the names in the tool.

`infra/openapi.yaml` is edited by hand. `infra/openapi-examples.yaml` has a request and its answer
for each operation, as the code gave it in a test (`tests/integration/examples.py`), and
`infra/webhook-examples.yaml` the body of a webhook of each type.
"""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from makegood.domain.approval_rules import Wait
from makegood.domain.contracts import TERMS_FIELDS
from makegood.domain.event_names import MEANINGS, EventName
from makegood.domain.inquiries import REJECT_REASONS
from makegood.domain.parties import Role
from makegood.domain.policies import RULE_FIELDS, At, Then
from makegood.domain.policy_conditions import Operator, Variable
from makegood.domain.uploads import KINDS, SHEETS
from makegood.files.layouts import RESULT_COLUMNS
from makegood.forms.fields import POLICY_FIELDS
from makegood.operator.described import described as commands

ROOT = Path(__file__).parents[2]
WRITTEN = ROOT / "infra" / "openapi.yaml"
EXAMPLES = ROOT / "infra" / "openapi-examples.yaml"
WEBHOOKS = ROOT / "infra" / "webhook-examples.yaml"
PUBLISHED = ROOT / "layers" / "makegood" / "makegood" / "openapi.json"
NAMES = ROOT / "infra" / "cli" / "makegood_cli" / "names.json"
FORM = "application/x-www-form-urlencoded"

Example = Mapping[str, Any]


def examples() -> dict[str, Example]:
    """The example of each operation, and of each shared response, by its name."""
    return yaml.load(EXAMPLES.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def webhook_examples() -> dict[str, Example]:
    """The body of a webhook of each type."""
    return yaml.load(WEBHOOKS.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def _webhook(name: str, example: Example) -> dict[str, Any]:
    """What is sent to endpoints of an event of that name."""
    body = {"schema": {"$ref": "#/components/schemas/WebhookBody"}, "example": example}
    headers = ("WebhookId", "WebhookTimestamp", "WebhookSignature")
    return {
        "post": {
            "summary": MEANINGS[EventName(name)].text,
            "parameters": [{"$ref": f"#/components/parameters/{each}"} for each in headers],
            "requestBody": {"required": True, "content": {"application/json": body}},
            "responses": {"2XX": {"description": "It is taken; anything else is tried again."}},
        }
    }


def described() -> dict[str, Any]:
    """The written description, with an example and a line for curl at each operation, and what
    webhooks are sent.
    """
    document = yaml.load(WRITTEN.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    known = examples()
    for path in document["paths"].values():
        for method, operation in path.items():
            if method != "parameters" and operation["operationId"] in known:
                _show(method, operation, known[operation["operationId"]])
    for name, response in document["components"]["responses"].items():
        if name in known:
            _answer(response, known[name])
    sent = webhook_examples()
    document["webhooks"] = {
        str(each): _webhook(each, sent[each]) for each in EventName if each in sent
    }
    return document


def _show(method: str, operation: dict[str, Any], example: Example) -> None:
    if "body" in example:
        operation["requestBody"]["content"][FORM]["example"] = example["body"]
    _answer(granted(operation), example)
    password = "" if "security" in operation else "$SID:$TOKEN"
    line = curl(method, example["path"], example.get("body", {}), password)
    operation["x-codeSamples"] = [{"lang": "Shell", "label": "curl", "source": line}]


def granted(operation: Mapping[str, Any]) -> dict[str, Any]:
    """The response of an operation that does what it was asked for."""
    return next(each for status, each in operation["responses"].items() if status[0] == "2")


def _answer(response: dict[str, Any], example: Example) -> None:
    for kind, shown in example["answers"].items():
        response["content"][kind]["example"] = shown


def curl(method: str, path: str, body: Mapping[str, str], user: str) -> str:
    """A line that works where API, SID and TOKEN are set, and the ids in it are yours. Without a
    user it sends the ID token of who signs in.
    """
    implied = "post" if body else "get"
    verb = "" if method == implied else f" -X {method.upper()}"
    where = path.replace("{AccountSID}", "$SID")
    fields = "".join(
        f" \\\n  --data-urlencode {shlex.quote(f'{name}={text}')}" for name, text in body.items()
    )
    who = f'-u "{user}"' if user else '-H "Authorization: $ID_TOKEN"'
    return f'curl -sS {who}{verb} "$API{where}"{fields}'


def published() -> str:
    """The description as compact JSON."""
    return json.dumps(described(), ensure_ascii=False, separators=(",", ":")) + "\n"


def names() -> str:
    """What the command line knows by name, as JSON."""
    document = yaml.load(WRITTEN.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    told = {
        "commands": commands(),
        "operations": _operations(document),
        "kinds": {str(kind): role.lower() for role in Role for kind in sorted(KINDS[role])},
        "sheets": sorted(SHEETS[Role.ADVERTISER]),
        "result_columns": list(RESULT_COLUMNS),
        "terms": list(TERMS_FIELDS),
        "policy": _policy(),
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _policy() -> dict[str, Any]:
    """What a policy is made of; `usual` are the fields of a rule that may be left out."""
    return {
        "fields": sorted(POLICY_FIELDS),
        "rule": list(RULE_FIELDS),
        "condition": ["Variable", "Operator", "Value", "Days"],
        "variables": list(Variable),
        "operators": list(Operator),
        "then": list(Then),
        "reasons": {str(code): text for code, text in REJECT_REASONS.items()},
        "usual": {"At": str(At.SHOP), "Wait": str(Wait.IMMEDIATELY), "Days": "0", "Reason": ""},
    }


def _operations(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The fields of each operation of an account: its query, or its form."""
    return {
        operation["operationId"]: _fields(operation, document["components"])
        for path, item in document["paths"].items()
        if "{AccountSID}" in path
        for method, operation in item.items()
        if method != "parameters"
    }


def _fields(operation: Mapping[str, Any], components: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for each in operation.get("parameters", ()):
        known = (
            components["parameters"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        )
        if known["in"] == "query":
            found.append((known["name"], known["description"], known.get("required", False)))
    if "requestBody" in operation:
        form = operation["requestBody"]["content"][FORM]["schema"]["$ref"].rpartition("/")[2]
        schema = components["schemas"][form]
        required = schema.get("required", ())
        found += [
            (name, each["description"], name in required)
            for name, each in schema["properties"].items()
        ]
    return [{"name": name, "says": says, "required": required} for name, says, required in found]


if __name__ == "__main__":
    PUBLISHED.write_text(published(), encoding="utf-8")
    NAMES.write_text(names(), encoding="utf-8")
