"""What events tell, by name: `inquiry.accepted`, `action.paid`, `funds.negative`.

A change is one version of one object. It tells one thing or several, each in an event of its own:
an action that is created in arrears is created, locked and paid by one version. `MEANINGS` is the
only list of the names; `told` says which of them a change has. A change that is told of elsewhere
has a blank name: the change of an action that its action update tells of.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from makegood.domain.actions import ActionState
from makegood.domain.events import Change, EventType
from makegood.domain.inquiries import InquiryState
from makegood.domain.parties import Role
from makegood.domain.uploads import UploadState


class EventName(StrEnum):
    INQUIRY_FILED = "inquiry.filed"
    INQUIRY_APPEALED = "inquiry.appealed"
    INQUIRY_ANSWERED = "inquiry.answered"
    INQUIRY_COMMENTED = "inquiry.commented"
    INQUIRY_INCOMPLETE = "inquiry.incomplete"
    INQUIRY_ACCEPTED = "inquiry.accepted"
    INQUIRY_DECLINED = "inquiry.declined"
    INQUIRY_WITHDRAWN = "inquiry.withdrawn"
    INQUIRY_DUE_SOON = "inquiry.due_soon"
    INQUIRY_OVERDUE = "inquiry.overdue"
    INQUIRY_AWAITS_SECOND = "inquiry.awaits_second"
    ACTION_CREATED = "action.created"
    ACTION_MODIFIED = "action.modified"
    ACTION_APPROVED = "action.approved"
    ACTION_REVERSED = "action.reversed"
    ACTION_LOCKED = "action.locked"
    ACTION_PAID = "action.paid"
    FUNDS_DEPOSITED = "funds.deposited"
    FUNDS_LOW = "funds.low"
    FUNDS_NEGATIVE = "funds.negative"
    FUNDS_OVERDUE = "funds.overdue"
    FILE_FINISHED = "file.finished"
    FILE_FAILED = "file.failed"
    STATEMENT_MADE = "statement.made"
    POLICY_BREAKER = "policy.breaker"
    WEBHOOK_DISABLED = "webhook.disabled"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an event of that name tells, of which kind of object, and whom."""

    event_type: EventType
    text: str
    roles: tuple[Role, ...] = (Role.ADVERTISER, Role.PARTNER)


_INQUIRY, _ACTION, _UPDATE = EventType.INQUIRY, EventType.ACTION, EventType.UPDATE
_SHOP = (Role.ADVERTISER,)

MEANINGS: dict[EventName, Meaning] = {
    EventName.INQUIRY_FILED: Meaning(_INQUIRY, "A partner filed an inquiry."),
    EventName.INQUIRY_APPEALED: Meaning(
        _INQUIRY, "A partner appealed a decision; the appeal is an inquiry of its own."
    ),
    EventName.INQUIRY_ANSWERED: Meaning(
        _INQUIRY, "The partner answered what it was asked, or added notes."
    ),
    EventName.INQUIRY_COMMENTED: Meaning(_INQUIRY, "Either side added a comment for both."),
    EventName.INQUIRY_INCOMPLETE: Meaning(_INQUIRY, "The advertiser asked the partner something."),
    EventName.INQUIRY_ACCEPTED: Meaning(_INQUIRY, "The inquiry is VALID, and has its action."),
    EventName.INQUIRY_DECLINED: Meaning(_INQUIRY, "The inquiry is DECLINED, with its reason."),
    EventName.INQUIRY_WITHDRAWN: Meaning(_INQUIRY, "The partner withdrew its inquiry."),
    EventName.INQUIRY_DUE_SOON: Meaning(
        _INQUIRY, "Half, or 80%, of the advertiser's time to answer has passed."
    ),
    EventName.INQUIRY_OVERDUE: Meaning(
        _INQUIRY, "The advertiser has not answered by the contract's deadline."
    ),
    EventName.INQUIRY_AWAITS_SECOND: Meaning(
        _INQUIRY, "A person accepted it, and a second one has to decide the same.", _SHOP
    ),
    EventName.ACTION_CREATED: Meaning(_ACTION, "An order was credited to a partner."),
    EventName.ACTION_MODIFIED: Meaning(_UPDATE, "The advertiser changed what an action is worth."),
    EventName.ACTION_APPROVED: Meaning(_UPDATE, "The advertiser approved an action."),
    EventName.ACTION_REVERSED: Meaning(_UPDATE, "An action was reversed, and is worth nothing."),
    EventName.ACTION_LOCKED: Meaning(_ACTION, "An action locked: its payout is set aside."),
    EventName.ACTION_PAID: Meaning(_ACTION, "An action was paid to its partner."),
    EventName.FUNDS_DEPOSITED: Meaning(EventType.ENTRY, "A deposit was booked.", _SHOP),
    EventName.FUNDS_LOW: Meaning(
        EventType.FUNDS, "Once a day: cash does not cover the next 30 days.", _SHOP
    ),
    EventName.FUNDS_NEGATIVE: Meaning(EventType.FUNDS, "Once a day: funds are below zero.", _SHOP),
    EventName.FUNDS_OVERDUE: Meaning(
        EventType.FUNDS, "Once a day: payouts have cleared and wait for a deposit.", _SHOP
    ),
    EventName.FILE_FINISHED: Meaning(EventType.FILE, "Every row of a file has its result."),
    EventName.FILE_FAILED: Meaning(EventType.FILE, "A file cannot be read."),
    EventName.STATEMENT_MADE: Meaning(EventType.STATEMENT, "A month's statement was made."),
    EventName.POLICY_BREAKER: Meaning(
        EventType.POLICY, "A policy's breaker opened: people decide everything.", _SHOP
    ),
    EventName.WEBHOOK_DISABLED: Meaning(
        EventType.WEBHOOK, "An endpoint of yours answered 410, or failed for five days; it is off."
    ),
}
"""A row for each name, in the order in which guides list them."""

_REACHED: dict[InquiryState, EventName] = {
    InquiryState.UNRESOLVED: EventName.INQUIRY_ANSWERED,
    InquiryState.VALID: EventName.INQUIRY_ACCEPTED,
    InquiryState.DECLINED: EventName.INQUIRY_DECLINED,
    InquiryState.INCOMPLETE: EventName.INQUIRY_INCOMPLETE,
    InquiryState.WITHDRAWN: EventName.INQUIRY_WITHDRAWN,
}
"""What brings an inquiry that is there into each state."""

_SETTLED: dict[ActionState, tuple[EventName, ...]] = {
    ActionState.PENDING: (),
    ActionState.LOCKED: (EventName.ACTION_LOCKED,),
    ActionState.PAID: (EventName.ACTION_LOCKED, EventName.ACTION_PAID),
    ActionState.REVERSED: (),
}
"""What an action in each state has been through by its dates."""

APPROVED = "APPROVED"
"""The reason of an action update that approves its action."""


def told(change: Change) -> list[Change]:
    """The change once for each thing that it tells, named, in the order in which they happened.

    The first stands for the version itself, and may be unnamed; the others are `besides`.
    """
    first, *others = [*_names(change)] or [""]
    return [
        replace(change, event_name=first),
        *(replace(change, event_name=each, besides=True, is_new=False) for each in others),
    ]


def _names(change: Change) -> Iterator[EventName]:
    match change.event_type:
        case EventType.INQUIRY:
            yield from _of_inquiry(change)
        case EventType.ACTION if change.version == 1:
            yield EventName.ACTION_CREATED
            yield from _SETTLED[ActionState(change.state)]
        case EventType.ACTION:
            yield from _SETTLED[ActionState(change.state)][-1:]
        case EventType.UPDATE if ActionState(change.state).rules.is_undone:
            yield EventName.ACTION_REVERSED
        case EventType.UPDATE:
            approves = APPROVED in change.hints
            yield EventName.ACTION_APPROVED if approves else EventName.ACTION_MODIFIED
        case EventType.ENTRY:
            yield EventName.FUNDS_DEPOSITED
        case EventType.FUNDS:
            yield from (EventName(each) for each in change.hints)
        case EventType.FILE:
            failed = change.state == UploadState.FAILED
            yield EventName.FILE_FAILED if failed else EventName.FILE_FINISHED
        case EventType.STATEMENT:
            yield EventName.STATEMENT_MADE
        case EventType.POLICY:
            yield EventName.POLICY_BREAKER
        case EventType.WEBHOOK:
            yield EventName.WEBHOOK_DISABLED


APPEALS, ASKS, COMMENTS = "appeals", "asks", "comments"
"""Hints of an inquiry: it is an appeal; this version asks the partner something; it only adds a
comment.
"""

DUE_SOON, OVERDUE = "due_soon", "overdue"
"""Hints of an inquiry: this version tells of its deadline."""

AWAITS_SECOND = "awaits_second"
"""A hint of an inquiry: this version is the first of two decisions."""


def _of_inquiry(change: Change) -> Iterator[EventName]:
    state = InquiryState(change.state)
    if change.version == 1:
        appeals = APPEALS in change.hints
        yield EventName.INQUIRY_APPEALED if appeals else EventName.INQUIRY_FILED
        if not state.rules.is_live:
            yield _REACHED[state]
    elif AWAITS_SECOND in change.hints:
        yield EventName.INQUIRY_AWAITS_SECOND
    elif COMMENTS in change.hints:
        yield EventName.INQUIRY_COMMENTED
    elif DUE_SOON in change.hints:
        yield EventName.INQUIRY_DUE_SOON
    elif OVERDUE in change.hints:
        yield EventName.INQUIRY_OVERDUE
        if not state.rules.is_live:
            yield _REACHED[state]
    elif state.rules.awaits_answer and ASKS not in change.hints:
        yield EventName.INQUIRY_ANSWERED
    else:
        yield _REACHED[state]


def of_funds(funds_minor: int, cash_minor: int, needed_minor: int, overdue_minor: int) -> list[str]:
    """What a day's forecast tells of an advertiser's money in one currency.

    `needed_minor` is what clears within the forecast's days, and what is overdue.
    """
    names = {
        EventName.FUNDS_NEGATIVE: funds_minor < 0,
        EventName.FUNDS_LOW: cash_minor < needed_minor,
        EventName.FUNDS_OVERDUE: overdue_minor > 0,
    }
    return [str(name) for name, holds in names.items() if holds]
