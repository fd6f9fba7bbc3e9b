"""What partners and advertisers ask by HTTP: claims, decisions, conversions and changes."""

from collections.abc import Callable
from datetime import UTC, datetime

from makegood.store.store import Store

from tests.integration import market, shop_orders
from tests.integration.gateway import ADVERTISER, PARTNER
from tests.integration.market import CASHBACK, LONG_AGO, LOYALTY, RECENT
from tests.torture.delivery import Delivery
from tests.torture.flow import (
    EARLIER,
    Flow,
    action_ids,
    action_of,
    changed,
    claimed,
    claimed_long_ago,
    funded,
    inquiry_id,
    limited_after,
    nothing,
    pending,
    rule,
)

IN_APRIL, IN_MAY = datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
BETWEEN = datetime(2026, 4, 18, tzinfo=UTC)
"""When an order of `LONG_AGO` has locked, and has not cleared."""

NO_KEY = ""


def disputed(store: Store) -> None:
    """A tracked order, and a claim that it was tracked with a wrong amount."""
    funded(store)
    market.track(store, "A-1", at=EARLIER)
    market.file(store, "A-1", at=EARLIER, InquiryType="INCORRECT", TransactionAmount="150.00")


def disputed_after(swept_at: datetime) -> Callable[[Store], None]:
    """The same, of an order that a sweep has locked, or locked and paid."""

    def arrange(store: Store) -> None:
        funded(store)
        market.track(store, "A-1", at=IN_APRIL, EventDate=LONG_AGO)
        market.sweep(store, swept_at)
        wrong = {"InquiryType": "INCORRECT", "TransactionAmount": "150.00"}
        market.file(store, "A-1", at=EARLIER, TransactionDate=LONG_AGO, **wrong)

    return arrange


def rejected(ordered: str = RECENT, at: datetime = EARLIER) -> Callable[[Store], None]:
    """A tracked order whose action was reversed, and a claim that this was wrong."""

    def arrange(store: Store) -> None:
        funded(store)
        action = market.track(store, "A-1", at=at, EventDate=ordered)
        changed(store, action.action_id, at, reversing=True, DispositionCode="CONS_FRAUD")
        fields = {"InquiryType": "DECLINED", "TransactionDate": ordered}
        market.file(store, "A-1", at=EARLIER, **fields)

    return arrange


def tracked_for_another(store: Store) -> None:
    """Another partner's order, in a campaign that declines claims of such at once."""
    funded(store)
    store.put_campaign(market.campaign(declines_tracked=True, names_channel=True))
    market.track(store, "A-1", at=EARLIER, MediaPartnerId=LOYALTY)


def declined(store: Store) -> None:
    """A claim that was declined, and may be appealed."""
    inquiry = market.file(store, "A-1", at=EARLIER)
    market.resolve(store, market.declined(inquiry.inquiry_id), EARLIER)


def open_ended(store: Store) -> None:
    """An action that locks when it is approved."""
    funded(store)
    store.put_contract(market.contract(CASHBACK, market.terms(locking="OPEN_ENDED")))
    market.accept(store, "A-1", at=EARLIER)


def modified(store: Store) -> None:
    """An action with another amount than it was made with."""
    funded(store)
    action = market.track(store, "A-1", at=EARLIER)
    changed(store, action.action_id, Reason="ITEM_RETURNED", Amount="60.00")


def claimed_beyond(store: Store) -> None:
    """A claim under a contract that has taken all that it takes this week."""
    limited_after(2)(store)
    market.file(store, "A-3", at=EARLIER)


def given_orders(store: Store) -> None:
    """The shop's orders, and another partner's claim on one of them."""
    claimed(store)
    shop_orders.give(store, shop_orders.an_order("#A-1"), shop_orders.an_order("#A-2"))
    market.file(store, "#A-1", LOYALTY, at=EARLIER)


def submit(delivery: Delivery) -> None:
    delivery.request(PARTNER, "POST", "/ActionInquiries", market.claimed("A-1"))


def submit_with_notes(delivery: Delivery) -> None:
    """What was claimed before, with more to say; by a client that knows of no key."""
    fields = market.claimed("A-1", InquiryNotes="The receipt")
    delivery.request(PARTNER, "POST", "/ActionInquiries", fields, NO_KEY)


def submit_spelled(delivery: Delivery) -> None:
    """A claim on an order that others have claimed in other spellings."""
    delivery.request(PARTNER, "POST", "/ActionInquiries", market.claimed("No. A-1"))


def appeal(delivery: Delivery) -> None:
    fields = market.claimed("A-1", AppealOf=inquiry_id(delivery), InquiryNotes="The receipt")
    delivery.request(PARTNER, "POST", "/ActionInquiries", fields)


def withdraw(delivery: Delivery) -> None:
    delivery.request(PARTNER, "DELETE", f"/ActionInquiries/{inquiry_id(delivery)}", {})


def ask_and_answer(delivery: Delivery) -> None:
    """The advertiser asks for more, the partner answers, and it is accepted."""
    asked = inquiry_id(delivery)
    more = {"Id": asked, "ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "The receipt?"}
    delivery.request(ADVERTISER, "PUT", "/ActionInquiries", more, "key-1")
    answer = {"InquiryNotes": "Here it is"}
    delivery.request(PARTNER, "PUT", f"/ActionInquiries/{asked}", answer, "key-2")
    delivery.request(ADVERTISER, "PUT", "/ActionInquiries", market.accepted(asked), "key-3")


def ask_twice(delivery: Delivery) -> None:
    """The advertiser asks for complete details, and then for something more."""
    for key, notes in (("key-1", ""), ("key-2", "Which shop?")):
        asked = {"Id": inquiry_id(delivery), "ResolutionStatus": "INCOMPLETE"}
        fields = {**asked, "ResolutionNotes": notes}
        delivery.request(ADVERTISER, "PUT", "/ActionInquiries", fields, key)


def reverse(delivery: Delivery) -> None:
    (action_id, *_) = action_ids(delivery)
    delivery.request(ADVERTISER, "DELETE", f"/Actions/{action_id}?DispositionCode=CONS_FRAUD", {})


Fields = Callable[[Delivery], dict[str, str]]


def sent(method: str, path: str, fields: Fields, key: str = "key-1") -> Callable[[Delivery], None]:
    """A request of the advertiser; without a key, by a client that knows of none."""

    def send(delivery: Delivery) -> None:
        delivery.request(ADVERTISER, method, path, fields(delivery), key)

    return send


def acceptance(delivery: Delivery) -> dict[str, str]:
    return market.accepted(inquiry_id(delivery))


def rejection(delivery: Delivery) -> dict[str, str]:
    return market.declined(inquiry_id(delivery))


def conversion_of(number: int) -> Fields:
    fields = market.reported(f"A-{number}", CustomerId=f"C-{number}")
    return lambda delivery: fields


def change_of(order_id: str, **fields: str) -> Fields:
    """A change of that order's action."""
    return lambda delivery: {"ActionId": action_of(delivery, order_id), **fields}


RESOLVE, CONVERT = ("PUT", "/ActionInquiries"), ("POST", "/Conversions")
MODIFY, REVERSE = ("PUT", "/Actions"), ("DELETE", "/Actions")
APPROVED = change_of("A-1", Reason="APPROVED")
RETURNED = change_of("A-1", Reason="ITEM_RETURNED", Amount="60.00")
ALL_RETURNED = change_of("A-1", Reason="ITEM_RETURNED", Amount="0.00")
GROWN = change_of("A-1", Reason="ORDER_UPDATE", Amount="160.00")
RESET = change_of("A-1", Reason="RESET")
UNDONE = change_of("A-1", DispositionCode="CONS_FRAUD")
ADMITTED = change_of("A-3", Reason="APPROVED")

REQUESTS = (
    Flow("submit", nothing, submit),
    Flow("submit, under a rule", rule, submit),
    Flow("submit, tracked for another", tracked_for_another, submit),
    Flow("submit, as an appeal", declined, appeal),
    Flow("submit, on an order of the shop's", given_orders, submit_spelled),
    Flow("submit again, with notes", claimed, submit_with_notes),
    Flow("withdraw", claimed, withdraw),
    Flow("resolve: accept", claimed, sent(*RESOLVE, acceptance)),
    Flow("resolve: accept, backed by an order", given_orders, sent(*RESOLVE, acceptance)),
    Flow("resolve: accept, pay at once", claimed_long_ago, sent(*RESOLVE, acceptance)),
    Flow(
        "resolve: accept, wait for money",
        lambda store: claimed_long_ago(store, "4.00"),
        sent(*RESOLVE, acceptance),
    ),
    Flow("resolve: accept, beyond a limit", claimed_beyond, sent(*RESOLVE, acceptance)),
    Flow("resolve: correct a pending action", disputed, sent(*RESOLVE, acceptance)),
    Flow("resolve: correct a locked action", disputed_after(BETWEEN), sent(*RESOLVE, acceptance)),
    Flow("resolve: correct a paid action", disputed_after(IN_MAY), sent(*RESOLVE, acceptance)),
    Flow("resolve: replace a reversed action", rejected(), sent(*RESOLVE, acceptance)),
    Flow(
        "resolve: replace a reversed one, pay at once",
        rejected(LONG_AGO, IN_APRIL),
        sent(*RESOLVE, acceptance),
    ),
    Flow("resolve: decline", claimed, sent(*RESOLVE, rejection)),
    Flow("resolve: ask, answer, accept", claimed, ask_and_answer),
    Flow("resolve: ask, and ask again", claimed, ask_twice),
    Flow("convert", funded, sent(*CONVERT, conversion_of(1))),
    Flow("convert, up to a limit", limited_after(1), sent(*CONVERT, conversion_of(2))),
    Flow("convert, beyond a limit", limited_after(2), sent(*CONVERT, conversion_of(3))),
    Flow("approve", open_ended, sent(*MODIFY, APPROVED)),
    Flow("approve, outside of terms", limited_after(3), sent(*MODIFY, ADMITTED)),
    Flow("modify", pending, sent(*MODIFY, RETURNED)),
    Flow("modify: nothing is left", pending, sent(*MODIFY, ALL_RETURNED)),
    Flow("modify: beyond a limit", limited_after(2), sent(*MODIFY, GROWN)),
    Flow("reset", modified, sent(*MODIFY, RESET)),
    Flow("reverse", pending, reverse),
    Flow("reverse, make room", limited_after(3), sent(*REVERSE, UNDONE)),
    Flow("resolve, no key", claimed, sent(*RESOLVE, acceptance, NO_KEY)),
    Flow("convert, no key", funded, sent(*CONVERT, conversion_of(1), NO_KEY)),
    Flow("modify, no key", pending, sent(*MODIFY, RETURNED, NO_KEY)),
    Flow("reset, no key", modified, sent(*MODIFY, RESET, NO_KEY)),
    Flow("reverse, no key", pending, sent(*REVERSE, UNDONE, NO_KEY)),
)
