"""Ids and filters that try to be more than that: parts of keys, paths, header lines, formulas."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from makegood.domain.rate_limit import Allowance
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import ADVERTISER, PARTNER, Answer, Client
from tests.integration.market import CAMPAIGN

TRICKS = (
    "1#2",
    f"{CAMPAIGN}#A-1",
    "I#1",
    "..",
    "../../Advertisers",
    "%2e%2e",
    "x\n",
    "x\r\nSet-Cookie: a=b",
    "\x00",
    "\u200b",
    "1\x00#2",
    "x" * 65,
    "x" * 3_000,
    "\U0001f600" * 60,
    "\u0661",
    "*",
    "' OR 1",
    "=1+1",
)
"""Separators of ours and of others, control characters, and what is longer than a key may be."""

UNSEEN = ("\x00", "\u200b")
"""What shows nothing is no number to go on after, and blank: events begin with the first."""

OFTEN = Allowance(per_hour=1_000_000, burst=10_000)
PATHS = {
    "partner": (
        *("/ActionInquiries/{}", "/Actions/{}", "/Actions/{}/Items", "/ActionUpdates/{}"),
        *("/Campaigns/{}", "/Files/{}", "/Invoices/{}", "/Invoices/{}/Page"),
    ),
    "advertiser": ("/Campaigns/{}/Contracts", "/Actions/{}"),
}
FILTERS = (
    *("/ActionInquiries?CampaignId", "/ActionInquiries?OrderId", "/ActionInquiries?CustomerId"),
    *("/ActionInquiries?MediaPartnerInquiryId", "/ActionInquiries?Page=2&Cursor"),
    *("/Actions?CampaignId", "/Actions?OrderId", "/ActionUpdates?CampaignId", "/Events?After"),
)
SIDES = {"partner": PARTNER, "advertiser": ADVERTISER}


def asked(client: Client, path: str, trick: str) -> Answer:
    """The answer to a path as the gateway hands it over, decoded."""
    event = client.event("GET", "/")
    return client.send({**event, "path": client.root + path.format(trick)})


def filtered(client: Client, resource: str, trick: str) -> Answer:
    path, _, given = resource.partition("?")
    *others, name = given.split("&")
    named = dict(each.split("=") for each in others)
    if client is not PARTNER and name != "CampaignId":
        named["CampaignId"] = CAMPAIGN
    return client.get(f"{path}?{urlencode({**named, name: trick})}")


def header_lines(answer: Answer) -> Iterator[str]:
    for name, value in answer.headers.items():
        yield f"{name}: {value}"


@pytest.mark.parametrize("side", PATHS)
def test_a_path_id_that_is_none_is_not_found(live: Store, side: str) -> None:
    client = replace(SIDES[side], allowance=OFTEN)
    for path in PATHS[side]:
        for trick in TRICKS:
            answer = asked(client, path, trick)
            assert answer.status in (403, 404), (path, trick, answer.text)
            assert answer.body["code"] in ("not_found", "resource_unknown")


@pytest.mark.parametrize("side", SIDES)
def test_a_filter_that_is_none_finds_nothing_or_is_refused(live: Store, side: str) -> None:
    market.file(live, "A-1")
    client = replace(SIDES[side], allowance=OFTEN)
    for resource in FILTERS:
        for trick in TRICKS:
            answer = filtered(client, resource, trick)
            assert answer.status in (200, 400, 404), (resource, trick, answer.text)
            if answer.status == 200 and resource == "/Events?After":
                assert trick in UNSEEN
                assert answer.body["Events"] == filtered(client, resource, "").body["Events"]
            elif answer.status == 200:
                assert answer.body["@total"] == "0"
            assert not [line for line in header_lines(answer) if not line.isprintable()]


def test_an_order_with_a_separator_is_that_order_and_no_other(live: Store) -> None:
    for order_id in ("A-1", "A-1#2", f"{CAMPAIGN}#A-1"):
        market.file(live, order_id)
        found = ADVERTISER.get(
            f"/ActionInquiries?{urlencode({'CampaignId': CAMPAIGN, 'OrderId': order_id})}"
        ).body["ActionInquiries"]
        assert [each["OrderId"] for each in found] == [order_id]


def test_the_link_of_a_table_is_one_line(live: Store) -> None:
    for order_id in ("A-1", "A-2"):
        market.file(live, order_id)
    query = urlencode({"CampaignId": CAMPAIGN, "PageSize": "1", "Any": "x>\r\nSet-Cookie: a=b"})
    link = ADVERTISER.get(f"/ActionInquiries.csv?{query}").headers["Link"]
    assert link.isprintable()
    assert link.count(">") == 1
