"""Files of a shop's orders: read whole, order by order, and told row by row (verification.md 1)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from makegood.domain.shop_orders import AmountBasis, Coverage, ShopState
from makegood.domain.uploads import Kind, UploadState
from makegood.domain.verification_settings import CampaignSetting
from makegood.domain.verification_walks import Walk
from makegood.files import ingestion

from tests import builders, shops
from tests.memory_ingest import Ingest, table
from tests.workbook_files import of_rows

GIVEN = {"TimeZone": "America/New_York", "Currency": "USD"}


def order(order_id: str, amount: str = "20.00", **more: str) -> dict[str, str]:
    at = "2026-03-05T10:00:00Z"
    return {
        "Order Id": order_id,
        "Order Date": at,
        "Amount": amount,
        "Currency": "USD",
        "Status": "SALE",
        "Refunded Amount": "",
        "Aliases": "",
        **more,
    }


def item(order_id: str, price: str, status: str = "Shipped") -> dict[str, str]:
    """A line of Amazon's export."""
    return {
        "amazon-order-id": order_id,
        "purchase-date": "2026-03-05T10:00:00+00:00",
        "order-status": status,
        "item-status": status,
        "item-price": price,
        "currency": "USD",
    }


def told(rows: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(each["Result"], each["Code"]) for each in rows]


@pytest.mark.parametrize("platform", shops.PLATFORMS)
def test_a_platform_s_export_is_taken_whole(platform: str) -> None:
    ingest = Ingest()
    (path,) = shops.FOLDER.glob(f"{platform}-orders.*")
    upload_id = ingest.send(Kind.ORDERS, path.read_bytes(), given=GIVEN)
    ingest.deliver()
    found = {each.order for each in ingest.kept.taken.values()}
    assert found == set(shops.shop_file(platform).orders)
    results = ingest.summary(upload_id)["results"]
    assert results["APPLIED"]["rows"] == 900
    assert results["REJECTED"]["rows"] == 0
    rows = ingest.result(upload_id)
    assert [int(each["Row"]) for each in rows] == sorted(int(each["Row"]) for each in rows)


def test_each_row_says_what_became_of_its_order() -> None:
    ingest = Ingest()
    rows = [order("A"), order("B", Status="half-baked"), order("C", "")]
    assert told(ingest.whole(Kind.ORDERS, *rows)) == [
        ("APPLIED", "taken"),
        ("APPLIED", "unknown_status"),
        ("REJECTED", "required"),
    ]
    assert ingest.kept.taken["B"].order.state is ShopState.UNKNOWN
    ingest.now += timedelta(hours=1)
    later = ingest.whole(Kind.ORDERS, order("A", Status="UNDONE"), order("B"), order("C"))
    assert told(later) == [("APPLIED", "replaced")] * 2 + [("APPLIED", "taken")]
    assert "state SALE became UNDONE" in later[0]["Message"]
    assert later[0]["Uri"].endswith("/Orders/A")
    ingest.now += timedelta(hours=1)
    again = ingest.whole(Kind.ORDERS, order("A", Status="UNDONE"))
    assert told(again) == [("UNCHANGED", "same_order")]


def test_the_file_that_began_last_wins_whichever_comes_last() -> None:
    ingest = Ingest()
    ingest.whole(Kind.ORDERS, order("A", "30.00"), order("B"))
    ingest.now -= timedelta(hours=1)
    assert told(ingest.whole(Kind.ORDERS, order("A", "10.00"))) == [("UNCHANGED", "newer_order")]
    assert ingest.kept.taken["A"].order.amount.minor == 3000


def test_the_same_order_of_a_later_file_still_keeps_an_earlier_one_out() -> None:
    ingest = Ingest()
    ingest.whole(Kind.ORDERS, order("A", "30.00"))
    ingest.now += timedelta(hours=2)
    ingest.whole(Kind.ORDERS, order("A", "30.00"))
    ingest.now -= timedelta(hours=1)
    assert told(ingest.whole(Kind.ORDERS, order("A", "10.00"))) == [("UNCHANGED", "newer_order")]


def test_lines_of_one_order_are_read_together() -> None:
    ingest = Ingest()
    rows = ingest.whole(Kind.ORDERS, item("1", "10.00"), item("2", "5.00"), item("1", "2.50"))
    assert told(rows) == [
        ("APPLIED", "taken"),
        ("APPLIED", "taken"),
        ("UNCHANGED", "line_of_order"),
    ]
    assert ingest.kept.taken["1"].order.amount.minor == 1250


def test_an_order_is_refused_whole_where_its_lines_contradict_or_one_cannot_be_read() -> None:
    ingest = Ingest()
    rows = ingest.whole(
        Kind.ORDERS,
        order("A", "10.00"),
        order("A", "11.00"),
        order("B", "=1+1"),
        order("B", "11.00"),
        order("C"),
    )
    assert told(rows) == [
        ("REJECTED", "rows_contradict"),
        ("REJECTED", "rows_contradict"),
        ("REJECTED", "formula"),
        ("REJECTED", "order_refused"),
        ("APPLIED", "taken"),
    ]
    assert set(ingest.kept.taken) == {"C"}


@pytest.mark.parametrize("many", [1, 3, 7])
def test_lines_scattered_over_chunks_are_one_order(many: int, monkeypatch) -> None:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 4)
    ingest = Ingest()
    lines = [item(f"{at % many if at % 3 == 0 else f'own-{at}'}", "1.00") for at in range(60)]
    upload_id = ingest.send(Kind.ORDERS, table(*lines))
    ingest.deliver()
    rows = ingest.result(upload_id)
    assert [each["amazon-order-id"] for each in rows] == [each["amazon-order-id"] for each in lines]
    assert [int(each["Row"]) for each in rows] == list(range(2, 62))
    counted = dict.fromkeys({line["amazon-order-id"] for line in lines}, 0)
    for line in lines:
        counted[line["amazon-order-id"]] += 100
    found = {key: each.order.amount.minor for key, each in ingest.kept.taken.items()}
    assert found == counted
    assert sum(code == "taken" for _, code in told(rows)) == len(counted)


def test_an_order_of_too_many_lines_fails_its_file(monkeypatch) -> None:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 100)
    ingest = Ingest()
    upload_id = ingest.send(Kind.ORDERS, table(*[item("1", "1.00")] * 501))
    ingest.deliver()
    assert told(ingest.result(upload_id)) == [("REJECTED", "too_many_lines")]
    assert ingest.kept.uploads[upload_id].state is UploadState.FAILED
    assert not ingest.kept.taken


def test_what_a_shop_exports_besides_may_hold_anything() -> None:
    ingest = Ingest()
    line = {**item("A", "1.00"), "Phone": "+49 170 1", "Note": "=" * 9_000}
    rows = ingest.whole(Kind.ORDERS, line)
    assert told(rows) == [("APPLIED", "taken")]
    assert rows[0]["Phone"] == "'+49 170 1"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Bestellnummer,Datum,Betrag,Status", "unknown_platform"),
        ("Order Id,Order Date", "missing_column"),
        (
            "Order Id,Order Date,Amount,ID,Purchase Date,Status,Total Refunded,Subtotal",
            "mixed_platforms",
        ),
        ("Date,Order #,Status,Net Sales", "no_time_zone"),
        ("Order Id,Order Date,Amount", "no_currency"),
        ("Order Id,Order Date,Amount,Currency,Statuss", "misspelt_column"),
    ],
)
def test_a_header_that_nobody_may_guess_fails_the_file(header: str, code: str) -> None:
    ingest = Ingest()
    upload_id = ingest.send(Kind.ORDERS, f"{header}\r\n{'1,' * header.count(',')}1\r\n".encode())
    ingest.deliver()
    assert code in {each["Code"] for each in ingest.result(upload_id)}
    assert ingest.kept.uploads[upload_id].state is UploadState.FAILED


def test_a_dry_run_writes_nothing() -> None:
    ingest = Ingest()
    assert told(ingest.whole(Kind.ORDERS, order("A"), dry=True)) == [("APPLIED", "taken")]
    assert not ingest.kept.taken


SPAN = {"CoverageStart": "2026-03-01", "CoverageEnd": "2026-03-31", "Complete": "true"}


def test_what_a_file_covers_counts_once_all_its_rows_are_in() -> None:
    ingest = Ingest()
    ingest.whole(Kind.ORDERS, order("A"), given=SPAN)
    assert [each.complete for each in ingest.kept.covered.values()] == [True]
    assert builders.ADVERTISER in ingest.kept.given


def test_a_file_with_a_refused_row_is_not_complete_and_says_so() -> None:
    ingest = Ingest()
    upload_id = ingest.send(Kind.ORDERS, table(order("A"), order("B", "")), given=SPAN)
    ingest.deliver()
    assert ingest.kept.covered == {
        upload_id: Coverage(date(2026, 3, 1), date(2026, 3, 31), complete=False)
    }
    (warning,) = ingest.summary(upload_id)["warnings"]
    assert warning == "A row was refused, so the file is not complete; mend them, and send it again"


@pytest.mark.parametrize(
    ("days", "zone", "covered"),
    [
        (("2026-03-01", "2099-12-31"), "", ("2026-03-01", "2026-04-09", True)),
        (("2026-03-01", "2026-04-10"), "", ("2026-03-01", "2026-04-09", True)),
        (("2026-03-01", "2026-04-10"), "Asia/Tokyo", ("2026-03-01", "2026-04-10", True)),
        (("2026-03-01", "2026-04-09"), "", ("2026-03-01", "2026-04-09", True)),
        (("2026-04-10", "2026-04-30"), "", ("2026-04-10", "2026-04-30", False)),
    ],
)
def test_of_days_that_are_not_over_no_file_is_complete(days, zone, covered) -> None:
    ingest = Ingest()
    ingest.now = datetime(2026, 4, 10, 16, tzinfo=UTC)
    said = dict(zip(("CoverageStart", "CoverageEnd"), days, strict=True))
    given = {**said, "Complete": "true", **({"TimeZone": zone} if zone else {})}
    upload_id = ingest.send(Kind.ORDERS, table(order("A")), given=given)
    ingest.deliver()
    start, end, complete = covered
    expected = Coverage(date.fromisoformat(start), date.fromisoformat(end), complete)
    assert ingest.kept.covered == {upload_id: expected}
    warnings = ingest.summary(upload_id)["warnings"]
    assert [each.partition(",")[0] for each in warnings] == (
        []
        if (end, complete) == (days[1], True)
        else [f"CoverageEnd {days[1]} was not over when the file came"]
    )


def test_a_file_that_says_no_days_and_a_dry_run_cover_none() -> None:
    ingest = Ingest()
    ingest.whole(Kind.ORDERS, order("A"))
    ingest.whole(Kind.ORDERS, order("A"), given=SPAN, dry=True)
    assert not ingest.kept.covered


def test_amounts_are_read_on_the_basis_of_the_campaigns_and_that_is_told() -> None:
    ingest = Ingest()
    ingest.kept.settings["1000"] = CampaignSetting("1000", AmountBasis(tax=True, shipping=True))
    (path,) = shops.FOLDER.glob("shopify-orders.*")
    upload_id = ingest.send(Kind.ORDERS, path.read_bytes())
    ingest.deliver()
    assert ingest.summary(upload_id)["given"] == {"AmountBasis": "GOODS+TAX+SHIPPING"}
    assert ingest.kept.taken["#103705"].order.amount.minor == 1556


def test_campaigns_that_count_differently_and_a_basis_not_in_the_file_fail_it(monkeypatch) -> None:
    ingest = Ingest()
    ingest.kept.settings["1000"] = CampaignSetting("1000", AmountBasis(tax=True))
    (path,) = shops.FOLDER.glob("woocommerce-orders.*")
    upload_id = ingest.send(Kind.ORDERS, path.read_bytes(), given=GIVEN)
    assert "basis_not_in_file" in {each["Code"] for each in ingest.result(upload_id)}
    monkeypatch.setattr(ingest.kept, "campaign_ids_of", lambda _: ["1000", "1001"])
    upload_id = ingest.send(Kind.ORDERS, table(order("A")))
    assert told(ingest.result(upload_id)) == [("REJECTED", "bases_differ")]
    assert not ingest.kept.taken


def walks(ingest: Ingest) -> list[Walk]:
    """What was asked for since the last time."""
    ingest.deliver()
    found = list(ingest.walks)
    ingest.walks.clear()
    return found


def test_the_end_of_a_file_has_the_claims_of_its_days_verified_again() -> None:
    ingest = Ingest()
    ingest.send(Kind.ORDERS, table(order("A")))
    assert walks(ingest) == [Walk(builders.ADVERTISER, date(2026, 3, 4), date(2026, 3, 6))]
    ingest.send(Kind.ORDERS, table(order("A")), given=SPAN)
    assert walks(ingest) == [Walk(builders.ADVERTISER, date(2026, 3, 1), date(2026, 3, 31))]
    ingest.send(Kind.ORDERS, table(order("A")), dry=True)
    assert walks(ingest) == []


def test_a_file_is_cut_between_orders(monkeypatch) -> None:
    monkeypatch.setattr(ingestion, "CHUNK_ROWS_MAX", 4)
    for make in (table, of_rows):
        ingest = Ingest()
        lines = [item(str(at // 3), "1.00") for at in range(60)]
        upload_id = ingest.send(Kind.ORDERS, make(*lines))
        assert ingest.kept.uploads[upload_id].ordered_from is None
        ingest.deliver()
        assert {each.order.amount.minor for each in ingest.kept.taken.values()} == {300}
