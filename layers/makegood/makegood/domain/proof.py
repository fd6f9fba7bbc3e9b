"""The proof of the books, as it goes: what has been read, in a memory that does not grow with it.

    sums ──▶ sums again ──▶ details ──▶ details again        each is one look at the whole store

The first look adds up fingerprints of what two sides must agree on; whole books take no other.
Where a bucket is broken, or a row is wrong by itself, a second look tells torn readings (others
write meanwhile) from buckets that stay broken. Two more hold the ids of some of these, and what is
wrong in the same way each time is a violation. Between any two pages the proof can be written down
and taken up again.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from makegood.domain import clearings, ledger
from makegood.domain.actions import Action
from makegood.domain.clearings import Clearing
from makegood.domain.fingerprints import Fingerprint, bucket_of
from makegood.domain.inquiries import ACCEPTED
from makegood.domain.ledger import Entry
from makegood.domain.projections import Forecasts, Standings
from makegood.domain.proof_relations import (
    CLEARING,
    CREDIT,
    FILE,
    INQUIRY,
    LINE,
    RELATIONS,
    SETTLED_BY,
    Told,
)

REPORTED_MAX = 20
"""Violations of one invariant that are reported, and broken buckets that are looked into."""

KEPT_MAX = 200
"""Violations of one invariant that are held for the second look at them."""

FORMAT = 3
"""Of the document that a proof is kept as; one of another format is not gone on with.

So a field whose sums every version has to go on with takes a new format; any other is carried.
"""

SUMS, SUMS_AGAIN, DETAILS, DETAILS_AGAIN, OVER = range(1, 6)

Violations = dict[str, dict[str, str]]


@dataclass(slots=True)
class Proof:
    """`position` is the table that is read and where to go on in it; `told` are both sides' facts
    by relation and id. Without an instant `as_of`, nothing is forecast. Where the backfill of sums
    of what clears is not `backfilled`, they need not hold all that is locked. `carried` is what a
    newer version has noted in the document.
    """

    as_of: datetime | None = None
    look: int = SUMS
    position: list[Any] = field(default_factory=lambda: [0, None])
    sums: dict[str, Fingerprint] = field(default_factory=dict)
    earlier: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    asked: dict[str, list[int]] = field(default_factory=dict)
    told: dict[str, dict[str, tuple[Told, Told]]] = field(default_factory=dict)
    balances: dict[str, list[int]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    violations: Violations = field(default_factory=dict)
    before: Violations = field(default_factory=dict)
    forecasts: Forecasts | None = None
    standings: Standings | None = None
    backfilled: bool = False
    carried: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.sums:
            self._begin(self.look)

    @property
    def finished(self) -> bool:
        return self.look == OVER

    def _begin(self, look: int) -> None:
        self.look = look
        self.position = [0, None]
        self.sums = {each: Fingerprint() for each in RELATIONS}
        self.told = {each: {} for each in RELATIONS}
        self.balances = {}
        self.counts = Counter()
        self.violations = {}
        self.backfilled = False
        self.forecasts = None if self.as_of is None else Forecasts(self.as_of)
        self.standings = None if self.as_of is None else Standings(self.as_of)

    def check(self, invariant: str, holds: bool, identity: str, what: str = "") -> None:
        """Notes a violation, under an id that is the same when it is seen again."""
        if not holds:
            found = self.violations.setdefault(invariant, {})
            if len(found) < KEPT_MAX:
                found[identity] = f"{identity} {what}".strip()

    def _see(
        self, relation: str, side: int, identity: str, fact: object, told: Any, times: int = 1
    ) -> None:
        """A fact of one side (0 or 1); one that counts zero times only tells of the other."""
        if self.look in (SUMS, SUMS_AGAIN):
            self.sums[relation].add(identity, fact, -times if side else times)
        elif bucket_of(identity) in self.asked.get(relation, ()):
            self.told[relation].setdefault(identity, ([], []))[side].append(told)

    def entry(self, entry: Entry) -> None:
        self.counts["entries"] += 1
        for account, minor in entry.deltas().items():
            self._balance(account, entry.currency)[1] += minor
        for action_id, minor in entry.settles.items():
            self._see(entry.reason, 0, action_id, minor, minor)
        for owner in entry.owners[1:]:
            self._see(LINE, 0, f"{entry.entry_id} {owner}", owner, owner)

    def line(self, entry_id: str, owner: str) -> None:
        """What lists an entry under one more of those whose accounts it touches."""
        self._see(LINE, 1, f"{entry_id} {owner}", owner, owner)

    def balance(self, account: str, currency: str, minor: int) -> None:
        """What the store keeps beside the entries."""
        self._balance(account, currency)[0] += minor

    def _balance(self, account: str, currency: str) -> list[int]:
        return self.balances.setdefault(f"{account} {currency}", [0, 0])

    def clearing(self, kept: Clearing) -> None:
        """A part of a sum of what clears."""
        self._sum(0, kept.name, kept.minor, kept.count)

    def _sum(self, side: int, name: str, minor: int, count: int) -> None:
        """Sums of one side are told as one, however much they are made of."""
        if self.look in (SUMS, SUMS_AGAIN):
            sign = -1 if side else 1
            self.sums[CLEARING].add(name, "minor", sign * minor)
            self.sums[CLEARING].add(name, "count", sign * count)
        elif bucket_of(name) in self.asked.get(CLEARING, ()):
            told = self.told[CLEARING].setdefault(name, ([0, 0], [0, 0]))[side]
            told[0] += minor
            told[1] += count

    def action(self, action: Action) -> None:
        self.counts[f"actions {action.state}"] += 1
        self._check_summed(action)
        action_id, minor = action.action_id, action.payout.minor
        for reason, states in SETTLED_BY.items():
            due = minor if action.state in states else 0
            self._see(reason, 1, action_id, due, [action.state, due], 1 if due else 0)
        place = [action.campaign_id, action.order.order_id, action.event_type_id, action.partner_id]
        held = not action.state.rules.is_undone
        self._see(CREDIT, 1, action_id, place, [action.state, place], int(held))
        if action.inquiry_id:
            self._see(INQUIRY, 1, action.inquiry_id, [ACCEPTED, action_id], action_id)
        waits = action.due is not None
        if waits and self.forecasts is not None:
            locked = action.state.rules.is_set_aside
            account = action.advertiser_id, action.payout.currency
            self.forecasts.add(*account, locked, action.clears_at, action.worth.minor)
        if waits and self.standings is not None:
            self.standings.add(action)

    def _check_summed(self, action: Action) -> None:
        """The sums of what clears hold what is locked, once the backfill has gone through all."""
        if action.is_summed:
            for place in clearings.places(action):
                name = Clearing(place.owner, place.currency, place.clears_at, 0, 0).name
                self._sum(1, name, action.payout.minor, 1)
        if self.backfilled and action.stray:
            what = f"is {action.state}; run the operator's backfill"
            self.check(
                "sums of what clears hold just what is locked", False, action.action_id, what
            )

    def credit(self, place: list[str], action_id: str) -> None:
        """A credit of an order: campaign, order, event type, partner."""
        self._see(CREDIT, 0, action_id, place, place)

    def inquiry(self, inquiry_id: str, state: str, action_id: str) -> None:
        self.counts[f"inquiries {state}"] += 1
        names = state == ACCEPTED or bool(action_id)
        self._see(INQUIRY, 0, inquiry_id, [state, action_id], [state, action_id], int(names))

    def chunk(self, upload_id: str, rows: int) -> None:
        self._see(FILE, 0, upload_id, None, rows, rows)

    def upload(self, upload_id: str, done: bool, row_count: int, rows_done: int) -> None:
        """A file's rows that have a result are those of its chunks; once it is done, all."""
        self.counts["files"] += 1
        self._see(FILE, 1, upload_id, None, rows_done, rows_done)
        self.check(
            "every row of a file has exactly one result",
            not done or row_count == rows_done,
            upload_id,
            f"has {rows_done} results for {row_count} rows",
        )

    def end_look(self) -> None:
        """All tables were read: the proof is over, or looks again.

        What is wrong with a row or balance by itself has to be so in every look.
        """
        self._check_balances()
        if self.look > SUMS:
            self.violations = _in_both(self.before, self.violations)
        again = LOOKS[self.look](self)
        if again or (self.violations and self.look < DETAILS_AGAIN):
            self.before = self.violations
            self._begin(self.look + 1)
        else:
            self.look = OVER

    def _end_sums(self) -> bool:
        self.earlier = {each: self.sums[each].differences() for each in RELATIONS}
        return any(self.earlier.values())

    def _end_sums_again(self) -> bool:
        self.asked = {
            each: self.sums[each].stays_broken(self.earlier[each])[:REPORTED_MAX]
            for each in RELATIONS
        }
        return any(self.asked.values())

    def _end_details(self) -> bool:
        self._judge()
        return False

    def _end_details_again(self) -> bool:
        self._judge()
        self.violations = _in_both(self.before, self.violations)
        return False

    def _check_balances(self) -> None:
        """Kept balances of one advertiser are one item, so what is said of them is never torn."""
        sums: Counter[str] = Counter()
        cash: Counter[str] = Counter()
        for name, (kept, computed) in sorted(self.balances.items()):
            account, _, currency = name.rpartition(" ")
            self.check(
                "balances equal the sum of their postings",
                kept == computed,
                f"{name} {kept - computed:+d}",
                f"of {kept} kept, {computed} by entries",
            )
            self.check(
                "only funds and the world may be negative",
                kept >= 0 or ledger.may_be_negative(account),
                name,
                f"is {kept}",
            )
            sums[currency] += kept
            if account.startswith("advertiser:"):
                cash[f"{account.rpartition(':')[0]} {currency}"] += kept
        for currency, minor in sums.items():
            self.check("all balances sum to zero", not minor, f"{currency} {minor:+d}")
        for owner, minor in cash.items():
            self.check("paid is at most deposited", minor >= 0, owner, f"has {minor}")

    def _judge(self) -> None:
        for name, relation in RELATIONS.items():
            if relation.judge is not None:
                for identity, (left, right) in sorted(self.told[name].items()):
                    for invariant, what in relation.judge(left, right):
                        self.check(invariant, False, identity, what)
        for name, (kept, counted) in sorted(self.told[CLEARING].items()):
            self.check(
                "sums of what clears are those of what is locked",
                kept == counted,
                f"{name} {kept} {counted}",
                "are minor units and a count, kept and counted",
            )

    def report(self) -> dict[str, Any]:
        """JSON: `holds`, the first violations, counts, and balances in minor units."""
        return {
            "finished": self.finished,
            "holds": self.finished and not self.violations,
            "violations": {
                name: list(found.values())[:REPORTED_MAX]
                for name, found in sorted(self.violations.items())
            },
            "counts": dict(sorted(self.counts.items())),
            "balances": {name: both[1] for name, both in sorted(self.balances.items())},
        }

    def facts(self) -> dict[str, Any]:
        """How far it is, for one log line."""
        return {"finished": self.finished, "look": self.look, "counts": dict(self.counts)}

    def measures(self) -> dict[str, int]:
        """What alarms are set on: a proof that was finished, and how many violations it has."""
        if not self.finished:
            return {"unfinished": 1}
        return {"books_proven": 1, "violations": sum(map(len, self.violations.values()))}

    def ids(self) -> dict[str, list[str]]:
        """The first violations of each invariant by their ids alone, for the log."""
        found = sorted(self.violations.items())
        return {name: list(each)[:REPORTED_MAX] for name, each in found}

    def document(self) -> dict[str, Any]:
        """In JSON, to be taken up by `of_document`."""
        forecasts = self.forecasts.sums if self.forecasts is not None else {}
        standings = self.standings.sums if self.standings is not None else {}
        return {
            **self.carried,
            "format": FORMAT,
            "as_of": self.as_of and self.as_of.isoformat(),
            "look": self.look,
            "position": self.position,
            "sums": {name: each.text() for name, each in self.sums.items()},
            "earlier": self.earlier,
            "asked": self.asked,
            "told": self.told,
            "balances": self.balances,
            "counts": self.counts,
            "violations": self.violations,
            "before": self.before,
            "backfilled": self.backfilled,
            "forecasts": [[*account, sums] for account, sums in forecasts.items()],
            "standings": [[*owner, sums] for owner, sums in standings.items()],
        }


LOOKS: dict[int, Callable[[Proof], bool]] = {
    SUMS: Proof._end_sums,
    SUMS_AGAIN: Proof._end_sums_again,
    DETAILS: Proof._end_details,
    DETAILS_AGAIN: Proof._end_details_again,
}
"""What ends each look, and says whether it leaves anything to look at besides violations."""


def of_document(document: Mapping[str, Any]) -> Proof:
    """A proof that was written down."""
    as_of = document["as_of"] and datetime.fromisoformat(document["as_of"])
    sums = {name: Fingerprint.of_text(text) for name, text in document["sums"].items()}
    forecasts = {(each[0], each[1]): each[2] for each in document["forecasts"]}
    standings = {(each[0], each[1]): each[2] for each in document["standings"]}
    same = (
        *("look", "position", "earlier", "asked", "told", "balances", "violations", "before"),
        "backfilled",
    )
    return Proof(
        as_of=as_of,
        sums=sums,
        counts=Counter(document["counts"]),
        forecasts=Forecasts(as_of, forecasts) if as_of else None,
        standings=Standings(as_of, standings) if as_of else None,
        carried={
            name: each
            for name, each in document.items()
            if name not in ("format", *Proof.__dataclass_fields__)
        },
        **{name: document[name] for name in same},
    )


def _in_both(first: Violations, second: Violations) -> Violations:
    result: Violations = defaultdict(dict)
    for invariant, found in second.items():
        for identity, what in found.items():
            if identity in first.get(invariant, {}):
                result[invariant][identity] = what
    return dict(result)
