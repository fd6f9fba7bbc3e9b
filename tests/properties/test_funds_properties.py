"""Money in every direction at random, on a store in memory: what holds whatever the order.

Decisions may be taken on balances of before, as two at once do, and are then kept or stale.
"""

from collections import Counter
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from makegood.domain import ledger
from makegood.domain.ledger import Entry, EntryReason, Floor, Share
from makegood.domain.money import Money
from makegood.domain.outcome import Outcome
from makegood.domain.problems import RuleForbids

from tests.builders import ADVERTISER, at, usd
from tests.reference import Memory, Stale

PARTNERS = ("10001", "10002")
PARTNER_IDS = st.sampled_from(PARTNERS)
AMOUNTS_KNOWN = (1, 40, 99, 100, 250)
AMOUNTS = st.sampled_from(AMOUNTS_KNOWN)
THRESHOLDS = {"10001": usd(0), "10002": usd(120)}
FUNDS, COMMITTED = ledger.funds(ADVERTISER), ledger.committed(ADVERTISER)


class Treasury(RuleBasedStateMachine):
    """Every entry is tried again after it is kept, and once more on what it was decided on."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = Memory()
        self.now = at("2026-01-10 12:00")
        self.numbers = 0
        self.waiting: list[Share] = []
        self.late: list[Outcome] = []

    def next(self) -> str:
        self.numbers += 1
        self.now += timedelta(minutes=1)
        return str(self.numbers)

    def balance(self, partner_id: str) -> Money:
        return usd(self.memory.balances[ledger.payable(partner_id), "USD"])

    def keep(self, entry: Entry, *floors: Floor) -> bool:
        """Keeps it now, or leaves it to be kept late, on other balances than it was decided on."""
        outcome = Outcome(entries=(entry,), floors=floors)
        before = dict(self.memory.balances)
        try:
            self.memory.commit(outcome)
        except Stale:
            assert dict(self.memory.balances) == before
            return False
        again = dict(self.memory.balances)
        for _ in range(2):
            try:
                self.memory.commit(outcome)
            except Stale:
                continue
            raise AssertionError("the same entry was kept twice")
        assert dict(self.memory.balances) == again
        return True

    def decided(self, entry: Entry, floor: Floor, late: bool) -> None:
        if late:
            self.late.append(Outcome(entries=(entry,), floors=(floor,)))
        else:
            assert self.keep(entry, floor)

    @rule(minor=AMOUNTS)
    def deposit(self, minor: int) -> None:
        assert self.keep(ledger.deposit(ADVERTISER, usd(minor), self.next(), self.now))

    @rule(minor=AMOUNTS, partner_id=PARTNER_IDS)
    def lock(self, minor: int, partner_id: str) -> None:
        share = Share(self.next(), partner_id, usd(minor))
        entry = ledger.lock(ADVERTISER, [share], self.now)
        assert entry is not None
        assert self.keep(entry)
        self.waiting.append(share)

    @rule()
    def pay(self) -> None:
        """The oldest that is locked, while the cash covers it."""
        if self.waiting and self.waiting[0].amount.minor <= self.memory.cash(ADVERTISER).cash_minor:
            entry = ledger.pay(ADVERTISER, [self.waiting.pop(0)], self.now)
            assert entry is not None
            assert self.keep(entry)

    @rule(minor=AMOUNTS, late=st.booleans())
    def refund(self, minor: int, late: bool) -> None:
        cash = self.memory.cash(ADVERTISER)
        try:
            entry = ledger.refund(cash, usd(minor), self.next(), "why", self.now)
        except RuleForbids:
            assert cash.funds_minor < minor
            return
        self.decided(entry, Floor(FUNDS, "USD", minor), late)

    @rule(minor=st.sampled_from([0, *AMOUNTS_KNOWN]), data=st.data(), late=st.booleans())
    def correct(self, minor: int, data: st.DataObject, late: bool) -> None:
        """One of the deposits that were not corrected yet."""
        entries = self.memory.entries.values()
        deposits = [
            each
            for each in entries
            if each.reason is EntryReason.DEPOSIT
            and ledger.correction_id(each) not in self.memory.entries
        ]
        if not deposits:
            return
        deposited, cash = data.draw(st.sampled_from(deposits)), self.memory.cash(ADVERTISER)
        less = deposited.postings[0].amount.minor - minor
        try:
            entry = ledger.correction(deposited, usd(minor), cash, "why", self.now)
        except RuleForbids:
            assert less == 0 or cash.funds_minor < less
            return
        assert ledger.corrected(deposited, entry) == usd(minor)
        if less < 0:
            assert self.keep(entry)
        else:
            self.decided(entry, Floor(FUNDS, "USD", less), late)

    @rule(minor=AMOUNTS, partner_id=PARTNER_IDS, late=st.booleans())
    def transfer(self, minor: int, partner_id: str, late: bool) -> None:
        cash = self.memory.cash(ADVERTISER)
        try:
            entry = ledger.transfer(cash, partner_id, usd(minor), self.next(), self.now)
        except RuleForbids:
            assert cash.funds_minor < minor
            return
        self.decided(entry, Floor(FUNDS, "USD", minor), late)

    @rule(minor=AMOUNTS, partner_id=PARTNER_IDS, late=st.booleans())
    def give_back(self, minor: int, partner_id: str, late: bool) -> None:
        had = self.balance(partner_id)
        try:
            entry = ledger.give_back(partner_id, ADVERTISER, usd(minor), had, self.next(), self.now)
        except RuleForbids:
            assert had.minor < minor
            return
        self.decided(entry, Floor(ledger.payable(partner_id), "USD", minor), late)

    @rule(minor=AMOUNTS, partner_id=PARTNER_IDS, late=st.booleans())
    def withdraw(self, minor: int, partner_id: str, late: bool) -> None:
        had, threshold = self.balance(partner_id), THRESHOLDS[partner_id]
        try:
            entry = ledger.withdraw(partner_id, usd(minor), had, threshold, self.next(), self.now)
        except RuleForbids:
            assert had.minor < max(minor, threshold.minor)
            return
        least = max(minor, threshold.minor)
        self.decided(entry, Floor(ledger.payable(partner_id), "USD", least), late)

    @rule()
    def what_was_decided_before_is_kept_now(self) -> None:
        while self.late:
            outcome = self.late.pop()
            (entry,), (posting,) = outcome.entries, outcome.entries[0].postings
            had = self.memory.balances[posting.source, "USD"]
            if self.keep(entry, *outcome.floors):
                assert had >= posting.amount.minor
                if entry.reason is EntryReason.WITHDRAWAL:
                    assert had >= THRESHOLDS[posting.source.split(":")[1]].minor

    @invariant()
    def books_hold(self) -> None:
        moved: Counter[str] = Counter()
        for entry in self.memory.entries.values():
            moved[entry.reason] += sum(each.amount.minor for each in entry.postings)
        balances = self.memory.balances
        assert sum(balances.values()) == 0
        assert dict(ledger.balances(self.memory.entries.values())) == dict(balances)
        assert all(
            minor >= 0 or account == FUNDS or account.startswith("world:")
            for (account, _), minor in balances.items()
        )
        spent = moved[EntryReason.PAY] + moved[EntryReason.TRANSFER] - moved[EntryReason.RETURN]
        deposited = -balances["world:deposits", "USD"]
        assert spent <= deposited
        assert balances[COMMITTED, "USD"] == sum(each.amount.minor for each in self.waiting)


TestTreasury = Treasury.TestCase
