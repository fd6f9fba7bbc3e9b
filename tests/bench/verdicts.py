"""What verdicts cost by number: a walk over open claims, a file of the shop's orders, a backtest.

Each is done by the product's own functions, over tables in dicts, so CPU is ours alone; the calls
that it would make of DynamoDB are counted. The second number is the floor of the first: what grows
with what is stored, grows between them.
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from makegood.domain.inquiries import Claim, Inquiry, InquiryState, InquiryType
from makegood.domain.kept_orders import KeptOrder
from makegood.domain.mentions import Mentions
from makegood.domain.policies import Policy
from makegood.domain.shop_orders import PLAIN, Coverage, ShopOrder, ShopState, coarsest
from makegood.domain.uploads import Kind
from makegood.domain.verdicts import KeptVerdict, Verdict
from makegood.domain.verification_settings import ShopSetting
from makegood.domain.verification_walks import Walk
from makegood.files import backtests
from makegood.files.exports import CHUNK_ROWS
from makegood.store.inquiries import inquiry_rows
from makegood.store.mentions import write_mentions
from makegood.store.shop_orders import write_shop_order
from makegood.store.store import Store
from makegood.store.transactions import Writes
from makegood.usecases import verification_walks

from tests.bench.dicts import Dicts
from tests.bench.figures import Figure
from tests.integration import market
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, NOW, SHOP, usd
from tests.memory_ingest import Ingest
from tests.policies import a_policy, approve, decline, on
from tests.torture.world import TABLES

NUMBERS = (1_000, 10_000)
ORDERED = datetime(2026, 6, 1, 17, tzinfo=UTC)
SETTING = ShopSetting(SHOP)
POLICY = a_policy(
    decline(), decline(on("NOT_FOUND"), name="nowhere", reason=6), approve(Caps={"Claim": "20 USD"})
)
VERDICTS = (Verdict.MATCH, Verdict.MATCH, Verdict.MATCH, Verdict.NOT_FOUND, Verdict.UNDONE)


class Shop(Store):
    """A store in dicts, of the market and of one version of a policy."""

    def __init__(self) -> None:
        os.environ.setdefault("AWS_ACCESS_KEY_ID", "nobody")
        os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "nothing")
        super().__init__(TABLES, "us-east-1")
        self.dicts = Dicts()
        self.client: Any = self.dicts
        market.set_up(self)
        self.put_coverage(SETTING, "f", NOW, Coverage(date(2026, 5, 20), date(2026, 6, 20), True))

    def begin_clearings(self) -> None:
        """Nothing of money is done here."""

    def campaign_ids_of(self, advertiser_id: str) -> list[str]:
        return [CAMPAIGN]

    def policies(self, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Policy]:
        return dict.fromkeys(places, POLICY)

    def keep(self, writes: Writes) -> None:
        for _, row, _ in writes.puts:
            self.dicts.add(getattr(TABLES, row.table), row.serialize())


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one claim or row: microseconds of CPU, calls, and items that are read by key."""

    what: str
    number: int
    micros: float
    calls: float
    keys: float


def _spent(what: str, number: int, calls: Any, run: Callable[[], None]) -> Cost:
    calls.clear()
    began = time.process_time()
    run()
    micros = (time.process_time() - began) / number * 1e6
    keys = calls.pop("keys", 0)
    return Cost(what, number, micros, sum(calls.values()) / number, keys / number)


def _claim(at: int) -> Claim:
    partner = CASHBACK if at % 3 else LOYALTY
    amount = usd(f"{20 + at % 500}.50")
    order_id = f"{100_000 + at}"
    return Claim(partner, CAMPAIGN, order_id, InquiryType.UNTRACKED, amount, ORDERED)


def _inquiry(at: int) -> Inquiry:
    filed_at = NOW + timedelta(milliseconds=at)
    return Inquiry(str(9_000_000 + at), SHOP, _claim(at), filed_at)


def _stored(store: Shop, inquiry: Inquiry) -> None:
    for row in inquiry_rows(inquiry):
        store.dicts.add(TABLES.inquiries, row.serialize())


def walk(number: int) -> Cost:
    """Open claims, of which nine in ten have an order; a walk verifies all for the first time."""
    store = Shop()
    for at in range(number):
        inquiry = _inquiry(at)
        _stored(store, inquiry)
        if at % 10:
            amount, alias = inquiry.claim.order_amount, str(5_000_000_000 + at)
            order = ShopOrder(
                f"#{100_000 + at}", ORDERED, amount, ShopState.SALE, "paid", usd("0.00"), (alias,)
            )
            writes = Writes()
            write_shop_order(writes, None, KeptOrder.sent(SETTING, order, NOW, "f"))
            store.keep(writes)

    def run() -> None:
        whole = Walk(SHOP, ORDERED.date(), ORDERED.date())
        for stretch in verification_walks.walk(store, whole, NOW):
            verification_walks.walk(store, stretch, NOW)

    return _spent("a walk, a claim", number, store.dicts.calls, run)


def orders(number: int) -> Cost:
    """A file of orders, from its first byte to its results; its store is the reference."""
    lines = ["Order Id,Order Date,Amount,Currency,Status,Refunded Amount,Aliases"]
    for at in range(number):
        said = f"#{100_000 + at},2026-03-{1 + at % 28:02d}T10:00:00Z,{20 + at % 500}.50,USD"
        lines.append(f"{said},{'SALE' if at % 9 else 'UNDONE'},,{5_000_000_000 + at}")
    data, ingest = ("\n".join(lines) + "\n").encode(), Ingest()

    def run() -> None:
        given = {"TimeZone": "America/New_York", "Currency": "USD"}
        ingest.send(Kind.ORDERS, data, given=given)
        ingest.deliver()

    return _spent("a file of orders, a row", number, {}, run)


def backtest(number: int) -> Cost:
    """Claims with verdicts, a third of them open, and what a version would have said of them."""
    store = Shop()
    states = (InquiryState.DECLINED, InquiryState.UNRESOLVED, InquiryState.WITHDRAWN)
    for at in range(number):
        inquiry = _inquiry(at)
        amount = inquiry.claim.order_amount
        kept = KeptVerdict(VERDICTS[at % 5], "The shop says so.", NOW, order_id="1", left=amount)
        state = states[at % 3]
        _stored(store, replace(inquiry, state=state, verification=kept, resolved_at=NOW))
        key, writes = coarsest(inquiry.claim.order_id, PLAIN), Writes()
        before = Mentions(SHOP, key)
        write_mentions(writes, before, before.with_claim(inquiry.inquiry_id, ()))
        store.keep(writes)
    context: Any = SimpleNamespace(store=store)
    upload: Any = SimpleNamespace(given={"CampaignId": CAMPAIGN, "Version": "2"})
    ids = [_inquiry(at).inquiry_id for at in range(number)]

    def run() -> None:
        for at in range(0, number, CHUNK_ROWS):
            backtests.part(context, upload, ids[at : at + CHUNK_ROWS])

    return _spent("a backtest, a claim", number, store.dicts.calls, run)


def measured(numbers: Sequence[int] = ()) -> list[Cost]:
    asked = sorted({*NUMBERS, *numbers})
    return [work(number) for work in (walk, orders, backtest) for number in asked]


def figures(found: Sequence[Cost]) -> list[Figure]:
    """The CPU of each at the largest number, beside that at the smallest."""
    result = []
    for what in dict.fromkeys(each.what for each in found):
        least, *_, most = (each.micros for each in found if each.what == what)
        result.append(Figure(f"CPU: {what}", most, least, most / least, None, "us", 0.0))
    return result


def table(found: Sequence[Cost]) -> str:
    head = f"{'verdicts':28}{'number':>10}{'us of CPU':>11}{'calls':>8}{'by key':>8}"
    rows = (
        f"{each.what:28}{each.number:>10,}{each.micros:11.0f}{each.calls:8.2f}{each.keys:8.1f}"
        for each in found
    )
    return "\n".join([head, *rows])
