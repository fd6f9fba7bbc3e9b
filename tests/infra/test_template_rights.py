"""What the templates let a function do: little, named one by one, and its own alone."""

import json
import re

import pytest
from makegood.store.clearings import CLEARINGS
from makegood.store.indexes import STATEMENTS
from makegood.store.projections import FORECASTS, STANDINGS
from makegood.store.proof import PROOF

from tests.infra.sources import (
    ACCESS,
    ERASURE,
    MAILS,
    TABLES,
    functions,
    leading_keys,
    resources,
    statements,
)

DELETES = "dynamodb:DeleteItem"
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", DELETES}
CALLS = {
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    DELETES,
    "dynamodb:DescribeTable",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
}
"""All that the store asks of DynamoDB; nothing is ever deleted but sums that are empty."""

STREAM_CALLS = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
"""What the service asks of a stream in the name of the function that reads it."""


def written_tables(folder: str) -> set[str]:
    """Tables that a function may write to."""
    written = json.dumps([each for each in statements(folder) if WRITES & set(each["Action"])])
    return {table for table in TABLES if f'"{table}Arn"' in written}


@pytest.mark.parametrize("folder", sorted(functions()))
def test_rights_are_named_one_by_one(folder: str) -> None:
    for statement in statements(folder):
        assert statement["Effect"] == "Allow"
        assert all("*" not in action for action in statement["Action"])
        assert "*" not in (statement["Resource"], json.dumps(statement["Resource"]))
        actions = {each for each in statement["Action"] if each.startswith("dynamodb:")}
        assert actions <= CALLS or (folder in ("events", "mails") and actions == STREAM_CALLS)


def test_every_policy_is_a_function_s_and_goes_to_it_alone() -> None:
    policies = {
        **resources("AWS::IAM::ManagedPolicy", ACCESS),
        **resources("AWS::IAM::ManagedPolicy", MAILS),
    }
    with_rights = {folder for folder in functions() if functions()[folder].get("Policies")}
    assert {name.removesuffix("Lists").lower() for name in policies} == with_rights
    besides = {
        "treasury": [{"GetAtt": "Erasure.Outputs.Treasury"}],
        "advertisers": [{"GetAtt": "Access.Outputs.AdvertisersLists"}],
    }
    assert list(resources("AWS::IAM::ManagedPolicy", ERASURE)) == ["Treasury"]
    for folder in with_rights:
        stack = "Mailing" if folder == "mails" else "Access"
        own = [{"GetAtt": f"{stack}.Outputs.{folder.title()}"}]
        assert functions()[folder]["Policies"] == own + besides.get(folder, [])


POLICY_CHARS_MAX = 6_144
"""Of a managed policy, without blanks (IAM's user guide, "IAM and AWS STS quotas")."""

TABLE = "arn:aws:dynamodb:ap-southeast-2:123456789012:table/makegood-prod-Storage-{0}-Inquiries-{0}"
NAMED = "1ABCDEFGHIJKL"
LONGEST = {
    "Stream": f"{TABLE.format(NAMED)}/stream/2026-11-28T00:00:00.000",
    "Inbox": f"arn:aws:s3:::makegood-prod-storage-{NAMED}-statements-{NAMED}",
    "": TABLE.format(NAMED),
}
LONGEST["Results"] = LONGEST["Statements"] = LONGEST["Records"] = LONGEST["Lost"] = LONGEST["Inbox"]
"""What ARNs are like that CloudFormation makes."""

ARN = re.compile(r"\w*?(Stream|Inbox|Results|Statements|Records|Lost)?Arn")


@pytest.mark.parametrize("path", [ACCESS, ERASURE, MAILS])
def test_a_policy_is_no_longer_than_iam_takes(path: str) -> None:
    for name, policy in resources("AWS::IAM::ManagedPolicy", path).items():
        text = json.dumps(policy["PolicyDocument"], separators=(",", ":"))
        text = (
            re.sub(r'\{"(?:Ref|Sub)":("[^"]+")\}', r"\1", text).replace("${", "").replace("}/", "/")
        )
        assert len(ARN.sub(_longest, text)) <= POLICY_CHARS_MAX, name


def _longest(found: re.Match[str]) -> str:
    """An ARN in the place of a parameter's name."""
    return LONGEST[found[1] or ""]


def test_what_is_open_to_everybody_has_no_rights() -> None:
    assert statements("docs") == []


def test_only_who_may_write_a_table_can() -> None:
    assert written_tables("authorizer") == {"Directory"}
    assert written_tables("sessions") == {"Requests"}
    assert written_tables("partners") == {
        "Directory",
        "Inquiries",
        "Files",
        "Requests",
        "Webhooks",
    }
    assert written_tables("advertisers") == set(TABLES) - {"Events"}
    assert written_tables("events") == {"Events", "Webhooks"}
    assert written_tables("webhooks") == {"Webhooks"}
    assert written_tables("mails") == {"Requests"}
    assert written_tables("ingest") == {"Inquiries", "Actions", "Ledger", "Files", "ShopOrders"}
    assert written_tables("books") == {"Ledger"}
    assert written_tables("sweep") == {"Inquiries", "Actions", "Ledger"}
    assert written_tables("setup") == written_tables("access") == {"Directory"}
    moves_money, erases = {"Directory", "Inquiries", "Actions", "Ledger"}, {"Events", "Requests"}
    assert written_tables("treasury") == moves_money | erases
    assert written_tables("confirm") == {"Directory", "Ledger"}


def called(folder: str) -> set[tuple[str, str]]:
    """What a function may call of DynamoDB, and of which table or index."""
    found = set()
    for each in statements(folder):
        named = each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
        tables = [json.dumps(one, sort_keys=True) for one in named]
        found |= {(call, one) for call in {*each["Action"]} & CALLS for one in tables}
    return found


def test_a_sweep_by_command_may_do_what_a_sweep_by_the_clock_may() -> None:
    assert called("sweep") - called("treasury") == set()
    assert ("dynamodb:ConditionCheckItem", '{"Ref": "ShopOrdersArn"}') in called("sweep")


def test_the_authorizer_writes_nothing_but_when_tokens_were_used() -> None:
    writing = [each for each in statements("authorizer") if WRITES & set(each["Action"])]
    assert [each["Action"] for each in writing] == [["dynamodb:UpdateItem"]]
    keys = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["USED#*"]}}
    assert writing[0]["Condition"] == keys


def test_the_proof_of_the_books_cannot_write_into_them() -> None:
    written, _ = [each for each in statements("books") if WRITES & set(each["Action"])]
    assert DELETES not in written["Action"]
    prefixes = leading_keys(written)
    assert prefixes == [f"{PROOF[:2]}*", f"{FORECASTS}*", f"{STANDINGS}*", f"{STATEMENTS}*"]


@pytest.mark.parametrize("folder", sorted(functions()))
def test_nothing_is_deleted_but_sums_of_what_clears(folder: str) -> None:
    deleting = [each for each in statements(folder) if DELETES in each["Action"]]
    assert bool(deleting) is (folder in {"books", "treasury"})
    for each in deleting:
        assert each["Action"] == [DELETES]
        assert (each["Resource"], leading_keys(each)) == ({"Ref": "LedgerArn"}, [f"{CLEARINGS}*"])


@pytest.mark.parametrize(
    ("folder", "foreign"), [("partners", "advertisers"), ("advertisers", "partners")]
)
def test_either_side_signs_for_its_own_objects_only(folder: str, foreign: str) -> None:
    for statement in statements(folder):
        if statement["Action"][0].startswith("s3:"):
            named = statement["Resource"]
            shared = named == {"Sub": "${EvidenceArn}/*"}
            for each in named if isinstance(named, list) else [named]:
                if shared:
                    assert all(":GetObjectVersion" in action for action in statement["Action"])
                    continue
                assert each["Sub"].endswith(f"/{folder}/*")
                assert foreign not in each["Sub"]
