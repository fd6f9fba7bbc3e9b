"""What comes with a file, for the rows that do not say it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC

from makegood.domain import calendar
from makegood.domain.money import parse_currency
from makegood.forms.claims import read_inquiry_type
from makegood.forms.reading import Fields, Form, read_id

_READ: Mapping[str, Callable[[str], object]] = {
    "CampaignId": read_id,
    "ActionTrackerId": read_id,
    "InquiryType": read_inquiry_type,
    "Currency": parse_currency,
    "TimeZone": calendar.zone,
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
    form.done()
    return found
