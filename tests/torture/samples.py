"""The samples ten times over, played with processes that die, against a model of its own.

What is compared is all that somebody can see: each row's result, each inquiry, each action with its
dates, what is overdue, the balances, what both sides are told of them, each month's statements.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from makegood.jobs import reconciliation

from infra.local.story import CONTRACTS, table
from tests.integration.gateway import ADVERTISER, FUNCTIONS, OTHER_PARTNER, PARTNER, batch
from tests.torture.crew import Crew, Risk, aboard
from tests.torture.fleet import Job, commanded
from tests.torture.samples_input import FILED_AT, FILED_EARLY_AT, PARTNERS, Samples, Sheet, Size
from tests.torture.samples_model import Model
from tests.torture.samples_seen import ACCOUNT, SHARD, SHOP, USD, Seen
from tests.torture.samples_values import Deed, Key
from tests.torture.world import QUEUES, World

CAMPAIGN, SALE = "1000", "4000"
BEGUN_AT = datetime(2025, 1, 1, 6, tzinfo=UTC)
WHOLE = Size(10)
SMALL = Size(
    2, 30, chunk_rows=6, processes=2, swept_on=(22,), changed_percent=50, enough_from="2025-11"
)
SWEEPS_AT_ONCE = 2
SHORT_SHARE = 0.02
"""What is paid in first, of all that the samples cost, and beyond what is known to be owed."""

SHORT_FROM = "2026-02"
"""About when there is no longer enough money."""

Say = Callable[[str], None]


def seeds() -> list[dict[str, Any]]:
    """The operator's commands that a shop and two partners begin with."""
    terms = {"valid_from": "2025-01-01T00:00:00Z", "claim_window_days": [0, 1000]}
    campaign = {"time_zone": "America/New_York", "currency": USD, "event_types": {SALE: "Sale"}}
    options = {"inquiries_enabled": True, "declines_tracked": True, "names_channel": True}
    of_campaign = {"campaign_id": CAMPAIGN}
    partners = zip(PARTNERS, ("CASHBACK", "LOYALTY"), strict=True)
    return [
        {"command": "create_advertiser", "advertiser_id": SHOP, "name": "Harbour Records"},
        *(
            {"command": "create_partner", "partner_id": p, "name": p, "kind": k}
            for p, k in partners
        ),
        {
            "command": "create_campaign",
            "advertiser_id": SHOP,
            "name": "H",
            **of_campaign,
            **campaign,
        },
        {"command": "set_options", **of_campaign, **options},
        *(
            {
                "command": "sign_contract",
                **of_campaign,
                "partner_id": each,
                "terms": terms | CONTRACTS[each],
            }
            for each in PARTNERS
        ),
    ]


def shown(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def legible(value: object) -> str:
    """What is compared, as a message tells it."""
    if not isinstance(value, tuple):
        return str(value)
    parts = (f"{e:%Y-%m-%dT%H:%M:%SZ}" if isinstance(e, datetime) else str(e) for e in value)
    return " ".join(parts)


@dataclass(slots=True)
class Play:
    """The year and a half, in the product and in the model side by side."""

    world: World
    crew: Crew
    samples: Samples
    say: Say
    seen: Seen = field(init=False)
    model: Model = field(default_factory=Model)
    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    now: datetime = BEGUN_AT
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.seen = Seen(self.world)

    def at(self, now: datetime) -> None:
        self.now = now
        self.world.store.set_clock(now)

    def must(self, what: str, found: object, expected: object) -> None:
        self.counts["compared"] += 1
        if found != expected:
            self.note([f"{what}: {legible(found)}; the model has {legible(expected)}"])

    def note(self, wrong: list[str]) -> None:
        for each in wrong:
            self.wrong.append(f"{self.now:%Y-%m-%d %H} {each}")

    # What is done.

    def seed(self) -> None:
        self.at(BEGUN_AT)
        for command in seeds():
            self.crew.work([commanded(command)], safe=True)

    def command(self, **command: Any) -> None:
        """Given twice at once, as by somebody who got no answer."""
        for came in self.crew.work([commanded(command)] * 2):
            if "status" in came.told or came.told.get("differences"):
                self.note([f"{command}: {came.told}"])

    def deposit(self, cents: int, reference: str) -> None:
        money = {"currency": USD, "amount": shown(cents), "reference": reference}
        self.command(command="deposit", advertiser_id=SHOP, **money)
        self.model.deposit(self.now, cents)
        self.balances()

    def send(self, *sheets: Sheet) -> None:
        """Files arrive, all at once; their events may come again and again."""
        jobs = []
        for sheet in sheets:
            event = self.world.upload(sheet.key, table(sheet.rows, sheet.separator))
            again = self.crew.risk.again() + self.crew.risk.again()
            self.crew.met["events told again"] += again
            jobs += [Crew.message("ingest", event, QUEUES["Arrivals"])] * (1 + again)
        self.crew.work(jobs)
        for sheet in sheets:
            self._rows(sheet)

    def _rows(self, sheet: Sheet) -> None:
        """A file's result, row by row in the file's order."""
        expected = self.model.file(sheet.kind, sheet.account, sheet.rows, self.now)
        folder, account = sheet.key.split("/")[:2]
        found = self.seen.result(f"{folder}/{account}/{sheet.name}/result.csv")
        self.counts[f"rows of {sheet.kind}"] += len(expected)
        self.must(f"rows of {sheet.name}", len(found), len(expected))
        for at, (row, came, mine) in enumerate(zip(sheet.rows, found, expected, strict=False), 1):
            what = f"row {at} of {sheet.name}, {' '.join(filter(None, row.values()))}"
            self.must(what, (came["Result"], came["Code"]), mine)

    def sweep(self) -> None:
        """Several processes sweep at once; then one, to the end."""
        self._swept(*range(SWEEPS_AT_ONCE))
        self._swept(SWEEPS_AT_ONCE)
        self.note(self.model.sweep(self.now, self.seen.unpaid(self.now)))
        self.balances()

    def _swept(self, *numbers: int) -> None:
        jobs = []
        for number in numbers:
            started = f"{self.now:%Y%m%dT%H%M}-{number}"
            message = {"shard": SHARD, "round": 1, "started": started}
            jobs.append(Job("sweep", batch(QUEUES["Sweeps"], message, group=str(SHARD))))
        self.crew.work(jobs)

    # What is looked at.

    def balances(self) -> None:
        """The accounts; and what an advertiser and its partners are told, overdue sums and all."""
        found = self.seen.balances(PARTNERS)
        self.must("balances", found, {each: self.model.balances[each] for each in found})
        overdue = self.model.overdue(self.now)
        sides = ((ADVERTISER, "/Funds"), (PARTNER, "/Earnings"), (OTHER_PARTNER, "/Earnings"))
        jobs = [Job(FUNCTIONS[who.role], who.event("GET", path)) for who, path in sides]
        for came in self.crew.work(jobs):
            owner = came.job.event["requestContext"]["authorizer"]["accountId"]
            mine = [each for each in overdue if owner in (SHOP, each.partner)]
            self._told(owner, json.loads(came.answer["body"]), mine)

    def _told(self, owner: str, body: Mapping[str, Any], overdue: list[Deed]) -> None:
        (listed,) = (each for each in body.values() if isinstance(each, list))
        told = next((each for each in listed if each["Currency"] == USD), None)
        nothing = {"Overdue": "0.00", "OverdueCount": "0"}
        found = [(told or nothing)[name] for name in nothing]
        cents = sum(each.payout for each in overdue)
        self.must(f"what {owner} is told is overdue", found, [shown(cents), str(len(overdue))])

    def everything(self) -> None:
        """Each inquiry and each action."""
        both: tuple[tuple[str, Mapping[Key, Any], Mapping[Key, Any]], ...] = (
            ("inquiry", self.seen.inquiries(), self.model.questions),
            ("action", self.seen.actions(), self.model.deeds),
        )
        for what, found, expected in both:
            for key in sorted(found.keys() | expected.keys()):
                mine = expected[key].shown() if key in expected else None
                self.must(f"{what} {' '.join(key)}", found.get(key), mine)

    def decide(self, name: str) -> None:
        """All that is undecided is decided, by two files at once that have no order in common."""
        undecided = self.seen.undecided()
        halves = [[each for each in undecided if hash_of(each[1]) == half] for half in (0, 1)]
        self.send(
            *(
                self.samples.decisions(each, f"{name}-{half}")
                for half, each in enumerate(halves, 1)
                if each
            )
        )
        left = self.seen.unpaid(self.now)
        due = {each.key for each in self.model.at_once}
        self.note(self.model.settle(self.now, due - left))
        self.balances()

    def statements(self) -> None:
        """Those of the month before, made by the operator."""
        month = f"{self.now.replace(day=1) - timedelta(days=1):%Y-%m}"
        self.command(command="make_statements", month=month)
        for owner in (ACCOUNT, *(f"partner:{each}" for each in PARTNERS)):
            found, mine = self.seen.statement(owner, month), self.model.statement(owner, month)
            self.must(f"statement of {owner} for {month}", found, mine)

    def told(self, what: str) -> None:
        """One line of how far it is."""
        spent, states = (
            time.monotonic() - self.began,
            Counter(each.state for each in self.model.deeds.values()),
        )
        self.say(
            f"  {self.now:%Y-%m-%d} {what:22} {dict(states)}, funds {self.model.funds / 100:.2f}, "
            f"{len(self.model.overdue(self.now))} overdue; {self.crew.met['killed']} killed, "
            f"{len(self.wrong)} differences, {spent:.0f} s"
        )


def hash_of(key: Key) -> int:
    return sum(key[1].encode()) % 2


def following(month: str) -> datetime:
    """Six o'clock on the first day after a month."""
    first = datetime.fromisoformat(f"{month}-01T06:00:00+00:00")
    return (first + timedelta(days=32)).replace(day=1)


def play(world: World, crew: Crew, samples: Samples, say: Say) -> Play:
    """From the first month's file to the last payment."""
    played = Play(world, crew, samples, say)
    played.seed()
    costs = sum(map(cost_of, (row for rows in samples.months.values() for row in rows)))
    played.deposit(int(costs * SHORT_SHARE), "opening")
    for month in months(samples):
        _month(played, month, costs)
    _end(played)
    return played


def cost_of(row: Mapping[str, str]) -> int:
    """Cents, and near enough: it only says how large deposits are."""
    return 150 if row["Partner Id"] == PARTNERS[1] else int(float(row["Amount"]) * 5)


def months(samples: Samples) -> list[str]:
    """Those with orders, those that claims are filed in, and those until all has cleared."""
    last = (samples.size.enough_from, "2025-11", SHORT_FROM, "2026-06", "2026-07")
    return sorted({*samples.months, *last})


def _month(played: Play, month: str, costs: int) -> None:
    first, samples = following(month), played.samples
    played.at(first)
    if month in samples.months:
        played.send(samples.conversions(month))
        changes = samples.changes(month)
        played.at(first + timedelta(days=1))
        if changes.rows:
            played.send(changes)
    played.sweep()
    played.statements()
    if f"{first:%Y-%m}" == f"{FILED_EARLY_AT:%Y-%m}":
        _claims(played, FILED_EARLY_AT, early=True)
    if f"{first:%Y-%m}" == f"{FILED_AT:%Y-%m}":
        played.deposit(max(1, -played.model.funds) + int(costs * SHORT_SHARE), "for the claims")
        _claims(played, FILED_AT + timedelta(days=1), early=False)
    for day in samples.size.swept_on:
        played.at(first.replace(day=day))
        played.sweep()
    if month == samples.size.enough_from:
        played.deposit(max(1, -played.model.funds // 3), "a third of what is owed")
        played.sweep()
        played.deposit(_for_a_while(played) + int(costs * SHORT_SHARE), "enough for a while")
        played.sweep()
    if month in (samples.size.enough_from, SHORT_FROM):
        played.everything()
    played.told(f"after {month}")


def _for_a_while(played: Play) -> int:
    """What is owed, what is pending, and about what the next months bring."""
    pending = (each.payout for each in played.model.deeds.values() if each.state == "PENDING")
    to_come = (
        cost_of(row)
        for month, rows in played.samples.months.items()
        if played.samples.size.enough_from < month < SHORT_FROM
        for row in rows
    )
    return max(1, sum(pending) + sum(to_come) - played.model.funds)


def _claims(played: Play, at: datetime, early: bool) -> None:
    name = "early" if early else "late"
    played.at(at)
    played.send(*played.samples.filed(early))
    played.told(f"{name} claims filed")
    played.decide(f"decisions-{name}")
    played.everything()
    played.told(f"{name} claims decided")


def _end(played: Play) -> None:
    """Too little once more, then the rest; nothing is owed any longer."""
    played.at(datetime(2026, 10, 2, 6, tzinfo=UTC))
    played.deposit(max(1, -played.model.funds // 3), "too little")
    played.sweep()
    played.everything()
    played.told("too little")
    played.at(datetime(2026, 10, 3, 6, tzinfo=UTC))
    played.deposit(max(1, -played.model.funds), "the rest")
    played.sweep()
    played.everything()
    states = {each.state for each in played.model.deeds.values()}
    played.must("what is left", states - {"PAID", "REVERSED"}, set())
    played.at(datetime(2026, 11, 2, 6, tzinfo=UTC))
    played.statements()
    broken = reconciliation.prove(played.world.store)["violations"]
    played.note([f"the books: {name}: {what}" for name, what in broken.items()])
    played.note(played.crew.given_up)
    played.told("all paid")


def run(world: World, size: Size, say: Say, seed: int = 1) -> Play:
    """The whole of it, with a crew of its own."""
    risk = Risk(Random(seed))
    samples = Samples(size, seed)
    rows = sum(map(len, samples.months.values()))
    say(f"  {rows} conversions and {len(samples.claims)} claims")
    with aboard(world, risk, size.chunk_rows, size.processes) as crew:
        return play(world, crew, samples, say)
