"""What a partner and a campaign agreed on: how much is paid and when, and how old a claim may be.

A `Contract` is one partner's with one campaign. Its `Terms` come in versions: each is in force from
its `valid_from` until the next one starts, and nothing that was agreed is ever edited.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from makegood.domain.calendar import LockRule, PaymentRule, local_day
from makegood.domain.deadlines import NONE as NO_DEADLINES
from makegood.domain.deadlines import Deadlines
from makegood.domain.ids import digest
from makegood.domain.limits import Limit
from makegood.domain.money import Money
from makegood.domain.orders import Item, Order
from makegood.domain.payout_plans import PayoutPlan, PayoutTerm
from makegood.domain.pricing import Priced, price
from makegood.domain.problems import Fault, Forbidden, Malformed, RuleForbids

CLAIM_WINDOW_DAYS = (0, 180)
"""First and last day after the order on which an inquiry may be filed, unless agreed otherwise."""

TERMS_FIELDS = (
    *("version", "valid_from", "locking", "payment", "payouts", "claim_window_days"),
    *("deadlines", "appeal_days"),
)

CLAIM_DAYS_MAX = 3_650
"""Last day after the order that any claim window may reach."""

APPEAL_DAYS, APPEAL_DAYS_MAX = 30, 365
"""Days after a decision in which it may be appealed, unless agreed otherwise; and the most."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Terms:
    """The numbers of one contract version, in force from `valid_from` on.

    `payouts` are pairs of event type id and what it pays, a plain term standing for a plan of
    nothing else; `claim_window_days` is the first and the last day after the order's, in the
    campaign's time zone, on which an inquiry may be filed; `deadlines` are for its answers, and
    `appeal_days` are the local days after a decision on which it may still be appealed.
    """

    version: int
    valid_from: datetime
    locking: LockRule
    payment: PaymentRule
    payouts: tuple[tuple[str, PayoutTerm | PayoutPlan], ...]
    claim_window_days: tuple[int, int] = CLAIM_WINDOW_DAYS
    deadlines: Deadlines = NO_DEADLINES
    appeal_days: int = APPEAL_DAYS

    def __post_init__(self) -> None:
        _aware(self.valid_from)
        if self.version < 1:
            raise Malformed("contract_version", "Contract versions count from 1")
        names = [event_type_id for event_type_id, _ in self.payouts]
        if not names or "" in names or len(set(names)) != len(names):
            raise Malformed("contract_payouts", "Give each event type that pays, with one payout")
        pays = self.deadlines.event_type_id
        if pays and pays not in names:
            message = f"deadlines.event_type_id {pays} is not among the payouts"
            raise Malformed("contract_deadlines", message)
        if not 1 <= self.appeal_days <= APPEAL_DAYS_MAX:
            message = f"appeal_days is a count of days from 1 to {APPEAL_DAYS_MAX}"
            raise Malformed("contract_appeal_days", message)
        first, last = self.claim_window_days
        if not 0 <= first <= last <= CLAIM_DAYS_MAX:
            raise Malformed(
                "contract_claim_window",
                f"A claim window is two counts of days, the first not above the second, "
                f"from 0 to {CLAIM_DAYS_MAX}",
            )

    def payout(
        self, event_type_id: str, amount: Money, order: Order, bought: Sequence[Item] = ()
    ) -> Priced:
        """What this order over `amount` pays as that event type, and why; as `price` does."""
        return price(self.plan(event_type_id), self.version, amount, order, bought)

    def plan(self, event_type_id: str) -> PayoutPlan:
        """What this event type pays; refuses one that is not in the contract."""
        for name, agreed in self.payouts:
            if name == event_type_id:
                return PayoutPlan(agreed) if isinstance(agreed, PayoutTerm) else agreed
        known = ", ".join(name for name, _ in self.payouts)
        raise RuleForbids(
            f"The contract pays nothing for event type {event_type_id}; it pays for {known}",
            code="event_type_not_in_contract",
        )

    def limits(self, event_type_id: str) -> tuple[Limit, ...]:
        """The limits of what this event type pays; one that is not in the contract has none."""
        agreed = dict(self.payouts).get(event_type_id)
        return agreed.limits if isinstance(agreed, PayoutPlan) else ()

    def to_dict(self) -> dict[str, Any]:
        """As it is kept; deadlines that are none, and the usual days of appeals, are left out."""
        more: dict[str, Any] = {"deadlines": self.deadlines.to_dict()} if self.deadlines else {}
        if self.appeal_days != APPEAL_DAYS:
            more["appeal_days"] = self.appeal_days
        return {
            "version": self.version,
            "valid_from": _instant_text(self.valid_from),
            "locking": str(self.locking),
            "payment": str(self.payment),
            "payouts": {name: _payout_text(agreed) for name, agreed in self.payouts},
            "claim_window_days": list(self.claim_window_days),
            **more,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], by_hand: bool = False) -> Self:
        """What `to_dict` wrote, or an operator `by_hand` in the same shape; raises `Malformed`.

        Version 1, the usual claim window, deadlines and the usual days of appeals may be left out.
        """
        payouts = _field(data, "payouts", dict)
        window = data.get("claim_window_days", CLAIM_WINDOW_DAYS)
        if not isinstance(window, list | tuple) or [type(each) for each in window] != [int, int]:
            raise Malformed("contract_claim_window", "claim_window_days is a pair like [0, 180]")
        return cls(
            version=_field({"version": 1, **data}, "version", int),
            valid_from=_read_instant(_field(data, "valid_from", str)),
            locking=LockRule.parse(_field(data, "locking", str)),
            payment=PaymentRule.parse(_field(data, "payment", str)),
            payouts=tuple((name, _read_payout(name, payouts[name], by_hand)) for name in payouts),
            claim_window_days=(window[0], window[1]),
            deadlines=Deadlines.from_dict(data.get("deadlines", {}), by_hand),
            appeal_days=_field({"appeal_days": APPEAL_DAYS, **data}, "appeal_days", int),
        )


class ContractStatus(StrEnum):
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    UPCOMING = "UPCOMING"


@dataclass(frozen=True, slots=True)
class Unread:
    """A contract version of which no more was read than its number, its start, and under which name
    its terms are kept.
    """

    version: int
    valid_from: datetime
    kept_as: str


def contract_id_of(campaign_id: str, partner_id: str) -> str:
    """The id of the contract that this partner signs with this campaign."""
    return digest("contract", campaign_id, partner_id)[:12]


@dataclass(frozen=True, slots=True)
class Contract:
    """All versions of one partner's agreement with one campaign, oldest first, numbered from 1.

    A decision reads the versions that it needs, and knows of the others only since when they are in
    force. To ask for the terms of one that was not read is a fault of the code: `LookupError`.
    """

    contract_id: str
    campaign_id: str
    partner_id: str
    versions: tuple[Terms | Unread, ...]
    ended_at: datetime | None = None

    def __post_init__(self) -> None:
        numbers = [terms.version for terms in self.versions]
        if not numbers or numbers != list(range(1, len(numbers) + 1)):
            raise Malformed("contract_version", "Contract versions count 1, 2, 3 without a gap")
        starts = [terms.valid_from for terms in self.versions]
        if any(later <= earlier for earlier, later in pairwise(starts)):
            raise Malformed("contract_version_order", "Each version starts after the one before")
        if self.ended_at is not None:
            _aware(self.ended_at)

    @property
    def has_limits(self) -> bool:
        """Whether any version that was read limits anything: then what is used has to be read."""
        return any(terms.limits(name) for terms in self.read for name, _ in terms.payouts)

    @property
    def read(self) -> tuple[Terms, ...]:
        """The versions that were read."""
        return tuple(each for each in self.versions if isinstance(each, Terms))

    def numbered(self, version: int) -> Terms | None:
        """The version of that number; None where there is none."""
        return self._terms(version) if 1 <= version <= len(self.versions) else None

    def with_terms(self, read: Iterable[Terms]) -> "Contract":
        """The same contract, with these versions read."""
        known = {terms.version: terms for terms in read}
        versions = tuple(known.get(each.version, each) for each in self.versions)
        return replace(self, versions=versions)

    def _terms(self, version: int) -> Terms:
        found = self.versions[version - 1]
        if isinstance(found, Unread):
            raise LookupError(f"Version {version} of contract {self.contract_id} was not read")
        return found

    def status(self, at: datetime) -> ContractStatus:
        """Whether it is in force at this instant, is yet to be, or has ended."""
        if self.ended_at is not None and at >= self.ended_at:
            return ContractStatus.EXPIRED
        if at < self.versions[0].valid_from:
            return ContractStatus.UPCOMING
        return ContractStatus.ACTIVE

    def version_at(self, at: datetime) -> int:
        """The number of the last version that has started by then; 1 while none has."""
        return max(1, sum(each.valid_from <= at for each in self.versions))

    def latest(self, at: datetime) -> Terms:
        """The last version that has started by then; the first while none has."""
        return self._terms(self.version_at(at))

    def changed_at(self, at: datetime) -> datetime:
        """Since when it has been as it is at this instant: since its end, or its latest version.

        When it was signed is not kept.
        """
        if self.ended_at is not None and at >= self.ended_at:
            return self.ended_at
        return self.latest(at).valid_from

    def in_force(self, at: datetime) -> Terms:
        """The version in force at this instant; its first instant counts, the end's does not."""
        _aware(at)
        if self.ended_at is not None and at >= self.ended_at:
            raise Forbidden(
                f"Contract {self.contract_id} ended on {_instant_text(self.ended_at)}; "
                "sign a new one with this partner first",
                code="no_contract",
            )
        if at < self.versions[0].valid_from:
            raise Forbidden(
                f"Contract {self.contract_id} is in force only from "
                f"{_instant_text(self.versions[0].valid_from)} on; wait until then",
                code="no_contract",
            )
        return self.latest(at)

    def replaced_by(self, terms: Terms) -> "Contract":
        """This contract with a next version, which is numbered here and starts after the last.

        Terms that equal the last version make no new one, so repeating the command is harmless.
        """
        last = self._terms(len(self.versions))
        if replace(terms, version=last.version) == last:
            return self
        if terms.valid_from <= last.valid_from:
            raise RuleForbids(
                f"Version {last.version} of contract {self.contract_id} starts on "
                f"{_instant_text(last.valid_from)}; let the next one start after that",
                code="contract_version_order",
            )
        if self.ended_at is not None and terms.valid_from >= self.ended_at:
            raise RuleForbids(
                f"Contract {self.contract_id} ends on {_instant_text(self.ended_at)}; "
                "sign a new one instead",
                code="contract_ended",
            )
        return replace(self, versions=(*self.versions, replace(terms, version=last.version + 1)))

    def to_dict(self) -> dict[str, Any]:
        """Lossless, for storage and commands; amounts, rates, rules and instants are texts."""
        return {
            "contract_id": self.contract_id,
            "campaign_id": self.campaign_id,
            "partner_id": self.partner_id,
            "versions": [self._terms(each.version).to_dict() for each in self.versions],
            "ended_at": None if self.ended_at is None else _instant_text(self.ended_at),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote, or that with a `heading` for each version; raises `Malformed`."""
        versions = _field(data, "versions", list)
        if not all(isinstance(each, Mapping) for each in versions):
            raise Malformed("contract_field", "versions is a list of objects")
        ended_at = data.get("ended_at")
        return cls(
            contract_id=_field(data, "contract_id", str),
            campaign_id=_field(data, "campaign_id", str),
            partner_id=_field(data, "partner_id", str),
            versions=tuple(_read_version(each) for each in versions),
            ended_at=None if ended_at is None else _read_instant(_field(data, "ended_at", str)),
        )


class ClaimedTooEarly(RuleForbids):
    """Raised before the claim window of an order has begun."""


class ClaimedTooLate(RuleForbids):
    """Raised after the claim window of an order has ended."""


def check_claim_window(terms: Terms, ordered_at: datetime, at: datetime, zone: ZoneInfo) -> None:
    """Refuses an order outside the claim window, in local days after it, both ends included."""
    first, last = terms.claim_window_days
    days = (local_day(at, zone) - local_day(ordered_at, zone)).days
    if first <= days <= last:
        return
    advice = f"wait until day {first}" if days < first else "it is too late to claim it"
    refusal = ClaimedTooEarly if days < first else ClaimedTooLate
    message = (
        f"The contract takes inquiries from {first} to {last} days after the order, "
        f"and this order is {days} days old; {advice}"
    )
    fault = Fault("TransactionDate", message, "outside_claim_window")
    raise refusal(message, code="outside_claim_window", faults=(fault,))


def _field(data: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = data.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Malformed("contract_field", f"{name} is missing, or not of the right kind")
    return value


def heading(terms: Mapping[str, Any], kept_as: str) -> dict[str, Any]:
    """What a contract's heading says of a version whose terms are kept apart, under that name."""
    return {"version": terms["version"], "valid_from": terms["valid_from"], "kept_as": kept_as}


def _read_version(data: Mapping[str, Any]) -> Terms | Unread:
    if "kept_as" not in data:
        return Terms.from_dict(data)
    start = _read_instant(_field(data, "valid_from", str))
    return Unread(_field(data, "version", int), start, _field(data, "kept_as", str))


def _payout_text(agreed: PayoutTerm | PayoutPlan) -> str | dict[str, Any]:
    return str(agreed) if isinstance(agreed, PayoutTerm) else agreed.to_dict()


def _read_payout(event_type_id: str, data: object, by_hand: bool) -> PayoutTerm | PayoutPlan:
    try:
        if isinstance(data, str):
            return PayoutTerm.parse(data, by_hand)
        return PayoutPlan.from_dict(data, by_hand)
    except Malformed as malformed:
        message = f"Payout of event type {event_type_id}: {malformed.message}"
        raise Malformed(malformed.code, message) from malformed


def _aware(instant: datetime) -> None:
    if instant.utcoffset() is None:
        raise ValueError("a naive datetime is no instant; give it a time zone")


def _instant_text(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def _read_instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        if instant.utcoffset() is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Malformed(
        "not_a_date", "Not a date with its offset; write it like 2026-01-31T00:00:00+00:00"
    )
