"""Lists over the store say what they say over those in memory that the unit tests use."""

import pytest
from makegood.api import inquiries
from makegood.api.http import Request
from makegood.domain.inquiries import InquiryState
from makegood.domain.outcome import Outcome
from makegood.domain.parties import Partner, PartnerKind
from makegood.store.store import Store

from tests.unit.memory_lists import (
    CAMPAIGN,
    OTHER_CAMPAIGN,
    Lists,
    a_request,
    an_inquiry,
    by_advertiser,
    by_partner,
    instant,
)

KEPT = [
    an_inquiry(number, instant(number // 2), partner_id=partner_id, state=state)
    for number, (partner_id, state) in enumerate(
        [
            ("10001", InquiryState.UNRESOLVED),
            ("10002", InquiryState.UNRESOLVED),
            ("10001", InquiryState.INCOMPLETE),
            ("10001", InquiryState.UNRESOLVED),
            ("10001", InquiryState.UNRESOLVED),
        ],
        start=1,
    )
] + [an_inquiry(9, instant(9), owner=OTHER_CAMPAIGN)]


@pytest.fixture
def both(store: Store) -> tuple[Store, Lists]:
    for campaign in (CAMPAIGN, OTHER_CAMPAIGN):
        store.put_campaign(campaign)
    for partner_id in ("10001", "10002"):
        store.put_partner(Partner(partner_id, f"Partner {partner_id}", PartnerKind.CASHBACK))
    for inquiry in KEPT:
        store.commit(Outcome(inquiries=((None, inquiry),)))
    return store, Lists().add(*KEPT)


def bodies(source: Store | Lists, request: Request) -> list[str]:
    """The answers of a list and of every page that is followed from it."""
    found = []
    while True:
        reply = inquiries.inquiries(source, request)
        found.append(str(reply.body))
        uri = found[-1].partition('"@nextpageuri":"')[2].partition('"')[0]
        uri = uri or reply.headers.get("Link", "").partition(">")[0].removeprefix("<")
        if not uri:
            return found
        request = a_request(request.caller.role, request.caller.account_id, uri)


@pytest.mark.parametrize(
    "request_made",
    [
        by_partner("/ActionInquiries"),
        by_partner("/ActionInquiries?PageSize=1"),
        by_partner("/ActionInquiries?PageSize=2&Page=2"),
        by_partner("/ActionInquiries?PageSize=2&Page=9"),
        by_partner("/ActionInquiries?CampaignId=1000&PageSize=1"),
        by_partner("/ActionInquiries?StartDate=2026-03-10T12:01:00Z&PageSize=2"),
        by_partner("/ActionInquiries?EndDate=2026-03-10T12:01:00Z"),
        by_partner("/ActionInquiries?StartDate=2026-03-12&EndDate=2026-03-11"),
        by_partner("/ActionInquiries?StartDate=2026-03-11&EndDate=2026-03-11"),
        by_advertiser("/ActionInquiries?CampaignId=1000&PageSize=3"),
        by_advertiser("/ActionInquiries?CampaignId=1000&ResolutionStatus=UNRESOLVED&PageSize=2"),
        by_advertiser("/ActionInquiries.csv?CampaignId=1000&PageSize=2"),
    ],
    ids=lambda request: request.uri().rpartition("/")[2],
)
def test_a_list_over_the_store_is_the_list_over_the_shelf(
    both: tuple[Store, Lists], request_made: Request
) -> None:
    store, lists = both
    assert bodies(store, request_made) == bodies(lists, request_made)
