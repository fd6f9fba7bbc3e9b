"""The description of the API, the code, and what is published say the same."""

import json
import re
import shlex
from collections.abc import Collection, Iterator, Mapping
from html import escape
from html.parser import HTMLParser
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from makegood.api import filters, openapi
from makegood.api.presenters import REFERRING_TYPES, wire_state
from makegood.domain.access import TokenState
from makegood.domain.account_people import PersonRole, PersonState
from makegood.domain.action_changes import Reason
from makegood.domain.actions import PARTNER_DISPOSITIONS, ActionState, Disposition
from makegood.domain.approval_rules import Wait
from makegood.domain.event_names import MEANINGS, EventName
from makegood.domain.explanations import CODES
from makegood.domain.inquiries import REJECT_REASONS, InquiryState, InquiryType
from makegood.domain.kept_orders import Taking
from makegood.domain.ledger import EntryReason
from makegood.domain.parties import SCOPES, PartnerKind, Role
from makegood.domain.policies import At, Then
from makegood.domain.policy_conditions import Operator, Variable
from makegood.domain.policy_versions import State
from makegood.domain.prospects import Prospect
from makegood.domain.reasons import About
from makegood.domain.shop_orders import ShopState
from makegood.domain.state_details import StateDetail
from makegood.domain.uploads import Kind, SheetKind, UploadState
from makegood.domain.verdicts import Verdict
from makegood.domain.webhooks import DeliveryState, EndpointState
from makegood.forms import checks, conversion_names, fields

from infra.local import publish
from tests import contract

FORMS = {
    "ClaimForm": fields.CLAIM_FIELDS,
    "AnswerForm": fields.ANSWER_FIELDS - {"Id"},
    "EvidenceForm": fields.EVIDENCE_FIELDS - {"Id"},
    "AppealForm": fields.APPEAL_FIELDS - {"Id"},
    "CommentForm": fields.COMMENT_FIELDS - {"Id"},
    "ProposalForm": fields.PROPOSAL_FIELDS,
    "ResolutionForm": fields.RESOLUTION_FIELDS,
    "ConversionForm": fields.CONVERSION_FIELDS | conversion_names.OURS.keys(),
    "ModificationForm": fields.MODIFICATION_FIELDS,
    "ReversalForm": fields.REVERSAL_FIELDS,
    "CheckForm": {*checks.PARTS},
    "FileForm": fields.FILE_FIELDS,
    "SheetForm": fields.SHEET_FIELDS,
    "PersonForm": fields.PERSON_FIELDS,
    "TokenForm": fields.TOKEN_FIELDS,
    "PersonChangeForm": fields.PERSON_CHANGE_FIELDS,
    "PreferencesForm": fields.PREFERENCE_FIELDS,
    "SessionForm": fields.SESSION_FIELDS,
    "WebhookForm": fields.WEBHOOK_FIELDS,
    "WebhookChangeForm": fields.WEBHOOK_FIELDS,
    "ReplayForm": fields.REPLAY_FIELDS,
    "ShopOrderForm": fields.ORDER_FIELDS,
    "PolicyForm": fields.POLICY_FIELDS,
    "BacktestForm": fields.BACKTEST_FIELDS,
    "PolicyStateForm": fields.POLICY_STATE_FIELDS,
}
SCHEMAS = contract.document()["components"]["schemas"]

FORM = "application/x-www-form-urlencoded"


def test_what_is_published_is_what_is_written() -> None:
    assert publish.PUBLISHED.read_text(encoding="utf-8") == publish.published()


@pytest.mark.parametrize("form", FORMS)
def test_a_write_is_described_with_the_fields_that_it_knows(form: str) -> None:
    assert set(SCHEMAS[form]["properties"]) == FORMS[form]
    assert SCHEMAS[form]["additionalProperties"] is False


def test_a_conversion_is_described_with_what_is_passed_over() -> None:
    patterns = "|".join(SCHEMAS["ConversionForm"]["patternProperties"])
    items = (
        f"{each}1" for each in (*conversion_names.ITEM_NOT_KEPT, *conversion_names.OUR_ITEM_PARTS)
    )
    for name in (*conversion_names.NOT_KEPT, *items, "Text50", "ItemText1_2", "Date10"):
        assert re.search(patterns, name), name
    assert not any(re.search(patterns, each) for each in ("Clickid", "Text51", "ItemBrand", "Typo"))


def lists() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Lists that are described, with their paths and keys."""
    for (method, path), operation in contract.operations().items():
        if method == "GET":
            answered = contract.resolved(publish.granted(operation))["content"]
            media = answered.get("application/json", {"schema": {}})
            schema = contract.resolved(media["schema"])
            if "Warnings" in schema.get("properties", {}) and "@uri" in schema["required"]:
                yield path, schema["required"][-1], operation


@pytest.mark.parametrize(
    ("path", "key", "operation"), [*lists()], ids=[each[0] for each in lists()]
)
def test_a_list_is_described_with_the_filters_that_it_knows(
    path: str, key: str, operation: Mapping[str, Any]
) -> None:
    role = Role.ADVERTISER if path.startswith("/Advertisers/") else Role.PARTNER
    parameters = [contract.resolved(each) for each in operation.get("parameters", ())]
    named = [each["name"] for each in parameters if each["in"] == "query"]
    assert sorted(set(named) - set(filters.PAGING)) == sorted(filters.known(role, key))
    assert filters.warnings(role, key, dict.fromkeys(named, "1")) == []


def test_every_list_that_has_filters_is_described() -> None:
    described = {key for _, key, _ in lists()}
    assert {*filters.FILTERS, *(key for _, key in filters.OWN_FILTERS)} <= described
    envelopes = {name for name, each in SCHEMAS.items() if "@uri" in each.get("required", ())}
    assert len(envelopes) == len(
        [1 for each in envelopes if "Warnings" in SCHEMAS[each]["properties"]]
    )


def test_every_form_that_is_described_is_held_to_its_fields() -> None:
    assert {name for name in SCHEMAS if name.endswith("Form")} == set(FORMS)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_schema_is_a_schema_and_its_objects_are_closed(schema: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[schema])
    if SCHEMAS[schema].get("type") == "object":
        assert SCHEMAS[schema]["additionalProperties"] is False


ENUMERATIONS: dict[str, Collection[str]] = {
    "InquiryType": InquiryType,
    "ResolutionStatus": InquiryState,
    "ActionState": dict.fromkeys(wire_state(each) for each in ActionState),
    "StateDetail": StateDetail,
    "ReferringType": REFERRING_TYPES.values(),
    "RejectReason": ("", *REJECT_REASONS.values()),
    "DispositionCode": PARTNER_DISPOSITIONS,
    "ModificationReason": Reason,
    "UpdateReason": {*Reason, *Disposition},
    "EntryReason": EntryReason,
    "EventType": ("", *EventName),
    "WebhookState": set(EndpointState) - {EndpointState.DELETED},
    "DeliveryState": DeliveryState,
    "PartnerKind": ("", *PartnerKind),
    "UploadState": UploadState,
    "Role": Role,
    "Scope": SCOPES,
    "FileKind": {*Kind, *SheetKind},
    "Flag": ("true", "false"),
    "About": About,
    "ReasonCode": {code for codes in CODES.values() for code in codes},
    "Prospect": Prospect,
    "Verdict": ("", *Verdict),
    "ShopOrderStatus": ShopState,
    "ShopOrderResult": Taking,
    "PolicyState": State,
    "PolicyAnswer": Then,
    "PolicyVariable": Variable,
    "PolicyOperator": Operator,
    "PolicyAt": At,
    "PolicyWait": Wait,
    "PersonRole": PersonRole,
    "PersonState": PersonState,
    "TokenState": TokenState,
}
"""Every enumeration of the description, and the one table of the code that it comes from."""

OF_CREDENTIALS = {"schemas/Scope"}
"""What credentials have is told for those who are given them; no answer shows it."""


def test_an_enumeration_has_the_values_of_its_table_and_no_others() -> None:
    described = {name: each["enum"] for name, each in SCHEMAS.items() if "enum" in each}
    assert {name: sorted(each) for name, each in described.items()} == {
        name: sorted(map(str, each)) for name, each in ENUMERATIONS.items()
    }


def test_each_type_of_event_is_described_as_the_code_means_it() -> None:
    described = SCHEMAS["EventType"]["description"].splitlines()
    told = {name: (each.text, len(each.roles) == 1) for name, each in MEANINGS.items()}
    assert described == [
        f"- `{name}`: {text}{' Advertisers only.' if alone else ''}"
        for name, (text, alone) in told.items()
    ]


@pytest.mark.parametrize("name", ["ResolutionStatus", "State", "EntryReason"])
def test_a_filter_by_state_or_reason_names_every_value(name: str) -> None:
    described = contract.document()["components"]["parameters"][name]["description"]
    values = SCHEMAS["ActionState" if name == "State" else name]["enum"]
    assert set(re.findall(r"\b[A-Z]{2,}\b", described)) == set(values)


def test_every_field_is_described() -> None:
    fields = {
        f"{name}.{field}": {**contract.resolved(node), **node}
        for name, schema in SCHEMAS.items()
        for field, node in schema.get("properties", {}).items()
    }
    assert [name for name, node in fields.items() if not node.get("description")] == []


def test_everything_that_is_defined_is_used() -> None:
    used = set(re.findall(r'"#/components/(\w+/[^"]+)"', publish.published()))
    for kind, known in contract.document()["components"].items():
        if kind != "securitySchemes":
            assert {f"{kind}/{each}" for each in known} - used - OF_CREDENTIALS == set()


def test_operations_have_names_of_their_own() -> None:
    names = [each["operationId"] for each in contract.operations().values()]
    assert len(set(names)) == len(names)


OPERATIONS = {each["operationId"]: each for each in contract.operations().values()}
ASKED = {name: each["requestBody"] for name, each in OPERATIONS.items() if "requestBody" in each}
SHARED = ("BadRequest", "NotFound", "Conflict", "RulesForbid")


def test_every_example_is_of_an_operation_or_a_shared_response() -> None:
    assert publish.examples().keys() == {*OPERATIONS, *SHARED}


@pytest.mark.parametrize("name", ASKED)
def test_every_write_has_an_example_that_is_of_its_schema(name: str) -> None:
    media = ASKED[name]["content"][FORM]
    assert media["example"]
    assert list(contract.validator(media["schema"]).iter_errors(media["example"])) == []


@pytest.mark.parametrize("name", [*OPERATIONS, *SHARED])
def test_every_answer_has_an_example_that_is_of_its_schema(name: str) -> None:
    known = contract.document()["components"]["responses"]
    response = publish.granted(OPERATIONS[name]) if name in OPERATIONS else known[name]
    content = response.get("content", {})
    shown = {kind: each for kind, each in content.items() if kind != "text/html"}
    for media in shown.values():
        assert list(contract.validator(media["schema"]).iter_errors(media["example"])) == []


@pytest.mark.parametrize("operation", [*contract.operations()], ids=OPERATIONS)
def test_a_line_for_curl_asks_what_the_example_says(operation: tuple[str, str]) -> None:
    method, path = operation
    described = contract.operations()[operation]
    (sample,) = described["x-codeSamples"]
    words = shlex.split(sample["source"].replace("\\\n", ""))
    (url,) = [each for each in words if each.startswith("$API/")]
    where, _, query = url.removeprefix("$API").partition("?")
    assert contract.template_of(where.replace("$SID", "MG793D77409FFA982794F4")) == path
    parameters = [contract.resolved(each) for each in described.get("parameters", ())]
    known = {
        each["name"]: each.get("required", False) for each in parameters if each["in"] == "query"
    }
    asked = {each.partition("=")[0] for each in filter(None, query.split("&"))}
    assert {name for name, required in known.items() if required} <= asked <= known.keys()
    fields = [words[at + 1] for at, each in enumerate(words) if each == "--data-urlencode"]
    form = described.get("requestBody", {}).get("content", {}).get(FORM, {})
    assert dict(each.split("=", 1) for each in fields) == form.get("example", {})
    implied = "POST" if fields else "GET"
    assert (words[words.index("-X") + 1] if "-X" in words else implied) == method


class Page(HTMLParser):
    """A page's ids, links, and whether every tag that was opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids.add(found.get("id") or "")
        self.links.add(found.get("href") or "")
        if tag not in ("meta", "br", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_shows_every_operation_and_runs_nothing() -> None:
    page = Page()
    page.feed(openapi.page())
    assert page.open == []
    names = {each["operationId"] for each in contract.operations().values()}
    assert names <= page.ids
    assert {f"#{name}" for name in names} <= page.links
    assert "<script" not in openapi.page()


def test_what_is_published_says_what_it_is() -> None:
    kinds = {
        path: openapi.answer(path)["headers"]["Content-Type"].partition(";")[0]
        for path in ("/docs", "/docs.css", "/openapi.json", "/v1/docs/")
    }
    assert kinds == {
        "/docs": "text/html",
        "/docs.css": "text/css",
        "/openapi.json": "application/json",
        "/v1/docs/": "text/html",
    }


def test_the_page_has_a_curl_line_and_an_example_for_every_operation() -> None:
    page = openapi.page()
    for operation in OPERATIONS.values():
        assert escape(operation["x-codeSamples"][0]["source"]) in page
        for kind, media in publish.granted(operation).get("content", {}).items():
            if kind == "application/json":
                assert escape(json.dumps(media["example"], indent=2, ensure_ascii=False)) in page


def test_the_page_marks_what_is_required() -> None:
    page = openapi.page()
    assert "<code>CampaignId</code><span class='required'>required</span>" in page


def test_the_page_shows_every_value_of_every_enumeration() -> None:
    page = openapi.page()
    for name, schema in SCHEMAS.items():
        for value in filter(None, schema.get("enum", ())):
            assert f"id='value-{name}'" in page
            assert f"<code>{escape(value)}</code>" in page


def test_the_page_takes_its_style_from_a_file_alone() -> None:
    assert "<style" not in openapi.page()
    assert "style=" not in openapi.page()
    assert "unsafe-inline" not in openapi.answer("/docs")["headers"]["Content-Security-Policy"]
