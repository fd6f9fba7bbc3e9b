"""Until when somebody is to answer an inquiry, and what follows if nobody does."""

from makegood.domain import date_words
from makegood.domain.deadlines import Clock, Silence, Step
from makegood.domain.inquiries import Inquiry
from makegood.domain.reasons import About, Asker, Fact, Reason, facts, sentences, shown


def deadline_reason(inquiry: Inquiry, asker: Asker) -> Reason | None:
    """Nothing of an inquiry that is decided, or has no deadline."""
    clock = inquiry.clock
    if clock is None or not inquiry.is_live:
        return None
    return _waiting(clock, asker) if inquiry.state.rules.awaits_answer else _running(clock, asker)


def _running(clock: Clock, asker: Asker) -> Reason | None:
    at = clock.answer_by
    if at is None:
        return None
    date = date_words.when(at, asker.zone)
    if clock.told is Step.OVERDUE or at <= asker.now:
        follows = "The next sweep does what the contract says of silence."
        if clock.told is Step.OVERDUE:
            follows = "A person still decides it."
        text = f"The advertiser's time to answer ended {date}."
        return Reason(About.DEADLINE, "OVERDUE", sentences(text, follows), at, _facts(clock))
    text = f"The advertiser's time to answer ends {date}."
    return Reason(About.DEADLINE, "RUNNING", sentences(text, _silence(clock)), at, _facts(clock))


def _silence(clock: Clock) -> str:
    """What the advertiser's silence does."""
    most = clock.agreed.payout_max
    match clock.agreed.silence:
        case Silence.DECLINE:
            return (
                "Without an answer the inquiry is declined then, unless another open claim names "
                "its order."
            )
        case Silence.APPROVE_IF_MATCHED if most is not None:
            return (
                "Without an answer the inquiry is accepted then if the shop's orders match it and "
                f"it pays at most {shown(most)}; otherwise a person still decides it."
            )
        case _:
            return "Without an answer a person still decides it after that."


def _waiting(clock: Clock, asker: Asker) -> Reason | None:
    stands = "The advertiser's time stands still meanwhile." if clock.answer_by else ""
    at = clock.lapses_at
    if at is None:
        return Reason(About.DEADLINE, "STOPPED", stands, None, _facts(clock)) if stands else None
    date = date_words.when(at, asker.zone)
    text = f"Without the partner's answer the inquiry is declined {date}."
    return Reason(About.DEADLINE, "LAPSING", sentences(text, stands), at, _facts(clock))


def _facts(clock: Clock) -> tuple[Fact, ...]:
    agreed = clock.agreed
    return facts(
        AnswerDays=agreed.answer_days,
        Silence=agreed.silence if agreed.answer_days else "",
        PayoutMax=agreed.payout_max and shown(agreed.payout_max),
        PartnerDays=agreed.partner_days,
    )
