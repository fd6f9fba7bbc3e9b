"""Two people for large acceptances: above a campaign's threshold, two decide the same.

    machine, file, rule, silence   refused, so that it is left to people
    the first person               their decision is kept, and the inquiry stays as it is
    the same person, the same      refused as the same decision
    anybody, another acceptance    is the first decision from then on
    another person, the same       is carried out

Two decide the same if they accept the same event type with the same payout; what else a decision
says, like its notes, is the second person's. A decline, a question, and an acceptance that pays no
more than the threshold pay nothing that takes two: one decides them alone, and a first decision
before is gone. So it is when the claim changes. What an accepted inquiry's action
pays is not raised above the threshold afterwards, but to what it was accepted with.
"""

from dataclasses import replace
from datetime import datetime

from makegood.domain.account_people import person_of
from makegood.domain.actions import Action
from makegood.domain.inquiries import FirstDecision, Inquiry
from makegood.domain.money import Money
from makegood.domain.parties import Campaign
from makegood.domain.problems import RuleForbids, SameDecision
from makegood.domain.second_person import is_above

NEEDS_TWO = "second_person"
WAITS = (
    "Nothing is paid yet: the payout is more than one person grants alone, so another person has "
    "to decide the same"
)


def needs_two(campaign: Campaign, payout: Money) -> bool:
    """Whether this payout is above what one may grant alone."""
    return campaign.second_above is not None and is_above(payout, campaign.second_above)


def is_the_same(first: FirstDecision, payout: Money, event_type_id: str) -> bool:
    return (first.payout, first.event_type_id) == (payout, event_type_id)


def seconded(
    inquiry: Inquiry, payout: Money | None, event_type_id: str, campaign: Campaign
) -> FirstDecision | None:
    """The first decision that an acceptance carries out, and is kept with; None where it stands by
    itself.
    """
    first = inquiry.first
    if first is None or payout is None or not needs_two(campaign, payout):
        return None
    return first if is_the_same(first, payout, event_type_id) else None


def check_raise(campaign: Campaign | None, action: Action, payout: Money) -> None:
    """Refuses to raise what an inquiry's action pays above the threshold, and above what it was
    accepted with. An action that was tracked is no acceptance.
    """
    if campaign is None or not action.inquiry_id or payout <= action.as_created().payout:
        return
    if needs_two(campaign, payout):
        raise RuleForbids(
            f"The payout would rise to {payout} {payout.currency}, above {campaign.second_above}, "
            f"which nobody grants alone in campaign {campaign.campaign_id}; what an accepted "
            "inquiry pays is not raised above that. Pay the rest by a funds transfer",
            code=NEEDS_TWO,
        )


def waiting(
    inquiry: Inquiry,
    payout: Money | None,
    event_type_id: str,
    campaign: Campaign,
    now: datetime,
    by: str,
) -> Inquiry | None:
    """The inquiry as it waits for a second person; None where this acceptance stands by itself, or
    is the second one. Raises `RuleForbids` for what no person decides, and `SameDecision` for what
    the same person decided first.
    """
    if payout is None or not needs_two(campaign, payout):
        return None
    person = person_of(by)
    if not person:
        raise RuleForbids(
            f"The payout of {payout} {payout.currency} is above {campaign.second_above}, which "
            f"nobody grants alone in campaign {campaign.campaign_id}: two people decide it, each "
            "signed in as themselves",
            code=NEEDS_TWO,
        )
    first = seconded(inquiry, payout, event_type_id, campaign)
    if first is not None:
        if person_of(first.by) == person:
            raise SameDecision("You accepted it so already; another person has to decide the same")
        return None
    version = inquiry.version + 1
    return replace(
        inquiry,
        first=FirstDecision(payout, event_type_id, by, now, version),
        version=version,
        changed_at=now,
        auto_approval_at=None,
    )
