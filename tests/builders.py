"""Campaigns, contracts, claims, cases and actions to decide on; each test names what matters to it.

One advertiser, 7, runs one campaign, 1000, in New York and in US dollars. Partner 10001 is a
cashback, 10002 a loyalty partner, 10003 writes content. The usual contract pays 5% of a sale
(event type 4000) and 3.00 for a lead (4001), locks an order at the end of its tenth day, and clears
it four days later.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from makegood.domain import action_lifecycle, resolutions
from makegood.domain.action_lifecycle import Origination
from makegood.domain.actions import Action, ActionState, Origin
from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.automatic_decisions import Filing
from makegood.domain.calendar import LockRule, PaymentRule
from makegood.domain.contracts import Contract, Terms
from makegood.domain.inquiries import Claim, Inquiry, InquiryState, InquiryType, Resolution
from makegood.domain.ledger import Cash
from makegood.domain.limits import Limit
from makegood.domain.money import Money
from makegood.domain.orders import Conversion, Order, OrderCredits
from makegood.domain.parties import Campaign, EventType, Partner, PartnerKind
from makegood.domain.payout_plans import (
    Condition,
    Operator,
    PayoutGroup,
    PayoutPlan,
    PayoutTerm,
    Variable,
)
from makegood.domain.resolutions import Case

ADVERTISER = "7"
SALE, LEAD = "4000", "4001"
NEW_YORK = ZoneInfo("America/New_York")
A_MOMENT = timedelta(microseconds=1)
ORDER_ID = "CD1"


def at(text: str) -> datetime:
    """The instant of New York's wall clock: `at("2026-03-05 10:00")`; a date is its midnight."""
    wall = datetime.fromisoformat(text)
    return wall.replace(tzinfo=NEW_YORK).astimezone(UTC)


LONG_AGO = at("2020-01-01")
ORDERED = at("2026-03-05 10:00")
LOCKS = at("2026-03-16")
CLEARS = at("2026-03-20")
"""When an order of `ORDERED` locks and clears under the usual contract."""


CODES = PayoutPlan(
    PayoutTerm.parse("5%"),
    groups=(
        PayoutGroup(
            "Codes",
            1,
            PayoutTerm.parse("2%"),
            (Condition(Variable.PROMO_CODE, Operator.IS_NOT, ""),),
        ),
    ),
)
"""5% of a sale, and 2% of one with a promo code."""


def usd(minor: int) -> Money:
    return Money(minor, "USD")


PARTNERS = {
    each.partner_id: each
    for each in (
        Partner("10001", "Refund Club", PartnerKind.CASHBACK),
        Partner("10002", "Point Post", PartnerKind.LOYALTY),
        Partner("10003", "Blog Row", PartnerKind.CONTENT),
        Partner("10004", "Side Door", PartnerKind.OTHER),
    )
}


def a_campaign(**changes: Any) -> Campaign:
    usual = Campaign(
        campaign_id="1000",
        advertiser_id=ADVERTISER,
        name="CD Shop",
        time_zone="America/New_York",
        currency="USD",
        event_types=(EventType(SALE, "Sale"), EventType(LEAD, "Lead")),
        inquiries_enabled=True,
    )
    return replace(usual, **changes)


def terms(
    locking: str = "DAY 10d",
    payment: str = "DAY 4d",
    sale: str = "5%",
    valid_from: datetime = LONG_AGO,
    limits: tuple[Limit, ...] = (),
    **changes: Any,
) -> Terms:
    """Terms by the texts of their rules and of what a sale pays, and its limits."""
    payout = PayoutTerm.parse(sale)
    usual = Terms(
        1,
        valid_from,
        LockRule.parse(locking),
        PaymentRule.parse(payment),
        (
            (SALE, PayoutPlan(payout, limits=limits) if limits else payout),
            (LEAD, PayoutTerm.parse("3.00 USD")),
        ),
    )
    return replace(usual, **changes)


def a_contract(*versions: Terms, ended_at: datetime | None = None, partner: str = "10001"):
    return Contract("501", "1000", partner, versions or (terms(),), ended_at)


def a_claim(inquiry_type: InquiryType = InquiryType.UNTRACKED, **changes: Any) -> Claim:
    usual = Claim("10001", "1000", ORDER_ID, inquiry_type, usd(10_000), ORDERED)
    return replace(usual, **changes)


def no_credits(order_id: str = ORDER_ID) -> OrderCredits:
    return OrderCredits("1000", order_id)


def credits_of(*actions: Action) -> OrderCredits:
    """The order as it is credited for these actions."""
    order = no_credits(actions[0].order.order_id) if actions else no_credits()
    for action in actions:
        if action.state is not ActionState.REVERSED:
            order = action_lifecycle.credited(order, action)
    return order


def a_filing(**changes: Any) -> Filing:
    usual = Filing(
        campaign=a_campaign(),
        partner=PARTNERS["10001"],
        contract=a_contract(),
        order=no_credits(),
        attempts=(),
        inquiry_id="900",
        credited=PARTNERS,
    )
    return replace(usual, **changes)


def an_inquiry(claim: Claim | None = None, **changes: Any) -> Inquiry:
    """One on file, waiting for the advertiser."""
    usual = Inquiry("900", ADVERTISER, claim or a_claim(), created_at=ORDERED + timedelta(days=1))
    return replace(usual, **changes)


def a_resolution(state: InquiryState = InquiryState.VALID, **changes: Any) -> Resolution:
    usual = Resolution("900", state, event_type_id=SALE if state is InquiryState.VALID else "")
    if state is InquiryState.DECLINED:
        usual = replace(usual, reject_reason=6)
    return replace(usual, **changes)


def cash_of(funds_minor: int = 0, committed_minor: int = 0, version: int = 1) -> Cash:
    return Cash(ADVERTISER, "USD", funds_minor, committed_minor, version)


def a_case(*earlier: Action, **changes: Any) -> Case:
    """An inquiry to resolve, on an order that holds the credits of `earlier` actions."""
    usual = Case(
        inquiry=an_inquiry(),
        campaign=a_campaign(),
        contract=a_contract(),
        order=credits_of(*earlier),
        earlier={action.action_id: action for action in earlier},
        cash=cash_of(1_000_000),
    )
    return replace(usual, **changes)


def accepted(
    case: Case, now: datetime, by: str = "reviewer", **resolution: Any
) -> tuple[Inquiry, Action, Any]:
    """What accepting the case's inquiry comes to."""
    inquiry, action, outcome = resolutions.resolve(a_resolution(**resolution), case, now, by)
    assert action is not None
    return inquiry, action, outcome


def a_conversion(amount: Money | None = None, **changes: Any) -> Conversion:
    """A tracked sale; `order_id`, `ordered_at` and `promo_code` are its order's."""
    kept = {
        name: changes.pop(name)
        for name in ("order_id", "ordered_at", "promo_code")
        if name in changes
    }
    order = replace(Order(ORDER_ID, ORDERED), **kept)
    usual = Conversion("1000", SALE, "10001", order, amount or usd(10_000))
    return replace(usual, **changes)


def an_action(
    state: ActionState = ActionState.PENDING,
    contract: Contract | None = None,
    ordered_at: datetime = ORDERED,
    order_id: str = ORDER_ID,
    **changes: Any,
) -> Action:
    """A sale of 100.00 for 5.00, as it stands in that state, tracked on the day of the order."""
    made = Origination(
        action_id=changes.pop("action_id", "1000.4000.1"),
        partner_id="10001",
        event_type_id=SALE,
        order=Order(order_id, ordered_at),
        order_amount=usd(10_000),
        payout=usd(500),
        event_at=ordered_at,
        origin=Origin.TRACKED,
    )
    action = action_lifecycle.originate(made, a_campaign(), contract or a_contract(), ordered_at)
    return replace(action, state=state, **changes)


def a_rule(**changes: Any) -> ApprovalRule:
    usual = ApprovalRule("1000", "10001", SALE, payout_max=usd(1_000), month_max=usd(5_000))
    return replace(usual, **changes)
