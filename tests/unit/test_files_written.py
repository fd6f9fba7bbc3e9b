"""Files as people and their spreadsheets write them: amounts of every style, and odd texts."""

import csv
import io
from random import Random

import pytest
from makegood.domain.money import Money
from makegood.domain.uploads import Kind
from makegood.files import ingestion

from tests import builders
from tests.memory_ingest import Ingest, answer, claim, conversion, table
from tests.reference import check


@pytest.fixture
def ingest() -> Ingest:
    return Ingest()


def results(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(each["Result"], each["Code"]) for each in rows]


def semicolons(*rows: dict[str, str]) -> bytes:
    """Rows as a German spreadsheet saves them."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def test_a_file_of_amounts_as_germany_writes_them_is_read(ingest: Ingest) -> None:
    amounts = ("12,30", "1.234,50", "1 234,50", "1\xa0234,50", ",50", "7")
    rows = [claim(f"A-{at}", text) for at, text in enumerate(amounts)]
    upload_id = ingest.send(Kind.INQUIRIES, semicolons(*rows))
    assert results(ingest.result(upload_id)) == [("APPLIED", "unresolved")] * 6
    read = sorted(each.claim.order_amount.minor for each in ingest.kept.inquiries.values())
    assert read == [50, 700, 1230, 123_450, 123_450, 123_450]
    assert ingest.summary(upload_id)["warnings"] == []


def test_amounts_with_two_readings_are_refused_with_both(ingest: Ingest) -> None:
    rows = [claim("A-1", "1.500", Currency="EUR"), claim("A-2", "12.000", Currency="EUR")]
    upload_id = ingest.send(Kind.INQUIRIES, semicolons(*rows))
    told = ingest.result(upload_id)
    assert results(told) == [("REJECTED", "ambiguous_amount")] * 2
    assert "1.50 EUR or 1500.00 EUR" in told[0]["Message"]
    assert "12.00 EUR or 12000.00 EUR" in told[1]["Message"]
    assert not ingest.kept.inquiries
    assert ingest.summary(upload_id)["warnings"] == []


def test_a_currency_of_three_decimals_has_one_reading(ingest: Ingest) -> None:
    (row,) = ingest.whole(Kind.INQUIRIES, claim("A-1", "1.500", Currency="KWD"))
    assert row["Result"] == "APPLIED"
    (inquiry,) = ingest.kept.inquiries.values()
    assert inquiry.claim.order_amount == Money(1500, "KWD")


@pytest.mark.parametrize("seed", range(4))
def test_amounts_that_contradict_each_other_are_told_once_at_the_top(
    ingest: Ingest, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 2)
    amounts = ("1.500", "5", "12.30", "no", "14,70", "7.10", "8,20", "9")
    rows = [claim(f"A-{at}", text) for at, text in enumerate(amounts)]
    upload_id = ingest.send(Kind.INQUIRIES, table(*rows))
    waiting = [*ingest.queue.waiting, *ingest.queue.waiting]
    Random(seed).shuffle(waiting)
    ingest.deliver(waiting)
    (told,) = ingest.summary(upload_id)["warnings"]
    assert told == ingest.kept.uploads[upload_id].warnings[0]
    assert "one in line 6 can only have a decimal comma" in told
    assert "one in line 4 only a decimal point" in told
    read = [each["Result"] for each in ingest.result(upload_id)]
    applied, rejected = "APPLIED", "REJECTED"
    assert read == [rejected, applied, applied, rejected, *[applied] * 4]


def test_every_column_of_money_may_contradict_the_others(ingest: Ingest) -> None:
    row = conversion("A-1", "12,30", **{"Item Sku 1": "a", "Item Subtotal 1": "12.30"})
    upload_id = ingest.send(Kind.CONVERSIONS, table(row))
    (told,) = ingest.summary(upload_id)["warnings"]
    assert told.count("line 2") == 2


def test_three_digits_of_the_campaigns_own_currency_contradict_each_other(ingest: Ingest) -> None:
    ingest.kept.campaign = builders.a_campaign(currency="KWD")
    upload_id = ingest.send(Kind.INQUIRIES, table(claim("A-1", "1.500"), claim("A-2", "1,500")))
    assert len(ingest.summary(upload_id)["warnings"]) == 1


@pytest.mark.parametrize("unseen", ["\u200b", "\x01", "\u2003\ufeff"])
def test_what_cannot_be_seen_hides_no_contradiction_of_amounts(ingest: Ingest, unseen: str) -> None:
    rows = claim("A-1", f"12.30{unseen}"), claim("A-2", f"{unseen}12,30")
    upload_id = ingest.send(Kind.INQUIRIES, table(*rows))
    assert len(ingest.summary(upload_id)["warnings"]) == 1
    refused = claim("A-4", "1,500", Currency=f"KWD{unseen}") | {"Type": "no"}
    upload_id = ingest.send(Kind.INQUIRIES, table(claim("A-3", "12.30", Currency=""), refused))
    assert len(ingest.summary(upload_id)["warnings"]) == 1


def test_an_order_id_with_an_invisible_character_is_no_other_order(ingest: Ingest) -> None:
    ingest.kept.campaign = builders.a_campaign(declines_tracked=True, inquiries_enabled=True)
    ingest.whole(Kind.CONVERSIONS, conversion("CD1"))
    (row,) = ingest.whole(Kind.INQUIRIES, claim("CD1\u200b"))
    assert (row["Result"], row["Code"]) == ("APPLIED", "declined")
    (row,) = ingest.whole(Kind.INQUIRIES, claim("C\u200bD1"))
    assert (row["Result"], row["Code"]) == ("REJECTED", "bad_characters")
    assert "U+200B" in row["Message"]
    check(ingest.kept, ingest.now)


def test_two_ways_to_write_an_order_id_are_one_order(ingest: Ingest) -> None:
    rows = ingest.whole(Kind.INQUIRIES, claim("Ko\u0308ln-1"), claim("K\xf6ln-1"))
    assert results(rows) == [("APPLIED", "unresolved"), ("UNCHANGED", "same_unresolved")]


def test_a_resolution_grants_what_its_file_says_as_germany_writes_it(ingest: Ingest) -> None:
    (filed,) = ingest.whole(Kind.INQUIRIES, claim("A-1"))
    inquiry_id = filed["Uri"].rpartition("/")[2]
    row = answer(inquiry_id, "VALID", **{"Final Payout": "0,50"})
    upload_id = ingest.send(Kind.RESOLUTIONS, semicolons(row))
    assert results(ingest.result(upload_id)) == [("APPLIED", "valid")]
    assert ingest.kept.inquiries[inquiry_id].final_payout == Money(50, "USD")
