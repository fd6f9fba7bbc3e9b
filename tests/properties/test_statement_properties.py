"""Whatever happens to the books: statements add up, follow on each other, and agree among all."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import ledger, statements
from makegood.domain.ledger import Cash, Entry, Share
from makegood.domain.statements import Balance, Month, Statement
from makegood.files.statement_details import Table

from tests.builders import usd

START = datetime(2026, 5, 1, tzinfo=UTC)
MONTHS = [Month(2026, number) for number in (5, 6, 7)]
OWNERS = ("advertiser:7", "advertiser:8", "partner:1", "partner:2")

amounts = st.integers(1, 500)
advertisers, partners = st.sampled_from(["7", "8"]), st.sampled_from(["1", "2"])
moves = st.tuples(
    st.sampled_from(["deposit", "lock", "pay", "transfer", "return", "withdraw"]),
    advertisers,
    partners,
    amounts,
    st.integers(0, 91),
)


def entry_of(number: int, move: tuple[str, str, str, int, int]) -> Entry:
    """An entry like any other; whether there was money for it is not a statement's matter."""
    kind, shop, club, minor, day = move
    at, amount, name = START + timedelta(days=day), usd(minor), f"r{number}"
    shares = [Share(f"a{number}", club, amount), Share(f"b{number}", "2", usd(7))]
    cash, plenty = Cash(shop, "USD", funds_minor=minor), usd(minor)
    made = {
        "deposit": lambda: ledger.deposit(shop, amount, name, at),
        "lock": lambda: ledger.lock(shop, shares, at),
        "pay": lambda: ledger.pay(shop, shares, at),
        "transfer": lambda: ledger.transfer(cash, club, amount, name, at),
        "return": lambda: ledger.give_back(club, shop, amount, plenty, name, at),
        "withdraw": lambda: ledger.withdraw(club, amount, plenty, usd(0), name, at),
    }[kind]()
    assert made is not None
    return made


def statement(owner: str, month: Month, opening: Balance, entries: list[Entry]) -> Statement:
    making = Table(owner, "USD", month, opening)
    for entry in entries:
        if month.start <= entry.made_at < month.end:
            making.add(entry)
    return making.made()


@given(st.lists(moves, max_size=12))
def test_statements_follow_on_each_other_and_all_of_them_sum_to_the_world_s(moved) -> None:
    entries = [entry_of(number, move) for number, move in enumerate(moved)]
    closings: Counter[Month] = Counter()
    for owner in OWNERS:
        opening = Balance()
        for month in MONTHS:
            before = [each for each in entries if each.made_at < month.start]
            assert statements.balance_of(owner, "USD", before) == opening
            made = statement(owner, month, opening, entries)
            assert made.closing.minor == opening.minor + sum(each.minor for each in made.lines)
            assert made == statement(owner, month, opening, entries)
            opening = made.closing
            closings[month] += made.closing.minor
    for month in MONTHS:
        until = [each for each in entries if each.made_at < month.end]
        world = sum(
            minor
            for (account, _), minor in ledger.balances(until).items()
            if account.startswith("world:")
        )
        assert closings[month] + world == 0
