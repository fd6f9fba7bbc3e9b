"""Every write, sent twice with one idempotency key: once in effect, and the same in its answer."""

from dataclasses import dataclass, field

import pytest
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, FUNCTIONS, PARTNER, Client, function
from tests.integration.market import CAMPAIGN, accepted, claimed, declined, reported

Fields = dict[str, str]


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
        uri = answer.body.get("Uri") or answer.body.get("QueuedUri") or answer.body["code"]
        return answer.status, uri


CHANGE = {"Reason": "OTHER", "Amount": "80"}
REVERSAL = {"DispositionCode": "CONS_FRAUD"}
FILE = {"Kind": "inquiries", "Name": "a.csv", "Size": "9"}
SALES = {**FILE, "Kind": "conversions"}
SHEET = {"Kind": "undecided", "CampaignId": CAMPAIGN}
INQUIRY, ACTION = "/ActionInquiries/<inquiry_id>", "/Actions/<action_id>"

ORDER = {"OrderDate": "2026-05-01T09:59:00Z", "Amount": "1", "Currency": "USD"}
WRITES = (
    Write(PARTNER, "POST", "/ActionInquiries", claimed("A-8"), claimed("A-9")),
    Write(PARTNER, "PUT", INQUIRY, {"InquiryNotes": "here"}, {"InquiryNotes": "there"}),
    Write(PARTNER, "DELETE", INQUIRY),
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
    Write(ADVERTISER, "POST", "/Sheets", SHEET, {**SHEET, "Kind": "approvals"}),
)


def test_every_write_of_the_functions_is_among_them(live: Store) -> None:
    registered = {
        (client.role, method, resource)
        for client in (PARTNER, ADVERTISER)
        for resource, methods in function(FUNCTIONS[client.role]).ROUTES.api.routes.items()
        for method in methods
        if method != "GET"
    }
    assert {(each.client.role, each.method, each.resource) for each in WRITES} == registered


@pytest.mark.parametrize(
    "write", WRITES, ids=lambda each: f"{each.client.role} {each.method} {each.resource}"
)
def test_a_write_with_a_key_is_done_once_and_nothing_else_with_that_key(
    live: Store, write: Write
) -> None:
    inquiry_id, spare_id = (market.file(live, each).inquiry_id for each in ("A-1", "A-2"))
    action_id = market.track(live, "A-3").action_id
    if write.method == "PUT" and write.client is PARTNER:
        market.resolve(live, {"Id": inquiry_id, "ResolutionStatus": "INCOMPLETE"})

    def named(fields: Fields, inquiry: str = inquiry_id) -> Fields:
        return {
            name: text.format(inquiry=inquiry, action=action_id) for name, text in fields.items()
        }

    def path(inquiry: str) -> str:
        ids: dict[str, str] = {"<inquiry_id>": inquiry, "<action_id>": action_id}
        parts = (ids.get(part, part) for part in write.resource.split("/"))
        return "/".join(parts)

    first = write.ask(path(inquiry_id), named(write.fields))
    assert first[0] == 200, first
    done = stack.contents()
    assert write.ask(path(inquiry_id), named(write.fields)) == first
    other = write.ask(path(spare_id), named(write.other))
    assert other == (409, "idempotency_key_reused")
    assert stack.contents() == {**done, "requests": stack.contents()["requests"]}
