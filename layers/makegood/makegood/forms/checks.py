"""Claims that a partner asks about before it files any: `OrderId1`, `OrderId2` and their like.

A field without a number is of all claims that do not say it themselves.
"""

import re
from collections.abc import Mapping

from makegood.domain.problems import Fault, Invalid
from makegood.domain.prospects import CHECKS_MAX
from makegood.forms.claims import ClaimRequest
from makegood.forms.reading import Fields

PARTS = (
    "CampaignId",
    "OrderId",
    "TransactionDate",
    "TransactionAmount",
    "Currency",
    "InquiryType",
    "ExpectedPayout",
    "CustomerId",
    "AppealOf",
)
"""What a check needs of a claim."""

FIELD = re.compile(rf"({'|'.join(PARTS)})([1-9]\d{{0,3}})?", re.ASCII)


def read(fields: Fields) -> dict[int, ClaimRequest]:
    """The claims by their numbers; raises `Invalid` if there is none, or too many.

    The campaign of each is known, and the rest is read when that has been found.
    """
    numbered, of_all = _sorted(fields)
    if not numbered:
        raise _refused("OrderId1", "Give at least one claim", "required")
    if len(numbered) > CHECKS_MAX:
        message = f"At most {CHECKS_MAX} claims at once; ask for the others after these"
        raise _refused(f"OrderId{max(numbered)}", message, "too_many_claims")
    result = {}
    for number in sorted(numbered):
        try:
            result[number] = ClaimRequest.read({**of_all, **numbered[number]})
        except Invalid as invalid:
            raise Invalid(faults=numbered_faults(invalid, number)) from invalid
    return result


def numbered_faults(invalid: Invalid, number: int) -> tuple[Fault, ...]:
    """The faults of one claim, by the names of its fields."""
    return tuple(Fault(f"{each.field}{number}", each.message, each.code) for each in invalid.faults)


def _sorted(fields: Fields) -> tuple[Mapping[int, dict[str, str]], dict[str, str]]:
    numbered: dict[int, dict[str, str]] = {}
    of_all: dict[str, str] = {}
    unknown = []
    for name, text in fields.items():
        match = FIELD.fullmatch(name)
        if match is None:
            unknown.append(name)
        elif match[2]:
            numbered.setdefault(int(match[2]), {})[match[1]] = text
        else:
            of_all[name] = text
    if unknown:
        message = "There is no such field; check its spelling"
        raise Invalid(faults=tuple(Fault(each, message, "unknown_field") for each in unknown))
    return numbered, of_all


def _refused(field: str, message: str, code: str) -> Invalid:
    return Invalid(faults=(Fault(field, message, code),))
