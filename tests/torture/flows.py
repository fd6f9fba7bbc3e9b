"""The flows of the system, each declared once: what is there, and what is then done.

`arrange` writes to the store, free of faults; `act` does what somebody or something outside does,
through the functions alone. A new flow is one more entry of `FLOWS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from unittest.mock import patch

from makegood import runtime
from makegood.rules import ApprovalRule, Wait
from makegood.store import Store
from makegood.tabular import Kind

from tests.integration import market
from tests.integration.gateway import ADVERTISER, PARTNER
from tests.integration.market import (
    CAMPAIGN,
    CASHBACK,
    LONG_AGO,
    NOW,
    RECENT,
    RECENT_CLEARS_AT,
    RECENT_LOCKS_AT,
    SALE,
    SHARD,
    SHOP,
    usd,
)
from tests.torture.delivery import Delivery

MONTH_OVER = datetime(2026, 7, 1, 2, tzinfo=UTC)

EARLIER = datetime(2026, 6, 2, 12, tzinfo=UTC)
IN_APRIL, IN_MAY = datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
ROWS = 3


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow. `chunk_rows` are the rows of a chunk, where that matters."""

    name: str
    arrange: Callable[[Store], None]
    act: Callable[[Delivery], None]
    at: datetime = NOW
    chunk_rows: int = 500


def orders(prefix: str = "A") -> list[str]:
    return [f"{prefix}-{number}" for number in range(1, ROWS + 1)]


def nothing(store: Store) -> None:
    """Nobody has done anything yet."""


def funded(store: Store) -> None:
    market.deposit(store, "1000.00")


def claimed(store: Store) -> None:
    """Claims that await a resolution, and money."""
    funded(store)
    for order_id in orders():
        market.file(store, order_id, at=EARLIER)


def claimed_long_ago(store: Store) -> None:
    """A claim whose action locks and is paid at once."""
    funded(store)
    market.file(store, "A-1", at=EARLIER, TransactionDate=LONG_AGO)


def disputed(store: Store) -> None:
    """A tracked order, and a claim that it was tracked with a wrong amount."""
    funded(store)
    market.track(store, "A-1", at=EARLIER)
    market.file(store, "A-1", at=EARLIER, InquiryType="INCORRECT", TransactionAmount="150.00")


def disputed_late(store: Store) -> None:
    """The same, of an order that is locked and paid."""
    funded(store)
    market.track(store, "A-1", at=IN_APRIL, EventDate=LONG_AGO)
    market.sweep(store, IN_MAY)
    wrong = {"InquiryType": "INCORRECT", "TransactionAmount": "150.00"}
    market.file(store, "A-1", at=EARLIER, TransactionDate=LONG_AGO, **wrong)


def pending(store: Store) -> None:
    """Actions that await their lock date, and money."""
    funded(store)
    for order_id in orders():
        market.accept(store, order_id, at=EARLIER)


def locked(store: Store) -> None:
    """Actions that have locked, and await their clearing date."""
    pending(store)
    market.sweep(store, RECENT_LOCKS_AT)


def open_ended(store: Store) -> None:
    """An action that locks when it is approved."""
    funded(store)
    store.put_contract(market.contract(CASHBACK, market.terms(locking="OPEN_ENDED")))
    market.accept(store, "A-1", at=EARLIER)


def rule(store: Store) -> None:
    """A rule that approves at the next sweep."""
    maxima = usd("100.00"), usd("1000.00")
    store.put_rule(ApprovalRule(CAMPAIGN, CASHBACK, SALE, *maxima, Wait.IMMEDIATELY))


def ruled(store: Store) -> None:
    """Claims that a rule approves at the next sweep."""
    funded(store)
    rule(store)
    for order_id in orders():
        market.file(store, order_id, at=EARLIER)


def inquiry_id(delivery: Delivery, number: int = 0) -> str:
    """The id of one of the inquiries there are."""
    found = sorted(
        pk[2:] for kind, pk, sk in delivery.world.kept if (kind, sk) == ("inquiries", "H")
    )
    return found[number]


def action_ids(delivery: Delivery) -> list[str]:
    return sorted(pk[2:] for kind, pk, sk in delivery.world.kept if (kind, sk) == ("actions", "H"))


def submit(delivery: Delivery) -> None:
    delivery.request(PARTNER, "POST", "/ActionInquiries", market.claimed("A-1"))


def withdraw(delivery: Delivery) -> None:
    delivery.request(PARTNER, "DELETE", f"/ActionInquiries/{inquiry_id(delivery)}", {})


def resolve(delivery: Delivery) -> None:
    fields = market.accepted(inquiry_id(delivery))
    delivery.request(ADVERTISER, "PUT", "/ActionInquiries", fields)


def decline(delivery: Delivery) -> None:
    fields = market.declined(inquiry_id(delivery))
    delivery.request(ADVERTISER, "PUT", "/ActionInquiries", fields)


def ask_and_answer(delivery: Delivery) -> None:
    """The advertiser asks for more, the partner answers, and it is accepted."""
    asked = inquiry_id(delivery)
    more = {"Id": asked, "ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "The receipt?"}
    delivery.request(ADVERTISER, "PUT", "/ActionInquiries", more, "key-1")
    answer = {"InquiryNotes": "Here it is"}
    delivery.request(PARTNER, "PUT", f"/ActionInquiries/{asked}", answer, "key-2")
    delivery.request(ADVERTISER, "PUT", "/ActionInquiries", market.accepted(asked), "key-3")


def convert(delivery: Delivery) -> None:
    delivery.request(ADVERTISER, "POST", "/Conversions", market.reported("A-1"))


def change(delivery: Delivery, **fields: str) -> None:
    (action_id, *_) = action_ids(delivery)
    delivery.request(ADVERTISER, "PUT", "/Actions", {"ActionId": action_id, **fields})


def approve(delivery: Delivery) -> None:
    change(delivery, Reason="APPROVED")


def modify(delivery: Delivery) -> None:
    change(delivery, Reason="ITEM_RETURNED", Amount="60.00")


def reverse(delivery: Delivery) -> None:
    (action_id, *_) = action_ids(delivery)
    delivery.request(ADVERTISER, "DELETE", f"/Actions/{action_id}?DispositionCode=CONS_FRAUD", {})


def deposit(delivery: Delivery) -> None:
    told = delivery.command(
        command="deposit", advertiser_id=SHOP, currency="USD", amount="75.00", reference="bank-7"
    )
    delivery.answers.append(told["entry_id"])


def transfer(delivery: Delivery) -> None:
    told = delivery.command(
        command="transfer",
        advertiser_id=SHOP,
        partner_id=CASHBACK,
        currency="USD",
        amount="5.00",
        reference="bonus-1",
    )
    delivery.answers.append(told["entry_id"])


def statement(delivery: Delivery) -> None:
    told = delivery.command(command="make_statements", month="2026-06")
    delivery.answers.append((told["month"], told["finished"], told["differences"]))


def sweep_shard(delivery: Delivery) -> None:
    """A message of the schedule's, for the one shard where something is due."""
    delivery.message("sweep", {"shard": SHARD, "round": 1, "started": "20260601T1200"})
    delivery.messages()


def sweep_all(delivery: Delivery) -> None:
    """The schedule's own event, and all that comes of it."""
    delivery.event("sweep", {})
    delivery.messages()


def sheet(delivery: Delivery) -> None:
    """A sheet of the undecided is ordered, by a client that repeats its order, and made."""
    asked = {"Kind": "undecided", "CampaignId": CAMPAIGN}
    with patch.object(runtime, "new_id", lambda: "sheet-1"):
        delivery.request(ADVERTISER, "POST", "/Sheets", asked)
    delivery.messages()


def tell(delivery: Delivery) -> None:
    """What the streams tell of inquiries and actions becomes events of both sides."""
    heads = sorted(place for place in delivery.world.kept if place[0] in ("inquiries", "actions"))
    records = [
        {
            "eventName": "INSERT",
            "dynamodb": {
                "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
                "NewImage": delivery.world.kept[kind, pk, sk],
                "SequenceNumber": str(number),
                "ApproximateCreationDateTime": NOW.timestamp(),
            },
        }
        for number, (kind, pk, sk) in enumerate(heads)
    ]
    delivery.changes(records)


Table = tuple[Kind, tuple[str, ...], list[tuple[str, ...]]]


def file_of(rows: Callable[[Delivery], Table]) -> Callable[[Delivery], None]:
    """A file arrives in the inbox, and all that comes of it."""

    def arrive(delivery: Delivery) -> None:
        kind, header, records = rows(delivery)
        by_partner = kind is Kind.INQUIRIES
        audience, account_id = ("partners", CASHBACK) if by_partner else ("advertisers", SHOP)
        key = f"{audience}/{account_id}/{kind}/upload-1/rows.csv"
        data = "".join(",".join(line) + "\r\n" for line in [header, *records]).encode()
        delivery.event("ingest", delivery.world.upload(key, data))
        delivery.messages()

    return arrive


def claims(delivery: Delivery) -> Table:
    header = ("Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type")
    rows = [(CAMPAIGN, each, "100.00", RECENT, "UNTRACKED") for each in orders()]
    return Kind.INQUIRIES, header, rows


def resolutions(delivery: Delivery) -> Table:
    """Two are accepted, one is declined."""
    header = ("Id", "Resolution Status", "Transaction Date", "Action Tracker", "Resolution Reason")
    rows = [(inquiry_id(delivery, each), "VALID", RECENT, SALE, "") for each in range(ROWS - 1)]
    reason = "Transaction cannot be traced"
    return Kind.RESOLUTIONS, header, [*rows, (inquiry_id(delivery, -1), "DECLINED", "", "", reason)]


def two_decisions(delivery: Delivery) -> Table:
    """One inquiry is sent back, and accepted in the next row."""
    header = ("Id", "Resolution Status", "Transaction Date", "Action Tracker")
    asked = inquiry_id(delivery)
    rows = [(asked, "INCOMPLETE", "", ""), (asked, "VALID", RECENT, SALE)]
    return Kind.RESOLUTIONS, header, rows


def one_refused(delivery: Delivery) -> Table:
    """One is accepted, one does not exist."""
    header = ("Id", "Resolution Status", "Transaction Date", "Action Tracker")
    rows = [(each, "VALID", RECENT, SALE) for each in (inquiry_id(delivery), "1234")]
    return Kind.RESOLUTIONS, header, rows


def conversions(delivery: Delivery) -> Table:
    header = ("Campaign Id", "Action Tracker", "Order Id", "Event Date", "Amount", "Partner Id")
    rows = [(CAMPAIGN, SALE, each, RECENT, "100.00", CASHBACK) for each in orders()]
    return Kind.CONVERSIONS, header, rows


def changes(delivery: Delivery) -> Table:
    """One action is changed twice, one is changed, one is reversed."""
    first, second, third = action_ids(delivery)
    header = ("Action Id", "Reason", "Amount")
    rows = [
        (first, "ITEM_RETURNED", "80.00"),
        (first, "ITEM_RETURNED", "60.00"),
        (second, "ORDER_UPDATE", "120.00"),
        (third, "CONS_FRAUD", ""),
    ]
    return Kind.ACTIONS, header, rows


def without_key(
    method: str, path: str, fields: Callable[[Delivery], dict[str, str]]
) -> Callable[[Delivery], None]:
    """A request of an advertiser whose client knows of no keys."""

    def send(delivery: Delivery) -> None:
        delivery.request(ADVERTISER, method, path, fields(delivery), key="")

    return send


def acceptance(delivery: Delivery) -> dict[str, str]:
    return market.accepted(inquiry_id(delivery))


def conversion(delivery: Delivery) -> dict[str, str]:
    return market.reported("A-1")


def modification(delivery: Delivery) -> dict[str, str]:
    return {"ActionId": action_ids(delivery)[0], "Reason": "ITEM_RETURNED", "Amount": "60.00"}


def reversal(delivery: Delivery) -> dict[str, str]:
    return {"ActionId": action_ids(delivery)[0], "DispositionCode": "CONS_FRAUD"}


FLOWS = {
    each.name: each
    for each in (
        Flow("submit", nothing, submit),
        Flow("submit, under a rule", rule, submit),
        Flow("withdraw", claimed, withdraw),
        Flow("resolve: accept", claimed, resolve),
        Flow("resolve: accept, pay at once", claimed_long_ago, resolve),
        Flow("resolve: correct a pending action", disputed, resolve),
        Flow("resolve: correct a paid action", disputed_late, resolve),
        Flow("resolve: decline", claimed, decline),
        Flow("resolve: ask, answer, accept", claimed, ask_and_answer),
        Flow("convert", funded, convert),
        Flow("approve", open_ended, approve),
        Flow("modify", pending, modify),
        Flow("reverse", pending, reverse),
        Flow("resolve, no key", claimed, without_key("PUT", "/ActionInquiries", acceptance)),
        Flow("convert, no key", funded, without_key("POST", "/Conversions", conversion)),
        Flow("modify, no key", pending, without_key("PUT", "/Actions", modification)),
        Flow("reverse, no key", pending, without_key("DELETE", "/Actions", reversal)),
        Flow("ingest claims", nothing, file_of(claims)),
        Flow("ingest claims, in chunks", nothing, file_of(claims), chunk_rows=1),
        Flow("ingest resolutions", claimed, file_of(resolutions)),
        Flow("ingest resolutions, in chunks", claimed, file_of(resolutions), chunk_rows=2),
        Flow("ingest resolutions, one refused", claimed, file_of(one_refused)),
        Flow("ingest resolutions, one twice", claimed, file_of(two_decisions)),
        Flow("ingest conversions", funded, file_of(conversions)),
        Flow("ingest changes", pending, file_of(changes)),
        Flow("ingest changes, in chunks", pending, file_of(changes), chunk_rows=1),
        Flow("sheet", claimed, sheet),
        Flow("sheet, in chunks", claimed, sheet, chunk_rows=2),
        Flow("events", pending, tell),
        Flow("sweep lock", pending, sweep_shard, RECENT_LOCKS_AT),
        Flow("sweep pay", locked, sweep_shard, RECENT_CLEARS_AT),
        Flow("sweep lock and pay", pending, sweep_shard, RECENT_CLEARS_AT),
        Flow("sweep approve", ruled, sweep_shard),
        Flow("sweep, from the schedule", pending, sweep_all, RECENT_CLEARS_AT),
        Flow("deposit", funded, deposit),
        Flow("transfer", funded, transfer),
        Flow("statement", locked, statement, MONTH_OVER),
    )
}
