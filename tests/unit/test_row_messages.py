"""What the message of a file's row tells: the payout, the lock date, and what may not be meant."""

import pytest
from makegood.domain.limits import Limit, Measure
from makegood.domain.payout_plans import PayoutPlan, PayoutTerm
from makegood.domain.uploads import Kind

from tests import builders
from tests.builders import LEAD, SALE
from tests.memory_files import MemoryStore
from tests.memory_ingest import Ingest, answer, claim

ORDER = {
    "Campaign Id": "1000",
    "Action Tracker": SALE,
    "Order Id": "CD1",
    "Event Date": "2026-03-05T10:00:00-05:00",
    "Amount": "100.00",
    "Partner Id": "10001",
}
CHANGE = {"Order Id": "CD1", "Action Tracker": SALE, "Reason": "", "Amount": ""}
PENDING = "is pending until it locks on 2026-03-16; payout 5.00 USD"


def messages(ingest: Ingest, kind: Kind, *rows: dict[str, str], dry: bool = False) -> list[str]:
    """Without the action that each begins with."""
    found = ingest.whole(kind, *rows, **({"dry": True} if dry else {}))
    assert {each["Result"] for each in found} == {"APPLIED"}
    return [each["Message"].split(" ", 2)[-1] for each in found]


def accepted(ingest: Ingest, amount: str = "100.00", **said: str) -> dict[str, str]:
    """The row that accepts a claim over this amount, which is filed for it."""
    ingest.whole(Kind.INQUIRIES, claim("A-1", amount))
    (inquiry_id,) = ingest.kept.inquiries
    return answer(inquiry_id, "VALID", **said)


def granted(ingest: Ingest, dry: bool = False, amount: str = "100.00", **said: str) -> str:
    """The message of its row."""
    (message,) = messages(ingest, Kind.RESOLUTIONS, accepted(ingest, amount, **said), dry=dry)
    return message


@pytest.mark.parametrize("dry", [True, False])
def test_an_acceptance_tells_the_payout_and_the_lock_date_in_a_dry_run_too(dry: bool) -> None:
    assert granted(Ingest(), dry) == PENDING


@pytest.mark.parametrize("dry", [True, False])
def test_a_grant_above_the_sale_is_told(dry: bool) -> None:
    message = granted(Ingest(), dry, "23.50", **{"Final Payout": "999"})
    assert message == (
        "is pending until it locks on 2026-03-16; payout 999.00 USD; The payout granted, 999.00 "
        "USD, exceeds the order amount of 23.50; check it, a payout that has locked no longer "
        "changes"
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"Final Payout": "23.50"}, False),
        ({"Final Payout": "23.51"}, True),
        ({"Final Payout": "23.51", "Sale Amount": "30.00"}, False),
        ({"Final Payout": "23.50", "Sale Amount": "20.00"}, True),
        ({}, False),
    ],
)
def test_a_grant_is_held_against_the_amount_of_the_decision_else_the_claim_s(said, told) -> None:
    assert ("exceeds the order amount" in granted(Ingest(), False, "23.50", **said)) is told


def test_a_flat_payout_of_the_contract_above_the_sale_is_told_too() -> None:
    ingest = Ingest(MemoryStore(terms=builders.terms(sale="30.00 USD")))
    assert "30.00 USD, exceeds the order amount of 23.50" in granted(ingest, False, "23.50")


def test_a_row_that_comes_again_tells_the_same() -> None:
    ingest = Ingest()
    row = accepted(ingest, "23.50", **{"Final Payout": "999"})
    with ingest.stopped_before("finish_chunk"):
        ingest.whole(Kind.RESOLUTIONS, row)
    (upload_id,) = (each for each in ingest.kept.uploads if not ingest.kept.uploads[each].is_over)
    ingest.deliver([{"upload_id": upload_id, "chunk": 1}])
    (told,) = ingest.result(upload_id)
    assert "payout 999.00 USD; The payout granted, 999.00 USD, exceeds the order" in told["Message"]


def test_a_conversion_and_each_change_tell_what_the_action_pays_from_then_on() -> None:
    ingest = Ingest()
    assert messages(ingest, Kind.CONVERSIONS, ORDER) == [PENDING]
    changes = [
        CHANGE | {"Reason": "OTHER", "Amount": "80.00"},
        CHANGE | {"Reason": "CONS_FRAUD"},
    ]
    assert messages(ingest, Kind.ACTIONS, *changes, dry=True) == [
        "is pending until it locks on 2026-03-16; payout 4.00 USD",
        "is reversed; it pays nothing",
    ]


def test_what_waits_for_an_approval_says_so_and_when_it_clears_once_it_has_one() -> None:
    ingest = Ingest(MemoryStore(terms=builders.terms("OPEN_ENDED")))
    (told,) = messages(ingest, Kind.CONVERSIONS, ORDER)
    assert told == "is pending until it is approved, or locks on 2028-03-04; payout 5.00 USD"
    (told,) = messages(ingest, Kind.ACTIONS, CHANGE | {"Reason": "APPROVED"})
    assert told == (
        "locked at once; it is paid when it clears on 2026-03-15, from funds; payout 5.00 USD"
    )


def test_what_is_outside_of_terms_says_that_it_pays_nothing_unless_it_is_approved() -> None:
    flat = PayoutTerm.parse("3.00 USD")
    plan = PayoutPlan(PayoutTerm.parse("5%"), limits=(Limit(Measure.NUMBER, 1),))
    ingest = Ingest(MemoryStore(terms=builders.terms(payouts=((SALE, plan), (LEAD, flat)))))
    _, told = messages(ingest, Kind.CONVERSIONS, ORDER, ORDER | {"Order Id": "CD2"})
    assert told == (
        "is beyond 1 action in all: it pays nothing, and is reversed on 2026-03-16, unless it is "
        "approved before"
    )
