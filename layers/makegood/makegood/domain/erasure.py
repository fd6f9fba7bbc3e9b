"""What of a stored document is about a customer, and what takes its place.

Amounts, dates, states and ids stay: the books are proven by them, and an id of ours says nothing of
a person. A document that was erased is marked, so that what was made of it before, like the bodies
of webhooks, is found by the mark and erased as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from makegood.domain.ids import digest

ERASED = "[erased]"
"""Stands where somebody had written something."""

MARK = "erased"
"""The field of a document that says how often something of it was erased; `true` is once."""

KEPT_WITH_CLAIMS = frozenset({"customer", "link", "notes"})
KEPT_WITH_ORDERS = frozenset({"customer", "note", "country", "region", "city", "postcode"})
SHOWN = frozenset(
    {
        "CustomerId",
        "CustomerArea",
        "CustomerCity",
        "CustomerRegion",
        "CustomerCountry",
        "CustomerPostCode",
        "TrackingLink",
        "InquiryNotes",
        "Note",
        "Comment",
    }
)
"""The fields of customers in documents of claims and of actions, and in what the API answers."""

SEALED = "\x00"
"""Begins what a limit counts for, once that is known by its digest alone; no text begins so."""

WORD_CHARS_MIN = 6
"""Of an id that is looked for within other texts; a shorter one stands in many by chance."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data is erased: all claims of a partner's customer, or one claim without a customer.

    `inquiry_id` is that claim. `order_id` is its order; it tells which rows of files are about it.
    `named_by` is the claim that named the customer: it is erased last, so that the same request
    names the same customer until all else is erased.
    """

    partner_id: str
    customer_id: str = ""
    inquiry_id: str = ""
    order_id: str = ""
    named_by: str = ""

    @property
    def name(self) -> str:
        """What rows of files name it by."""
        return self.customer_id or self.order_id

    def is_named(self, cells: Sequence[str]) -> bool:
        """Whether a row of a file is about it, with or without marks against formulas."""
        return any(cell.strip(" \t'\"=") == self.name for cell in cells)


def sealed(counted_for: str, customer_id: str) -> str:
    """What a limit counts for, without the customer: the counter itself is found all the same."""
    is_customer = customer_id and counted_for == customer_id
    return SEALED + digest("of", counted_for) if is_customer else counted_for


def claim_without(document: Mapping[str, Any], customer_id: str) -> dict[str, Any]:
    """The document of an inquiry, without its customer and without what was said."""
    kept = {name: each for name, each in document.items() if name not in KEPT_WITH_CLAIMS}
    if "comment" in kept:
        kept["comment"] = said_without(kept["comment"])
    return _marked(document, unnamed(kept, customer_id))


def order_without(document: Mapping[str, Any], customer_id: str) -> dict[str, Any]:
    """The document of an action, without its customer; its limits stay counted."""
    kept = {name: each for name, each in document.items() if name not in KEPT_WITH_ORDERS}
    if "counts" in kept:
        kept["counts"] = [[row[0], sealed(row[1], customer_id), *row[2:]] for row in kept["counts"]]
    return _marked(document, unnamed(kept, customer_id))


def _marked(document: Mapping[str, Any], without: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of a document, with one mark more if something of it has gone just now."""
    marks = int(document.get(MARK, 0))
    return {**without, MARK: document[MARK] if marks and without == document else marks + 1}


def said_without(row: Sequence[Any]) -> list[Any]:
    """A comment or a note as it is kept, without what it says."""
    user, _, *more = row
    return [user, ERASED, *more]


def shown_without(value: Any, customer_id: str) -> Any:
    """What the API showed of an object, without its customer."""
    if isinstance(value, Mapping):
        return {
            name: _blank(each) if name in SHOWN else shown_without(each, customer_id)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [shown_without(each, customer_id) for each in value]
    return unnamed(value, customer_id)


def unnamed(value: Any, customer_id: str) -> Any:
    """A document without texts that name the customer, whatever they are."""
    if isinstance(value, Mapping):
        return {name: unnamed(each, customer_id) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [unnamed(each, customer_id) for each in value]
    if isinstance(value, str) and customer_id:
        within = len(customer_id) >= WORD_CHARS_MIN and customer_id in value
        return ERASED if within or value == customer_id else value
    return value


def _blank(value: Any) -> Any:
    return ERASED if value else value
