"""What the clock brings: sweeps, the proof of the books, statements; and what streams tell."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from makegood.domain.deadlines import Deadlines
from makegood.domain.outcome import Outcome
from makegood.domain.proof import of_document
from makegood.domain.verdicts import KeptVerdict, Verdict
from makegood.jobs import sweep
from makegood.store import events
from makegood.store import proof as kept_proof
from makegood.store.projections import FORECASTS, STANDINGS
from makegood.store.proof import PROOF
from makegood.store.store import Store

from tests.integration import market
from tests.integration.market import (
    CASHBACK,
    LOYALTY,
    NOW,
    RECENT_CLEARS_AT,
    RECENT_LOCKS_AT,
    SALE,
    SHARD,
    SHOP,
)
from tests.integration.streams import Item, Stream
from tests.torture.delivery import Delivery, Hurried
from tests.torture.flow import (
    EARLIER,
    Flow,
    changed,
    claimed,
    funded,
    limited_after,
    orders,
    pending,
    ruled,
)

MONTH_OVER = datetime(2026, 7, 1, 2, tzinfo=UTC)
TURNS = 6
"""How often the schedule comes where each time a proof reads one page of one of four tables."""


def locked(store: Store) -> None:
    """Actions that have locked, and await their clearing date."""
    pending(store)
    market.sweep(store, RECENT_LOCKS_AT)


def locked_and_poor(store: Store) -> None:
    """The same, with money for two of three."""
    market.deposit(store, "12.00")
    for order_id in orders():
        market.accept(store, order_id, at=EARLIER)
    market.sweep(store, RECENT_LOCKS_AT)


def unanswered(store: Store) -> None:
    """Claims whose deadline comes: one matches the shop's orders, one does not, one was asked for
    more, and one is declined by its advertiser's silence.
    """
    pays = {"silence": "APPROVE_IF_MATCHED", "payout_max": "5.00 USD", "event_type_id": SALE}
    silences = {CASHBACK: {**pays, "partner_days": 3}, LOYALTY: {"silence": "DECLINE"}}
    for partner_id, said in silences.items():
        agreed = Deadlines.from_dict({"answer_days": 4, **said})
        terms = replace(market.terms(), deadlines=agreed)
        store.put_contract(market.contract(partner_id, terms))
    funded(store)
    matching = market.file(store, "A-1", at=EARLIER)
    market.file(store, "A-2", at=EARLIER)
    asked = market.file(store, "A-3", at=EARLIER)
    market.file(store, "A-4", LOYALTY, at=EARLIER)
    verdict = KeptVerdict(Verdict.MATCH, "It is there.", EARLIER, left=matching.claim.order_amount)
    verified = replace(matching, verification=verdict)
    store.commit(Outcome(inquiries=((matching, verified),)))
    question = {"Id": asked.inquiry_id, "ResolutionStatus": "INCOMPLETE"}
    market.resolve(store, question, EARLIER)


def sweep_twice(delivery: Delivery) -> None:
    """The schedule comes twice."""
    sweep_shard(delivery)
    sweep_shard(delivery, "20260601T1215")


def sweep_shard(delivery: Delivery, started: str = "20260601T1200") -> None:
    """A message of the schedule's, for the one shard where something is due."""
    delivery.message("sweep", {"shard": SHARD, "round": 1, "started": started})
    delivery.messages()


def sweep_all(delivery: Delivery) -> None:
    """The schedule's own event, and all that comes of it."""
    delivery.event("sweep", {})
    delivery.messages()


def sweep_deposit_sweep(delivery: Delivery) -> None:
    """There is too little money, then more comes."""
    sweep_shard(delivery)
    money = {"advertiser_id": SHOP, "currency": "USD", "amount": "50.00", "reference": "bank-2"}
    delivery.command(command="deposit", **money)
    sweep_shard(delivery, "20260601T1215")


def statement(delivery: Delivery) -> None:
    told = delivery.command(command="make_statements", month="2026-06")
    delivery.answers.append((told["month"], told["finished"], told["differences"]))


def stated(store: Store) -> None:
    """Actions in most states, one outside of terms; and May has its statements."""
    limited_after(3)(store)
    market.sweep(store, RECENT_LOCKS_AT)
    market.accept(store, "B-1", at=EARLIER)
    store.note_statements("2026-05", None, 0, EARLIER)


def scheduled(delivery: Delivery) -> None:
    """The schedule's event, as often as it takes to make all statements."""
    for _ in range(3):
        delivery.event("books", {})


def daily(turns: int) -> Callable[[Delivery], None]:
    """The schedule's event, as often as it takes to finish a proof, and once more."""

    def act(delivery: Delivery) -> None:
        for _ in range(turns):
            delivery.event("books", {})
        delivery.answers.append(proven(delivery))

    return act


def proven(delivery: Delivery) -> Any:
    """What the kept proof went through; it is over, and found nothing wrong."""
    document, _ = delivery.world.store.kept_proof()
    assert document is not None
    proof = of_document(document)
    delivery.must(proof.finished, "the proof is not finished")
    delivery.must(not proof.violations, f"the proof found {proof.violations}")
    return proof.facts()


def books_and_others(delivery: Delivery) -> None:
    """Between the parts of a proof, money comes, and actions are made, locked and paid."""
    store = delivery.world.store
    others: list[Callable[[], object]] = [
        lambda: market.deposit(store, "20.00", "bank-2"),
        lambda: market.accept(store, "B-2", at=NOW),
        lambda: market.sweep(store, RECENT_CLEARS_AT),
    ]
    for _ in range(2 * TURNS):
        delivery.event("books", {})
        if others:
            others.pop(0)()
    proven(delivery)


def reconciled(delivery: Delivery) -> None:
    """The operator asks for a proof, and the schedule goes on with it."""
    delivery.command(command="reconcile")
    daily(TURNS)(delivery)


def items(store: Store, kind: str) -> Callable[[], dict[tuple[str, str], Item]]:
    """A look at a small table."""
    name = getattr(store.tables, kind)

    def look() -> dict[tuple[str, str], Item]:
        found = store.client.scan(TableName=name, ConsistentRead=True)["Items"]
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}

    return look


def history(store: Store) -> list[list[Item]]:
    """Claims are filed and an order is tracked; then two are decided, and one is changed. What
    the streams tell of it, batch by batch.
    """
    streams = [Stream(items(store, kind)) for kind in ("inquiries", "actions")]
    claimed(store)
    action = market.track(store, "T-1", at=EARLIER)
    told = [stream.records() for stream in streams]
    first, second, _ = sorted(pk[2:] for pk, sk in streams[0].seen if sk == "H")
    market.resolve(store, market.accepted(first), EARLIER)
    market.resolve(store, market.declined(second), EARLIER)
    changed(store, action.action_id, Reason="ITEM_RETURNED", Amount="60.00")
    return told + [stream.records() for stream in streams]


def tell(delivery: Delivery) -> None:
    """What streams tell of inquiries and actions becomes events of both sides."""
    for batch in delivery.world.arranged:
        delivery.changes(batch)


def tell_again(delivery: Delivery) -> None:
    """Batches that overlap, and all of them once more."""
    first, *others = delivery.world.arranged
    for batch in (first[:3], first[1:], *others, first, *others):
        delivery.changes(batch)


ONE_BY_ONE = ((sweep, "LOCK_MAX", 1), (sweep, "PAY_MAX", 1))

CLOCK = (
    Flow("sweep lock", pending, sweep_shard, RECENT_LOCKS_AT),
    Flow("sweep pay", locked, sweep_shard, RECENT_CLEARS_AT),
    Flow("sweep pay, as money comes", locked_and_poor, sweep_deposit_sweep, RECENT_CLEARS_AT),
    Flow("sweep lock and pay", pending, sweep_shard, RECENT_CLEARS_AT),
    Flow("sweep lapse", limited_after(3), sweep_shard, RECENT_LOCKS_AT),
    Flow("sweep approve", ruled, sweep_shard),
    Flow("sweep deadlines", unanswered, sweep_twice),
    Flow("sweep, in rounds", pending, sweep_shard, RECENT_CLEARS_AT, ONE_BY_ONE, Hurried),
    Flow("sweep, from the schedule", pending, sweep_all, RECENT_CLEARS_AT),
    Flow("statement", locked, statement, MONTH_OVER),
    Flow(
        "statements, in parts",
        locked,
        scheduled,
        MONTH_OVER,
        context=Hurried,
        apart=(PROOF, FORECASTS, STANDINGS),
    ),
    Flow("proof", stated, daily(2)),
    Flow(
        "proof, in parts",
        stated,
        daily(TURNS),
        limits=((kept_proof, "PART_CHARS", 300),),
        context=Hurried,
    ),
    Flow(
        "proof, while others write",
        stated,
        books_and_others,
        context=Hurried,
        apart=(PROOF, FORECASTS, STANDINGS),
    ),
    Flow(
        "proof, asked for by the operator",
        stated,
        reconciled,
        context=Hurried,
        apart=(PROOF, FORECASTS, STANDINGS),
    ),
    Flow("events", history, tell),
    Flow(
        "events, in small commits and again",
        history,
        tell_again,
        limits=((events, "EVENTS_IN_COMMIT_MAX", 2),),
    ),
)
