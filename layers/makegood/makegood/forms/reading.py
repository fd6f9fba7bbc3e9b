"""Reads fields of any form, for HTTP and for files alike.

Fields are texts by the API's names; blank means absent. Invisible characters are removed from their
ends, and refused inside (`domain.texts`). All faults of a form are found together and raised as one
`Invalid`, each with its field, in the order in which the form is read.

A request holds what must be known first: the campaign, inquiry or action that it is about. The rest
stays `unread` until that has been found, because dates and amounts mean nothing without its time
zone and currency. Then the request reads the rest in one pass, each field once.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import TypeVar

from makegood.domain import calendar, spreadsheet_damage, texts
from makegood.domain.amounts import JsonNumber, read_bounded
from makegood.domain.money import ENDED, Money, check_in_use, parse_currency
from makegood.domain.parties import Campaign
from makegood.domain.problems import Fault, Invalid, Malformed
from makegood.forms.fields import is_id

TEXT_MAX = 255
NOTES_MAX = 2_000
ORDER_ID_MAX = 100
REQUIRED = "Required"
MISSING = frozenset({"NULL", "N/A"})
"""What databases and spreadsheets write for a missing value, in capitals."""

VERSION_DIGITS_MAX = 9

Fields = Mapping[str, str]
T = TypeVar("T")
_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_COUNT = re.compile(rf"[1-9]\d{{0,{VERSION_DIGITS_MAX - 1}}}", re.ASCII)


def _key(fields: Fields, name: str) -> str:
    text = texts.trimmed(fields.get(name, ""))
    if not text:
        raise Invalid(faults=(Fault(name, REQUIRED, "required"),))
    try:
        return read_id(text)
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at(name),)) from malformed


def campaign_id(fields: Fields) -> str:
    """The campaign that the rest of the form is read by."""
    return _key(fields, "CampaignId")


def inquiry_id(fields: Fields) -> str:
    """The inquiry that the rest of the form is read by."""
    return _key(fields, "Id")


@dataclass(slots=True)
class Form:
    """The fields of a form while they are read; faults are collected until the end."""

    fields: Fields
    zone: tzinfo
    currency: str
    faults: list[Fault] = field(default_factory=list)

    @classmethod
    def of(cls, fields: Fields, campaign: Campaign, currency: str = "") -> "Form":
        """A form in this currency, else its own, else the campaign's.

        A date without an offset is of the time zone given with a file, else of the campaign's.
        """
        given = fields.get("TimeZone", "")
        form = cls(fields, calendar.zone(given) if given else campaign.zone, currency)
        if not currency:
            form.currency = form.read("Currency", parse_currency) or campaign.currency
        return form

    def given(self, names: Iterable[str]) -> "Form":
        """Those of these fields that are not blank, as a form whose faults are this one's, too."""
        texts_given = {
            name: text for name in names if texts.trimmed(text := self.fields.get(name, ""))
        }
        return Form(texts_given, self.zone, self.currency, self.faults)

    def fault(self, name: str, message: str, code: str) -> None:
        self.faults.append(Fault(name, message, code))

    def done(self) -> None:
        if self.faults:
            raise Invalid(faults=tuple(self.faults))

    def read(
        self, name: str, parse: Callable[[str], T], required: bool = False, why: str = REQUIRED
    ) -> T | None:
        """The field through its parser, without what cannot be seen at its ends; None when it is
        blank or at fault.
        """
        return self._parsed(name, self.fields.get(name, ""), parse, required, why)

    def _parsed(
        self, name: str, given: str, parse: Callable[[str], T], required: bool, why: str
    ) -> T | None:
        text = given if isinstance(given, JsonNumber) else texts.trimmed(given)
        if not text:
            if required:
                self.fault(name, why, "required")
            return None
        try:
            return parse(text)
        except Malformed as malformed:
            self.faults.append(malformed.at(name))
            return None

    def text(
        self, name: str, most: int = TEXT_MAX, required: bool = False, why: str = REQUIRED
    ) -> str:
        """One line of text."""
        given = self.fields.get(name, "")
        if not given and not required:
            return ""
        check = spreadsheet_damage.check if is_id(name) else str
        read = self._parsed(
            name, given, lambda text: texts.one_line(check(text), most), required, why
        )
        return read or ""

    def customer_id(self) -> str:
        """The shopper's id; what databases and spreadsheets write for none is blank."""
        text = self.text("CustomerId")
        return "" if text.upper() in MISSING else text

    def notes(self, name: str) -> str:
        """Text of several lines."""
        try:
            return texts.several_lines(self.fields.get(name, ""), NOTES_MAX)
        except Malformed as malformed:
            self.faults.append(malformed.at(name))
            return ""

    def date(self, name: str, required: bool = False, why: str = REQUIRED) -> datetime | None:
        return self.read(name, lambda text: calendar.parse_instant(text, self.zone), required, why)

    def end(self, name: str) -> datetime | None:
        """The first instant after a date or an instant, which itself is included."""
        return self.read(name, lambda text: calendar.parse_end(text, self.zone))

    def money(self, name: str, required: bool = False, positive: bool = False) -> Money | None:
        """An amount in the form's currency, from zero (or above it) to five million."""
        least = 1 if positive else 0
        return self.read(name, lambda text: read_bounded(text, self.currency, least), required)

    def check_currency(self, ordered_at: datetime | None) -> None:
        """An order is in a currency that was still used on its day."""
        if self.currency in ENDED and ordered_at is not None:
            try:
                check_in_use(self.currency, calendar.local_day(ordered_at, self.zone))
            except Malformed as malformed:
                self.faults.append(malformed.at("Currency"))

    def count(self, name: str) -> int | None:
        return self.read(name, _whole)


def _whole(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise Malformed("not_a_count", "Not a whole number from 1 on; write it like 2")
    return int(text)


def one_of(known: Iterable[str]) -> str:
    """What is told of a blank that has to be one of these."""
    return f"{REQUIRED}; give one of {', '.join(known)}"


def read_id(text: str) -> str:
    if not _KEY.fullmatch(spreadsheet_damage.check(text)):
        raise Malformed("bad_id", "Not an id; copy it from a listing")
    return text
