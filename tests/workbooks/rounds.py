"""What people fill in, kind by kind, in their own way of writing; and what must be decided by it.

Each round makes a file as a person gets it, says what is typed into which cell, and checks what was
decided when the file comes back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from makegood.domain.actions import ActionState
from makegood.domain.inquiries import InquiryState
from makegood.domain.money import Money
from makegood.domain.parties import Role
from makegood.domain.uploads import CUTTING, Kind, Place, SheetKind, Upload
from makegood.files import result_parts
from makegood.files.layouts import DATES, LAYOUTS
from makegood.forms.fields import is_amount
from makegood.workbooks.writing import Column, Holds, TableWriter

from tests import builders
from tests.memory_ingest import NOW, Ingest, claim, conversion

ORDERED_AT = datetime(2026, 3, 5, 15, 0, tzinfo=UTC)
"""10:00 in the campaign's time zone, in which people write dates."""

Row = Mapping[str, str]


@dataclass(frozen=True)
class Language:
    """How numbers and dates are typed where a language is spoken."""

    locale: str
    small: str
    large: str
    moment: str
    separator: str = ","


LANGUAGES = (
    Language("en-US", "12.30", "1,234.50", "3/5/2026 10:00"),
    Language("de-DE", "12,30", "1.234,50", "05.03.2026 10:00", ";"),
    Language("fr-FR", "12,30", "1234,50", "05/03/2026 10:00", ";"),
)
SMALL, LARGE = Money(1230, "USD"), Money(123450, "USD")
TEXT = "Wo ist die Ware? \u00c9t\u00e9 \u20ac"


@dataclass
class Round:
    """A file to fill in: its bytes, its header, and what is typed into each of its rows."""

    ingest: Ingest
    kind: Kind
    file: bytes
    header: Sequence[str]
    typed: Sequence[Row]
    decided: Callable[[], Any]
    expected: Any = field(default=None)
    given: Mapping[str, str] = field(default_factory=dict)
    """What comes with the file when it is opened."""


def resolutions(language: Language, suffix: str) -> Round:
    """Our sheet of undecided inquiries: accepted, declined, asked about, and left."""
    ingest = Ingest()
    ingest.whole(Kind.INQUIRIES, *(claim(f"A-{at}", "99.90") for at in range(4)))
    file, header, rows = ordered(ingest, SheetKind.UNDECIDED, suffix)
    accepted = {
        "Resolution Status": "VALID",
        "Action Tracker": builders.SALE,
        "Final Payout": language.small,
        "Sale Amount": language.large,
    }
    if suffix == ".xlsx":
        accepted["Transaction Date"] = language.moment
    typed = (
        accepted,
        {"Resolution Status": "DECLINED", "Resolution Reason": "Other"},
        {"Resolution Status": "INCOMPLETE", "Resolution Notes": TEXT},
        {},
    )

    def decided() -> Any:
        return [_of_inquiry(ingest, each["Id"]) for each in rows]

    expected = [
        (InquiryState.VALID, SMALL, LARGE, ORDERED_AT, ""),
        (InquiryState.DECLINED, None, None, None, ""),
        (InquiryState.INCOMPLETE, None, None, None, TEXT),
        (InquiryState.UNRESOLVED, None, None, None, ""),
    ]
    return Round(ingest, Kind.RESOLUTIONS, file, header, typed, decided, expected)


def _of_inquiry(ingest: Ingest, inquiry_id: str) -> tuple[Any, ...]:
    inquiry = ingest.kept.inquiries[inquiry_id]
    action = ingest.kept.actions.get(inquiry.action_id)
    said = inquiry.comments[-1].text if inquiry.comments else ""
    if action is None:
        return inquiry.state, inquiry.final_payout, None, None, said
    return inquiry.state, inquiry.final_payout, action.order_amount, action.event_at, said


def actions(language: Language, suffix: str) -> Round:
    """Our sheet of actions that await approval: approved, reversed, changed, and left."""
    ingest = Ingest()
    ingest.kept.terms = builders.terms(locking="OPEN_ENDED")
    ingest.whole(Kind.CONVERSIONS, *(conversion(f"C-{at}", "99.90") for at in range(4)))
    file, header, rows = ordered(ingest, SheetKind.APPROVALS, suffix)
    typed = (
        {"Reason": "APPROVED"},
        {"Reason": "REJECTED"},
        {"Reason": "ORDER_UPDATE", "Amount": language.small},
        {},
    )

    def decided() -> Any:
        found = [ingest.kept.actions[each["Action Id"]] for each in rows]
        return [
            (each.state is ActionState.REVERSED, each.awaits_approval, each.order_amount)
            for each in found
        ]

    was = Money(9990, "USD")
    expected = [(False, False, was), (True, False, was), (False, True, SMALL), (False, True, was)]
    return Round(ingest, Kind.ACTIONS, file, header, typed, decided, expected)


def inquiries(language: Language, suffix: str) -> Round:
    """A partner's claims, typed under our columns."""
    ingest = Ingest()
    more = {"Notes": TEXT, "Customer Id": "K-1"}
    typed = [_written(claim(f"A-{at}", **more), language, suffix) for at in range(3)]

    def decided() -> Any:
        found = sorted(ingest.kept.inquiries.values(), key=lambda each: each.claim.order_id)
        return [
            (each.claim.order_id, each.claim.order_amount, each.claim.ordered_at, each.claim.notes)
            for each in found
        ]

    expected = [(f"A-{at}", LARGE, ORDERED_AT, TEXT) for at in range(3)]
    return _typed_anew(ingest, Kind.INQUIRIES, suffix, typed, decided, expected)


def conversions(language: Language, suffix: str) -> Round:
    """An advertiser's orders, typed under our columns."""
    ingest = Ingest()
    typed = [_written(conversion(f"C-{at}"), language, suffix) for at in range(3)]

    def decided() -> Any:
        found = sorted(ingest.kept.actions.values(), key=lambda each: each.order.order_id)
        return [(each.order.order_id, each.order_amount, each.event_at) for each in found]

    expected = [(f"C-{at}", LARGE, ORDERED_AT) for at in range(3)]
    return _typed_anew(ingest, Kind.CONVERSIONS, suffix, typed, decided, expected)


def orders(language: Language, suffix: str) -> Round:
    """A shop's orders, typed under our columns, on the shop's clock."""
    ingest = Ingest()
    rows = [
        {
            "Order Id": f"S-{at}",
            "Order Date": "2026-03-05T10:00:00-05:00",
            "Amount": language.large,
            "Refunded Amount": language.small,
            "Status": "PARTLY_UNDONE",
        }
        for at in range(3)
    ]
    typed = [_written(each, language, suffix) for each in rows]

    def decided() -> Any:
        kept = [ingest.kept.taken[each].order for each in sorted(ingest.kept.taken)]
        return [(each.order_id, each.amount, each.refunded, each.ordered_at) for each in kept]

    expected = [(f"S-{at}", LARGE, SMALL, ORDERED_AT) for at in range(3)]
    given = {"Currency": "USD", "TimeZone": "America/New_York"}
    made = _typed_anew(ingest, Kind.ORDERS, suffix, typed, decided, expected)
    return replace(made, given=given)


ROUNDS: Mapping[Kind, Callable[[Language, str], Round]] = {
    Kind.RESOLUTIONS: resolutions,
    Kind.ACTIONS: actions,
    Kind.INQUIRIES: inquiries,
    Kind.CONVERSIONS: conversions,
    Kind.ORDERS: orders,
}


def _written(row: Row, language: Language, suffix: str) -> Row:
    """A row as somebody types it. Dates are typed in full for CSV, which knows no types."""
    typed = dict(row)
    for title in typed:
        if title in ("Sale Amount", "Amount"):
            typed[title] = language.large
        if title in ("Transaction Date", "Event Date", "Order Date") and suffix == ".xlsx":
            typed[title] = language.moment
    return typed


def _typed_anew(
    ingest: Ingest,
    kind: Kind,
    suffix: str,
    typed: Sequence[Row],
    decided: Callable[[], Any],
    expected: Any,
) -> Round:
    """A file that has nothing but its header."""
    header = list(LAYOUTS[kind].columns)
    if suffix == ".csv":
        file = result_parts.table([header])
    else:
        columns = [_column(title, wire) for title, wire in LAYOUTS[kind].columns.items()]
        out = BytesIO()
        TableWriter(out, "Rows", columns, None, NOW).close()
        file = out.getvalue()
    return Round(ingest, kind, file, header, typed, decided, expected)


def _column(title: str, wire: str) -> Column:
    if is_amount(wire):
        return Column(title=title, holds=Holds.AMOUNT, decimals=2, open=True)
    return Column(title=title, holds=Holds.MOMENT if wire in DATES else Holds.TEXT, open=True)


def ordered(
    ingest: Ingest, kind: SheetKind, suffix: str
) -> tuple[bytes, Sequence[str], Sequence[Row]]:
    """A sheet as it is ordered: its bytes, its header and its rows."""
    ingest.sent += 1
    name = f"{kind}-1000{suffix}"
    place = Place(Role.ADVERTISER, builders.ADVERTISER, kind, f"U{ingest.sent}", name)
    ingest.kept.open_upload(Upload(place, ingest.now, given={"CampaignId": "1000"}))
    ingest.queue.send({"upload_id": place.upload_id, "chunk": CUTTING})
    ingest.deliver()
    rows = ingest.result(place.upload_id)
    file = ingest.results.kept[place.result_key(f"result{suffix}")]
    return file, list(rows[0]), rows
