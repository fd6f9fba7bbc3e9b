"""Evidence: files that a side of an inquiry adds, scanned before anybody can read them.

    AWAITED ──▶ CLEAN       the file arrived, is of its type, and the scanner found nothing
            ──▶ REFUSED     it is not, or the scanner found something, or could not look
            ──▶ ERASED      what it was called is forgotten, and the file is deleted
    CLEAN, REFUSED ──▶ ERASED

An exhibit is one such file. What the shop's own orders say of a claim is in `domain.evidence`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from makegood.domain.carried import Carrying
from makegood.domain.inquiries import Inquiry
from makegood.domain.parties import Role
from makegood.domain.problems import Forbidden, NotFound, RuleForbids

BYTES_MAX = 10 * 1024 * 1024
FILES_MAX, TOTAL_BYTES_MAX = 5, 25 * 1024 * 1024
"""The most files of each side at one inquiry, and the most bytes; refused ones do not count."""

TRIES_MAX = 50
"""The most files that each side ever announces for one inquiry, whatever becomes of them."""

AWAITED_FOR = timedelta(hours=1)
"""How long a file is awaited; its form is good for a quarter of that."""

NAME_CHARS_MAX = 100

SENT_FOR_MAX = 50
"""Claims that are kept of one file; of more, the latest."""

SENT_KEPT_FOR = timedelta(days=400)
"""How long it is known for which claims a file was sent, from the last time on: as long as a shop's
orders are, if the advertiser says nothing else.
"""

BEGINNINGS = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
"""The content types that are taken, and the first bytes of each."""

SCAN_TAG, CLEAN_RESULT = "GuardDutyMalwareScanStatus", "NO_THREATS_FOUND"
"""The tag in which the scanner leaves its result on an object, and the only result that lets a file
be read: all others refuse it.
"""

_FOLDERS = {Role.ADVERTISER: "advertisers", Role.PARTNER: "partners"}


class ExhibitType(StrEnum):
    RECEIPT = "receipt"
    ORDER_CONFIRMATION = "order_confirmation"
    SCREENSHOT = "screenshot"
    CORRESPONDENCE = "correspondence"
    OTHER = "other"


class ExhibitState(StrEnum):
    AWAITED = "AWAITED"
    CLEAN = "CLEAN"
    REFUSED = "REFUSED"
    ERASED = "ERASED"


FAULTS = {
    "threats_found": "The scanner found something harmful in it, and it was deleted",
    "not_scanned": "The scanner could not look into it, as with a file that has a password",
    "not_its_type": "Its content is not of the type that was announced",
    "too_late": "It arrived too long after it was announced",
}
"""Why a file was refused, by code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What is said of a file before it is sent; `size` is in bytes."""

    exhibit_type: ExhibitType
    name: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit(Carrying):
    """One file of an inquiry; `number` counts them from 1, `exhibit_id` is random.

    `object_version` is the object that was scanned, `sha256` the digest of its bytes, both blank
    before that. `fault` is a code of `FAULTS`.
    """

    inquiry_id: str
    number: int
    exhibit_id: str
    side: Role
    user: str
    said: Announced
    made_at: datetime
    state: ExhibitState = ExhibitState.AWAITED
    scanned_at: datetime | None = None
    object_version: str = ""
    sha256: str = ""
    fault: str = ""

    @property
    def key(self) -> str:
        """The key of its object; each side's are in a folder of their own."""
        return f"{_FOLDERS[self.side]}/{self.inquiry_id}/{self.exhibit_id}"

    def counts(self, now: datetime) -> bool:
        """Whether it takes one of the places for files."""
        awaited = self.state is ExhibitState.AWAITED and not self.is_late(now)
        return awaited or self.state is ExhibitState.CLEAN

    def is_late(self, now: datetime) -> bool:
        return self.made_at + AWAITED_FOR <= now

    @property
    def is_compared(self) -> bool:
        """Whether its file is looked for on other claims: a partner's that can be read. What an
        advertiser adds, it may add to all of its claims.
        """
        return self.side is Role.PARTNER and self.state is ExhibitState.CLEAN


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file, known by its digest, and those of an advertiser's claims that partners sent it for,
    the latest last.
    """

    advertiser_id: str
    sha256: str
    expires_at: datetime
    inquiry_ids: tuple[str, ...] = ()
    version: int = 0

    def with_claim(self, inquiry_id: str) -> Self:
        """The same claim again changes nothing of the claims."""
        return self._with((*self._others(inquiry_id), inquiry_id)[-SENT_FOR_MAX:])

    def without(self, inquiry_id: str) -> Self:
        return self._with(self._others(inquiry_id))

    def _others(self, inquiry_id: str) -> tuple[str, ...]:
        return tuple(each for each in self.inquiry_ids if each != inquiry_id)

    def _with(self, inquiry_ids: tuple[str, ...]) -> Self:
        return replace(self, inquiry_ids=inquiry_ids, version=self.version + 1)


def folders(inquiry_id: str) -> tuple[str, ...]:
    """Where all objects of an inquiry are."""
    return tuple(f"{each}/{inquiry_id}/" for each in _FOLDERS.values())


def inquiry_of(key: str) -> tuple[str, str]:
    """The ids of the inquiry and of the exhibit that an object's key names; blank for others."""
    parts = key.split("/")
    return (parts[1], parts[2]) if len(parts) == 3 and parts[0] in _FOLDERS.values() else ("", "")


def announce(
    inquiry: Inquiry,
    exhibits: Sequence[Exhibit],
    side: Role,
    user: str,
    said: Announced,
    exhibit_id: str,
    now: datetime,
) -> Exhibit:
    """A new file after those that the inquiry has; raises `RuleForbids` if it takes no more of this
    side. Neither side takes the other's place.
    """
    _check_open(inquiry, side)
    own = [each for each in exhibits if each.side is side]
    held = [each for each in own if each.counts(now)]
    if len(held) >= FILES_MAX or len(own) >= TRIES_MAX:
        raise RuleForbids(
            f"Inquiry {inquiry.inquiry_id} has {len(held)} files of your evidence, and takes no "
            "more",
            code="evidence_full",
        )
    left = TOTAL_BYTES_MAX - sum(each.said.size for each in held)
    if said.size > left:
        raise RuleForbids(
            f"Your evidence of inquiry {inquiry.inquiry_id} may be {TOTAL_BYTES_MAX} bytes in all, "
            f"of which {left} are left; send a smaller file",
            code="evidence_full",
        )
    return Exhibit(
        inquiry_id=inquiry.inquiry_id,
        number=len(exhibits) + 1,
        exhibit_id=exhibit_id,
        side=side,
        user=user,
        said=said,
        made_at=now,
    )


def _check_open(inquiry: Inquiry, side: Role) -> None:
    """Evidence is for a decision that is to come: this one, or that of an appeal."""
    appealable = inquiry.state.rules.needs_reason and not inquiry.claim.appeal_of
    appeals = side is Role.PARTNER and appealable and inquiry.appealed is None
    if inquiry.is_live or appeals:
        return
    raise RuleForbids(
        f"Inquiry {inquiry.inquiry_id} is {inquiry.state}, and takes no more evidence",
        code="evidence_closed",
    )


def settled(
    exhibit: Exhibit, result: str, object_version: str, sha256: str, first: bytes, now: datetime
) -> Exhibit:
    """The exhibit after the scan of its object; one that is settled already stays as it is.

    `result` is the scanner's; `first` are the object's first bytes and `sha256` its digest, both
    blank where nobody may read it.
    """
    if exhibit.state is not ExhibitState.AWAITED:
        return exhibit
    fault = _fault(exhibit, result, first, now)
    state = ExhibitState.REFUSED if fault else ExhibitState.CLEAN
    return replace(
        exhibit,
        state=state,
        fault=fault,
        scanned_at=now,
        object_version=object_version,
        sha256=sha256,
    )


def _fault(exhibit: Exhibit, result: str, first: bytes, now: datetime) -> str:
    if result == "THREATS_FOUND":
        return "threats_found"
    if result != CLEAN_RESULT:
        return "not_scanned"
    if not first.startswith(BEGINNINGS[exhibit.said.content_type]):
        return "not_its_type"
    return "too_late" if exhibit.is_late(now) else ""


def erased(exhibit: Exhibit) -> Exhibit:
    """The exhibit without anything that a person wrote; that there was one stays."""
    said = replace(exhibit.said, name="")
    return replace(exhibit, state=ExhibitState.ERASED, user="", said=said, sha256="")


def readable(exhibits: Iterable[Exhibit], exhibit_id: str) -> Exhibit:
    """The exhibit of that id, if it may be read; raises what keeps it from that."""
    for each in exhibits:
        if each.exhibit_id != exhibit_id or each.state is ExhibitState.ERASED:
            continue
        if each.state is ExhibitState.CLEAN:
            return each
        told = FAULTS.get(each.fault, "It has not been scanned yet; try again in a minute")
        raise Forbidden(told, code=each.fault or "not_scanned_yet")
    raise NotFound


def same_files(
    inquiry: Inquiry, exhibits: Iterable[Exhibit], inquiries_of: Mapping[str, Iterable[Inquiry]]
) -> dict[str, tuple[Inquiry, ...]]:
    """By the id of a partner's exhibit, the other claims that its file was sent for.

    `inquiries_of` has the claims by the file's digest. Claims of this order by this partner, like
    what a claim appeals, are no others; what was withdrawn claims nothing.
    """
    found = {
        each.exhibit_id: tuple(
            other for other in inquiries_of.get(each.sha256, ()) if _is_another(other, inquiry)
        )
        for each in exhibits
        if each.is_compared
    }
    return {exhibit_id: others for exhibit_id, others in found.items() if others}


def _is_another(other: Inquiry, inquiry: Inquiry) -> bool:
    return not other.state.rules.is_void and _ordered(other) != _ordered(inquiry)


def _ordered(inquiry: Inquiry) -> tuple[str, str, str]:
    claim = inquiry.claim
    return claim.partner_id, claim.campaign_id, claim.order_id


def newer_than(exhibits: Iterable[Exhibit], decided: Inquiry) -> bool:
    """Whether the partner has added evidence since the decision that can be read."""
    since = decided.resolved_at or decided.created_at
    return any(
        each.side is Role.PARTNER and each.state is ExhibitState.CLEAN and each.made_at >= since
        for each in exhibits
    )
