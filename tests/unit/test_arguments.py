"""Arguments of the operator's commands: read, or refused with what would be read."""

from enum import StrEnum

import pytest
from makegood.domain.approval_rules import Wait
from makegood.domain.parties import PartnerKind, Retroactive, Role
from makegood.domain.problems import Invalid
from makegood.operator import arguments


@pytest.mark.parametrize("known", [PartnerKind, Retroactive, Role, Wait])
def test_one_that_is_not_known_is_told_those_that_are(known: type[StrEnum]) -> None:
    for each in known:
        assert arguments.read({"it": str(each)}, "it", known) is each
    for text in ("COUPONS", str(next(iter(known))).lower()):
        with pytest.raises(Invalid) as caught:
            arguments.read({"it": text}, "it", known)
        (fault,) = caught.value.faults
        assert (fault.field, fault.code) == ("it", "unknown")
        assert fault.message == f"Not one that is known: {text}; give one of {', '.join(known)}"
