"""What a list of inquiries or actions is to have, and what an index knows of that.

An entry of an index has what never or seldom changes of its thing, so DynamoDB itself chooses by
it, and counts what it chose without reading a thing. State follows from dates: locking and payment
change no entry.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from makegood.domain.actions import ActionState
from makegood.domain.calendar import LockKind
from makegood.store.actions import ActionRow
from makegood.store.expressions import Condition, compared, is_missing, is_there
from makegood.store.inquiries import InquiryRow
from makegood.store.items import Row, stamp


class By(StrEnum):
    """The date that a list is read by."""

    CREATION = "created"
    EVENT = "event"
    MODIFICATION = "modified"
    DEADLINE = "deadline"


KINDS: dict[str, type[Row]] = {"inquiries": InquiryRow, "actions": ActionRow}
RANGES: dict[str, dict[By, str]] = {
    "inquiries": {
        By.CREATION: "created_key",
        By.EVENT: "ordered_key",
        By.DEADLINE: "queued_at",
    },
    "actions": {
        By.CREATION: "created_key",
        By.EVENT: "event_key",
        By.MODIFICATION: "modified_key",
    },
}
"""The attribute that each index of a kind of thing is sorted by."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `low` to before `high`; a missing side is open."""

    low: datetime | None = None
    high: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.low is None and self.high is None

    def holds(self, at: datetime) -> bool:
        return (self.low is None or self.low <= at) and (self.high is None or at < self.high)

    def within(self, low: datetime | None, high: datetime | None) -> "Window":
        """What it has in common with another."""
        lows = [each for each in (self.low, low) if each is not None]
        highs = [each for each in (self.high, high) if each is not None]
        return Window(max(lows, default=None), min(highs, default=None))

    def chosen(self, kind: type[Row], name: str) -> Condition | None:
        """The condition that an attribute, which begins with an instant, lies in it."""
        parts = []
        if self.low is not None:
            parts.append(beside(kind, name, ">=", self.low))
        if self.high is not None:
            parts.append(beside(kind, name, "<", self.high))
        return every(parts)


ALWAYS = Window()


def beside(kind: type[Row], name: str, word: str, at: datetime) -> Condition:
    return Condition(f"#{name} {word} :{name}_is", (name,), ((f":{name}_is", {"S": stamp(at)}),))


def every(conditions: Iterable[Condition | None]) -> Condition | None:
    """All of them together; none where there is none."""
    result: Condition | None = None
    for each in conditions:
        if each is not None:
            result = each if result is None else result & each
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a list of inquiries or actions is to have.

    It is the partner's, of the campaigns if any are named; or else it is of the campaigns. `about`
    is an order's id: the campaigns that it may be of are named. `created`, `happened`, `modified`
    and `locking` are windows of dates; what was never modified counts by its creation.

    `state` is of actions, by their dates at `now`; so is whether they are `awaiting` approval.
    `open_state` is of inquiries, one that somebody has to decide; `by_deadline` are such alone, the
    earliest deadline first. `more` says that things have to be read to know which were asked for.
    """

    things: str
    campaigns: tuple[str, ...] = ()
    partner: str = ""
    about: str = ""
    by_partner: str = ""
    event_type_id: str = ""
    inquiry_type: str = ""
    currency: str = ""
    created: Window = Window()
    happened: Window = Window()
    modified: Window = Window()
    locking: Window = Window()
    state: ActionState | None = None
    awaiting: bool = False
    open_state: str = ""
    by_deadline: bool = False
    more: bool = False
    now: datetime | None = None

    @property
    def kind(self) -> type[Row]:
        return KINDS[self.things]

    @property
    def owners(self) -> tuple[str, ...]:
        return (self.partner,) if self.partner else self.campaigns

    def range_name(self, by: By) -> str:
        return RANGES[self.things][by]

    def chosen(self, by: By) -> Condition | None:
        """The condition of all that is asked, but for the window of the index's own date."""
        kind, parts = self.kind, []
        for name, value in self._equal():
            parts.append(compared(kind, name, "=", value))
        if self.partner and self.campaigns:
            parts.append(one_of(kind, "campaign_key", self.campaigns))
        if by is not By.CREATION:
            parts.append(self.created.chosen(kind, self.range_name(By.CREATION)))
        if by is not By.EVENT:
            parts.append(self.happened.chosen(kind, self.range_name(By.EVENT)))
        if by is By.EVENT and not self.modified.is_open:
            parts.append(self._modified())
        parts.append(self.locking.chosen(kind, "locks_at"))
        parts.append(self._in_state())
        return every(parts)

    def _equal(self) -> Iterator[tuple[str, str]]:
        """Attributes of entries, and what they must be."""
        given = {
            "partner_key": self.by_partner,
            "event_type_id": self.event_type_id,
            "inquiry_type": self.inquiry_type,
            "currency": self.currency,
        }
        return ((name, value) for name, value in given.items() if value)

    @property
    def is_simple(self) -> bool:
        """Whether nothing is asked for but whose things, and when they were created."""
        asked = replace(self, created=Window(), open_state="", awaiting=False, about="", now=None)
        return asked == Selection(
            things=self.things,
            campaigns=() if self.partner else self.campaigns,
            partner=self.partner,
        )

    def _modified(self) -> Condition | None:
        """In the window of modification, or of creation if there was none; none if open."""
        name = self.range_name(By.MODIFICATION)
        created = self.modified.chosen(self.kind, self.range_name(By.CREATION))
        since = self.modified.chosen(self.kind, name)
        if created is None or since is None:
            return None
        return (is_missing(name) & created) | since

    def _in_state(self) -> Condition | None:
        """As `Action.state_at` has it."""
        if self.now is None or (self.state is None and not self.awaiting):
            return None
        undone, outside = is_there("disposition"), is_there("outside")
        standing, past = is_missing("disposition"), beside(ActionRow, "locks_at", "<=", self.now)
        if self.state and self.state.rules.is_undone:
            return undone | (outside & past)
        if self.state and self.state.rules.is_locked:
            return standing & is_missing("outside") & past
        pending = standing & beside(ActionRow, "locks_at", ">", self.now)
        if not self.awaiting:
            return pending
        open_ended = compared(ActionRow, "locking", "=", str(LockKind.OPEN_ENDED))
        return pending & (outside | open_ended)


def one_of(kind: type[Row], name: str, values: Sequence[str]) -> Condition:
    result = compared(kind, name, "=", values[0])
    for each in values[1:]:
        result = result | compared(kind, name, "=", each)
    return result
