"""A month of somebody's accounts in one currency: what there was, what moved, what there is.

    opening + what came in - what went out = closing

A statement is made from the ledger's entries alone, one by one, oldest first, so a long month takes
no more memory. Its lines are sums by reason and counterparty. Its details, which are kept in a CSV
file, name every action and its order. An advertiser's money is its cash, of which the committed
part is shown as well; a partner's money is its payable balance.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from makegood.domain.ledger import Entry, EntryReason, Posting
from makegood.domain.money import Money
from makegood.domain.problems import Malformed

LINES_MAX = 1_000
"""The most lines of a statement; if there would be more, each reason becomes one line."""

HEADER = (
    *("Date", "Entry", "Reason", "Counterparty", "Action", "Amount", "Committed", "Note"),
    *("Order", "Sale Amount"),
)
LAYOUT = 3
"""How details are written: 1 without the last two columns, 2 with all, 3 as a workbook besides. A
statement that is made again is made in its own layout, so that checksums stay comparable.
"""

COLUMNS = {1: len(HEADER) - 2, 2: len(HEADER), LAYOUT: len(HEADER)}

WORKBOOK_ROWS_MAX = 100_000
"""Entries and actions of a statement whose details are written as a workbook besides."""

FOLDERS = {"advertiser": "advertisers", "partner": "partners"}
"""Where the details of each kind of owner are kept."""

Key = tuple[str, str]
"""A line's reason and counterparty."""


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC: accounts span campaigns, and so time zones."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """What `str` writes, like `2026-06`."""
        year, dash, number = text.partition("-")
        digits = year.isascii() and year.isdigit() and number.isascii() and number.isdigit()
        if dash and digits and (len(year), len(number)) == (4, 2) and 1 <= int(number) <= 12:
            return cls(int(year), int(number))
        raise Malformed("not_a_month", "Not a month; write it like 2026-06")

    @classmethod
    def before(cls, at: datetime) -> "Month":
        """The last month that is over."""
        at = at.astimezone(UTC)
        return cls(at.year - 1, 12) if at.month == 1 else cls(at.year, at.month - 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.number, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The instant that the next month starts with."""
        following = (self.year + 1, 1) if self.number == 12 else (self.year, self.number + 1)
        return datetime(*following, 1, tzinfo=UTC)

    @property
    def previous(self) -> "Month":
        return Month.before(self.start)

    @property
    def following(self) -> "Month":
        return Month(self.end.year, self.end.month)


@dataclass(frozen=True, slots=True)
class Balance:
    """Minor units. `committed_minor` is the part of `minor` that is locked and not yet paid."""

    minor: int = 0
    committed_minor: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """What moved for one reason with one counterparty; a blank `counterparty` is all of them.

    `committed_minor` is the change of the committed part.
    """

    reason: str
    counterparty: str
    action_count: int
    minor: int
    committed_minor: int


@dataclass(frozen=True, slots=True)
class Sale:
    """The order of an action, and the part of the order amount that the action carries."""

    order_id: str
    amount: Money


Sales = Mapping[str, Sale]
"""By the action's id."""

NO_SALES: Sales = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Detail:
    """One action's part of a posting, or a posting that settles no action.

    `sale` has no amount unless the posting settles the action: until then it may change.
    """

    made_at: datetime
    entry_id: str
    reason: EntryReason
    counterparty: str
    action_id: str
    amount: Money
    committed: Money
    note: str
    order_id: str = ""
    sale_amount: Money | None = None

    def row(self) -> tuple[str, ...]:
        """In the columns of `HEADER`."""
        return (
            self.made_at.astimezone(UTC).isoformat(timespec="seconds"),
            self.entry_id,
            str(self.reason),
            self.counterparty,
            self.action_id,
            str(self.amount),
            str(self.committed),
            self.note,
            self.order_id,
            "" if self.sale_amount is None else str(self.sale_amount),
        )


@dataclass(frozen=True, slots=True)
class Overdue:
    """The number of actions that had cleared by the month's end but were unpaid, and their sum."""

    action_count: int = 0
    minor: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """One owner's month; `checksum` is the SHA-256 of its details as a table in its `layout`.

    `overdue` is known only for advertisers whose statement was made soon after its month.
    """

    owner: str
    currency: str
    month: Month
    opening: Balance
    closing: Balance
    lines: tuple[Line, ...]
    entry_count: int
    checksum: str
    layout: int = LAYOUT
    overdue: Overdue | None = None

    @property
    def deposit_needed_minor(self) -> int | None:
        """The least deposit that pays all that is overdue; None where that is not known."""
        if self.overdue is None:
            return None
        return max(0, self.overdue.minor - self.closing.minor) if self.overdue.minor else 0

    @property
    def has_workbook(self) -> bool:
        """Whether its details are there as a workbook, too."""
        row_count = self.entry_count + sum(each.action_count for each in self.lines)
        return self.layout >= 3 and row_count <= WORKBOOK_ROWS_MAX

    @property
    def statement_id(self) -> str:
        return statement_id(self.owner, self.month, self.currency)

    @property
    def created_at(self) -> datetime:
        """What it is listed by: the end of its month."""
        return self.month.end


def statement_id(owner: str, month: Month, currency: str) -> str:
    """Like `500-2026-06-USD`."""
    return f"{owner.partition(':')[2]}-{month}-{currency}"


def named_by(text: str) -> tuple[str, Month, str]:
    """The owner's id, month and currency in a statement's id; raises `Malformed`."""
    account, _, currency = text.rpartition("-")
    account, _, number = account.rpartition("-")
    account, _, year = account.rpartition("-")
    return account, Month.parse(f"{year}-{number}"), currency


@dataclass(slots=True)
class Making:
    """A statement in the making, fed with the month's entries in their order."""

    owner: str
    currency: str
    month: Month
    opening: Balance
    layout: int = LAYOUT
    entry_count: int = 0
    sums: dict[Key, list[int]] = field(default_factory=dict)

    def details(self, entry: Entry, sales: Sales) -> list[Detail]:
        """Adds one entry's postings to the sums; returns its details."""
        if entry.currency != self.currency:
            return []
        details: list[Detail] = []
        for posting in entry.postings:
            minor, committed, other = self._part(posting)
            if minor == committed == 0:
                continue
            self._sum(entry.reason, other, len(posting.settles), minor, committed)
            details += self._details(entry, posting, sales, other, minor, committed)
        self.entry_count += bool(details)
        return details

    def _part(self, posting: Posting) -> tuple[int, int, str]:
        """What a posting changes of the owner's money and of its committed part, and with whom."""
        minor = committed = 0
        others = []
        for account, sign in ((posting.source, -1), (posting.destination, 1)):
            if account.rpartition(":")[0] != self.owner:
                others.append(account)
                continue
            minor += sign * posting.amount.minor
            if account.endswith(":committed"):
                committed += sign * posting.amount.minor
        return minor, committed, counterparty(others[0]) if others else ""

    def _sum(
        self, reason: EntryReason, other: str, action_count: int, minor: int, committed: int
    ) -> None:
        sums = self.sums.setdefault((str(reason), other), [0, 0, 0])
        for at, each in enumerate((action_count, minor, committed)):
            sums[at] += each

    def _details(
        self, entry: Entry, posting: Posting, sales: Sales, other: str, minor: int, committed: int
    ) -> Iterator[Detail]:
        parts: Mapping[str, int] = posting.settles or {entry.corrects: posting.amount.minor}
        for action_id, part in parts.items():
            sale = sales.get(action_id)
            yield Detail(
                entry.made_at,
                entry.entry_id,
                entry.reason,
                other,
                action_id,
                Money(part * _sign(minor), self.currency),
                Money(part * _sign(committed), self.currency),
                entry.note,
                sale.order_id if sale else "",
                sale.amount if sale and posting.settles else None,
            )

    def summed(self, checksum: str) -> Statement:
        """The statement, whose details have this SHA-256."""
        lines = [Line(*key, *sums) for key, sums in sorted(self.sums.items())]
        if len(lines) > LINES_MAX:
            lines = _by_reason(lines)
        moved = sum(each.minor for each in lines)
        set_aside = sum(each.committed_minor for each in lines)
        closing = Balance(self.opening.minor + moved, self.opening.committed_minor + set_aside)
        return Statement(
            self.owner,
            self.currency,
            self.month,
            self.opening,
            closing,
            tuple(lines),
            self.entry_count,
            checksum,
            self.layout,
        )


def _sign(minor: int) -> int:
    return (minor > 0) - (minor < 0)


def details_key(statement: Statement, suffix: str = ".csv") -> str:
    """The key of a statement's details in S3, as CSV or `.xlsx`; it contains their checksum."""
    kind, _, account = statement.owner.partition(":")
    name = f"{statement.statement_id}-{statement.checksum[:16]}"
    return f"{FOLDERS[kind]}/{account}/statements/{name}{suffix}"


def counterparty(account: str) -> str:
    """An account's owner, like `partner:10001`, or the world's account itself."""
    return account if account.startswith("world:") else account.rpartition(":")[0]


def _by_reason(lines: Iterable[Line]) -> list[Line]:
    sums: dict[str, list[int]] = {}
    for line in lines:
        kept = sums.setdefault(line.reason, [0, 0, 0])
        for at, each in enumerate((line.action_count, line.minor, line.committed_minor)):
            kept[at] += each
    return [Line(reason, "", *each) for reason, each in sorted(sums.items())]


def balance_of(owner: str, currency: str, entries: Iterable[Entry]) -> Balance:
    """What the owner has after these entries, in any order."""
    minor = committed = 0
    for entry in entries:
        if entry.currency != currency:
            continue
        for account, moved in entry.deltas().items():
            if account.rpartition(":")[0] == owner:
                minor += moved
                committed += moved if account.endswith(":committed") else 0
    return Balance(minor, committed)


def differences(kept: Statement, again: Statement) -> list[str]:
    """Where a statement disagrees with the ledger; must be nowhere."""
    return [
        f"{name} of {kept.owner} {kept.statement_id}"
        for name in ("opening", "closing", "lines", "entry_count", "checksum")
        if getattr(kept, name) != getattr(again, name)
    ]
