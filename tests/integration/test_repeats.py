"""Every write, sent twice with one idempotency key: once in effect, and the same in its answer."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from makegood.aws.cognito import UserPool
from makegood.domain.parties import SignedIn
from makegood.domain.policy_versions import Version
from makegood.store.store import Store

from tests.integration import market, people, shop_orders, stack
from tests.integration.gateway import ADVERTISER, FUNCTIONS, PARTNER, Client, function
from tests.integration.market import CAMPAIGN, NOW, SHOP, accepted, claimed, declined, reported
from tests.integration.people import PoolInMemory
from tests.integration.receivers import endpoint_with_a_delivery
from tests.policies import a_policy, decline

Fields = dict[str, str]
HOOKS = "/Webhooks/<webhook_id>"


@dataclass(frozen=True, slots=True)
class Write:
    """A write and another one, which differs from it by its path or by its body."""

    client: Client
    method: str
    resource: str
    fields: Fields = field(default_factory=dict)
    other: Fields = field(default_factory=dict)

    def ask(self, path: str, fields: Fields) -> tuple[int, str]:
        answer = self.client.write(self.method, path, fields, Idempotency_Key="key-1")
        named = ("Uri", "QueuedUri", "Email", "Mails", "Token", "Id", "code")
        uri = next(answer.body[each] for each in named if each in answer.body)
        return answer.status, uri


CHANGE = {"Reason": "OTHER", "Amount": "80"}
REVERSAL = {"DispositionCode": "CONS_FRAUD"}
FILE = {"Kind": "inquiries", "Name": "a.csv", "Size": "9"}
RECEIPT = {"Type": "receipt", "Name": "r.pdf", "Size": "9", "ContentType": "application/pdf"}
SALES = {**FILE, "Kind": "conversions"}
SHEET = {"Kind": "undecided", "CampaignId": CAMPAIGN}
RULES = {"Rules": json.dumps([decline()])}
POLICIES = "/Campaigns/<campaign_id>/Policies"
URL = {"Url": "https://hooks.example.com/"}
SPAN = {"CampaignId": CAMPAIGN, "Version": "1", "StartDate": "2026-06-01", "EndDate": "2026-06-09"}
CLAIM = {name: text for name, text in claimed("").items() if name != "OrderId"}
INQUIRY, ACTION = "/ActionInquiries/<inquiry_id>", "/Actions/<action_id>"
INVITED = {"Email": "rita@shop.example", "Name": "Rita", "Role": "REVIEWER"}
PERSON = "/People/<person_id>"
SOMEBODY = SignedIn("sub-known", "Somebody", "ADMIN", "session-1")
MAILS = {"Mails": "true"}
TOKEN = "/Tokens/<token_id>"

PROPOSAL = "/Proposals/<proposal_id>"
ORDER = {"OrderDate": "2026-05-01T09:59:00Z", "Amount": "1", "Currency": "USD"}
WRITES = (
    Write(PARTNER, "POST", "/ActionInquiries", claimed("A-8"), claimed("A-9")),
    Write(PARTNER, "PUT", INQUIRY, {"InquiryNotes": "here"}, {"InquiryNotes": "there"}),
    Write(PARTNER, "DELETE", INQUIRY),
    Write(PARTNER, "POST", f"{INQUIRY}/Appeal", {"Text": "one"}, {"Text": "two"}),
    Write(PARTNER, "POST", f"{INQUIRY}/Evidence", RECEIPT, {**RECEIPT, "Size": "8"}),
    Write(ADVERTISER, "POST", f"{INQUIRY}/Evidence", RECEIPT, {**RECEIPT, "Size": "8"}),
    Write(PARTNER, "POST", f"{INQUIRY}/Comments", {"Comment": "one"}, {"Comment": "two"}),
    Write(ADVERTISER, "POST", f"{INQUIRY}/Comments", {"Comment": "one"}, {"Comment": "two"}),
    Write(PARTNER, "POST", "/Files", FILE, {**FILE, "Size": "8"}),
    Write(ADVERTISER, "PUT", "/ActionInquiries", accepted("{inquiry}"), declined("{inquiry}")),
    Write(ADVERTISER, "PUT", INQUIRY, accepted("{inquiry}"), declined("{inquiry}")),
    Write(ADVERTISER, "POST", "/Conversions", reported("A-8"), reported("A-9")),
    Write(ADVERTISER, "PUT", "/Actions", {"ActionId": "{action}", **CHANGE}, CHANGE),
    Write(ADVERTISER, "PUT", ACTION, CHANGE, {**CHANGE, "Amount": "70"}),
    Write(ADVERTISER, "DELETE", "/Actions", {"ActionId": "{action}", **REVERSAL}, REVERSAL),
    Write(ADVERTISER, "DELETE", ACTION, REVERSAL, {"DispositionCode": "ITEM_RETURNED"}),
    Write(ADVERTISER, "POST", "/Files", SALES, {**SALES, "Name": "b.csv"}),
    Write(ADVERTISER, "PUT", "/Orders/<order_id>", ORDER, {**ORDER, "Amount": "2"}),
    Write(PARTNER, "POST", "/People", INVITED, {**INVITED, "Role": "ADMIN"}),
    Write(ADVERTISER, "POST", "/People", INVITED, {**INVITED, "Name": "Rita O."}),
    *(
        Write(replace(client, person=SOMEBODY), "PUT", "/Preferences", {"Mails": "false"}, MAILS)
        for client in (PARTNER, ADVERTISER)
    ),
    Write(PARTNER, "PUT", PERSON, {"Role": "FINANCE"}, {"State": "DISABLED"}),
    Write(ADVERTISER, "PUT", PERSON, {"State": "DISABLED"}, {"State": "ACTIVE"}),
    Write(ADVERTISER, "PUT", PROPOSAL, {"State": "DISMISSED"}, {"State": "ACCEPTED"}),
    Write(ADVERTISER, "POST", "/Sheets", SHEET, {**SHEET, "Kind": "approvals"}),
    Write(ADVERTISER, "POST", f"{INQUIRY}/Verification"),
    Write(ADVERTISER, "POST", "/Backtests", SPAN, {**SPAN, "EndDate": "2026-06-08"}),
    Write(ADVERTISER, "POST", POLICIES, RULES, {**RULES, "SamplePercent": "5"}),
    Write(ADVERTISER, "PUT", f"{POLICIES}/<version>", {"State": "ACTIVE"}, {"State": "SHADOW"}),
    *(
        Write(client, *said)
        for client in (PARTNER, ADVERTISER)
        for said in (
            ("POST", "/Tokens", {"Name": "Import"}, {"Name": "Export"}),
            ("DELETE", TOKEN),
            ("POST", "/Webhooks", URL, {**URL, "Description": "x"}),
            ("PUT", HOOKS, {"Description": "one"}, {"Description": "two"}),
            ("DELETE", HOOKS),
            ("POST", f"{HOOKS}/Rotate"),
            ("POST", f"{HOOKS}/Replay", {"After": "0"}, {"After": "1"}),
            ("POST", f"{HOOKS}/Deliveries/<delivery_id>/Replay"),
        )
    ),
)
CHECK = Write(PARTNER, "POST", "/ActionInquiries/Check", {**CLAIM, "OrderId1": "A-8"})
"""It is a POST because its claims may be many; it writes nothing, whatever its key."""


def test_every_write_of_the_functions_is_among_them(live: Store) -> None:
    registered = {
        (client.role, method, resource)
        for client in (PARTNER, ADVERTISER)
        for resource, methods in function(FUNCTIONS[client.role]).ROUTES.api.routes.items()
        for method in methods
        if method != "GET"
    }
    known = {(each.client.role, each.method, each.resource) for each in (*WRITES, CHECK)}
    assert known == registered


def test_a_check_writes_nothing(live: Store) -> None:
    done = contents()
    assert CHECK.client.post(CHECK.resource, CHECK.fields, Idempotency_Key="key-1").status == 200
    assert contents() == done


def _somebody(store: Store, client: Client) -> str:
    """The id of a person of that account whom the pool will not name again."""
    return people.invited(store, client.role, client.account_id, sub="sub-known").person_id


def _as_admin(write: Write) -> Write:
    """The write of a person, where no machine may."""
    return replace(write, client=replace(write.client, person=people.ADMIN))


def _token(client: Client, name: str) -> str:
    return client.post("/Tokens", {"Name": name}).body["Id"]


@pytest.mark.parametrize(
    "write", WRITES, ids=lambda each: f"{each.client.role} {each.method} {each.resource}"
)
def test_a_write_with_a_key_is_done_once_and_nothing_else_with_that_key(
    live: Store, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserPool, "client", PoolInMemory())
    person_id = _somebody(live, write.client)
    inquiry_id, spare_id = (market.file(live, each).inquiry_id for each in ("A-1", "A-2"))
    action_id = market.track(live, "A-3").action_id
    if write.method == "PUT" and write.client is PARTNER:
        market.resolve(live, {"Id": inquiry_id, "ResolutionStatus": "INCOMPLETE"})
    if write.resource.endswith("/Appeal"):
        market.resolve(live, declined(inquiry_id))
    prepare(live, write)
    token_ids = {"hook-1": "", "hook-2": ""}
    if write.resource.startswith("/Tokens"):
        write = _as_admin(write)
        token_ids = {each: _token(write.client, each) for each in token_ids}

    def named(fields: Fields) -> Fields:
        ids = {"{inquiry}": inquiry_id, "{action}": action_id}
        return {name: ids.get(text, text) for name, text in fields.items()}

    def path(inquiry: str, webhook_id: str) -> str:
        ids = {
            "<inquiry_id>": inquiry,
            "<action_id>": action_id,
            "<campaign_id>": CAMPAIGN,
            "<person_id>": person_id,
            "<version>": "2",
            "<proposal_id>": next(live.proposed(SHOP, None, 1), ""),
            "<webhook_id>": webhook_id,
            "<token_id>": token_ids[webhook_id],
            "<delivery_id>": "000000000000001",
        }
        return "/".join(ids.get(part, part) for part in write.resource.split("/"))

    first = write.ask(path(inquiry_id, "hook-1"), named(write.fields))
    assert first[0] == 200, first
    done = contents()
    assert write.ask(path(inquiry_id, "hook-1"), named(write.fields)) == first
    other = write.ask(path(spare_id, "hook-2"), named(write.other))
    assert other == (409, "idempotency_key_reused")
    assert contents() == done


def prepare(live: Store, write: Write) -> None:
    """What a write of this resource is about."""
    if write.resource.endswith("/Verification"):
        shop_orders.give(live, shop_orders.an_order("A-1"))
    if write.resource == PROPOSAL:
        assert ADVERTISER.put("/Orders/A-3", {**ORDER, "Status": "UNDONE"}).status == 200
    if write.resource.startswith(POLICIES):
        live.add_policy(Version(CAMPAIGN, a_policy(decline()), NOW, "test"))
    if write.resource.startswith("/Webhooks"):
        for webhook_id in ("hook-1", "hook-2"):
            endpoint_with_a_delivery(write.client, webhook_id)


def contents() -> dict[str, Any]:
    """All that is stored, but for what requests leave for later ones."""
    return {kind: stack.everything(kind) for kind in stack.KINDS if kind != "requests"}
