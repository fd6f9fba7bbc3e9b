"""What the samples come to, worked out a second time: one thing after the other, in plain Python.

Nothing here knows the product. Rules are read from the domain's text; money is whole cents, out of
decimals and fractions; days are New York's. What is worked on at once in the product is done here
in the order of the files, which comes to the same wherever the rules decide.

Where they leave it open, what was seen is taken over, after a look at whether it may be so: of
payments that are due at the same instant any may come first, and of acceptances that are decided at
once any may be the last that the funds cover.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import InvalidOperation
from fractions import Fraction

from tests.torture.samples_values import (
    Deed,
    Key,
    Question,
    Row,
    cents,
    half_even,
    lines,
    locks_at,
    pays,
    same,
    shared,
)

ADVERTISER = "advertiser:500"
AMOUNT_MAX = 500_000_000
REASONS = {"Transaction cannot be traced": 6, "Other": 9}
OWN_CREDIT, OTHER_CREDIT = 1, 2

Result = tuple[str, str]
"""What a row of a file comes to, and its code."""


class Refused(Exception):
    """A row that is not done; its code."""


@dataclass(slots=True)
class Model:
    """Everything, as it is now; and what is not as it may be."""

    deeds: dict[Key, Deed] = field(default_factory=dict)
    newest: dict[str, Deed] = field(default_factory=dict)
    credits: defaultdict[str, dict[Key, str]] = field(default_factory=lambda: defaultdict(dict))
    """Of an order: the deeds that stand, in the order in which they came."""

    questions: dict[Key, Question] = field(default_factory=dict)
    balances: Counter[str] = field(default_factory=Counter)
    flows: dict[tuple[str, str, str, str], list[int]] = field(default_factory=dict)
    """By owner, month, reason and counterparty: actions, cents, and committed cents."""

    at_once: list[Deed] = field(default_factory=list)
    """Accepted since the last look, locked, and cleared: paid if the funds reached."""

    set_aside: int = 0
    """Cents that were locked by acceptances since then, and clear later."""

    # Money.

    def _move(
        self, now: datetime, source: str, destination: str, reason: str, amount: int, count: int
    ) -> None:
        self.balances[source] -= amount
        self.balances[destination] += amount
        owners = {each.rpartition(":")[0] for each in (source, destination)} - {"world"}
        for owner in owners:
            minor = committed = 0
            other = ""
            for account, sign in ((source, -1), (destination, 1)):
                if account.rpartition(":")[0] == owner:
                    minor += sign * amount
                    committed += sign * amount if account.endswith(":committed") else 0
                else:
                    other = account if account.startswith("world") else account.rpartition(":")[0]
            flow = self.flows.setdefault((owner, f"{now:%Y-%m}", reason, other), [0, 0, 0])
            for at, each in enumerate((count, minor, committed)):
                flow[at] += each

    def deposit(self, now: datetime, amount: int) -> None:
        self._move(now, "world:deposits", f"{ADVERTISER}:funds", "DEPOSIT", amount, 0)

    def _lock(self, now: datetime, deed: Deed) -> None:
        deed.state = "LOCKED"
        if deed.payout:
            to = f"{ADVERTISER}:committed"
            self._move(now, f"{ADVERTISER}:funds", to, "LOCK", deed.payout, 1)

    def _pay(self, now: datetime, deed: Deed) -> None:
        deed.state, deed.paid_at = "PAID", now
        if deed.payout:
            to = f"partner:{deed.partner}:payable"
            self._move(now, f"{ADVERTISER}:committed", to, "PAY", deed.payout, 1)

    @property
    def funds(self) -> int:
        return self.balances[f"{ADVERTISER}:funds"]

    @property
    def cash(self) -> int:
        return self.funds + self.balances[f"{ADVERTISER}:committed"]

    def overdue(self, now: datetime) -> list[Deed]:
        """Locked, cleared and not paid, oldest first."""
        found = (each for each in self.deeds.values() if each.state == "LOCKED")
        return sorted((e for e in found if e.clears_at <= now), key=lambda each: each.clears_at)

    def sweep(self, now: datetime, unpaid: set[Key]) -> list[str]:
        """Locks what is due, then pays by clearing date as far as the cash goes.

        `unpaid` is what was seen to be left; the answer says what of it may not be so.
        """
        for deed in self.deeds.values():
            if deed.state == "PENDING" and deed.locks_at <= now:
                self._lock(now, deed)
        wrong: list[str] = []
        groups: defaultdict[datetime, list[Deed]] = defaultdict(list)
        for deed in self.overdue(now):
            groups[deed.clears_at].append(deed)
        left, short = self.cash, False
        expected: set[Key] = set()
        for at, group in sorted(groups.items()):
            if short:
                expected.update(each.key for each in group)
                continue
            paid = [each for each in group if each.key not in unpaid]
            rest = [each for each in group if each.key in unpaid]
            if sum(each.payout for each in group) <= left:
                paid, rest = group, []
            spent = sum(each.payout for each in paid)
            if spent > left or (rest and max(e.payout for e in rest) <= left - spent):
                wrong.append(
                    f"of {len(group)} that clear at {at} with {left} cents left, {len(paid)} for "
                    f"{spent} were paid and {sorted(e.key for e in rest)[:3]} were not"
                )
            for each in paid:
                self._pay(now, each)
            left -= spent
            short = bool(rest)
            expected.update(each.key for each in rest)
        if expected != unpaid:
            early = sorted(expected - unpaid)
            late = sorted(unpaid - expected)
            wrong.append(f"paid out of turn: {early[:5]}; not paid in turn: {late[:5]}")
        return wrong

    def settle(self, now: datetime, paid: set[Key]) -> list[str]:
        """What acceptances locked has been paid at once as far as the funds went without debt.

        `paid` is what was seen to be paid of it.
        """
        due, self.at_once = self.at_once, []
        later, self.set_aside = self.set_aside, 0
        before = self.funds + sum(each.payout for each in due) + later
        covered = self.funds >= 0
        expected = [each for each in due if covered or each.key in paid]
        spent = sum(each.payout for each in expected)
        rest = [each for each in due if each.key not in paid]
        wrong = []
        if spent > max(before, 0):
            wrong.append(f"{spent} cents were paid at once from {before}")
        if not covered and rest and max(e.payout for e in rest) <= before - spent - later:
            wrong.append(f"{sorted(e.key for e in rest)[:3]} were not paid at once from {before}")
        if {each.key for each in expected} != paid:
            other = {each.key for each in expected} ^ paid
            wrong.append(f"paid at once, or not, against the rules: {sorted(other)[:5]}")
        for each in expected:
            self._pay(now, each)
        return wrong

    # Rows of files.

    def file(self, kind: str, partner: str, rows: Sequence[Row], now: datetime) -> list[Result]:
        """What each row of a file comes to, in its order."""
        do = {
            "conversions": self._convert,
            "inquiries": lambda row, now: self._claim(partner, row, now),
            "resolutions": self._resolve,
            "actions": self._change,
        }[kind]
        results: list[Result] = []
        for row in rows:
            try:
                results.append(do(row, now))
            except Refused as refused:
                results.append(("REJECTED", str(refused)))
        return results

    def _convert(self, row: Row, now: datetime) -> Result:
        key = row["Partner Id"], row["Order Id"], "TRACKED"
        amount, at = cents(row["Amount"]), datetime.fromisoformat(row["Event Date"])
        there = self.deeds.get(key)
        if there is not None:
            if there.state == "REVERSED":
                raise Refused("action_reversed")
            if there.amount != amount:
                raise Refused("conversion_differs")
            return "UNCHANGED", "same_conversion"
        self._refuse_second(key)
        late = locks_at(key[0], at) <= now
        self._credit(Deed(key, amount, pays(key[0], amount), now if late else at, lines=lines(row)))
        return "APPLIED", "tracked"

    def _refuse_second(self, key: Key) -> None:
        if any(each[0] == key[0] for each in self.credits[key[1]]):
            raise Refused("order_already_credited")

    def _credit(self, deed: Deed) -> None:
        self.deeds[deed.key] = self.newest[deed.key[1]] = deed
        self.credits[deed.key[1]][deed.key] = deed.partner

    def _claim(self, partner: str, row: Row, now: datetime) -> Result:
        amount, at = self._read_claim(row)
        key = partner, row["Order Id"], row["Type"]
        asked = Question(
            key, amount, at, row["Expected Payout"], row["Customer Id"], {row["Notes"]} - {""}
        )
        there = self.questions.get(key)
        if there is not None and same(asked, there):
            if there.state == "UNRESOLVED" and not asked.said <= there.said:
                there.said |= asked.said
                return "APPLIED", "unresolved"
            return "UNCHANGED", f"same_{there.state.lower()}"
        if at > now:
            raise Refused("in_the_future")
        if there is not None:
            live = there.state == "UNRESOLVED"
            raise Refused("live_inquiry" if live else "decided_inquiry")
        self.questions[key] = asked
        holders = list(self.credits[key[1]].values())
        if key[2] == "UNTRACKED" and holders:
            asked.state = "DECLINED"
            asked.reason = OWN_CREDIT if partner in holders else OTHER_CREDIT
        return "APPLIED", asked.state.lower()

    def _read_claim(self, row: Row) -> tuple[int, datetime]:
        if row["Sale Amount"].startswith("="):
            raise Refused("formula")
        try:
            amount = cents(row["Sale Amount"])
        except InvalidOperation:
            raise Refused("not_an_amount") from None
        if amount <= 0:
            raise Refused("not_positive")
        if amount > AMOUNT_MAX:
            raise Refused("amount_too_large")
        try:
            at = datetime.fromisoformat(row["Transaction Date"])
        except ValueError:
            raise Refused("not_a_date") from None
        if row["Type"] not in ("UNTRACKED", "INCORRECT", "DECLINED"):
            raise Refused("unknown_type")
        return amount, at

    def _resolve(self, row: Row, now: datetime) -> Result:
        """`Partner`, `Order Id` and `Type` say which inquiry is meant."""
        there = self.questions[row["Partner"], row["Order Id"], row["Type"]]
        said = tuple(row[each] for each in sorted(row) if each != "Id")
        if there.decided == said:
            return "UNCHANGED", f"same_{there.state.lower()}"
        if there.state != "UNRESOLVED":
            raise Refused("already_decided")
        if row["Resolution Status"].upper() == "DECLINED":
            there.state, there.reason = "DECLINED", REASONS[row["Resolution Reason"]]
        else:
            self._accept(there, datetime.fromisoformat(row["Transaction Date"]), now)
        there.decided = said
        return "APPLIED", there.state.lower()

    def _accept(self, there: Question, at: datetime, now: datetime) -> None:
        partner, order, asks = there.key
        amount, granted = there.amount, pays(partner, there.amount)
        if asks == "UNTRACKED":
            self._refuse_second(there.key)
        own = [self.deeds[each] for each in self.credits[order] if each[0] == partner]
        gone = [each for each in own if each.changes(now)]
        stay = [each for each in own if not each.changes(now)]
        rest = amount - sum(e.amount for e in stay), granted - sum(e.payout for e in stay)
        if min(rest) < 0:
            raise Refused("nothing_left_to_pay")
        for each in gone:
            self._reverse(each, "ORDER_UPDATE")
        there.state, there.payout = "VALID", granted
        if asks == "INCORRECT":
            there.difference = rest[1] - sum(each.payout for each in gone)
        deed = Deed(there.key, *rest, at)
        self._credit(deed)
        if deed.locks_at <= now:
            self._lock(now, deed)
            if deed.clears_at <= now:
                self.at_once.append(deed)
            else:
                self.set_aside += deed.payout

    def _reverse(self, deed: Deed, why: str) -> None:
        deed.state, deed.why = "REVERSED", why
        self.credits[deed.key[1]].pop(deed.key)

    def _change(self, row: Row, now: datetime) -> Result:
        """A row names its order; an amount, a line of the basket, or a reason to reverse."""
        deed = self.newest.get(row["Order Id"])
        if deed is None:
            raise Refused("not_found")
        reason, undone = row["Reason"], deed.state == "REVERSED"
        plain = not (row["Amount"] or row["Sku"])
        if undone and deed.why == reason and (plain or row["Quantity"] == "0"):
            return "UNCHANGED", "same_action"
        same_amount = bool(row["Amount"]) and cents(row["Amount"]) == deed.amount
        if not undone and same_amount:
            return "UNCHANGED", "same_action"
        if not deed.changes(now):
            raise Refused(f"action_{'locked' if deed.state == 'PENDING' else deed.state.lower()}")
        if plain:
            self._reverse(deed, reason)
            return "APPLIED", "reversed"
        if row["Amount"]:
            deed.amount = cents(row["Amount"])
        else:
            self._return(deed, row["Sku"], int(row["Quantity"]))
        if not deed.amount:
            self._reverse(deed, reason)
            return "APPLIED", "reversed"
        deed.payout = pays(deed.partner, deed.amount)
        return "APPLIED", "modified"

    def _return(self, deed: Deed, sku: str, left: int) -> None:
        """Of one line so many pieces are left; the order is what its lines' shares come to."""
        (line,) = [each for each in deed.lines if each.sku == sku]
        line.left = left
        shares = shared(deed.created, [each.subtotal for each in deed.lines])
        deed.amount = sum(
            half_even(Fraction(share * each.left, each.bought))
            for share, each in zip(shares, deed.lines, strict=True)
        )

    # Statements.

    def statement(self, owner: str, month: str) -> tuple[object, ...] | None:
        """Opening, closing (money and its committed part), and lines; None where nothing is."""
        before, during = [0, 0], [0, 0]
        told = []
        for (whose, when, reason, other), (count, minor, committed) in self.flows.items():
            if whose != owner or when > month:
                continue
            moved = during if when == month else before
            moved[0] += minor
            moved[1] += committed
            if when == month:
                told.append((reason, other, count, minor, committed))
        if not told and before == [0, 0]:
            return None
        closing = [one + other for one, other in zip(before, during, strict=True)]
        return tuple(before), tuple(closing), tuple(sorted(told))
