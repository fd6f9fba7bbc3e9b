"""What files bring and take: rows in one chunk and in many, what cannot be read, sheets."""

from collections.abc import Callable

from makegood.aws import s3
from makegood.domain.kept_orders import KeptOrder
from makegood.domain.outcome import Outcome
from makegood.domain.shop_orders import ShopOrder, ShopState
from makegood.domain.uploads import Kind
from makegood.domain.verification_settings import ShopSetting
from makegood.files import ordered_chunks
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import ADVERTISER, PARTNER, Client
from tests.integration.market import CAMPAIGN, CASHBACK, RECENT, SALE, SHOP, usd
from tests.torture.delivery import Delivery
from tests.torture.flow import (
    EARLIER,
    ROWS,
    Flow,
    action_ids,
    action_of,
    changed,
    claimed,
    funded,
    inquiry_id,
    limited,
    limited_after,
    nothing,
    orders,
    pending,
    rows_a_chunk,
)

Table = tuple[Kind, tuple[str, ...], list[tuple[str, ...]]]
Rows = Callable[[Delivery], Table]


def bytes_of(header: tuple[str, ...], records: list[tuple[str, ...]]) -> bytes:
    return "".join(",".join(line) + "\r\n" for line in [header, *records]).encode()


def put(delivery: Delivery, rows: Rows) -> None:
    """A file is put into the inbox, which tells of it."""
    kind, header, records = rows(delivery)
    by_partner = kind is Kind.INQUIRIES
    audience, account_id = ("partners", CASHBACK) if by_partner else ("advertisers", SHOP)
    key = f"{audience}/{account_id}/{kind}/upload-1/rows.csv"
    arrived(delivery, key, bytes_of(header, records))


def arrived(delivery: Delivery, key: str, data: bytes) -> None:
    delivery.arrival(delivery.world.upload(key, data))


def file_of(*rows: Rows) -> Callable[[Delivery], None]:
    """A file arrives, or several for one upload; and all that comes of it."""

    def arrive(delivery: Delivery) -> None:
        for each in rows:
            put(delivery, each)
        delivery.messages()

    return arrive


def announced(client: Client, rows: Rows, **given: str) -> Callable[[Delivery], None]:
    """A file is announced by HTTP, and then put where its form puts it."""

    def arrive(delivery: Delivery) -> None:
        kind, header, records = rows(delivery)
        data = bytes_of(header, records)
        fields = {"Kind": str(kind), "Name": "rows.csv", "Size": str(len(data)), **given}
        answer = delivery.request(client, "POST", "/Files", fields)
        arrived(delivery, answer.body["Upload"]["Fields"]["key"], data)
        delivery.messages()

    return arrive


def aside(rows: Rows, after_all: bool = False) -> Callable[[Delivery], None]:
    """Of a file in chunks, the first failed on every delivery; or was done `after_all`."""

    def arrive(delivery: Delivery) -> None:
        put(delivery, rows)
        first, *others = sorted(delivery.waiting(), key=lambda each: each[1]["chunk"])
        if after_all:
            delivery.message(*first)
        delivery.dead_letter(*first)
        for each in others:
            delivery.message(*each)
        delivery.messages()

    return arrive


def unreadable(delivery: Delivery) -> None:
    """A file of which no row can be read."""
    key = f"advertisers/{SHOP}/{Kind.RESOLUTIONS}/upload-1/rows.csv"
    arrived(delivery, key, b"Something,Else\r\n1,2\r\n")
    delivery.messages()


def without_version(rows: Rows) -> Callable[[Delivery], None]:
    """A file whose event does not tell which version of the object it is about."""

    def arrive(delivery: Delivery) -> None:
        kind, header, records = rows(delivery)
        key = f"partners/{CASHBACK}/{kind}/upload-2/rows.csv"
        told = delivery.world.upload(key, bytes_of(header, records))["detail"]["object"]
        left = {name: value for name, value in told.items() if name != "version-id"}
        delivery.arrival({"detail": {"object": left}})
        delivery.messages()

    return arrive


def of_nobody(delivery: Delivery) -> None:
    """A file under a key that does not say whose it is."""
    arrived(delivery, "somewhere/rows.csv", b"Id\r\n1\r\n")
    delivery.messages()


def claims(delivery: Delivery) -> Table:
    header = ("Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type")
    rows = [(CAMPAIGN, each, "100.00", RECENT, "UNTRACKED") for each in orders()]
    return Kind.INQUIRIES, header, rows


def claims_with_notes(delivery: Delivery) -> Table:
    """What is claimed already, each with something to say, and one with something more."""
    kind, header, rows = claims(delivery)
    noted = [(*each, "The receipt") for each in rows]
    return kind, (*header, "Notes"), [*noted, (*rows[0], "The invoice")]


def other_claims(delivery: Delivery) -> Table:
    kind, header, rows = claims(delivery)
    return kind, header, rows[:1]


def bare_claims(delivery: Delivery) -> Table:
    """Claims that do not say of which campaign and type they are."""
    header = ("Order Id", "Sale Amount", "Transaction Date")
    return Kind.INQUIRIES, header, [(each, "100.00", RECENT) for each in orders()]


def resolutions(delivery: Delivery) -> Table:
    """Two are accepted, one is declined."""
    header = ("Id", "Resolution Status", "Transaction Date", "Action Tracker", "Resolution Reason")
    rows = [(inquiry_id(delivery, each), "VALID", RECENT, SALE, "") for each in range(ROWS - 1)]
    reason = "Transaction cannot be traced"
    return Kind.RESOLUTIONS, header, [*rows, (inquiry_id(delivery, -1), "DECLINED", "", "", reason)]


DECISIONS = ("Id", "Resolution Status", "Transaction Date", "Action Tracker")


def two_decisions(delivery: Delivery) -> Table:
    """One inquiry is sent back, and accepted in the next row."""
    asked = inquiry_id(delivery)
    rows = [(asked, "INCOMPLETE", "", ""), (asked, "VALID", RECENT, SALE)]
    return Kind.RESOLUTIONS, DECISIONS, rows


def claims_twice(delivery: Delivery) -> Table:
    """One order is claimed twice, with other claims between."""
    kind, header, rows = claims(delivery)
    return kind, header, [*rows, (*rows[0][:2], "50.00", *rows[0][3:]), *_claims_of("B")]


def _claims_of(prefix: str) -> list[tuple[str, ...]]:
    return [(CAMPAIGN, each, "100.00", RECENT, "UNTRACKED") for each in orders(prefix)]


def conversions_twice(delivery: Delivery) -> Table:
    """Orders are reported, and then over other amounts."""
    kind, header, rows = conversions(delivery)
    return kind, header, [*rows, *((*each[:4], "90.00", each[5]) for each in rows)]


def asked_then_decided(delivery: Delivery) -> Table:
    """Inquiries are sent back, and then accepted, and one is declined too late."""
    ids = [inquiry_id(delivery, each) for each in range(ROWS)]
    back = [(each, "INCOMPLETE", "", "") for each in ids]
    decided = [(each, "VALID", RECENT, SALE) for each in ids]
    return Kind.RESOLUTIONS, DECISIONS, [*back, *decided, (ids[0], "INCOMPLETE", "", "")]


def corrections(delivery: Delivery) -> Table:
    """Two are accepted."""
    ids = [inquiry_id(delivery, each) for each in range(2)]
    return Kind.RESOLUTIONS, DECISIONS, [(each, "VALID", RECENT, SALE) for each in ids]


def one_refused(delivery: Delivery) -> Table:
    """One is accepted, one does not exist."""
    ids = inquiry_id(delivery), "1234"
    return Kind.RESOLUTIONS, DECISIONS, [(each, "VALID", RECENT, SALE) for each in ids]


def conversions(delivery: Delivery) -> Table:
    header = ("Campaign Id", "Action Tracker", "Order Id", "Event Date", "Amount", "Partner Id")
    rows = [(CAMPAIGN, SALE, each, RECENT, "100.00", CASHBACK) for each in orders()]
    return Kind.CONVERSIONS, header, rows


CHANGES = ("Action Id", "Reason", "Amount")


def changes(delivery: Delivery) -> Table:
    """One action is changed twice, one is changed, one is reversed."""
    first, second, third = action_ids(delivery)
    rows = [
        (first, "ITEM_RETURNED", "80.00"),
        (first, "ITEM_RETURNED", "60.00"),
        (second, "ORDER_UPDATE", "120.00"),
        (third, "CONS_FRAUD", ""),
    ]
    return Kind.ACTIONS, CHANGES, rows


def twice(delivery: Delivery) -> Table:
    """Each action is changed to 60.00, and then to 40.00."""
    ids = action_ids(delivery)
    rows = [(each, "ORDER_UPDATE", amount) for amount in ("60.00", "40.00") for each in ids]
    return Kind.ACTIONS, CHANGES, rows


def named_in_both_ways(delivery: Delivery) -> Table:
    """Actions are changed by their ids, and then by their orders; one is not there."""
    header = (*CHANGES, "Order Id", "Action Tracker")
    by_id = [(each, "ORDER_UPDATE", "60.00", "", "") for each in action_ids(delivery)]
    by_order = [("", "ORDER_UPDATE", "40.00", each, SALE) for each in (*orders(), "Z-9")]
    return Kind.ACTIONS, header, [*by_id, *by_order]


def back_and_forth(delivery: Delivery) -> Table:
    """One action is reset, one changed and reset; nothing is left of one."""
    first, second, third = (action_of(delivery, each) for each in orders())
    rows = [
        (first, "RESET", ""),
        (second, "ORDER_UPDATE", "120.00"),
        (second, "RESET", ""),
        (third, "ITEM_RETURNED", "0.00"),
    ]
    return Kind.ACTIONS, CHANGES, rows


def in_and_out(delivery: Delivery) -> Table:
    """One action makes room, one that was outside of terms is approved, one grows too far."""
    first, second, third = (action_of(delivery, each) for each in orders())
    rows = [
        (first, "CONS_FRAUD", ""),
        (third, "APPROVED", ""),
        (second, "ITEM_RETURNED", "60.00"),
        (second, "ORDER_UPDATE", "160.00"),
    ]
    return Kind.ACTIONS, CHANGES, rows


def wrong_twice(store: Store) -> None:
    """An order tracked with a wrong amount, one whose action was reversed, and claims of both."""
    funded(store)
    market.track(store, "A-1", at=EARLIER)
    market.file(store, "A-1", at=EARLIER, InquiryType="INCORRECT", TransactionAmount="150.00")
    action = market.track(store, "A-2", at=EARLIER)
    changed(store, action.action_id, reversing=True, DispositionCode="CONS_FRAUD")
    market.file(store, "A-2", at=EARLIER, InquiryType="DECLINED")


def one_modified(store: Store) -> None:
    """Actions, of which one has another amount than it was made with."""
    pending(store)
    key = CAMPAIGN, "A-1"
    (credit,) = store.orders([key])[key].credits
    changed(store, credit.action_id, Reason="ITEM_RETURNED", Amount="60.00")


def sheet(delivery: Delivery) -> None:
    """A sheet of the undecided is ordered, by a client that repeats its order, and made."""
    asked = {"Kind": "undecided", "CampaignId": CAMPAIGN}
    delivery.request(ADVERTISER, "POST", "/Sheets", asked)
    delivery.messages()


def sheet_aside(delivery: Delivery) -> None:
    """A sheet of which a part failed on every delivery."""
    asked = {"Kind": "undecided", "CampaignId": CAMPAIGN}
    delivery.request(ADVERTISER, "POST", "/Sheets", asked)
    (cutting,) = {str(each): each for each in delivery.waiting()}.values()
    delivery.message(*cutting)
    first, *others = sorted(delivery.waiting(), key=lambda each: each[1]["chunk"])
    delivery.dead_letter(*first)
    for each in others:
        delivery.message(*each)
    delivery.messages()


SHOP_HEADER = ("Order Id", "Order Date", "Amount", "Currency", "Status")


def shop_orders(delivery: Delivery) -> Table:
    """A shop's orders: one was there with another amount, one is refused, and the lines of one lie
    in two chunks.
    """
    said = (("S-1", "60.00"), ("S-2", "x"), ("S-3", "30.00"), ("S-1", "60.00"))
    rows = [(each, RECENT, amount, "USD", "SALE") for each, amount in said]
    return Kind.ORDERS, SHOP_HEADER, rows


def one_kept(store: Store) -> None:
    """A shop's order that came by an earlier file."""
    order = ShopOrder("S-1", EARLIER, usd("80.00"), ShopState.SALE, "sale", usd("0.00"))
    kept = KeptOrder.sent(ShopSetting(SHOP), order, EARLIER, "file:before:2")
    store.commit(Outcome(kept_orders=((None, kept),)))


IN_PARTS = (*rows_a_chunk(1), (s3, "PART_BYTES", 1))
"""Chunks of one row, and results that are sent in as many parts."""

IN_TURN = (*rows_a_chunk(2), (ordered_chunks, "GROUP_ROWS_MAX", 1))
"""Chunks of two rows, of which each acts by itself where rows act in turn."""

FILES = (
    Flow("ingest claims", nothing, file_of(claims)),
    Flow("ingest claims, in chunks", nothing, file_of(claims), limits=rows_a_chunk(1)),
    Flow("ingest claims, sent in parts", nothing, file_of(claims), limits=IN_PARTS),
    Flow(
        "ingest claims, announced",
        nothing,
        announced(PARTNER, bare_claims, CampaignId=CAMPAIGN, InquiryType="UNTRACKED"),
    ),
    Flow("ingest claims, then others", nothing, file_of(claims, other_claims)),
    Flow("ingest claims again, with notes", claimed, file_of(claims_with_notes)),
    Flow("ingest claims, no version told", nothing, without_version(claims)),
    Flow("ingest resolutions", claimed, file_of(resolutions)),
    Flow("ingest resolutions, in chunks", claimed, file_of(resolutions), limits=rows_a_chunk(2)),
    Flow("ingest resolutions, one refused", claimed, file_of(one_refused)),
    Flow("ingest resolutions, one twice", claimed, file_of(two_decisions)),
    Flow("ingest resolutions, corrections", wrong_twice, file_of(corrections)),
    Flow("ingest resolutions, dry", claimed, announced(ADVERTISER, resolutions, DryRun="true")),
    Flow("ingest, one chunk set aside", claimed, aside(resolutions), limits=rows_a_chunk(2)),
    Flow(
        "ingest, set aside and done after all",
        claimed,
        aside(resolutions, after_all=True),
        limits=rows_a_chunk(2),
    ),
    Flow("ingest conversions", funded, file_of(conversions)),
    Flow("ingest conversions, beyond a limit", limited, file_of(conversions)),
    Flow("ingest orders", one_kept, file_of(shop_orders)),
    Flow(
        "ingest orders, announced and in chunks",
        one_kept,
        announced(
            ADVERTISER,
            shop_orders,
            CoverageStart="2026-03-01",
            CoverageEnd="2026-03-31",
            Complete="true",
        ),
        limits=rows_a_chunk(2),
    ),
    Flow("ingest changes", pending, file_of(changes)),
    Flow("ingest changes, in chunks", pending, file_of(changes), limits=rows_a_chunk(1)),
    Flow("ingest changes, back and forth", one_modified, file_of(back_and_forth)),
    Flow("ingest changes, in and out of terms", limited_after(3), file_of(in_and_out)),
    Flow("ingest claims, one order twice", nothing, file_of(claims_twice), limits=rows_a_chunk(2)),
    Flow("ingest conversions, in turn", funded, file_of(conversions_twice), limits=rows_a_chunk(2)),
    Flow("ingest resolutions, in turn", claimed, file_of(asked_then_decided), limits=IN_TURN),
    Flow("ingest changes, in turn", pending, file_of(twice), limits=rows_a_chunk(2)),
    Flow("ingest changes, one at a time", pending, file_of(twice), limits=IN_TURN),
    Flow(
        "ingest changes, named in both ways",
        pending,
        file_of(named_in_both_ways),
        limits=rows_a_chunk(3),
    ),
    Flow(
        "ingest changes, in turn and dry",
        pending,
        announced(ADVERTISER, twice, DryRun="true"),
        limits=(*rows_a_chunk(1), (ordered_chunks, "DRY_CHUNKS", 2)),
    ),
    Flow("ingest changes, one of a chain set aside", pending, aside(twice), limits=IN_TURN),
    Flow("ingest what cannot be read", nothing, unreadable),
    Flow("ingest what is nobody's", nothing, of_nobody),
    Flow("sheet", claimed, sheet),
    Flow("sheet, in chunks", claimed, sheet, limits=rows_a_chunk(2)),
    Flow("sheet, one chunk set aside", claimed, sheet_aside, limits=rows_a_chunk(2)),
)
