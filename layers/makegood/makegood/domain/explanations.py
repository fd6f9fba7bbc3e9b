"""One answer to "why": all reasons of an inquiry or an action, for whoever asks.

inquiry    why it was decided so, or who decides it; once it is accepted, its action's reasons
action     why it pays this, why on these dates, why it is not paid yet, and what comes next
"""

from dataclasses import dataclass

from makegood.domain import date_reasons, inquiry_reasons
from makegood.domain.calendar import Due
from makegood.domain.date_reasons import Ahead
from makegood.domain.inquiry_reasons import Told
from makegood.domain.payout_reasons import How, Paid, payout_reason
from makegood.domain.policy_evaluation import Why
from makegood.domain.reasons import About, Asker, Reason
from makegood.domain.signals import Signal
from makegood.domain.state_details import StateDetail
from makegood.domain.verdicts import Verdict

CODES: dict[About, tuple[str, ...]] = {
    About.DECISION: (
        "AWAITS_ADVERTISER",
        "AWAITS_RULE",
        "AWAITS_SECOND",
        "AWAITS_PARTNER",
        "ACCEPTED",
        "DECLINED",
        "WITHDRAWN",
    ),
    About.DEADLINE: ("RUNNING", "OVERDUE", "STOPPED", "LAPSING"),
    About.VERDICT: tuple(Verdict),
    About.POLICY: tuple(Why),
    About.SIGNAL: tuple(Signal),
    About.PAYOUT: tuple(How),
    About.LOCKING: ("BY_RULE", "OPEN_ENDED", "ON_APPROVAL"),
    About.PAYMENT: ("BY_RULE",),
    About.STATE: tuple(StateDetail),
    About.NEXT: (
        *("ADVERTISER_DECIDES", "RULE_DECIDES", "PARTNER_ANSWERS", "FILE_AGAIN"),
        *("MAY_APPEAL", "APPEALED", "OVERTURNED", Due.LOCK, Due.LAPSE, Due.PAY, "NOTHING"),
    ),
}
"""Every code that a reason may have, by what it is about."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What an explanation is made of: an inquiry, an action, or both. `ahead` is there for an
    overdue action.
    """

    told: Told | None = None
    paid: Paid | None = None
    ahead: Ahead | None = None


def reasons(explained: Explained, asker: Asker) -> tuple[Reason, ...]:
    """All reasons, in the order of `About`. What was reversed has no dates any more."""
    found: list[Reason] = []
    if explained.told is not None:
        found += inquiry_reasons.reasons(explained.told, asker)
    if explained.paid is not None:
        action = explained.paid.action
        found.append(payout_reason(explained.paid))
        if not action.state.rules.is_undone:
            found.append(date_reasons.locking_reason(action, asker))
            found.append(date_reasons.payment_reason(action, asker))
        found.append(date_reasons.state_reason(action, asker, explained.ahead))
        found.append(date_reasons.next_reason(action, asker))
    return tuple(found)
