"""Appeals: once, in time, with something new, and decided by somebody else.

An appeal is an inquiry of its own that names the decided one. `check` says whether it may be filed,
after `second_claims` has found that it names the decision that stands. `check_decider` says who may
decide it. `followed` says what becomes of the decision that it appeals.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from makegood.domain import calendar, date_words
from makegood.domain.account_people import sender_of
from makegood.domain.contracts import Terms, check_claim_window
from makegood.domain.inquiries import Appealed, AppealState, Claim, Inquiry, InquiryState
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.parties import Role
from makegood.domain.problems import Fault, RuleForbids

NOTHING_NEW, TOO_LATE = "nothing_new", "appeal_too_late"

_STATES = {
    InquiryState.VALID: AppealState.OVERTURNED,
    InquiryState.DECLINED: AppealState.UPHELD,
    InquiryState.UNRESOLVED: AppealState.OPEN,
    InquiryState.INCOMPLETE: AppealState.OPEN,
    InquiryState.WITHDRAWN: AppealState.WITHDRAWN,
}
"""What an appeal in each state makes of the decision."""


def until(decided: Inquiry, terms: Terms, zone: ZoneInfo) -> datetime:
    """The end of the last local day on which a decision may be appealed."""
    day = calendar.local_day(decided.resolved_at or decided.created_at, zone)
    return calendar.end_of_day(day + timedelta(days=terms.appeal_days), zone)


def check(
    claim: Claim,
    decided: Inquiry,
    terms: Terms,
    zone: ZoneInfo,
    now: datetime,
    *,
    new_evidence: bool = False,
) -> None:
    """Refuses an appeal that comes too late, or says nothing new. `terms` are those of the day on
    which the decided inquiry was filed: what was agreed then holds for it.
    """
    last = until(decided, terms, zone)
    if now >= last:
        raise RuleForbids(
            f"Inquiry {decided.inquiry_id} could be appealed within {terms.appeal_days} days of "
            f"its decision, {date_words.when(last, zone)} at the latest; it is too late",
            code=TOO_LATE,
        )
    if claim.ordered_at != decided.claim.ordered_at:
        check_claim_window(terms, claim.ordered_at, decided.created_at, zone)
    if new_evidence or _has_news(claim, decided):
        return
    fault = Fault(
        "InquiryNotes",
        f"An appeal says something new: a fact that inquiry {decided.inquiry_id} does not have, or "
        "a detail that it had wrong; or add evidence to that inquiry first",
        NOTHING_NEW,
    )
    raise RuleForbids(fault.message, code=NOTHING_NEW, faults=(fault,))


def _has_news(claim: Claim, decided: Inquiry) -> bool:
    """Whether the partner says what it had not said, or corrects a detail."""
    was = decided.claim
    details = (
        (claim.order_amount, was.order_amount),
        (claim.ordered_at, was.ordered_at),
        *((new, old) for new, old in _optional(claim, was) if new not in (None, "")),
    )
    if any(new != old for new, old in details):
        return True
    said = {_words(was.notes)}
    said |= {_words(each.text) for each in decided.comments if each.side != Role.ADVERTISER}
    return _words(claim.notes) not in {"", *said}


def _optional(claim: Claim, was: Claim) -> tuple[tuple[object, object], ...]:
    """Details that a claim may leave out, which says nothing of them."""
    return (
        (claim.expected_payout, was.expected_payout),
        (claim.customer_id, was.customer_id),
        (claim.tracking_link, was.tracking_link),
    )


def _words(text: str) -> str:
    return " ".join(text.casefold().split())


def check_decider(decided: Inquiry | None, by: str) -> None:
    """Refuses whoever decided an inquiry, alone or as one of two, as who decides its appeal.

    Whoever sends a file decides what it says. A machine's token stands for nobody: it may decide
    both.
    """
    person = sender_of(by)
    if decided is not None and person and person in map(sender_of, _deciders(decided)):
        raise RuleForbids(
            f"You decided inquiry {decided.inquiry_id}, which this one appeals; somebody else has "
            "to decide the appeal",
            code="decided_before",
        )


def _deciders(decided: Inquiry) -> tuple[str, ...]:
    """Whose word the decision was; of an acceptance by two, both."""
    first = decided.first if decided.state.rules.is_accepted else None
    return (decided.decided_by, first.by) if first else (decided.decided_by,)


def followed(
    changed: Iterable[tuple[Inquiry | None, Inquiry]], find: Callable[[str], Inquiry | None]
) -> Outcome:
    """What changes of inquiries make of the decisions that these appeal: each keeps its appeal, and
    what became of it. `find` gives an inquiry by its id.
    """
    pairs = []
    for _, appeal in changed:
        decided = find(appeal.claim.appeal_of) if appeal.claim.appeal_of else None
        if decided is not None and _told(decided) != (appeal.inquiry_id, _STATES[appeal.state]):
            pairs.append((decided, _beside(decided, appeal)))
    return Outcome(inquiries=tuple(pairs)) if pairs else NOTHING


def _told(decided: Inquiry) -> tuple[str, AppealState] | None:
    known = decided.appealed
    return known and (known.appeal_id, known.state)


def _beside(decided: Inquiry, appeal: Inquiry) -> Inquiry:
    known = decided.appealed
    appealed = Appealed(
        appeal.inquiry_id,
        _STATES[appeal.state],
        appeal.latest_change_at,
        decided.version,
        carried=known and known.carried,
    )
    return replace(decided, appealed=appealed)
