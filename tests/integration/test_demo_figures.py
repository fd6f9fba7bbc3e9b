"""The figures of the demo, worked out in memory by the same decisions: all orders, all claims.

What the whole stack prints must be this; the end-to-end story plays the first orders only. Who of
many is paid at once depends on which part of a file is worked on first, so that is not told here.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

import pytest
from makegood.api.csv_lists import RESOLUTION_HEADER, resolution_row
from makegood.domain import action_lifecycle, ledger
from makegood.domain.actions import Action, ActionState
from makegood.domain.contracts import Contract, Terms
from makegood.domain.ledger import Cash
from makegood.domain.money import Money
from makegood.domain.orders import OrderCredits
from makegood.domain.outcome import Outcome
from makegood.domain.parties import Campaign, EventType, Partner, PartnerKind
from makegood.domain.problems import Problem
from makegood.domain.uploads import Kind
from makegood.files.columns import Columns
from makegood.files.kinds import kind_of
from makegood.usecases.file_claim import ClaimWork
from makegood.usecases.report_conversion import ConversionWork
from makegood.usecases.resolve_inquiry import ResolutionWork
from makegood.usecases.unit_of_work import Work
from makegood.usecases.view import Ask, View

from infra.local import story, truth
from infra.local.story import ADVERTISER, CAMPAIGN, CASHBACK, CONTRACTS, EVENT_TYPE, LOYALTY

USD = (ADVERTISER, "USD")
CAMPAIGN_OF = Campaign(
    CAMPAIGN,
    ADVERTISER,
    "Harbour Records online",
    "America/New_York",
    "USD",
    (EventType(EVENT_TYPE, "Sale"),),
    inquiries_enabled=True,
    declines_tracked=True,
    names_channel=True,
)


class Play:
    """The demo's story on one view of everything."""

    def __init__(self) -> None:
        self.samples = story.Samples()
        terms = {"valid_from": "2025-01-01T00:00:00Z", "claim_window_days": [0, 1000]}
        self.view = View(
            campaigns={CAMPAIGN: CAMPAIGN_OF},
            partners={
                CASHBACK: Partner(CASHBACK, "Penny Back", PartnerKind.CASHBACK),
                LOYALTY: Partner(LOYALTY, "Mile Club", PartnerKind.LOYALTY),
            },
            contracts={
                (CAMPAIGN, each): Contract(
                    each, CAMPAIGN, each, (Terms.from_dict({**terms, **CONTRACTS[each]}),)
                )
                for each in (CASHBACK, LOYALTY)
            },
            cash={USD: Cash(*USD)},
        )
        rows = [*self.samples.conversions, *(claim.row for claim in self.samples.claims)]
        for row in rows:
            key = CAMPAIGN, row["Order Id"]
            self.view.orders[key] = OrderCredits(*key)
        self.payable: Counter[str] = Counter()

    def apply(self, outcome: Outcome) -> None:
        self.view.apply(outcome)
        for entry in outcome.entries:
            for account, minor in entry.deltas().items():
                self.payable[account] += minor

    def ask(self, work: Work, kind: Kind, rows: Iterable[dict[str, str]]) -> Counter[str]:
        """Every row decided as a file's; by state of what came of it, or its refusal."""
        results: Counter[str] = Counter()
        for line, row in enumerate(rows):
            found = Columns.match(list(row), kind)
            try:
                if found.faults(list(row.values())):
                    results["refused"] += 1
                    continue
                request = kind_of(kind).request(found.fields(list(row.values())))
                done = work.decide(Ask(request, f"{kind}:{line}"), self.view)
            except Problem:
                results["refused"] += 1
                continue
            self.apply(done.outcome)
            results[str(done.subject.state) if done.outcome else "unchanged"] += 1
        return results

    def deposit(self, amount: Decimal, reference: str, now: datetime) -> None:
        money = Money.parse(str(amount), "USD")
        self.apply(Outcome(entries=(ledger.deposit(ADVERTISER, money, reference, now),)))

    def sweep(self, now: datetime) -> tuple[int, int, int]:
        """How many locked, were paid, and are overdue."""
        locking = self.due(ActionState.PENDING, now)
        if locking:
            self.apply(action_lifecycle.lock(locking, now))
        paying = self.due(ActionState.LOCKED, now)
        paid = action_lifecycle.pay(paying, self.view.cash[USD], now) if paying else Outcome()
        self.apply(paid)
        return len(locking), len(paid.actions), len(paying) - len(paid.actions)

    def due(self, state: ActionState, now: datetime) -> list[Action]:
        pending = state is ActionState.PENDING
        return [
            each
            for each in self.view.actions.values()
            if each.state is state and (each.locks_at if pending else each.clears_at) <= now
        ]

    def funds(self) -> str:
        return str(Money(self.view.cash[USD].funds_minor, "USD"))

    def owed(self) -> Decimal:
        return -Decimal(self.view.cash[USD].funds_minor) / 100

    def states(self) -> Counter[str]:
        return Counter(str(each.state) for each in self.view.actions.values())


@pytest.fixture(scope="module")
def play() -> Play:
    return Play()


def test_conversions_are_tracked_month_by_month(play: Play) -> None:
    costs = truth.expected_payouts(play.samples.conversions, (), play.samples.record)
    opening = sum(costs.values(), Decimal()) * story.OPENING_SHARE
    play.deposit(opening.quantize(Decimal("0.01")), "opening", story.FILED_AT)
    results: Counter[str] = Counter()
    for sent_at, rows in play.samples.months():
        results += play.ask(ConversionWork(ADVERTISER, sent_at), Kind.CONVERSIONS, rows)
        play.sweep(sent_at)
    assert results == {"PENDING": 6449}


def test_claims_are_filed(play: Play) -> None:
    play.sweep(story.FILED_AT)
    results: Counter[str] = Counter()
    for partner_id in story.PARTNERS:
        rows = [claim.row for claim in play.samples.of(partner_id)]
        results += play.ask(ClaimWork(partner_id, story.FILED_AT), Kind.INQUIRIES, rows)
    assert results == {"UNRESOLVED": 647, "DECLINED": 192, "unchanged": 24, "refused": 25}


def test_the_undecided_are_decided(play: Play) -> None:
    undecided = [each for each in play.view.inquiries.values() if each.is_live]
    sheet = [
        dict(zip(RESOLUTION_HEADER, resolution_row(each, CAMPAIGN_OF, ""), strict=True))
        for each in undecided
    ]
    decided = [story.Story.decide(play, row) for row in sheet]
    work = ResolutionWork(ADVERTISER, story.FILED_AT, repeatable=True)
    assert play.ask(work, Kind.RESOLUTIONS, decided) == {"VALID": 627, "DECLINED": 20}
    assert play.funds() == "-711.65"


def test_the_shop_falls_short_and_payouts_wait_in_their_turn(play: Play) -> None:
    play.deposit((play.owed() * story.FURTHER_SHARE).quantize(Decimal("0.01")), "2", story.FILED_AT)
    seen = []
    for now in story.SWEEPS_AT:
        locked, _, overdue = play.sweep(now)
        assert overdue > 0
        seen.append((locked, play.funds()))
    shown = [(12, "-551.74"), (41, "-613.24"), (115, "-794.39"), (0, "-794.39"), (0, "-794.39")]
    assert seen == shown


def test_the_rest_is_paid_and_every_claim_once(play: Play) -> None:
    play.deposit(play.owed(), "3", story.SETTLED_AT)
    assert play.sweep(story.SETTLED_AT)[2] == 0
    assert (play.funds(), play.view.cash[USD].committed_minor) == ("0.00", 0)
    assert play.states() == {"PAID": 7073, "REVERSED": 3}
    expected = truth.expected_payouts(
        play.samples.conversions, play.samples.claims, play.samples.record
    )
    assert expected == {CASHBACK: Decimal("8519.17"), LOYALTY: Decimal("3394.50")}
    for partner_id, amount in expected.items():
        assert Decimal(play.payable[ledger.payable(partner_id)]) / 100 == amount
