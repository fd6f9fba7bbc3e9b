"""Everything that webhooks tell, made to happen once: where the examples of their bodies come from.

Both sides have an endpoint, so each event of theirs has a body. Times are set and ids are derived,
so each telling is the same.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from makegood.aws.s3 import Bucket
from makegood.domain.account_people import PersonRole
from makegood.domain.calendar import LockRule
from makegood.domain.deadlines import Deadlines
from makegood.domain.event_names import MEANINGS
from makegood.domain.events import Owner
from makegood.domain.parties import Role
from makegood.domain.statements import Month
from makegood.domain.uploads import Kind
from makegood.domain.verdicts import Verdict
from makegood.jobs import reconciliation, statements
from makegood.runtime import telemetry
from makegood.store.store import Store

from tests.integration import market, policies, stack
from tests.integration.examples import shown
from tests.integration.gateway import ADVERTISER, PARTNER, Context, function, operate
from tests.integration.ingest import Ingest, table
from tests.integration.market import (
    CAMPAIGN,
    LOYALTY,
    NOW,
    RECENT_CLEARS_AT,
    RECENT_LOCKS_AT,
    accepted,
    claimed,
)
from tests.integration.people import client_of
from tests.integration.receivers import endpoint_with_a_delivery
from tests.integration.streams import Stream
from tests.integration.test_policies import verified
from tests.policies import a_policy, approve, decline

TABLES = ("inquiries", "actions", "ledger", "files")
OVER = RECENT_CLEARS_AT + timedelta(days=40)

Publish = Callable[[], None]


def publishing() -> Publish:
    """Tells the events function what the streams have since the last time."""
    stream = Stream(
        lambda: {key: each for name in TABLES for key, each in stack.everything(name).items()}
    )

    def tell() -> None:
        answer = function("events").handler({"Records": stream.records()}, Context())
        assert answer == {"batchItemFailures": []}

    return tell


def an_inquiry_s_life(live: Store, publish: Publish) -> None:
    """It is filed, asked about, answered, commented on, declined, and appealed."""
    inquiry_id = market.file(live, "L-1").inquiry_id
    path = f"/ActionInquiries/{inquiry_id}"
    asked = {"Id": inquiry_id, "ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which?"}
    steps: list[Callable[[], Any]] = [
        lambda: ADVERTISER.put("/ActionInquiries", asked),
        lambda: PARTNER.put(path, {"InquiryNotes": "The shoes"}),
        lambda: PARTNER.post("/ActionInquiries", claimed("L-1", InquiryNotes="Of May")),
        lambda: PARTNER.post(f"{path}/Comments", {"Comment": "Any news?"}),
        lambda: market.resolve(live, market.declined(inquiry_id)),
        lambda: PARTNER.post(
            "/ActionInquiries",
            claimed("L-1", AppealOf=inquiry_id, InquiryNotes="Here is the receipt"),
        ),
    ]
    publish()
    for minute, step in enumerate(steps, 1):
        live.set_clock(NOW + timedelta(minutes=minute))
        step()
        publish()


def money_s_life(live: Store, publish: Publish) -> None:
    """Actions from their creation to a statement, with too little money on the way; and files."""
    ingest = Ingest(live)
    market.deposit(live, "1.00")
    market.track(live, "A-1")
    returned = {"OrderId": "A-2", "ActionTrackerId": market.SALE, "Reason": "ITEM_RETURNED"}
    market.track(live, "A-2")
    publish()
    assert ADVERTISER.put("/Actions", {**returned, "Amount": "1.00"}).status == 200
    publish()
    reversal = urlencode({**returned, "DispositionCode": "ITEM_RETURNED"})
    assert ADVERTISER.delete(f"/Actions?{reversal}").status == 200
    accepting, withdrawn = (market.file(live, each).inquiry_id for each in ("B-1", "B-2"))
    publish()
    assert ADVERTISER.put("/ActionInquiries", accepted(accepting)).status == 200
    assert PARTNER.delete(f"/ActionInquiries/{withdrawn}").status == 200
    header = ("Campaign Id", "Order Id", "Transaction Date", "Sale Amount", "Type")
    row = CAMPAIGN, "Z-1", market.RECENT, "20.00", "UNTRACKED"
    ingest.upload(Kind.INQUIRIES, b"\xff\xfe\x00")
    ingest.upload(Kind.INQUIRIES, table(header, row))
    publish()
    market.sweep(live, RECENT_LOCKS_AT)
    publish()
    for at in (RECENT_LOCKS_AT, RECENT_CLEARS_AT + timedelta(days=1)):
        reconciliation.daily(live, at, lambda: True)
        publish()
    market.deposit(live, "100.00", "second")
    market.sweep(live, RECENT_CLEARS_AT)
    bucket = Bucket(telemetry.settings().statements)
    statements.all_of(live, bucket, Month.before(OVER), OVER, lambda: True)
    publish()


def what_waits_for_a_person(live: Store, publish: Publish) -> None:
    """An open-ended action is approved; an inquiry's time to answer goes by; a breaker opens."""
    terms = replace(
        market.terms(version=2),
        locking=LockRule.parse("OPEN_ENDED"),
        deadlines=Deadlines(answer_days=10, partner_days=5),
    )
    live.put_contract(market.contract(market.CASHBACK, market.terms(), terms))
    action = market.track(live, "O-1")
    market.file(live, "D-1")
    publish()
    assert ADVERTISER.put(f"/Actions/{action.action_id}", {"Reason": "APPROVED"}).status == 200
    publish()
    for days in (6, 9, 12):
        market.sweep(live, NOW + timedelta(days=days))
        publish()
    policies.activate(live, a_policy(decline(), approve(), Breaker={"Last": 10, "AtLeast": 50}))
    for at in range(11):
        verified(live, market.file(live, f"P-{at}", LOYALTY), Verdict.UNDONE)
    publish()


def what_takes_two_people(live: Store, publish: Publish) -> None:
    """One person accepts what another has to accept as well."""
    assert operate({"command": "set_options", "campaign_id": CAMPAIGN, "second_above": "10"})
    person = client_of(live, Role.ADVERTISER, market.SHOP, PersonRole.REVIEWER, "sub-anna")
    inquiry_id = market.file(live, "S-1").inquiry_id
    publish()
    large = accepted(inquiry_id, FinalPayout="20.00")
    assert person.put("/ActionInquiries", large).status == 200
    publish()


def bodies(live: Store) -> dict[str, dict[str, Any]]:
    """The first body of each type; a partner's where partners are told of it."""
    for client in (ADVERTISER, PARTNER):
        endpoint_with_a_delivery(client, f"hook-of-the-{client.role.lower()}")
    publish = publishing()
    live.set_clock(NOW)
    for happens in (an_inquiry_s_life, money_s_life, what_waits_for_a_person):
        live.set_clock(NOW)
        happens(live, publish)
    live.set_clock(NOW)
    what_takes_two_people(live, publish)
    endpoint_with_a_delivery(PARTNER, "hook-that-is-gone", given_up=True)
    function("events").handler({}, Context())
    return {str(name): _first(str(name), each.roles[-1]) for name, each in MEANINGS.items()}


def _first(name: str, role: Role) -> dict[str, Any]:
    client = {each.role: each for each in (ADVERTISER, PARTNER)}[role]
    owner = Owner(role, client.account_id)
    kept = sorted(
        (sk, item["body"]["S"])
        for (pk, sk), item in stack.everything("events").items()
        if pk == f"B#{owner.name}"
    )
    told = [each for each in (json.loads(text) for _, text in kept) if each["type"] == name]
    assert told, f"nothing here tells {name}"
    return shown(told[0])
