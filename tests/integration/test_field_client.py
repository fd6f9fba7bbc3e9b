"""A client that knows only the published API of the field, after changing its base URL.

Form-encoded writes, paths that end in `.json`, HTTP Basic, a version header, lists followed by
`@nextpageuri`, windows of 45 days. Nothing of ours is in it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from makegood.domain.parties import Role, account_sid
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import Context, basic, function, operate
from tests.integration.market import CAMPAIGN, CASHBACK, SALE, SHOP
from tests.unit.memory_lists import NOW as LISTS_NOW
from tests.unit.memory_lists import Lists, an_inquiry

ARN = "arn:aws:execute-api:us-east-1:123456789012:api1/v1/GET/x"
WINDOW = timedelta(days=45)
COUNT = 10_000
PAGES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class FieldClient:
    """An account's existing client; `audience` and `sid` are all that it has of us."""

    audience: str
    sid: str
    token: str

    def call(self, method: str, uri: str, fields: Mapping[str, str] | None = None) -> Any:
        """One request as the gateway hands it on: to the authorizer, then to the function."""
        parts = urlsplit(uri)
        headers = {
            "Authorization": basic(self.sid, self.token),
            "IR-Version": "14",
            "Accept": "application/json",
        }
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        event = {
            "resource": "/{proxy+}",
            "httpMethod": method,
            "path": parts.path,
            "headers": headers,
            "multiValueQueryStringParameters": parse_qs(parts.query, keep_blank_values=True),
            "body": None if fields is None else urlencode(fields),
            "isBase64Encoded": False,
            "requestContext": {"requestId": "request-1"},
        }
        policy = function("authorizer").handler({**event, "methodArn": ARN}, Context())
        event["requestContext"]["authorizer"] = policy["context"]
        name = {"Advertisers": "advertisers", "Mediapartners": "partners"}[self.audience]
        answer = function(name).handler(event, Context())
        assert answer["statusCode"] == 200, answer["body"]
        return json.loads(answer["body"])

    def path(self, resource: str) -> str:
        return f"/{self.audience}/{self.sid}/{resource}.json"

    def every(self, resource: str, **query: str) -> Iterator[dict[str, Any]]:
        """A list from its first page to its last, as the answers say; parameters are repeated."""
        uri = f"{self.path(resource)}?{urlencode(query)}"
        for _ in range(PAGES_MAX):
            page = self.call("GET", uri)
            yield from page[resource]
            uri = page["@nextpageuri"]
            if not uri:
                return
            assert uri.partition("?")[0].endswith(".json")
            repeated = "".join(f"&{name}={quote(text)}" for name, text in query.items())
            uri += repeated
        raise AssertionError("the list has no end")


def client(store: Store, role: Role, account_id: str) -> FieldClient:
    made = operate({"command": "create_credential", "role": role.value, "account_id": account_id})
    audience = {Role.ADVERTISER: "Advertisers", Role.PARTNER: "Mediapartners"}[role]
    return FieldClient(audience, made["account_sid"], made["token"])


def test_an_existing_client_files_decides_and_reads_without_a_change(live: Store) -> None:
    partner = client(live, Role.PARTNER, CASHBACK)
    brand = client(live, Role.ADVERTISER, SHOP)
    claim = {
        "CampaignId": CAMPAIGN,
        "OrderId": "ORD-1",
        "TransactionDate": market.RECENT,
        "TransactionAmount": "100.00",
        "InquiryType": "UNTRACKED",
        "MediaPartnerInquiryId": "case-17",
        "InquiryNotes": "The shopper has the receipt",
    }
    written = partner.call("POST", partner.path("ActionInquiries"), claim)
    assert written["Status"] == "OK"
    filed = partner.call("GET", f"{written['Uri']}.json")
    assert (filed["ResolutionStatus"], filed["MediaPartnerInquiryId"]) == ("UNRESOLVED", "case-17")
    (seen,) = brand.every("ActionInquiries", CampaignId=CAMPAIGN, ResolutionStatus="UNRESOLVED")
    assert (seen["Id"], seen["MediaPartnerId"]) == (filed["Id"], CASHBACK)
    decision = {
        "_method": "PUT",
        "Id": seen["Id"],
        "ResolutionStatus": "VALID",
        "ActionTrackerId": SALE,
    }
    brand.call("POST", brand.path("ActionInquiries"), decision)
    decided = partner.call("GET", f"{written['Uri']}.json")
    assert (decided["ResolutionStatus"], decided["FinalPayout"]) == ("VALID", "5.00")
    action = partner.call("GET", f"{decided['ActionUri']}.json")
    assert (action["ReferringType"], action["Payout"]) == ("ACTION_INQUIRY", "5.00")
    (listed,) = brand.every("Actions", CampaignId=CAMPAIGN, State="PENDING")
    assert (listed["Id"], listed["ClientCost"]) == (action["Id"], "5.00")
    brand.call(
        "POST",
        brand.path("Actions"),
        {"_method": "DELETE", "ActionId": listed["Id"], "DispositionCode": "ITEM_RETURNED"},
    )
    (gone,) = partner.every("Actions")
    assert gone["State"] == "REVERSED"


@pytest.fixture
def long_list(live: Store, monkeypatch: pytest.MonkeyPatch) -> tuple[Lists, FieldClient]:
    """Ten thousand inquiries of two years, some at the same instant, behind both functions."""
    brand = client(live, Role.ADVERTISER, SHOP)
    lists = Lists(page_max=700)
    for number in range(1, COUNT + 1):
        at = LISTS_NOW - timedelta(hours=2 * (number // 3))
        lists.add(an_inquiry(number, at))
    routes = function("advertisers").ROUTES
    monkeypatch.setattr(routes, "store", lists)
    monkeypatch.setattr(routes.api, "store", lists)
    return lists, brand


def test_ten_thousand_inquiries_are_read_from_the_first_page_to_the_last(
    long_list: tuple[Lists, FieldClient],
) -> None:
    _, brand = long_list
    assert brand.sid == account_sid(Role.ADVERTISER, SHOP)
    ids = [each["Id"] for each in brand.every("ActionInquiries", CampaignId="1000")]
    assert len(ids) == len(set(ids)) == COUNT
    small = brand.every("ActionInquiries", CampaignId="1000", PageSize="777", OrderId="")
    assert [each["Id"] for each in small] == ids


def test_windows_of_45_days_lose_no_inquiry_and_repeat_only_what_is_on_their_ends(
    long_list: tuple[Lists, FieldClient],
) -> None:
    lists, brand = long_list
    start = datetime(2023, 10, 1, tzinfo=UTC)
    found: list[str] = []
    twice = 0
    while start < LISTS_NOW + timedelta(days=1):
        end = start + WINDOW
        window = {"StartDate": start.isoformat(), "EndDate": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
        found += [
            each["Id"] for each in brand.every("ActionInquiries", CampaignId="1000", **window)
        ]
        twice += sum(each.created_at == end for each in lists.kept.values())
        start = end
    assert len(set(found)) == COUNT
    assert len(found) == COUNT + twice
