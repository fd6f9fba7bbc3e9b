"""A policy rehearsed over the sample shops: what decides itself, and that it never overpays."""

from collections import Counter
from collections.abc import Iterator

from makegood.domain import policy_decisions, policy_faults
from makegood.domain.inquiries import Claim, Inquiry, InquiryType
from makegood.domain.parties import PartnerKind
from makegood.domain.policies import Policy, Then
from makegood.domain.policy_decisions import Question, Rulebook
from makegood.domain.policy_evaluation import Decision, replay
from makegood.domain.verification import verify

from tests import shops
from tests.builders import LEAD, SALE, a_campaign, a_contract, at, no_credits
from tests.policies import a_policy, approve, decline, on

FILED = at("2026-03-05 10:00")
CLEAR = a_policy(
    decline(),
    decline(on("NOT_FOUND"), name="unknown", reason=6),
    approve(on("MATCH"), name="matches", Caps={"Claim": "50.00 USD"}),
    approve(on("PARTLY_UNDONE"), name="what is left"),
    approve(on("MISMATCH"), name="at the shop's amount"),
)
"""Decides whatever a rule may decide."""


def rehearsed(policy: Policy) -> Iterator[tuple[str, Decision]]:
    """Each sample claim with the verdict that it deserves, and what the policy says."""
    for platform in shops.PLATFORMS:
        orders, covered = shops.shop(platform)
        for claimed, deserved in shops.claims(platform):
            found = verify(claimed, orders, (covered,), (), shops.TOLERANCE)
            claim = Claim(
                "10001",
                "1000",
                claimed.order_id,
                InquiryType.UNTRACKED,
                claimed.amount,
                claimed.ordered_at,
            )
            inquiry = Inquiry(
                claimed.claim_id, "7", claim, created_at=FILED, verification=found.kept(FILED)
            )
            asked = Question(
                inquiry=inquiry,
                campaign=a_campaign(),
                partner_kind=PartnerKind.CASHBACK,
                contract=a_contract(),
                order=no_credits(claimed.order_id),
                book=Rulebook(policy=policy),
            )
            yield deserved, policy_decisions.ask(asked, FILED)


def test_four_fifths_of_the_sample_claims_decide_themselves_and_none_is_paid_wrongly() -> None:
    assert policy_faults.faults(CLEAR, "USD", [SALE, LEAD]) == ()
    said = list(rehearsed(CLEAR))
    answers = Counter((deserved, str(each.answer)) for deserved, each in said)
    decided = sum(each.answer is not Then.REVIEW for _, each in said)
    paid = sum(each.pays.minor for _, each in said if each.answer is Then.APPROVE and each.pays)
    for _, each in said:
        assert replay(each, CLEAR) == each
        if each.answer is Then.APPROVE:
            assert each.pays is not None
            assert each.facts.shop_left is not None
            assert each.pays.minor * 20 <= each.facts.shop_left.minor + 10
    assert answers == {
        ("MATCH", "APPROVE"): 160,
        ("MISMATCH", "APPROVE"): 128,
        ("PARTLY_UNDONE", "APPROVE"): 16,
        ("UNDONE", "DECLINE"): 60,
        ("NOT_FOUND", "DECLINE"): 40,
        ("CANDIDATES", "REVIEW"): 40,
        ("NO_DATA", "REVIEW"): 24,
        ("NOT_YET", "REVIEW"): 24,
    }
    assert (len(said), decided, paid) == (492, 404, 519_42)
