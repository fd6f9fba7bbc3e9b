"""The API over real HTTP, S3 and IAM: what it answers to a good client, and to a bad one."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3
from makegood_cli.client import Client, Refused

from infra.local.stack import Stack
from infra.local.story import read_table

NOW = "2026-07-01T12:00:00+00:00"
CLAIM = {
    "CampaignId": "7000",
    "OrderId": "A-1",
    "TransactionDate": "2026-06-20T10:00:00-04:00",
    "TransactionAmount": "80.00",
    "InquiryType": "UNTRACKED",
}


@dataclass(frozen=True, slots=True)
class World:
    stack: Stack
    advertiser: Client
    partner: Client
    stranger: Client
    reader: Client


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    operate = stack.operate
    operate("set_clock", at=NOW)
    for advertiser_id in ("700", "800"):
        operate("create_advertiser", advertiser_id=advertiser_id, name=f"Shop {advertiser_id}")
    operate("create_partner", partner_id="70001", name="Back", kind="CASHBACK")
    operate("create_partner", partner_id="70002", name="Blog", kind="CONTENT")
    operate(
        "create_campaign",
        campaign_id="7000",
        advertiser_id="700",
        name="Shop 700 online",
        time_zone="America/New_York",
        currency="USD",
        event_types={"1": "Sale"},
    )
    operate("set_options", campaign_id="7000", inquiries_enabled=True)
    terms = {
        "valid_from": "2026-01-01T00:00:00Z",
        "locking": "DAY 15d",
        "payment": "DAY 4d",
        "payouts": {"1": "10%"},
    }
    for partner_id in ("70001", "70002"):
        operate("sign_contract", campaign_id="7000", partner_id=partner_id, terms=terms)
    http = urllib3.PoolManager()

    def client(role: str, audience: str, account_id: str, **more: Any) -> Client:
        made = operate("create_credential", role=role, account_id=account_id, **more)
        return Client(stack.api_url, audience, made["account_sid"], made["token"], http)

    return World(
        stack,
        client("ADVERTISER", "Advertisers", "700"),
        client("PARTNER", "Mediapartners", "70001"),
        client("ADVERTISER", "Advertisers", "800"),
        client("PARTNER", "Mediapartners", "70002", read_only=True),
    )


def refused(
    client: Client, method: str, path: str, fields: dict[str, str] | None = None
) -> Refused:
    with pytest.raises(Refused) as caught:
        client.call(method, client.root + path, fields)
    assert {
        "Status",
        "Message",
        "message",
        "Errors",
        "status",
        "error",
        "code",
        "request_id",
    } == set(caught.value.body)
    assert caught.value.body["status"] == caught.value.status
    return caught.value


def test_an_inquiry_is_filed_previewed_accepted_and_locks(world: World) -> None:
    filed = world.partner.call("POST", f"{world.partner.root}/ActionInquiries", CLAIM)
    again = world.partner.call("POST", f"{world.partner.root}/ActionInquiries", CLAIM)
    assert again == filed
    inquiry_id = filed["Uri"].rpartition("/")[2]
    answer = {"Id": inquiry_id, "ResolutionStatus": "VALID", "ActionTrackerId": "1"}
    path = f"{world.advertiser.root}/ActionInquiries"
    preview = world.advertiser.call("PUT", path, {**answer, "DryRun": "true"})["Preview"]
    assert (preview["Payout"], preview["LockingDate"]) == ("8.00", "2026-07-06T00:00:00-04:00")
    world.advertiser.call("PUT", path, answer)
    found = world.partner.call("GET", filed["Uri"] + ".json")
    assert (found["ResolutionStatus"], found["FinalPayout"]) == ("VALID", "8.00")
    action = world.partner.call("GET", found["ActionUri"])
    assert (action["State"], action["LockingDate"]) == ("PENDING", preview["LockingDate"])
    refusal = refused(world.advertiser, "PUT", "/ActionInquiries", {**answer, "FinalPayout": "9"})
    assert (refusal.status, refusal.body["code"]) == (409, "already_decided")


def test_each_fault_of_a_claim_has_its_field_and_code(world: World) -> None:
    faulty = {
        **CLAIM,
        "OrderId": "x" * 101,
        "TransactionDate": "yesterday",
        "TransactionAmount": "twelve",
        "InquiryType": "LOST",
    }
    refusal = refused(world.partner, "POST", "/ActionInquiries", faulty)
    codes = {each["Field"]: each["Code"] for each in refusal.body["Errors"]}
    assert refusal.status == 400
    assert codes == {
        "OrderId": "too_long",
        "TransactionDate": "not_a_date",
        "TransactionAmount": "not_a_number",
        "InquiryType": "unknown_type",
    }


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"CampaignId": "7999"}, 404, "not_found"),
        (
            {"OrderId": "A-9", "TransactionDate": "2025-12-01T00:00:00Z"},
            422,
            "outside_claim_window",
        ),
        ({"TransactionAmount": "81.00"}, 409, "decided_inquiry"),
        ({"Comment": "x"}, 400, "validation_failed"),
        ({"InquiryNotes": "x" * 300_000}, 413, "too_large"),
    ],
)
def test_a_claim_that_the_rules_forbid_says_why(
    world: World, changes: dict[str, str], status: int, code: str
) -> None:
    refusal = refused(world.partner, "POST", "/ActionInquiries", {**CLAIM, **changes})
    assert (refusal.status, refusal.body["code"]) == (status, code)


def test_nobody_gets_in_without_its_own_token(world: World) -> None:
    wrong = Client(
        world.stack.api_url,
        "Mediapartners",
        world.partner.account_sid,
        "wrong",
        world.partner.http,
    )
    assert refused(wrong, "GET", "/ActionInquiries").status == 401
    swapped = Client(
        world.stack.api_url,
        "Advertisers",
        world.partner.account_sid,
        world.partner.token,
        world.partner.http,
    )
    assert refused(swapped, "GET", "/ActionInquiries").status == 403
    bare = world.partner.http.request("GET", world.stack.api_url + world.partner.root + "/Actions")
    assert (bare.status, json.loads(bare.data)["code"]) == (401, "unauthorized")
    assert "Basic" in bare.headers["WWW-Authenticate"]


def test_a_read_only_token_reads_and_does_not_write(world: World) -> None:
    reader = world.reader
    page = reader.call("GET", f"{reader.root}/ActionInquiries")
    assert page["ActionInquiries"] == []
    assert refused(reader, "POST", "/ActionInquiries", CLAIM).body["code"] == "scope"


def test_a_foreign_inquiry_is_not_found_like_one_that_does_not_exist(world: World) -> None:
    filed = world.partner.call(
        "POST", f"{world.partner.root}/ActionInquiries", {**CLAIM, "OrderId": "A-2"}
    )
    inquiry_id = filed["Uri"].rpartition("/")[2]
    foreign = refused(world.stranger, "GET", f"/ActionInquiries/{inquiry_id}")
    unknown = refused(world.stranger, "GET", "/ActionInquiries/123")
    assert foreign.status == unknown.status == 404
    assert foreign.body["Message"] == unknown.body["Message"]
    listed = refused(world.stranger, "GET", "/ActionInquiries?CampaignId=7000")
    assert listed.status == 404


def test_unknown_resources_answer_403_and_unknown_methods_405(world: World) -> None:
    assert refused(world.partner, "GET", "/Wares").body["code"] == "resource_unknown"
    assert refused(world.partner, "DELETE", "/Actions").status == 405


def test_every_answer_tells_the_rate(world: World) -> None:
    _, _, headers = world.partner.request("GET", f"{world.partner.root}/ActionInquiries")
    assert headers["X-RateLimit-Limit"] == "3600"
    assert 0 < int(headers["X-RateLimit-Remaining"]) < 3600
    assert 0 < int(headers["X-RateLimit-Reset"]) <= 3600


def test_a_file_that_cannot_be_read_gets_a_result_that_says_why(world: World) -> None:
    upload = world.advertiser.upload(
        "resolutions", "sheet (1), für 'X'.csv", b"Id,Notes\r\n1,x\r\n"
    )
    assert upload["Status"] == "FAILED"
    (row,) = read_table(world.advertiser.download(upload["ResultUri"]))
    assert (row["Result"], row["Code"]) == ("REJECTED", "missing_column")
    assert "Resolution Status" in row["Message"]


def test_an_upload_form_takes_only_its_own_key_and_size(world: World) -> None:
    client = world.partner
    fields = {"Kind": "inquiries", "Name": "a.csv", "Size": "10"}
    form = client.call("POST", f"{client.root}/Files", fields)["Upload"]
    too_long = client.http.request(
        "POST", form["Url"], fields={**form["Fields"], "file": ("a.csv", b"x" * 11, "text/csv")}
    )
    elsewhere = {**form["Fields"], "key": "advertisers/700/resolutions/x/a.csv"}
    other_key = client.http.request(
        "POST", form["Url"], fields={**elsewhere, "file": ("a.csv", b"x", "text/csv")}
    )
    assert (too_long.status, other_key.status) == (400, 403)
    assert refused(client, "POST", "/Files", {**fields, "Kind": "resolutions"}).status == 400


def test_the_operator_is_out_of_reach_without_cloud_credentials(world: World) -> None:
    path = f"/2015-03-31/functions/{world.stack.function('treasury')}/invocations"
    answer = world.partner.http.request(
        "POST", world.stack.endpoint + path, body=b'{"command": "reconcile"}'
    )
    assert answer.status == 403


def test_the_description_is_there_for_everybody(world: World) -> None:
    for path, kind in (("/docs", "text/html"), ("/openapi.json", "application/json")):
        answer = urllib3.request("GET", world.stack.api_url + path)
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith(kind)
        assert b"/Mediapartners/{AccountSID}/ActionInquiries" in answer.data
