"""What the clock starts, started by hand: the sweep through its queue, and the books, each with
the rights of its own function, which the operator's commands do not show.
"""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from makegood_cli.client import Client

from infra.local.stack import STACK_NAME, Stack

FILED_AT = "2026-06-10T12:00:00+00:00"
APPROVED_AT = "2026-06-12T12:00:00+00:00"
SETTLED_AT = "2026-06-16T12:00:00+00:00"
CLOSED_AT = "2026-07-01T12:00:00+00:00"
WAIT_SECONDS = 60
TERMS = {
    "valid_from": "2026-01-01T00:00:00Z",
    "locking": "DAY 1d",
    "payment": "DAY 1d",
    "payouts": {
        "1": {
            "default": "10%",
            "limits": [{"measure": "NUMBER", "most": 3, "scope": "ALL", "every": "MONTH"}],
        }
    },
}
RULE = {
    "event_type_id": "1",
    "payout_max": "50.00",
    "month_max": "500.00",
    "wait": "DAYS",
    "days": 1,
}


@pytest.fixture
def clients(stack: Stack) -> tuple[Client, Client]:
    """A shop with money, and a partner whose claims a rule approves after a day."""
    operate, pair = stack.operate, {"campaign_id": "9600", "partner_id": "96001"}
    operate("set_clock", at=FILED_AT)
    operate("create_advertiser", advertiser_id="960", name="Shop 960")
    operate("create_partner", partner_id="96001", name="Back", kind="CASHBACK")
    operate(
        "create_campaign",
        campaign_id="9600",
        advertiser_id="960",
        name="Shop 960 online",
        time_zone="America/New_York",
        currency="USD",
        event_types={"1": "Sale"},
    )
    operate("set_options", campaign_id="9600", inquiries_enabled=True)
    operate("sign_contract", **pair, terms=TERMS)
    operate("set_rule", **pair, **RULE)
    operate("deposit", advertiser_id="960", currency="USD", amount="100.00", reference="bank-1")
    http = urllib3.PoolManager()
    made = [
        (audience, operate("create_credential", role=role, account_id=account_id))
        for audience, role, account_id in (
            ("Advertisers", "ADVERTISER", "960"),
            ("Mediapartners", "PARTNER", "96001"),
        )
    ]
    shop, partner = (
        Client(stack.api_url, audience, each["account_sid"], each["token"], http)
        for audience, each in made
    )
    return shop, partner


def start(stack: Stack, logical_id: str) -> None:
    """What the schedule does."""
    found = stack.client("cloudformation").describe_stack_resource(
        StackName=STACK_NAME, LogicalResourceId=logical_id
    )["StackResourceDetail"]
    answer = stack.client("lambda").invoke(FunctionName=found["PhysicalResourceId"], Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()


def wait_for(what: Callable[[], Any], wanted: Any) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while what() != wanted and time.monotonic() < until:
        time.sleep(0.2)
    assert what() == wanted


def test_the_sweep_and_the_books_do_their_work_with_their_own_rights(
    stack: Stack, clients: tuple[Client, Client]
) -> None:
    shop, partner = clients
    began = time.time()
    claim = {
        "CampaignId": "9600",
        "OrderId": "C-960",
        "TransactionDate": "2026-06-09T10:00:00-04:00",
        "TransactionAmount": "80.00",
        "InquiryType": "UNTRACKED",
    }
    inquiry = partner.call("POST", f"{partner.root}/ActionInquiries", claim)["Uri"]
    stack.operate("set_clock", at=APPROVED_AT)
    start(stack, "Sweep")
    wait_for(lambda: partner.call("GET", inquiry)["ResolutionStatus"], "VALID")
    tracked = {
        "CampaignId": "9600",
        "ActionTrackerId": "1",
        "OrderId": "T-960",
        "EventDate": APPROVED_AT,
        "Amount": "50.00",
        "MediaPartnerId": "96001",
    }
    shop.call("POST", f"{shop.root}/Conversions", tracked)
    stack.operate("set_clock", at=SETTLED_AT)
    start(stack, "Sweep")
    paid = f"{partner.root}/Actions?CampaignId=9600&State=APPROVED"
    wait_for(
        lambda: {
            each["Oid"]: each["Payout"]
            for each in partner.call("GET", paid)["Actions"]
            if each["ClearedDate"]
        },
        {"C-960": "8.00", "T-960": "5.00"},
    )
    stack.operate("set_clock", at=CLOSED_AT)
    start(stack, "Books")
    assert len(partner.call("GET", f"{partner.root}/Invoices")["Invoices"]) == 1
    lines = list(stack.logs(began))
    assert [line for line in lines if "AccessDenied" in line] == []
    (books,) = (json.loads(line) for line in lines if '"message":"books"' in line)
    assert (books["finished"], books["violations"]) == (True, {})
