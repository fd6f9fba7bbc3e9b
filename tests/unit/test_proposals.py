"""Two people: who counts as a second one, what needs one, and what may become of a proposal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from makegood.domain.calendar import LockRule, PaymentRule
from makegood.domain.contracts import Terms
from makegood.domain.money import Money, Rate
from makegood.domain.payout_plans import PayoutPlan, PayoutTerm
from makegood.domain.people import check_person, may_be_one_person
from makegood.domain.problems import Conflict, Forbidden
from makegood.domain.proposals import LIVES, Proposal, ProposalState
from makegood.domain.second_person import NOBODY_ELSE, SecondPerson

NOW = datetime(2026, 11, 28, 8, 30, tzinfo=UTC)
USER = "arn:aws:iam::111122223333:user/"
SESSION = "arn:aws:sts::111122223333:assumed-role/"
SSO = f"{SESSION}AWSReservedSSO_Treasury_0a1b2c3d4e5f6789/"
ALICE, BOB = f"{USER}alice", f"{USER}finance/bob"
PROPOSAL = Proposal("20261128-1", "withdraw", {}, "digest", {}, ALICE, NOW)

PEOPLE = (
    ALICE,
    BOB,
    f"{SSO}carol@example.com",
    f"{SSO}dave@example.com",
    f"{SESSION}Treasurer/on-call",
    f"{SESSION}Auditor/i-0123456789",
    "arn:aws-cn:iam::444455556666:user/erin",
)
"""Callers that are people of whom no two are the same."""

SAME = (
    (f"{SESSION}Treasurer/one", f"{SESSION}Treasurer/two"),
    (f"{SESSION}Treasurer/one", f"{SESSION}treasurer/Two"),
    (f"{SESSION}Treasurer/alice", ALICE),
    (f"{SESSION}Treasurer/alice", f"{SESSION}Auditor/ALICE"),
    (f"{SSO}carol@example.com", f"{SESSION}AWSReservedSSO_Setup_99/Carol@example.com"),
    (f"{SSO}carol@example.com", f"{SESSION}Auditor/carol@example.com"),
    (ALICE, f"{USER}other/path/Alice"),
)
"""Pairs that may be one person."""

NOBODIES = (
    "",
    "alice",
    "arn:aws:iam::111122223333:root",
    "arn:aws:sts::111122223333:federated-user/alice",
    "arn:aws:sts::111122223333:assumed-role/Treasurer",
    "arn:aws:sts::111122223333:assumed-role/Treasurer/",
    "arn:aws:iam::111122223333:user/",
    "arn:aws:iam::111122223333:role/Treasurer",
)


@pytest.mark.parametrize(("one", "other"), list(combinations(PEOPLE, 2)))
def test_two_people_are_two(one: str, other: str) -> None:
    assert not may_be_one_person(one, other)
    assert may_be_one_person(one, one)
    check_person(one)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_who_shares_a_role_or_a_name_may_be_one(one: str, other: str) -> None:
    assert may_be_one_person(one, other)
    assert may_be_one_person(other, one)


@pytest.mark.parametrize("caller", NOBODIES)
def test_what_names_nobody_is_no_second_person(caller: str) -> None:
    assert may_be_one_person(caller, ALICE)
    for decide in (PROPOSAL.confirmed, PROPOSAL.rejected):
        with pytest.raises(Forbidden) as refused:
            decide(caller, NOW)
        assert refused.value.code == "no_person"


def test_who_proposed_it_may_take_it_back_and_not_confirm_it() -> None:
    with pytest.raises(Forbidden, match=r"alice proposed it.*somebody else") as refused:
        PROPOSAL.confirmed(f"{SESSION}Treasurer/alice", NOW)
    assert refused.value.code == "own_proposal"
    assert PROPOSAL.rejected(ALICE, NOW).state is ProposalState.REJECTED


def test_a_decision_says_whose_it_is_and_moves_the_version_on() -> None:
    decided = PROPOSAL.confirmed(BOB, NOW)
    assert (decided.state, decided.decided_by, decided.decided_at) == ("CONFIRMED", BOB, NOW)
    assert decided.version == PROPOSAL.version + 1
    assert decided.confirmed(BOB, NOW + 2 * LIVES) == decided


EDGES = {
    ("WAITING", "confirmed"): "CONFIRMED",
    ("WAITING", "rejected"): "REJECTED",
    ("REJECTED", "rejected"): "REJECTED",
}
"""All that a further person may do; everything else is refused by the code of the state."""


@pytest.mark.parametrize("state", ProposalState)
@pytest.mark.parametrize("act", ["confirmed", "rejected"])
def test_what_is_decided_stays_so(state: ProposalState, act: str) -> None:
    by = "" if state is ProposalState.WAITING else PEOPLE[2]
    stands = replace(PROPOSAL, state=state, decided_by=by)
    if (state, act) in EDGES:
        assert getattr(stands, act)(BOB, NOW).state == EDGES[state, act]
        return
    with pytest.raises(Conflict, match="already") as refused:
        getattr(stands, act)(BOB, NOW)
    assert refused.value.code == f"proposal_{state.lower()}"


def test_a_proposal_waits_for_seven_days_and_not_an_instant_longer() -> None:
    last = NOW + LIVES - timedelta(milliseconds=1)
    assert PROPOSAL.confirmed(BOB, last).state is ProposalState.CONFIRMED
    for decide in (PROPOSAL.confirmed, PROPOSAL.rejected):
        with pytest.raises(Conflict, match="propose it again") as refused:
            decide(BOB, NOW + LIVES)
        assert refused.value.code == "proposal_expired"


@pytest.mark.parametrize(
    ("above", "minor", "currency", "waits"),
    [
        (0, 1, "USD", True),
        (100, 10_000, "USD", False),
        (100, 10_001, "USD", True),
        (100, 100, "JPY", False),
        (100, 101, "JPY", True),
        (100, 100_000, "KWD", False),
        (100, 100_001, "KWD", True),
    ],
)
def test_an_amount_above_the_threshold_waits(
    above: int, minor: int, currency: str, waits: bool
) -> None:
    amount = Money(minor, currency)
    assert SecondPerson(True, above).confirms_amount(amount) is waits
    assert not NOBODY_ELSE.confirms_amount(amount)


def terms(*payouts: tuple[str, PayoutTerm | PayoutPlan]) -> Terms:
    return Terms(1, NOW, LockRule.parse("DAY 15d"), PaymentRule.parse("DAY 4d"), payouts)


def plan(default: str, *groups: str) -> PayoutPlan:
    when = [{"variable": "PROMO_CODE", "operator": "IS", "value": "X"}]
    return PayoutPlan.from_dict(
        {
            "default": default,
            "groups": [
                {"name": f"group {at}", "rank": at, "payout": each, "when": when}
                for at, each in enumerate(groups, 1)
            ],
        }
    )


def test_a_contract_waits_for_any_high_payout_and_says_for_which() -> None:
    rule = SecondPerson(True, flat_above=5, rate_above=Rate.parse_percent("20"))
    low = terms(("1", PayoutTerm.parse("20%")), ("2", plan("5.00 USD", "20%", "5 JPY")))
    assert rule.confirms_terms(low) == ()
    high = terms(
        ("1", PayoutTerm.parse("20.0001%")),
        ("2", plan("5.01 USD", "5%", "100%", "6 JPY")),
        ("3", PayoutTerm.parse("5%")),
    )
    assert rule.confirms_terms(high) == (
        "1 default 20.0001%",
        "2 default 5.01 USD",
        "2 group 2 100%",
        "2 group 3 6 JPY",
    )
    assert NOBODY_ELSE.confirms_terms(high) == ()
