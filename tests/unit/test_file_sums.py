"""What a summary adds up to: each sum is of one thing, and says of which."""

from collections.abc import Iterable
from typing import Any

import pytest
from makegood.domain.uploads import Kind
from makegood.files import ingestion
from makegood.usecases import unit_of_work

from tests import builders
from tests.memory_ingest import Ingest, answer, claim, conversion, table


@pytest.fixture
def ingest(monkeypatch: pytest.MonkeyPatch) -> Ingest:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 2)
    monkeypatch.setattr(unit_of_work, "PAUSE_SECONDS_MAX", 0)
    return Ingest()


def sums(
    ingest: Ingest, kind: Kind, rows: Iterable[dict[str, str]], **opened: Any
) -> dict[str, Any]:
    """The money of a file of these rows, by result; those without any are left out."""
    upload_id = ingest.send(kind, table(*rows), **opened)
    ingest.deliver()
    results = ingest.summary(upload_id)["results"]
    return {name: each["money"] for name, each in results.items() if each["money"]}


def filed(ingest: Ingest, *rows: dict[str, str]) -> list[str]:
    """Claims on file; their inquiries' ids."""
    return [each["Uri"].rpartition("/")[2] for each in ingest.whole(Kind.INQUIRIES, *rows)]


def mixed(ingest: Ingest) -> list[dict[str, str]]:
    """Resolutions of every kind: three are granted, one is corrected upwards and one downwards,
    two are not granted, and one is refused.
    """
    ingest.whole(Kind.CONVERSIONS, conversion("T-1", "100.00"), conversion("T-2", "100.00"))
    wrong = {"Type": "INCORRECT"}
    ids = filed(
        ingest,
        claim("A-1", "100.00"),
        claim("A-2", "20.50"),
        claim("A-3", "40.00"),
        claim("A-4", "1000.00"),
        claim("A-5", "2000.00"),
        claim("T-1", "150.00", **wrong),
        claim("T-2", "60.00", **wrong),
    )
    return [
        answer(ids[0], "VALID"),
        answer(ids[1], "VALID", **{"Final Payout": "9.99"}),
        answer(ids[2], "VALID"),
        answer(ids[3], "DECLINED"),
        answer(ids[4], "INCOMPLETE"),
        answer(ids[5], "VALID"),
        answer(ids[6], "VALID"),
        answer("12345", "VALID"),
    ]


MIXED = {
    "order_amounts": {"USD": "3370.50"},
    "payouts_granted": {"USD": "16.99"},
    "corrections": {"USD": "0.50"},
}
"""5.00 + 9.99 + 2.00 are granted; 7.50 instead of 5.00, and 3.00 instead of 5.00, are corrected."""


def test_what_was_granted_corrected_and_claimed_are_three_sums(ingest: Ingest) -> None:
    assert sums(ingest, Kind.RESOLUTIONS, mixed(ingest)) == {"APPLIED": MIXED}


def test_a_dry_run_tells_the_sums_of_the_run_and_what_is_there_already_tells_them_again(
    ingest: Ingest,
) -> None:
    rows = mixed(ingest)
    assert sums(ingest, Kind.RESOLUTIONS, rows, dry=True) == {"APPLIED": MIXED}
    assert sums(ingest, Kind.RESOLUTIONS, rows) == {"APPLIED": MIXED}
    assert sums(ingest, Kind.RESOLUTIONS, rows) == {"UNCHANGED": MIXED}


def test_a_chunk_that_comes_again_uncounted_adds_what_it_did_the_first_time(ingest: Ingest) -> None:
    rows = mixed(ingest)
    upload_id = ingest.send(Kind.RESOLUTIONS, table(*rows))
    messages, chunks = list(ingest.queue.waiting), dict(ingest.results.kept)
    ingest.deliver()
    ingest.results.kept.update(chunks)
    ingest.kept.chunks.clear()
    ingest.kept._change(upload_id, chunks_done=0, rows_done=0, state=ingestion.UploadState.RUNNING)
    ingest.deliver(messages)
    results = ingest.summary(upload_id)["results"]
    assert results["APPLIED"] == {"rows": 7, "money": dict(sorted(MIXED.items()))}
    assert results["REJECTED"] == {"rows": 1, "money": {}}


@pytest.mark.parametrize(("claimed", "told"), [("150.00", "2.50"), ("100.00", "0.00")])
def test_a_locked_action_is_corrected_by_the_difference(
    ingest: Ingest, claimed: str, told: str
) -> None:
    """It stays, and the new action carries what is new."""
    terms = builders.terms(locking="DAY 0d")
    ingest.kept.terms = terms
    ingest.whole(Kind.CONVERSIONS, conversion("T-1", "100.00"))
    (inquiry_id,) = filed(ingest, claim("T-1", claimed, Type="INCORRECT"))
    found = sums(ingest, Kind.RESOLUTIONS, [answer(inquiry_id, "VALID")])
    assert found["APPLIED"]["corrections"] == {"USD": told}
    assert "payouts_granted" not in found["APPLIED"]


def test_claims_add_up_to_what_their_orders_came_to(ingest: Ingest) -> None:
    rows = [claim("A-1"), claim("A-2", "20.50"), claim("A-1"), claim("A-3", "-1")]
    assert sums(ingest, Kind.INQUIRIES, rows) == {
        "APPLIED": {"order_amounts": {"USD": "120.50"}},
        "UNCHANGED": {"order_amounts": {"USD": "100.00"}},
    }


def test_conversions_add_up_to_orders_and_payouts(ingest: Ingest) -> None:
    rows = [conversion("A-1"), conversion("A-2", "20.00"), conversion("A-1")]
    assert sums(ingest, Kind.CONVERSIONS, rows) == {
        "APPLIED": {"order_amounts": {"USD": "120.00"}, "payouts": {"USD": "6.00"}},
        "UNCHANGED": {"order_amounts": {"USD": "100.00"}, "payouts": {"USD": "5.00"}},
    }


def test_changes_add_up_to_how_much_more_or_less_it_became(ingest: Ingest) -> None:
    ingest.whole(Kind.CONVERSIONS, *(conversion(f"A-{at}") for at in range(4)))
    changed = {"Action Tracker": builders.SALE}
    rows = [
        {"Order Id": "A-0", "Reason": "ITEM_RETURNED", "Amount": "60.00", **changed},
        {"Order Id": "A-1", "Reason": "ORDER_UPDATE", "Amount": "130.00", **changed},
        {"Order Id": "A-2", "Reason": "CONS_FRAUD", "Amount": "", **changed},
        {"Order Id": "A-3", "Reason": "RESET", "Amount": "", **changed},
    ]
    assert sums(ingest, Kind.ACTIONS, rows) == {
        "APPLIED": {
            "amount_changes": {"USD": "-110.00"},
            "payout_changes": {"USD": "-5.50"},
        }
    }
    assert sums(ingest, Kind.ACTIONS, rows) == {}
