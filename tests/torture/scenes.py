"""The scenes that crowds play: what is there, who does what at once, and what must be left."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from makegood.domain.uploads import Kind
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import ADVERTISER, PARTNER, batch
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
from tests.torture.crowd import (
    Crowd,
    entries,
    expect,
    hot,
    requested,
    resolved,
    states,
    statuses,
    swept,
)
from tests.torture.delivery import Delivery
from tests.torture.faults import Plan
from tests.torture.fleet import SIZE, Came, Job, commanded
from tests.torture.flow import EARLIER, ruled
from tests.torture.world import QUEUES, World

SWEEP_CALLS_MAX = 2_000
ORDERS = 12


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


def decidable(world: World) -> list[str]:
    """The ids of all inquiries."""
    return sorted(item["pk"]["S"][2:] for item in hot(world, "inquiries"))


def acceptances(world: World) -> dict[str, Any]:
    """The event of a file that accepts all."""
    header = ("Id", "Resolution Status", "Transaction Date", "Action Tracker")
    lines = [header, *((each, "VALID", RECENT, SALE) for each in decidable(world))]
    data = "".join(",".join(line) + "\r\n" for line in lines).encode()
    return world.upload(f"advertisers/{SHOP}/{Kind.RESOLUTIONS}/upload-1/rows.csv", data)


def file_and_requests(world: World) -> list[Job]:
    """A file accepts all, while seven requests decline one each."""
    delivery = Delivery(world, Plan(), NOW)
    delivery.arrival(acceptances(world))
    ((_, chunk),) = delivery.waiting()
    ids = decidable(world)[: SIZE - 1]
    requests = (resolved(market.declined(each), f"key-{each}") for each in ids)
    return [Job("ingest", batch(QUEUES["Chunks"], chunk)), *requests]


def every_row_has_one_result(world: World, came: Sequence[Came]) -> list[str]:
    """Who was told that it decided has decided, and nobody else."""
    declined = statuses(came[1:])[200]
    accepted = SIZE * 2 - declined
    decided = Counter(VALID=accepted, DECLINED=declined)
    result = world.objects()["torture-results", f"advertisers/{SHOP}/upload-1/result.csv", ""]
    told = Counter(line.split(",")[5] for line in result.splitlines()[1:])
    return [
        *expect("answers", statuses(came[1:])[409], SIZE - 1 - declined),
        *expect("inquiries", states(world, "inquiries"), decided),
        *expect("actions", states(world, "actions"), {"PENDING": accepted}),
        *expect("rows", told, Counter({"APPLIED": accepted, "REJECTED": declined})),
    ]


def one_chunk_eight_times(world: World) -> list[Job]:
    """The same chunk of the same file, delivered to everybody."""
    return [file_and_requests(world)[0]] * SIZE


def one_arrival_eight_times(world: World) -> list[Job]:
    """The same event of the same file, delivered to everybody."""
    return [Job("ingest", batch(QUEUES["Arrivals"], acceptances(world)))] * SIZE


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
        return commanded({**command, "amount": amount, "reference": reference})

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


def transfers_for_half(world: World) -> list[Job]:
    """Eight transfers of 5.00, and 20.00 to make them from."""
    command = {"command": "transfer", "advertiser_id": SHOP, "partner_id": CASHBACK}
    money = {"currency": "USD", "amount": "5.00"}
    return [
        commanded({**command, **money, "reference": f"bonus-{number}"}) for number in range(SIZE)
    ]


def four_are_made(world: World, came: Sequence[Came]) -> list[str]:
    return [
        *expect("transfers", entries(world)["TRANSFER"], 4),
        *expect("funds and committed", market.cash(world.store), ("0.00", "0.00")),
        *expect("payable", str(world.store.payable(CASHBACK, "USD")), "20.00"),
    ]


def open_ended(store: Store) -> None:
    """An action that waits for its approval."""
    market.deposit(store, "1000.00")
    store.put_contract(market.contract(CASHBACK, market.terms(locking="OPEN_ENDED")))
    market.accept(store, "A-1", at=EARLIER)


def approve_or_reverse(world: World) -> list[Job]:
    """Four approve one action, and four reverse it."""
    (item,) = hot(world, "actions")
    action_id = item["pk"]["S"][2:]
    approval = {"ActionId": action_id, "Reason": "APPROVED"}
    undone = f"/Actions/{action_id}?DispositionCode=CONS_FRAUD"
    return [
        requested(ADVERTISER, "PUT", "/Actions", approval, f"key-{number}")
        if number % 2
        else requested(ADVERTISER, "DELETE", undone, {}, f"key-{number}")
        for number in range(SIZE)
    ]


def approved_or_reversed(world: World, came: Sequence[Came]) -> list[str]:
    won = [number for number, each in enumerate(came) if each.status == 200]
    if len(won) != 1:
        return [f"answers {statuses(came)}, not one 200"]
    state, funds = ("LOCKED", "995.00") if won[0] % 2 else ("REVERSED", "1000.00")
    return [
        *expect("actions", states(world, "actions"), {state: 1}),
        *expect("funds", market.cash(world.store)[0], funds),
    ]


def claimed_under_a_rule(store: Store) -> None:
    ruled(store)
    for number in range(SIZE):
        market.file(store, f"R-{number}", at=EARLIER)


def rule_and_reviewers(world: World) -> list[Job]:
    """Two sweeps apply the rule to all, while six reviewers decline one each."""
    ids = sorted(item["pk"]["S"][2:] for item in hot(world, "inquiries"))
    declines = [resolved(market.declined(each), f"key-{each}") for each in ids[: SIZE - 2]]
    return [swept(), *declines, swept()]


def decided_once(world: World, came: Sequence[Came]) -> list[str]:
    requests = statuses(came[1:-1])
    declined = requests[200]
    accepted = len(hot(world, "inquiries")) - declined
    decided = Counter({"VALID": accepted, "DECLINED": declined})
    return [
        *expect("answers", requests[409], SIZE - 2 - declined),
        *expect("inquiries", states(world, "inquiries"), decided),
        *expect("actions", states(world, "actions"), {"PENDING": accepted}),
    ]


SCENES = (
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
        "one arrival delivered eight times",
        claims_by_the_dozen,
        one_arrival_eight_times,
        rows_once,
        Delivery.messages,
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
    Crowd(
        "eight transfers, money for four",
        lambda store: market.deposit(store, "20.00"),
        transfers_for_half,
        four_are_made,
        calls_max=SWEEP_CALLS_MAX,
    ),
    Crowd("four approve, four reverse", open_ended, approve_or_reverse, approved_or_reversed),
    Crowd(
        "a rule and reviewers",
        claimed_under_a_rule,
        rule_and_reviewers,
        decided_once,
        sweep_once_more,
        calls_max=SWEEP_CALLS_MAX,
    ),
)
