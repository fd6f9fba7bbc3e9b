"""Many at once: eight processes on the same thing, exactly one winner each, nothing lost.

A scenario sets the scene, lets eight invocations go at the same instant, delivers again what
failed, and then looks at what is kept: not how it came about, but that it is what one after the
other would have left.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from makegood import reconcile
from makegood.store import Store
from makegood.tabular import Kind

from tests.integration import market
from tests.integration.gateway import ADVERTISER, FORM, FUNCTIONS, PARTNER, Client, batch
from tests.integration.market import (
    CASHBACK,
    LONG_AGO,
    LOYALTY,
    NOW,
    RECENT,
    RECENT_CLEARS_AT,
    RECENT_LOCKS_AT,
    SALE,
    SHARD,
    SHOP,
)
from tests.torture.delivery import Delivery
from tests.torture.faults import Plan
from tests.torture.fleet import SIZE, Came, Fleet, Job
from tests.torture.flows import EARLIER
from tests.torture.world import World

CALLS_MAX = 200
"""AWS calls of one request, its tries again included; more would be no bound."""

SWEEP_CALLS_MAX = 2_000
ORDERS = 12


@dataclass(frozen=True, slots=True)
class Crowd:
    """One scenario. `settle` is what is done when all have come back."""

    name: str
    arrange: Callable[[Store], None]
    jobs: Callable[[World], list[Job]]
    check: Callable[[World, list[Came]], list[str]]
    settle: Callable[[Delivery], None] = lambda delivery: None
    at: Any = NOW
    calls_max: int = CALLS_MAX


def play(world: World, fleet: Fleet, crowd: Crowd) -> list[str]:
    """One round; what is not as it should be."""
    world.clear()
    market.set_up(world.store)
    crowd.arrange(world.store)
    world.store.set_clock(crowd.at)
    came = fleet.run_until_done(crowd.jobs(world))
    found = [
        f"not done after all deliveries: {each.raised or each.answer}"
        for each in came
        if each.failed
    ]
    found += [
        f"{each.calls} AWS calls in one invocation" for each in came if each.calls > crowd.calls_max
    ]
    crowd.settle(Delivery(world, Plan(), crowd.at))
    found += crowd.check(world, came)
    report = reconcile.prove(world.store)
    return found + [f"{name}: {what}" for name, what in report["violations"].items()]


def requested(client: Client, method: str, path: str, fields: Mapping[str, str], key: str) -> Job:
    headers = {"Content-Type": FORM, "Idempotency-Key": key}
    return Job(FUNCTIONS[client.role], client.event(method, path, urlencode(fields), headers))


def resolved(fields: Mapping[str, str], key: str) -> Job:
    return requested(ADVERTISER, "PUT", "/ActionInquiries", fields, key)


def swept() -> Job:
    message = {"shard": SHARD, "round": 1, "started": "20260601T1200"}
    return Job("sweep", batch("sweeps.fifo", message, group=str(SHARD)))


def expect(what: str, found: Any, expected: Any) -> list[str]:
    return [] if found == expected else [f"{what}: {found}, not {expected}"]


def hot(world: World, kind: str) -> list[dict[str, Any]]:
    """The items that change, of all inquiries or all actions."""
    return [item for (table, _, sk), item in world.items().items() if (table, sk) == (kind, "H")]


def states(world: World, kind: str) -> Counter[str]:
    return Counter(item["state"]["S"] for item in hot(world, kind))


def entries(world: World) -> Counter[str]:
    found = (
        item for (table, _, sk), item in world.items().items() if (table, sk) == ("ledger", "E")
    )
    return Counter(item["reason"]["S"] for item in found)


def statuses(came: Sequence[Came]) -> Counter[int]:
    return Counter(each.status for each in came)


def many_pending(store: Store) -> None:
    market.deposit(store, "1000.00")
    for number in range(ORDERS):
        partner_id = (CASHBACK, LOYALTY)[number % 2]
        inquiry = market.file(store, f"A-{number}", partner_id, at=EARLIER)
        market.resolve(store, market.accepted(inquiry.inquiry_id), EARLIER)


def sweeps(world: World) -> list[Job]:
    return [swept() for _ in range(SIZE)]


def all_paid_once(world: World, came: Sequence[Came]) -> list[str]:
    payouts = f"{1000 - 5 * ORDERS}.00"
    return [
        *expect("actions", states(world, "actions"), {"PAID": ORDERS}),
        *expect("funds and committed", market.cash(world.store), (payouts, "0.00")),
    ]


def one_claim(store: Store) -> None:
    market.deposit(store, "1000.00")
    market.file(store, "A-1", at=EARLIER, TransactionDate=LONG_AGO)


def only_inquiry(world: World) -> str:
    (item,) = hot(world, "inquiries")
    return item["pk"]["S"][2:]


def reviewers(world: World) -> list[Job]:
    """Four accept, each with a payout of its own, and four decline."""
    inquiry_id = only_inquiry(world)
    return [
        resolved(
            market.accepted(inquiry_id, FinalPayout=f"{number}.00")
            if number % 2
            else market.declined(inquiry_id),
            f"key-{number}",
        )
        for number in range(1, SIZE + 1)
    ]


def one_reviewer_won(world: World, came: Sequence[Came]) -> list[str]:
    (item,) = hot(world, "inquiries")
    won = [number for number, each in enumerate(came, 1) if each.status == 200]
    found = expect("answers", statuses(came), {200: 1, 409: SIZE - 1})
    if len(won) != 1:
        return found
    accepted = won[0] % 2
    return [
        *found,
        *expect("state", item["state"]["S"], "VALID" if accepted else "DECLINED"),
        *expect("actions", len(hot(world, "actions")), accepted),
        *expect("funds", market.cash(world.store)[0], f"{1000 - won[0] * accepted}.00"),
    ]


def the_same_reviewer(world: World) -> list[Job]:
    """One request, sent eight times with its key, as an impatient client does."""
    return [resolved(market.accepted(only_inquiry(world)), "key-1") for _ in range(SIZE)]


def one_effect(world: World, came: Sequence[Came]) -> list[str]:
    return [
        *expect("answers", statuses(came), {200: SIZE}),
        *expect("actions", states(world, "actions"), {"PAID": 1}),
        *expect("funds", market.cash(world.store)[0], "995.00"),
    ]


def the_same_claim(world: World) -> list[Job]:
    """Eight clients file one order, none of them with the other's key."""
    fields = market.claimed("A-1")
    return [
        requested(PARTNER, "POST", "/ActionInquiries", fields, f"key-{number}")
        for number in range(SIZE)
    ]


def one_inquiry(world: World, came: Sequence[Came]) -> list[str]:
    answers = {json.loads(each.answer["body"]).get("Uri") for each in came if each.answer}
    return [
        *expect("answers", statuses(came), {200: SIZE}),
        *expect("inquiries named", len(answers), 1),
        *expect("inquiries", states(world, "inquiries"), {"UNRESOLVED": 1}),
    ]


def money_for_half(store: Store) -> None:
    """Eight claims of 5.00 each, paid at once where there is money, and money for four."""
    market.deposit(store, "20.00")
    for number in range(SIZE):
        market.file(store, f"A-{number}", at=EARLIER, TransactionDate=LONG_AGO)


def accept_each(world: World) -> list[Job]:
    ids = sorted(item["pk"]["S"][2:] for item in hot(world, "inquiries"))
    return [resolved(market.accepted(each), f"key-{each}") for each in ids]


def half_is_paid(world: World, came: Sequence[Came]) -> list[str]:
    return [
        *expect("answers", statuses(came), {200: SIZE}),
        *expect("actions", states(world, "actions"), {"PAID": 4, "LOCKED": 4}),
        *expect("funds and committed", market.cash(world.store), ("-20.00", "20.00")),
    ]


def sweep_once_more(delivery: Delivery) -> None:
    delivery.message("sweep", {"shard": SHARD, "round": 1, "started": "20260601T1300"})


def claims_by_the_dozen(store: Store) -> None:
    market.deposit(store, "1000.00")
    for number in range(SIZE * 2):
        market.file(store, f"A-{number}", at=EARLIER)


def file_and_requests(world: World) -> list[Job]:
    """A file accepts all, while seven requests decline one each."""
    ids = sorted(item["pk"]["S"][2:] for item in hot(world, "inquiries"))
    header = ("Id", "Resolution Status", "Transaction Date", "Action Tracker")
    lines = [header, *((each, "VALID", RECENT, SALE) for each in ids)]
    data = "".join(",".join(line) + "\r\n" for line in lines).encode()
    key = f"advertisers/{SHOP}/{Kind.RESOLUTIONS}/upload-1/rows.csv"
    requests = [resolved(market.declined(each), f"key-{each}") for each in ids[: SIZE - 1]]
    return [Job("ingest", world.upload(key, data)), *requests]


def every_row_has_one_result(world: World, came: Sequence[Came]) -> list[str]:
    """Who was told that it decided has decided, and nobody else."""
    declined = statuses(came[1:])[200]
    accepted = SIZE * 2 - declined
    result = world.objects()["torture-results", f"advertisers/{SHOP}/upload-1/result.csv", ""]
    told = Counter(line.split(",")[5] for line in result.splitlines()[1:])
    return [
        *expect("answers", statuses(came[1:])[409], SIZE - 1 - declined),
        *expect(
            "inquiries",
            states(world, "inquiries"),
            Counter({"VALID": accepted, "DECLINED": declined}),
        ),
        *expect("actions", states(world, "actions"), {"PENDING": accepted}),
        *expect("rows", told, Counter({"APPLIED": accepted, "REJECTED": declined})),
    ]


def one_chunk_eight_times(world: World) -> list[Job]:
    """The same event of the same file, delivered to everybody."""
    return [file_and_requests(world)[0]] * SIZE


def rows_once(world: World, came: Sequence[Came]) -> list[str]:
    row = world.items()["files", "F#upload-1", "FILE"]
    result = world.objects()["torture-results", f"advertisers/{SHOP}/upload-1/result.csv", ""]
    told = Counter(line.split(",")[5] for line in result.splitlines()[1:])
    return [
        *expect("actions", states(world, "actions"), {"PENDING": SIZE * 2}),
        *expect("chunks counted", row["chunks_done"]["N"], "1"),
        *expect("rows counted", row["rows_done"]["N"], str(SIZE * 2)),
        *expect("upload", row["state"]["S"], "DONE"),
        *expect("rows", told, {"APPLIED": SIZE * 2}),
    ]


def poor(store: Store) -> None:
    """Actions for 60.00 that have locked, and 10.00 to pay them from."""
    market.deposit(store, "10.00")
    for number in range(ORDERS):
        market.accept(store, f"A-{number}", at=EARLIER)
    market.sweep(store, RECENT_LOCKS_AT)


def deposits_and_sweeps(world: World) -> list[Job]:
    """Two sweeps, four deposits, and one deposit that is told twice."""

    def deposited(reference: str, amount: str) -> Job:
        command = {"command": "deposit", "advertiser_id": SHOP, "currency": "USD"}
        return Job("operator", {**command, "amount": amount, "reference": reference})

    fresh = [deposited(f"bank-{number + 10}", "5.00") for number in range(4)]
    return [swept(), *fresh, swept(), deposited("bank-20", "10.00"), deposited("bank-20", "10.00")]


def paid_from_what_came(world: World, came: Sequence[Came]) -> list[str]:
    """40.00 came in all: eight of twelve actions are paid."""
    paid, left = 8, ORDERS - 8
    return [
        *expect("actions", states(world, "actions"), {"PAID": paid, "LOCKED": left}),
        *expect("deposits", entries(world)["DEPOSIT"], 6),
        *expect(
            "funds and committed", market.cash(world.store), (f"-{5 * left}.00", f"{5 * left}.00")
        ),
    ]


CROWDS = (
    Crowd(
        "eight sweeps at once",
        many_pending,
        sweeps,
        all_paid_once,
        sweep_once_more,
        RECENT_CLEARS_AT,
        SWEEP_CALLS_MAX,
    ),
    Crowd("eight reviewers on one inquiry", one_claim, reviewers, one_reviewer_won),
    Crowd("one request eight times", one_claim, the_same_reviewer, one_effect),
    Crowd("one claim from eight clients", lambda store: None, the_same_claim, one_inquiry),
    Crowd(
        "eight acceptances, money for four",
        money_for_half,
        accept_each,
        half_is_paid,
        sweep_once_more,
    ),
    Crowd(
        "a file and requests on the same rows",
        claims_by_the_dozen,
        file_and_requests,
        every_row_has_one_result,
        calls_max=SWEEP_CALLS_MAX,
    ),
    Crowd(
        "one file delivered eight times",
        claims_by_the_dozen,
        one_chunk_eight_times,
        rows_once,
        calls_max=SWEEP_CALLS_MAX,
    ),
    Crowd(
        "deposits during payment",
        poor,
        deposits_and_sweeps,
        paid_from_what_came,
        sweep_once_more,
        RECENT_CLEARS_AT,
        SWEEP_CALLS_MAX,
    ),
)
