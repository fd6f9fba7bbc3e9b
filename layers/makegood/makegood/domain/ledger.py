"""The books: double entry, only added to, in whole minor units.

An entry is a set of postings `source → destination` of positive money in one currency, so an
unbalanced entry cannot be built. Its id is derived from what it settles, so writing it twice has
the effect of once.

    deposit      world:deposits              → advertiser:{id}:funds
    lock         advertiser:{id}:funds       → advertiser:{id}:committed
    pay          advertiser:{id}:committed   → partner:{id}:payable
    transfer     advertiser:{id}:funds       → partner:{id}:payable      needs funds
    return       partner:{id}:payable        → advertiser:{id}:funds     needs a balance
    withdrawal   partner:{id}:payable        → world:payouts             at or above a threshold
    refund       advertiser:{id}:funds       → world:deposits            needs funds
    correction   a deposit's difference, in either direction             needs funds for less
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from makegood.domain.ids import digest
from makegood.domain.money import Money
from makegood.domain.problems import RuleForbids

WORLD_DEPOSITS = "world:deposits"
WORLD_PAYOUTS = "world:payouts"


def funds(advertiser_id: str) -> str:
    """The account of what the advertiser has paid in and not promised; may be negative."""
    return f"advertiser:{advertiser_id}:funds"


def committed(advertiser_id: str) -> str:
    """The account of what is locked and not yet paid."""
    return f"advertiser:{advertiser_id}:committed"


def payable(partner_id: str) -> str:
    """The account of what the partner has earned and not withdrawn."""
    return f"partner:{partner_id}:payable"


def may_be_negative(account: str) -> bool:
    """Whether the account may be negative: only advertisers' funds and the world's accounts may."""
    return account.startswith("world:") or account.endswith(":funds")


class EntryReason(StrEnum):
    DEPOSIT = "DEPOSIT"
    LOCK = "LOCK"
    PAY = "PAY"
    TRANSFER = "TRANSFER"
    RETURN = "RETURN"
    WITHDRAWAL = "WITHDRAWAL"
    REFUND = "REFUND"
    CORRECTION = "CORRECTION"


@dataclass(frozen=True, slots=True)
class Posting:
    """Money from one account to another; `settles` says how much of it is for which action."""

    source: str
    destination: str
    amount: Money
    settles: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise ValueError("a posting moves a positive amount")
        if self.source == self.destination:
            raise ValueError("a posting moves money between two accounts")
        if self.settles and sum(self.settles.values()) != self.amount.minor:
            raise ValueError("what a posting settles is what it moves")


@dataclass(frozen=True, slots=True)
class Entry:
    """Postings that happen together."""

    entry_id: str
    reason: EntryReason
    postings: tuple[Posting, ...]
    made_at: datetime
    note: str = ""
    corrects: str = ""
    """The action that it makes up for, if it names one: a locked action cannot change."""

    explanation: str = ""
    """Why staff gave money back or corrected what they had recorded."""

    made_by: str = ""
    """The IAM identity that sent the command; empty where no person moved the money."""

    confirmed_by: str = ""
    """The IAM identity of the second person that confirmed it; empty where none was needed."""

    def __post_init__(self) -> None:
        if not self.postings:
            raise ValueError("an entry has a posting")
        if len({posting.amount.currency for posting in self.postings}) != 1:
            raise ValueError("an entry has one currency")

    @property
    def currency(self) -> str:
        return self.postings[0].amount.currency

    @property
    def created_at(self) -> datetime:
        """When it was made: its place in lists."""
        return self.made_at

    @property
    def settles(self) -> dict[str, int]:
        """How much of it is for which action, in minor units."""
        return {
            action_id: minor
            for posting in self.postings
            for action_id, minor in posting.settles.items()
        }

    @property
    def owners(self) -> tuple[str, ...]:
        """The owners of the accounts that it touches, like `partner:10001`; not the world."""
        accounts = (
            account
            for posting in self.postings
            for account in (posting.source, posting.destination)
            if not account.startswith("world:")
        )
        return tuple(dict.fromkeys(account.rpartition(":")[0] for account in accounts))

    def deltas(self) -> dict[str, int]:
        """The change of each account, in minor units; sums to zero."""
        result: defaultdict[str, int] = defaultdict(int)
        for posting in self.postings:
            result[posting.source] -= posting.amount.minor
            result[posting.destination] += posting.amount.minor
        return dict(result)


@dataclass(frozen=True, slots=True)
class Share:
    """One action's part in an entry: the action, its partner and the amount."""

    action_id: str
    partner_id: str
    amount: Money


def deposit_id(advertiser_id: str, currency: str, reference: str) -> str:
    return digest("entry", EntryReason.DEPOSIT, advertiser_id, currency, reference)


def deposit(advertiser_id: str, amount: Money, reference: str, made_at: datetime) -> Entry:
    """Money comes in; `reference` is the bank's, and names the deposit for good."""
    return Entry(
        deposit_id(advertiser_id, amount.currency, reference),
        EntryReason.DEPOSIT,
        (Posting(WORLD_DEPOSITS, funds(advertiser_id), amount),),
        made_at,
        note=reference,
    )


def refund(
    cash: "Cash", amount: Money, reference: str, explanation: str, made_at: datetime
) -> Entry:
    """An advertiser gets back what it paid in and has not promised to anybody."""
    _refuse_shortage(cash, amount, "refund no more")
    posting = Posting(funds(cash.advertiser_id), WORLD_DEPOSITS, amount)
    made = _named(EntryReason.REFUND, posting, reference, made_at)
    return replace(made, explanation=explanation)


def correction_id(deposited: Entry) -> str:
    """The id of a deposit's correction. There is one at most; later, deposit or refund instead."""
    return digest("entry", EntryReason.CORRECTION, deposited.entry_id)


def correction(
    deposited: Entry, amount: Money, cash: "Cash", explanation: str, made_at: datetime
) -> Entry:
    """Corrects a deposit to `amount`, which may be zero; the entry holds the difference.

    Raises `RuleForbids` if the deposit is that already, or if funds do not cover the difference.
    """
    (recorded,) = deposited.postings
    more = amount - recorded.amount
    if not more.minor:
        raise RuleForbids(
            f"The deposit {deposited.note} is recorded with {amount} already", code="no_difference"
        )
    if more.minor > 0:
        posting = Posting(recorded.source, recorded.destination, more)
    else:
        _refuse_shortage(cash, -more, "correct it when there are more")
        posting = Posting(recorded.destination, recorded.source, -more)
    return Entry(
        entry_id=correction_id(deposited),
        reason=EntryReason.CORRECTION,
        postings=(posting,),
        made_at=made_at,
        note=deposited.note,
        explanation=explanation,
    )


def corrected(deposited: Entry, by: Entry) -> Money:
    """A deposit's amount after its correction."""
    (recorded,), (difference,) = deposited.postings, by.postings
    if difference.source == recorded.source:
        return recorded.amount + difference.amount
    return recorded.amount - difference.amount


def _refuse_shortage(cash: "Cash", amount: Money, mend: str) -> None:
    """Refuses to take out more than the funds hold: committed money stays."""
    if amount.minor > cash.funds_minor:
        left = Money(cash.funds_minor, cash.currency)
        raise RuleForbids(
            f"The funds are {left} {left.currency}, less than {amount}; {mend}",
            code="not_enough_funds",
        )


def transfer(
    cash: "Cash",
    partner_id: str,
    amount: Money,
    reference: str,
    made_at: datetime,
    corrects: str = "",
) -> Entry:
    """Pays a bonus or a make-good from funds, which must cover it."""
    if amount.minor > cash.funds_minor:
        left = Money(cash.funds_minor, cash.currency)
        raise RuleForbids(f"The funds are {left}; deposit first", code="not_enough_funds")
    posting = Posting(funds(cash.advertiser_id), payable(partner_id), amount)
    return _named(EntryReason.TRANSFER, posting, reference, made_at, corrects)


def give_back(
    partner_id: str,
    advertiser_id: str,
    amount: Money,
    payable_balance: Money,
    reference: str,
    made_at: datetime,
    corrects: str = "",
) -> Entry:
    """A partner returns what it was paid; its balance must cover it."""
    _refuse_overdraft(amount, payable_balance)
    posting = Posting(payable(partner_id), funds(advertiser_id), amount)
    return _named(EntryReason.RETURN, posting, reference, made_at, corrects)


def withdraw(
    partner_id: str,
    amount: Money,
    payable_balance: Money,
    threshold: Money,
    reference: str,
    made_at: datetime,
) -> Entry:
    """Pays a partner out, once its balance reaches its threshold."""
    _refuse_overdraft(amount, payable_balance)
    if payable_balance < threshold:
        raise RuleForbids(
            f"The balance {payable_balance} is below the threshold {threshold}; wait until it is "
            "reached",
            code="below_threshold",
        )
    return _named(
        EntryReason.WITHDRAWAL,
        Posting(payable(partner_id), WORLD_PAYOUTS, amount),
        reference,
        made_at,
    )


def _refuse_overdraft(amount: Money, balance: Money) -> None:
    if balance < amount:
        raise RuleForbids(f"The balance is {balance}; ask for no more", code="not_enough_balance")


def named_id(
    reason: EntryReason, source: str, destination: str, currency: str, reference: str
) -> str:
    """The id of an entry that a reference names, whatever its amount."""
    return digest("entry", reason, source, destination, currency, reference)


def _named(
    reason: EntryReason, posting: Posting, reference: str, made_at: datetime, corrects: str = ""
) -> Entry:
    """An entry that a reference names: the same reference gives the same id."""
    parts = (posting.source, posting.destination, posting.amount.currency, reference)
    return Entry(named_id(reason, *parts), reason, (posting,), made_at, reference, corrects)


def lock(advertiser_id: str, shares: Iterable[Share], made_at: datetime) -> Entry | None:
    """Sets locked payouts aside from funds, which may turn negative; None when all are zero."""
    parts = _nonzero(shares)
    if not parts:
        return None
    posting = _settling(funds(advertiser_id), committed(advertiser_id), parts)
    return _settlement(EntryReason.LOCK, (posting,), made_at)


def pay(advertiser_id: str, shares: Iterable[Share], made_at: datetime) -> Entry | None:
    """Moves what was set aside to the partners, a posting each; None when all are zero."""
    parts = _nonzero(shares)
    if not parts:
        return None
    by_partner: defaultdict[str, list[Share]] = defaultdict(list)
    for part in parts:
        by_partner[part.partner_id].append(part)
    postings = tuple(
        _settling(committed(advertiser_id), payable(partner_id), theirs)
        for partner_id, theirs in sorted(by_partner.items())
    )
    return _settlement(EntryReason.PAY, postings, made_at)


def _settling(source: str, destination: str, parts: list[Share]) -> Posting:
    settles = {part.action_id: part.amount.minor for part in parts}
    return Posting(source, destination, _sum(parts), settles)


def _settlement(reason: EntryReason, postings: tuple[Posting, ...], made_at: datetime) -> Entry:
    settled = sorted(each for posting in postings for each in posting.settles)
    return Entry(digest("entry", reason, *settled), reason, postings, made_at)


def _nonzero(shares: Iterable[Share]) -> list[Share]:
    return [share for share in shares if share.amount.minor]


def _sum(shares: Iterable[Share]) -> Money:
    first, *rest = (share.amount for share in shares)
    for amount in rest:
        first = first + amount
    return first


@dataclass(frozen=True, slots=True)
class Cash:
    """One advertiser's money in one currency, with the version that was read."""

    advertiser_id: str
    currency: str
    funds_minor: int = 0
    committed_minor: int = 0
    version: int = 0

    @property
    def cash_minor(self) -> int:
        """What is there in cash: paid in and not yet paid out."""
        return self.funds_minor + self.committed_minor


@dataclass(frozen=True, slots=True)
class Floor:
    """What an account must hold at least for a commit to go through.

    It is a condition on the amount, not on the version: several who draw on one account conflict
    only when it does not hold enough for all.
    """

    account: str
    currency: str
    minor: int


def balances(entries: Iterable[Entry]) -> dict[tuple[str, str], int]:
    """Every balance by (account, currency), from the entries alone."""
    result: defaultdict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        for account, minor in entry.deltas().items():
            result[account, entry.currency] += minor
    return dict(result)
