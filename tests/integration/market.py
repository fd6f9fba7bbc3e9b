"""A small market: a shop with a campaign and three partners, and strangers to both.

Orders are of the campaign's time zone. At NOW, one of `RECENT` has yet to lock, one of `LONG_AGO`
has locked and cleared already.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from makegood.domain import ledger
from makegood.domain.actions import Action
from makegood.domain.calendar import LockRule, PaymentRule
from makegood.domain.contracts import Contract, PayoutTerm, Terms, contract_id_of
from makegood.domain.inquiries import Inquiry
from makegood.domain.money import Money
from makegood.domain.outcome import Outcome
from makegood.domain.parties import Advertiser, Campaign, EventType, Partner, PartnerKind
from makegood.forms.claims import ClaimRequest
from makegood.forms.conversions import ConversionRequest
from makegood.forms.resolutions import ResolutionRequest
from makegood.jobs.sweep import Sweep, SweepResult
from makegood.store.indexes import ALWAYS, Created, StoredList, id_at, shard_of
from makegood.store.plans import of_stored
from makegood.store.selection import Window
from makegood.store.store import Store
from makegood.usecases import unit_of_work
from makegood.usecases.file_claim import ClaimWork
from makegood.usecases.report_conversion import ConversionWork
from makegood.usecases.resolve_inquiry import ResolutionWork
from makegood.usecases.unit_of_work import Done
from makegood.usecases.view import Ask

SHOP, CAMPAIGN, SALE, LEAD = "500", "1000", "4000", "4001"
CASHBACK, LOYALTY, CONTENT = "10001", "10002", "10003"
STRANGE_SHOP, STRANGE_CAMPAIGN = "501", "1001"

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
RECENT, LONG_AGO = "2026-06-01T10:00:00-07:00", "2026-04-01T10:00:00-07:00"
RECENT_LOCKS_AT = datetime(2026, 6, 17, 7, tzinfo=UTC)
RECENT_CLEARS_AT = datetime(2026, 6, 21, 7, tzinfo=UTC)

NEW_CAMPAIGN = {
    "campaign_id": "1002",
    "advertiser_id": SHOP,
    "name": "New",
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
    "event_types": {SALE: "Sale"},
}
"""What the operator says of one that is not there yet."""

BASKET = {
    "ItemSku1": "SHOES",
    "ItemQty1": "2",
    "ItemSubtotal1": "60.00",
    "ItemSku2": "HAT",
    "ItemSubtotal2": "40.00",
}
"""What an order of two kinds of things has of them."""

SHARD = shard_of(SHOP, "USD")


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def terms(
    locking: str = "DAY 15d", payment: str = "DAY 4d", sale: str = "5%", version: int = 1
) -> Terms:
    return Terms(
        version=version,
        valid_from=datetime(2025, 1, version, tzinfo=UTC),
        locking=LockRule.parse(locking),
        payment=PaymentRule.parse(payment),
        payouts=((SALE, PayoutTerm.parse(sale)), (LEAD, PayoutTerm.parse("1.50 USD"))),
    )


def campaign(**changes: Any) -> Campaign:
    made = Campaign(
        campaign_id=CAMPAIGN,
        advertiser_id=SHOP,
        name="Shop worldwide",
        time_zone="America/Los_Angeles",
        currency="USD",
        event_types=(EventType(SALE, "Sale"), EventType(LEAD, "Lead")),
        inquiries_enabled=True,
    )
    return replace(made, **changes)


def contract(partner_id: str = CASHBACK, *versions: Terms, campaign_id: str = CAMPAIGN) -> Contract:
    contract_id = contract_id_of(campaign_id, partner_id)
    return Contract(contract_id, campaign_id, partner_id, versions or (terms(),))


PARTNERS = (
    Partner(CASHBACK, "Cashback Club", PartnerKind.CASHBACK),
    Partner(LOYALTY, "Points and More", PartnerKind.LOYALTY),
    Partner(CONTENT, "Some Blog", PartnerKind.CONTENT),
)


def set_up(store: Store) -> None:
    """The loyalty partner works for both shops, the others for the first only."""
    store.put_advertiser(Advertiser(SHOP, "The Shop"))
    store.put_advertiser(Advertiser(STRANGE_SHOP, "Another Shop"))
    store.put_campaign(campaign())
    strange = {"campaign_id": STRANGE_CAMPAIGN, "advertiser_id": STRANGE_SHOP}
    store.put_campaign(campaign(**strange, name="Another Shop's"))
    for partner in PARTNERS:
        store.put_partner(partner)
        store.put_contract(contract(partner.partner_id))
    store.put_contract(contract(LOYALTY, campaign_id=STRANGE_CAMPAIGN))


def claimed(order_id: str, **fields: str) -> dict[str, str]:
    """The fields of a claim over 100.00, with others added or in place."""
    return {
        "CampaignId": CAMPAIGN,
        "OrderId": order_id,
        "TransactionDate": RECENT,
        "TransactionAmount": "100.00",
        "InquiryType": "UNTRACKED",
        **fields,
    }


def accepted(inquiry_id: str, **fields: str) -> dict[str, str]:
    """The fields of a resolution that accepts, with others added or in place."""
    valid = {"ResolutionStatus": "VALID", "ActionTrackerId": SALE}
    return {"Id": inquiry_id, **valid, **fields}


def declined(inquiry_id: str, **fields: str) -> dict[str, str]:
    status = {"ResolutionStatus": "DECLINED", "RejectReason": "Transaction cannot be traced"}
    return {"Id": inquiry_id, **status, **fields}


def reported(order_id: str, **fields: str) -> dict[str, str]:
    """The fields of a conversion over 100.00, with others added or in place."""
    return {
        "CampaignId": CAMPAIGN,
        "ActionTrackerId": SALE,
        "OrderId": order_id,
        "EventDate": RECENT,
        "Amount": "100.00",
        "MediaPartnerId": CASHBACK,
        **fields,
    }


def file(
    store: Store, order_id: str, partner_id: str = CASHBACK, at: datetime = NOW, **fields: str
) -> Inquiry:
    asked = Ask(ClaimRequest.read(claimed(order_id, **fields)), "test")
    done = unit_of_work.one(store, ClaimWork(partner_id, at), asked)
    assert isinstance(done.subject, Inquiry)
    return done.subject


def resolve(
    store: Store, fields: dict[str, str], at: datetime = NOW, advertiser_id: str = SHOP
) -> Done:
    asked = Ask(ResolutionRequest.read(fields), "test")
    return unit_of_work.one(store, ResolutionWork(advertiser_id, at), asked)


def accept(store: Store, order_id: str, at: datetime = NOW, **fields: str) -> Action:
    """An order that is claimed and accepted, as its action."""
    known = ("TransactionDate", "TransactionAmount")
    claim = {name: fields[name] for name in known if name in fields}
    inquiry = file(store, order_id, at=at, **claim)
    done = resolve(store, accepted(inquiry.inquiry_id, **fields), at)
    assert done.action is not None
    return done.action


def track(store: Store, order_id: str, at: datetime = NOW, **fields: str) -> Action:
    asked = Ask(ConversionRequest.read(reported(order_id, **fields)), "test")
    done = unit_of_work.one(store, ConversionWork(SHOP, at), asked)
    assert isinstance(done.subject, Action)
    return done.subject


def deposit(
    store: Store, amount: str, reference: str = "bank-1", advertiser_id: str = SHOP
) -> None:
    entry = ledger.deposit(advertiser_id, usd(amount), reference, NOW)
    store.commit(Outcome(entries=(entry,)))


def cash(store: Store) -> tuple[str, str]:
    """The shop's funds and what it has committed."""
    found = store.cash([(SHOP, "USD")])[SHOP, "USD"]
    return str(Money(found.funds_minor, "USD")), str(Money(found.committed_minor, "USD"))


def listed(store: Store, stored: StoredList, created: Created = ALWAYS) -> list[str]:
    """Ids in a list, newest first; there are few."""
    found, after = store.listed(stored, created, None, 99)
    assert after is None
    return [id_at(each) for each in found]


def counted(
    store: Store,
    stored: StoredList,
    created: Created = ALWAYS,
    has_time: Callable[[], bool] = lambda: True,
) -> int:
    """How many there are in a list; both ends of `created` belong to it."""
    low, high = created
    window = Window(low, high and high + timedelta(milliseconds=1))
    return store.count_list(of_stored(stored, window).stretches, has_time)


def sweep(store: Store, at: datetime, has_time: Any = lambda: True) -> SweepResult:
    """A sweep of the shop's shard."""
    return Sweep(store, SHARD, at, has_time).run()
