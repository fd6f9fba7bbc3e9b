"""Statements: made by the clock and by the operator, kept as they are, read by their owner."""

import csv
import hashlib
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from makegood.aws.s3 import Bucket
from makegood.domain import ledger
from makegood.domain.outcome import Outcome
from makegood.domain.problems import Invalid, RuleForbids
from makegood.domain.statements import Balance, Month
from makegood.jobs import statements
from makegood.operator import commands
from makegood.operator.arguments import CommandContext
from makegood.runtime import telemetry
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import (
    ADVERTISER,
    OTHER_ADVERTISER,
    OTHER_PARTNER,
    PARTNER,
    Context,
    function,
)
from tests.integration.market import CASHBACK, NOW, RECENT_CLEARS_AT, RECENT_LOCKS_AT, SHOP, usd

JUNE = Month(2026, 6)
OVER = datetime(2026, 7, 1, 2, tzinfo=UTC)
LATER = RECENT_CLEARS_AT + timedelta(hours=1)


def bucket() -> Bucket:
    return Bucket(telemetry.settings().statements)


def traded(store: Store) -> None:
    """June: 5.00 paid to the cashback partner, 4.00 left of 9.00."""
    market.deposit(store, "9.00")
    market.track(store, "A-1")
    for at in (RECENT_LOCKS_AT, LATER):
        market.sweep(store, at)


def every(store: Store, month: Month = JUNE, now: datetime = OVER) -> statements.StatementsResult:
    return statements.all_of(store, bucket(), month, now, lambda: True)


def details(uri: str) -> list[dict[str, str]]:
    key = "/".join(uri.partition("?")[0].split("/")[-4:])
    data = bucket().read(key)
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_both_sides_read_their_month_and_its_lines(live: Store) -> None:
    traded(live)
    result = every(live)
    assert (result.made, result.there, result.differences, result.finished) == (2, 0, [], True)
    (listed,) = ADVERTISER.get("/Invoices").body["Invoices"]
    assert (listed["OpeningBalance"], listed["AmountIn"], listed["AmountOut"]) == (
        "0.00",
        "9.00",
        "5.00",
    )
    assert (listed["ClosingBalance"], listed["ClosingCommitted"]) == ("4.00", "0.00")
    shown = PARTNER.get(f"/Invoices/{CASHBACK}-2026-06-USD").body
    (line,) = shown["LineItems"]
    assert (line["Reason"], line["Counterparty"]) == ("PAY", f"advertiser:{SHOP}")
    assert (line["Actions"], line["Amount"], line["Committed"]) == ("1", "5.00", "0.00")
    (row,) = details(shown["CsvUri"])
    assert (row["Reason"], row["Amount"]) == ("PAY", "5.00")
    rows = details(listed["CsvUri"])
    assert sum(Decimal(each["Amount"]) for each in rows) == Decimal("4.00")


def test_an_invoice_has_the_fields_of_the_field(live: Store) -> None:
    traded(live)
    every(live)
    (paid,) = ADVERTISER.get("/Invoices").body["Invoices"]
    (earned,) = PARTNER.get("/Invoices").body["Invoices"]
    assert (paid["MediaId"], paid["MediaName"]) == (CASHBACK, "Cashback Club")
    assert (earned["RecipientId"], earned["RecipientName"]) == (SHOP, "The Shop")
    for invoice in (paid, earned):
        assert (invoice["TotalAmount"], invoice["TotalVatAmount"]) == ("5.00", "0.00")
        payments = [each for each in invoice["LineItems"] if each["Description"]]
        assert [(each["Description"], each["Status"]) for each in payments] == [
            ("MEDIA_PAYOUT", "PAID")
        ]
        totals = [Decimal(each["TotalItemAmount"]) for each in invoice["LineItems"]]
        assert sum(totals) == Decimal(invoice["TotalAmount"])
        (detail,) = invoice["DetailedLineItems"]
        assert (detail["ActionAmount"], detail["OtherAmount"]) == ("5.00", "0.00")
    assert paid["DetailedLineItems"][0]["Name"] == "Cashback Club"
    assert earned == PARTNER.get(f"/Invoices/{CASHBACK}-2026-06-USD").body | {
        name: earned[name] for name in ("CsvUri", "WorkbookUri")
    }


def test_nobody_reads_another_s_statement(live: Store) -> None:
    traded(live)
    every(live)
    own = f"/Invoices/{SHOP}-2026-06-USD"
    assert ADVERTISER.get(own).status == 200
    for stranger in (OTHER_ADVERTISER, PARTNER, OTHER_PARTNER):
        for path in (own, f"{own}/Page"):
            answer = stranger.get(path)
            assert (answer.status, answer.body["code"]) == (404, "not_found")
        assert stranger is PARTNER or stranger.get("/Invoices").body["Invoices"] == []
    for unknown in ("x", "500-2026-06", "500-2026-99-USD", "500-2026-05-USD"):
        assert ADVERTISER.get(f"/Invoices/{unknown}").status == 404


def test_the_page_is_for_people(live: Store) -> None:
    traded(live)
    every(live)
    page = ADVERTISER.get(f"/Invoices/{SHOP}-2026-06-USD/Page")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "The Shop" in page.text
    assert "Cashback Club" in page.text


def test_made_twice_it_stays_as_it_is(live: Store) -> None:
    traded(live)
    every(live)
    before = ADVERTISER.get(f"/Invoices/{SHOP}-2026-06-USD").body
    result = every(live)
    assert (result.made, result.there, result.differences) == (0, 2, [])
    after = ADVERTISER.get(f"/Invoices/{SHOP}-2026-06-USD").body
    links = {"CsvUri": "", "WorkbookUri": ""}
    assert {**after, **links} == {**before, **links}


def test_a_table_that_is_missing_is_made_again_as_it_was(live: Store) -> None:
    traded(live)
    every(live)
    shown = ADVERTISER.get(f"/Invoices/{SHOP}-2026-06-USD").body
    both = keys("advertisers/")
    assert [key.rpartition(".")[2] for key in both] == ["csv", "xlsx"]
    before = [bucket().read(key) for key in both]
    for missing in (both, both[:1], both[1:]):
        for key in missing:
            bucket().client.delete_object(Bucket=bucket().name, Key=key)
        result = every(live)
        assert (result.made, result.there, result.remade, result.differences) == (0, 2, 1, [])
        assert [bucket().read(key) for key in both] == before
    assert hashlib.sha256(before[0]).hexdigest() == shown["Checksum"]
    assert every(live).remade == 0


def test_a_missing_table_that_would_be_another_is_told_and_not_made(live: Store) -> None:
    traded(live)
    every(live)
    for key in keys("advertisers/"):
        bucket().client.delete_object(Bucket=bucket().name, Key=key)
    late = ledger.deposit(SHOP, usd("1.00"), "late", NOW)
    live.commit(Outcome(entries=(late,)))
    result = every(live)
    assert (result.remade, len(result.differences)) == (0, 4)
    assert keys("advertisers/") == []


def keys(prefix: str) -> list[str]:
    listed = bucket().client.list_objects_v2(Bucket=bucket().name, Prefix=prefix)
    return [each["Key"] for each in listed.get("Contents", ())]


def test_what_the_ledger_says_otherwise_later_is_told_and_changes_nothing(live: Store) -> None:
    traded(live)
    every(live)
    late = ledger.deposit(SHOP, usd("1.00"), "late", NOW)
    live.commit(Outcome(entries=(late,)))
    result = every(live)
    name = f"advertiser:{SHOP} {SHOP}-2026-06-USD"
    assert [each.partition(" of ")[2] for each in result.differences] == [name] * 4
    kept = live.statement(f"advertiser:{SHOP}", JUNE, "USD")
    assert kept is not None
    assert kept.closing == Balance(400)


def test_a_month_follows_on_the_one_before_whether_that_has_a_statement_or_not(live: Store) -> None:
    traded(live)
    august = datetime(2026, 8, 2, tzinfo=UTC)
    alone = statements.computed(live, f"advertiser:{SHOP}", "USD", Month(2026, 7))
    every(live)
    after = statements.computed(live, f"advertiser:{SHOP}", "USD", Month(2026, 7))
    assert alone == after
    assert (after.opening, after.closing, after.lines) == (Balance(400), Balance(400), ())
    every(live, Month(2026, 7), august)
    assert ADVERTISER.get("/Invoices").body["@total"] == "2"
    query = "?StartDate=2026-07-15&EndDate=2026-08-15"
    (july,) = ADVERTISER.get(f"/Invoices{query}").body["Invoices"]
    assert july["Id"] == f"{SHOP}-2026-07-USD"


class CutOff(Exception):
    """The function is stopped in the middle of its work."""


def test_the_clock_makes_them_once_the_month_is_over_and_goes_on_where_it_stopped(
    live: Store,
) -> None:
    traded(live)
    ended = datetime(2026, 7, 1, 0, 30, tzinfo=UTC)
    assert statements.due(ended) == Month(2026, 5)
    parts = []
    while (result := statements.scheduled(live, bucket(), OVER, lambda: False)) is not None:
        parts.append((result.month, result.finished))
    assert len(parts) > 2
    assert parts == [("2026-06", False)] * (len(parts) - 1) + [("2026-06", True)]
    assert ADVERTISER.get("/Invoices").body["@total"] == "1"
    assert PARTNER.get("/Invoices").body["@total"] == "1"


def test_runs_that_are_cut_off_after_each_statement_come_to_the_end_and_do_nothing_twice(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    traded(live)
    computed, done = statements.computed, []

    def once(store: Store, owner: str, currency: str, month: Month):
        if done and done[-1] != "cut off":
            done.append("cut off")
            raise CutOff
        done.append(owner)
        return computed(store, owner, currency, month)

    monkeypatch.setattr(statements, "computed", once)
    with pytest.raises(CutOff):
        statements.scheduled(live, bucket(), OVER, lambda: True)
    result = statements.scheduled(live, bucket(), OVER, lambda: True)
    assert result is not None
    assert (result.made, result.there, result.finished) == (1, 0, True)
    assert sorted(done) == [f"advertiser:{SHOP}", "cut off", f"partner:{CASHBACK}"]


def test_months_that_the_clock_missed_are_made_one_after_the_other(live: Store) -> None:
    traded(live)
    statements.scheduled(live, bucket(), OVER, lambda: False)
    september = datetime(2026, 9, 1, 2, tzinfo=UTC)
    months = []
    while (result := statements.scheduled(live, bucket(), september, lambda: True)) is not None:
        months.append(result.month)
    assert months == ["2026-06", "2026-07", "2026-08"]
    assert ADVERTISER.get("/Invoices").body["@total"] == "3"
    assert statements.scheduled(live, bucket(), OVER, lambda: True) is None


def test_what_the_operator_has_no_time_for_goes_on_with_the_schedule(live: Store) -> None:
    traded(live)
    begun = statements.all_of(live, bucket(), JUNE, OVER, lambda: False)
    assert not begun.finished
    finished = statements.scheduled(live, bucket(), OVER, lambda: True)
    assert finished is not None
    assert finished.finished
    assert begun.made + finished.made == 2


def test_the_schedule_makes_statements_and_proves_the_books(live: Store) -> None:
    traded(live)
    live.set_clock(OVER)
    for _ in range(2):
        assert function("books").handler({}, Context()) == {}
    assert ADVERTISER.get("/Invoices").body["@total"] == "1"
    assert live.statements_made()[0] == "2026-06"


def test_the_operator_makes_a_month_that_is_over(live: Store) -> None:
    traded(live)

    def run(now: datetime, **arguments: str) -> dict[str, object]:
        context = CommandContext(live, now, lambda: "", lambda: True, True, bucket())
        return commands.run(context, {"command": "make_statements", **arguments})

    assert run(OVER) == {
        "month": "2026-06",
        "made": 2,
        "there": 0,
        "remade": 0,
        "finished": True,
        "differences": [],
    }
    with pytest.raises(RuleForbids, match="2026-07 is not over"):
        run(OVER, month="2026-07")
    with pytest.raises(Invalid, match="Validation"):
        run(OVER, month="July")
