"""Why an action locks and is paid on its dates, where its money is, and what happens to it next.

The dates are made again by `calendar`, from the rule and the reference that the action keeps; what
is due is what the action itself says is due.
"""

from dataclasses import dataclass
from datetime import datetime

from makegood.domain import calendar, date_words
from makegood.domain.actions import Action, Origin
from makegood.domain.calendar import Due, LockKind
from makegood.domain.ledger import Cash
from makegood.domain.money import Money
from makegood.domain.reasons import About, Asker, Reason, facts, sentences, shown
from makegood.domain.state_details import StateDetail, state_detail


@dataclass(frozen=True, slots=True)
class Ahead:
    """What an overdue action waits behind: payments of its advertiser in its currency.

    `before` clear earlier, `beside` at the same instant. `owed_minor` is all that clears up to and
    at that instant, the action included; None if it is not known. Unless it `is_whole`, the counts
    are what was read of more.
    """

    before: int
    beside: int
    cash: Cash
    owed_minor: int | None = None
    is_whole: bool = True

    @property
    def short_minor(self) -> int | None:
        """What the cash lacks to pay all of it; None if that is not known."""
        return None if self.owed_minor is None else max(0, self.owed_minor - self.cash.cash_minor)


def locking_reason(action: Action, asker: Asker) -> Reason:
    """Why it locks, or locked, on this date: the rule, and the reference that it counts from."""
    by_rule = locks_by_rule(action)
    approved = action.state.rules.is_locked and action.locks_at != by_rule
    at, date = action.locks_at, date_words.when(action.locks_at, asker.zone)
    reference, name = _reference(action)
    told = facts(
        Rule=action.locking,
        Reference=reference,
        ReferenceDate=calendar.in_zone(action.event_at, asker.zone),
        TimeZone=action.time_zone,
    )
    day = date_words.day(action.event_at, asker.zone)
    if approved:
        moment = date_words.moment(at, asker.zone)
        text = f"The advertiser approved it {moment}; an open-ended action locks with that."
        return Reason(About.LOCKING, "ON_APPROVAL", text, at, told)
    locks = "locked" if action.state.rules.is_locked else "locks"
    if action.locking.kind is LockKind.OPEN_ENDED:
        text = (
            f"The contract is open-ended. Without the advertiser's approval it {locks} {date}, "
            f"{calendar.OPEN_ENDED_DAYS} days after {name}, {day}."
        )
        return Reason(About.LOCKING, "OPEN_ENDED", text, at, told)
    counted = date_words.counted(action.locking, name, f"of {name}")
    text = f"It {locks} {date}. That is {counted}, {day}, in {action.time_zone} time."
    return Reason(About.LOCKING, "BY_RULE", text, at, told)


def locks_by_rule(action: Action) -> datetime:
    """The lock date that the action's rule and reference come to."""
    return calendar.locks_at(action.locking, action.event_at, calendar.zone(action.time_zone))


def clears_by_rule(action: Action) -> datetime:
    """The clearing date that the action's rule and lock date come to."""
    return calendar.clears_at(action.payment, action.locks_at, calendar.zone(action.time_zone))


def _reference(action: Action) -> tuple[str, str]:
    """What the reference is, as a code and in words."""
    if action.event_at == action.order.ordered_at:
        return "TRANSACTION", "the transaction date"
    if action.origin is Origin.INQUIRY:
        return "ACCEPTANCE", "the day of its acceptance"
    return "REPORT", "the day of its report"


def payment_reason(action: Action, asker: Asker) -> Reason:
    """Why it is due for payment on this date."""
    date = date_words.when(action.clears_at, asker.zone)
    falls = "falls" if action.clears_at > asker.now else "fell"
    locks = "locked" if action.state.rules.is_locked else "locks"
    counted = date_words.counted(
        action.payment, f"the day on which it {locks}", f"in which it {locks}"
    )
    text = f"It {falls} due for payment {date}. That is {counted}."
    told = facts(
        Rule=action.payment,
        Reference="LOCKING",
        ReferenceDate=calendar.in_zone(action.locks_at, asker.zone),
        TimeZone=action.time_zone,
    )
    return Reason(About.PAYMENT, "BY_RULE", text, action.clears_at, told)


def state_reason(action: Action, asker: Asker, ahead: Ahead | None = None) -> Reason:
    """Where its money is, and why it is not paid yet."""
    detail = state_detail(action, asker.now)
    locks = date_words.when(action.locks_at, asker.zone)
    has_come = action.locks_at <= asker.now
    match detail:
        case StateDetail.PENDING if has_come:
            text = "Its lock date has come; the next sweep locks it."
        case StateDetail.PENDING:
            text = f"It is pending, and may change, until it locks {locks}."
        case StateDetail.AWAITING_APPROVAL:
            text = f"It waits for the advertiser's approval until it locks by itself {locks}."
        case StateDetail.OUTSIDE_OF_TERMS:
            text = (
                "It is outside of the contract's terms and pays nothing. The advertiser may "
                f"approve it until it is reversed {locks}."
            )
        case StateDetail.LOCKED:
            clears = date_words.when(action.clears_at, asker.zone)
            text = (
                "It is set aside from the advertiser's funds, and no longer changes. "
                f"It is due for payment {clears}."
            )
        case StateDetail.OVERDUE:
            return _overdue(action, asker, ahead)
        case StateDetail.PAID:
            at = action.paid_at or action.clears_at
            text = f"It was paid to the partner {date_words.moment(at, asker.zone)}."
        case StateDetail.REVERSED:
            return _reversed(action, asker)
    until = action.paid_at if detail is StateDetail.PAID else action.due_at
    return Reason(About.STATE, detail, text, until, facts(Amount=shown(action.worth)))


def _reversed(action: Action, asker: Asker) -> Reason:
    at = action.last_modified_at
    text = f"It was reversed {date_words.moment(at, asker.zone)}, and pays nothing."
    why = f"It was outside of terms, beyond {action.beyond}." if action.outside else ""
    told = facts(Disposition=action.disposition, Amount=shown(action.worth))
    return Reason(About.STATE, StateDetail.REVERSED, sentences(text, why), at, told)


def _overdue(action: Action, asker: Asker, ahead: Ahead | None) -> Reason:
    """What it waits behind. How much is short is the advertiser's own to know."""
    currency = action.payout.currency
    text = f"It fell due {date_words.when(action.clears_at, asker.zone)}."
    if ahead is None:
        text = sentences(text, "It waits for the advertiser's funds; the oldest is paid first.")
        return Reason(About.STATE, StateDetail.OVERDUE, text, action.clears_at)
    least = "" if ahead.is_whole else "at least "
    short = ahead.short_minor
    if short == 0:
        text = sentences(text, "The advertiser's cash covers it; the next sweep pays it.")
    else:
        text = sentences(
            text,
            "It waits for the advertiser's funds; the oldest is paid first.",
            f"{least}{_payments(ahead.before)} before it".capitalize()
            + (f", and {ahead.beside} at the same time." if ahead.beside else "."),
        )
    told = facts(
        Amount=shown(action.payout),
        PaymentsBefore=ahead.before,
        PaymentsBeside=ahead.beside,
        CountIs="EXACT" if ahead.is_whole else "AT_LEAST",
    )
    if asker.is_advertiser and short:
        missing = Money(short, currency)
        text = sentences(
            text,
            f"The cash is {shown(missing)} short of all that is due up to then.",
        )
        told += facts(Cash=shown(Money(ahead.cash.cash_minor, currency)), Short=shown(missing))
    return Reason(About.STATE, StateDetail.OVERDUE, text, action.clears_at, told)


def _payments(count: int) -> str:
    return "one payment falls due" if count == 1 else f"{count or 'no'} payments fall due"


def next_reason(action: Action, asker: Asker) -> Reason:
    """What falls due of it next, and when; nothing, once it is paid or reversed."""
    due, at = action.due, action.due_at
    if due is None or at is None:
        paid = action.state.rules.is_paid
        text = "Nothing follows: it is paid." if paid else "Nothing follows: it is reversed."
        return Reason(About.NEXT, "NOTHING", text)
    date = date_words.when(at, asker.zone)
    return Reason(About.NEXT, due, _step(action, due, at <= asker.now, date, asker), at)


def _step(action: Action, due: Due, past: bool, date: str, asker: Asker) -> str:
    """What a sweep does of it; once the date is `past`, the next one."""
    if due is Due.LAPSE:
        if past:
            return "The next sweep reverses it."
        return f"It is reversed {date}, unless the advertiser approves it before."
    if due is Due.PAY:
        if past:
            return "The first sweep pays it that finds the advertiser's funds to cover it."
        return f"It is paid {date}, as far as the advertiser's funds cover it."
    if past:
        return "The next sweep locks it, and pays it once it is due and funded."
    if action.awaits_approval:
        return f"It locks with the advertiser's approval, or by itself {date}."
    clears = date_words.when(action.clears_at, asker.zone)
    return f"It locks {date}, and is paid {clears} from the advertiser's funds."
