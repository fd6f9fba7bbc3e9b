"""What comes with a file, for the rows that do not say it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date

from makegood.domain import calendar
from makegood.domain.money import parse_currency
from makegood.domain.problems import Malformed
from makegood.domain.shop_orders import Coverage
from makegood.forms.claims import read_inquiry_type
from makegood.forms.reading import Fields, Form, read_id

BASIS = "AmountBasis"
"""What the amounts of a file of orders are read on; told by its owner's campaigns, not given."""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed("not_a_date", "Not a day; write it like 2026-01-31") from None


def _switch(text: str) -> str:
    if text.lower() not in ("true", "false"):
        raise Malformed("not_a_switch", "true or false")
    return text.lower()


_READ: Mapping[str, Callable[[str], object]] = {
    "CampaignId": read_id,
    "ActionTrackerId": read_id,
    "InquiryType": read_inquiry_type,
    "Currency": parse_currency,
    "TimeZone": calendar.zone,
    "CoverageStart": _day,
    "CoverageEnd": _day,
    "Complete": _switch,
}


def read(fields: Fields, allowed: Iterable[str]) -> dict[str, str]:
    """What is given, of what this kind of file may be given; each as a row would write it."""
    form = Form(fields, UTC, "").given(_READ)
    found: dict[str, str] = {}
    for name, parse in _READ.items():
        if name in form.fields and name not in allowed:
            form.fault(name, "Not for files of this kind; leave it out", "unknown_field")
        elif (value := form.read(name, parse)) is not None:
            found[name] = str(value)
    _check_coverage(form, found)
    form.done()
    return found


def _check_coverage(form: Form, found: Mapping[str, str]) -> None:
    """Both days or none, and no whole file of nobody knows which days."""
    days = [name for name in ("CoverageStart", "CoverageEnd") if form.fields.get(name)]
    if len(days) == 1 or (not days and found.get("Complete") == "true"):
        form.fault("CoverageStart", "Give both CoverageStart and CoverageEnd", "no_coverage")
        return
    try:
        coverage(found)
    except Malformed as malformed:
        form.faults.append(malformed.at("CoverageEnd"))


def coverage(given: Mapping[str, str]) -> Coverage | None:
    """The days that a file of orders says it covers, if it says so; raises `Malformed`."""
    start, end = given.get("CoverageStart"), given.get("CoverageEnd")
    if not start or not end:
        return None
    return Coverage(_day(start), _day(end), given.get("Complete") == "true")
