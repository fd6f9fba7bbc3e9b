"""What the records of the tables' streams say has changed.

A record has the item after a write. The streams of inquiries, actions, files and the ledger tell of
the heads of objects, of action updates, of files that are over, of deposits, statements and each
day's forecasts; of everything else they tell nothing. No stream tells of endpoints, most of whose
writes are deliveries: the look at what is due finds those that were given up.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from makegood.domain.actions import ActionState
from makegood.domain.deadlines import Step
from makegood.domain.event_names import (
    APPEALS,
    ASKS,
    AWAITS_SECOND,
    COMMENTS,
    DUE_SOON,
    OVERDUE,
    of_funds,
)
from makegood.domain.events import Change, EventType, Owner
from makegood.domain.inquiries import InquiryState
from makegood.domain.ledger import EntryReason
from makegood.domain.parties import Role
from makegood.domain.statements import Month, statement_id
from makegood.domain.uploads import UploadState, place_of
from makegood.domain.verdicts import Verdict
from makegood.domain.webhooks import Endpoint
from makegood.store.appeals import appealed_in
from makegood.store.clocks import told_in
from makegood.store.indexes import STATEMENTS
from makegood.store.items import Compact, RawItem, read_stamp
from makegood.store.migration import was_migrated
from makegood.store.policy_tallies import BREAKERS
from makegood.store.projections import FORECASTS
from makegood.store.second_decisions import first_in
from makegood.store.verdicts import verdict_of
from makegood.store.webhooks import endpoint_image

OVER = frozenset({UploadState.DONE, UploadState.FAILED})
OPEN, TRIPS_MAX = "OPEN", 10_000
"""The state of a breaker that opened, and more than the times that one opens."""

MADE = "MADE"
"""The state of a statement; there is no other."""


def change_in(record: Mapping[str, Any]) -> Change | None:
    """What a record of a stream says has changed; None of what no event tells, and of a
    migration's write.

    An update does not know its advertiser; it is left blank. What was written before inquiries
    kept when they changed has the stream's date.
    """
    told = record["dynamodb"]
    image = told.get("NewImage")
    pk, sk = told["Keys"]["pk"]["S"], told["Keys"]["sk"]["S"]
    if image is None or was_migrated(image):
        return None
    stored_at = datetime.fromtimestamp(int(told["ApproximateCreationDateTime"]), UTC)
    found = _change_of(pk, sk, image, stored_at, record["eventName"] == "INSERT")
    return None if found is None else replace(found, image=image)


def freed_in(record: Mapping[str, Any]) -> tuple[str, str] | None:
    """The advertiser and the order that a record gives back to other claims, as it is named there:
    an inquiry whose order was taken was withdrawn or declined, or an action was reversed.
    """
    told = record["dynamodb"]
    image, pk, sk = told.get("NewImage"), told["Keys"]["pk"]["S"], told["Keys"]["sk"]["S"]
    if image is None or sk != "H" or was_migrated(image):
        return None
    if pk.startswith("I#"):
        state = InquiryState(image["state"]["S"]).rules
        if state.is_live or state.is_accepted or "verdict" not in image:
            return None
        kept = verdict_of(Compact().deserialize(image["verdict"]["S"]), 0)
        if kept is None or kept.verdict is not Verdict.TAKEN:
            return None
    elif not (pk.startswith("A#") and ActionState(image["state"]["S"]).rules.is_undone):
        return None
    return image["advertiser_id"]["S"], image["order_id"]["S"]


def _change_of(
    pk: str, sk: str, image: RawItem, stored_at: datetime, is_new: bool
) -> Change | None:
    match pk[:2], sk[:2]:
        case "I#", "H" if _tells_only_of_its_appeal(image):
            return None
        case "I#", "H":
            return _inquiry(pk[2:], image, stored_at, is_new)
        case "A#", "H":
            return _action(pk[2:], image, stored_at, is_new)
        case "A#", "U#":
            return _update(pk[2:], image, stored_at, is_new)
        case "F#", "FI" if image["state"]["S"] in OVER:
            return _file(image, stored_at)
        case "E#", "E" if image["reason"]["S"] == EntryReason.DEPOSIT:
            return _deposit(pk[2:], image, stored_at)
    if pk.startswith(BREAKERS):
        return _breaker(pk, image, stored_at) if "trips" in image else None
    if pk.startswith(STATEMENTS):
        return _statement(pk, sk, stored_at)
    return _funds(pk, sk, image, stored_at) if pk.startswith(FORECASTS) else None


def _changed_at(image: RawItem, stored_at: datetime) -> datetime:
    return datetime.fromisoformat(image["changed_at"]["S"]) if "changed_at" in image else stored_at


def _head(
    event_type: EventType, object_id: str, image: RawItem, stored_at: datetime, is_new: bool
) -> Change:
    return Change(
        event_type,
        object_id,
        int(image["version"]["N"]),
        image["state"]["S"],
        image["campaign_key"]["S"],
        image["partner_key"]["S"],
        image["advertiser_id"]["S"],
        _changed_at(image, stored_at),
        stored_at,
        is_new,
    )


def _inquiry(inquiry_id: str, image: RawItem, stored_at: datetime, is_new: bool) -> Change:
    """It asks something if it was made INCOMPLETE by its last change, and not noted after that."""
    head = _head(EventType.INQUIRY, inquiry_id, image, stored_at, is_new)
    if _is_first_decision(image):
        return replace(head, partner_id="", hints=(AWAITS_SECOND,))
    asked = InquiryState(head.state).rules.awaits_answer and "resolved_at" in image
    hints = {
        APPEALS: "appeals" in image,
        **_of_clock(head, image),
        COMMENTS: image.get("commented_version") == image["version"],
        ASKS: asked and image["resolved_at"] == image.get("changed_at", image["resolved_at"]),
    }
    return replace(head, hints=tuple(name for name, holds in hints.items() if holds))


def _tells_only_of_its_appeal(image: RawItem) -> bool:
    """Whether the version was told before: the appeal is an inquiry itself, and tells of itself."""
    if "appealed" not in image:
        return False
    return appealed_in(Compact().deserialize(image["appealed"]["S"])) == int(image["version"]["N"])


def _is_first_decision(image: RawItem) -> bool:
    """Whether this version is the first of two decisions, of which the advertiser alone is told."""
    if "first_decision" not in image:
        return False
    made = first_in(Compact().deserialize(image["first_decision"]["S"]))
    return made == int(image["version"]["N"])


def _of_clock(head: Change, image: RawItem) -> dict[str, bool]:
    """What this version tells of the advertiser's deadline."""
    if "clock" not in image:
        return {}
    step, version = told_in(Compact().deserialize(image["clock"]["S"]))
    now = version == head.version
    return {DUE_SOON: now and step is not Step.OVERDUE, OVERDUE: now and step is Step.OVERDUE}


def _action(action_id: str, image: RawItem, stored_at: datetime, is_new: bool) -> Change:
    return _head(EventType.ACTION, action_id, image, stored_at, is_new)


def _update(action_id: str, image: RawItem, stored_at: datetime, is_new: bool) -> Change:
    document = Compact().deserialize(image["document"]["S"])
    version = document["version"]
    return Change(
        EventType.UPDATE,
        f"{action_id}.{version}",
        version,
        document["state"],
        image["campaign_key"]["S"][2:],
        image["partner_key"]["S"][2:],
        "",
        datetime.fromisoformat(document["at"]),
        stored_at,
        is_new,
        hints=(document["reason"],),
    )


def _owned(
    event_type: EventType,
    object_id: str,
    version: int,
    state: str,
    owner: Owner,
    at: datetime,
    stored_at: datetime,
    hints: tuple[str, ...] = (),
) -> Change:
    """A change of what one account has alone."""
    is_shop = owner.role is Role.ADVERTISER
    sides = ("", "", owner.account_id) if is_shop else ("", owner.account_id, "")
    return Change(
        event_type, object_id, version, state, *sides, at, stored_at, is_new=False, hints=hints
    )


def _owner_of(name: str) -> Owner:
    """Of a name like `advertiser:500`."""
    role, _, account_id = name.partition(":")
    return Owner(Role(role.upper()), account_id)


def _file(image: RawItem, stored_at: datetime) -> Change:
    """A file is over once."""
    place = place_of(image["key"]["S"])
    owner = Owner(place.role, place.account_id)
    at, state = read_stamp(image["finished_at"]["S"]), image["state"]["S"]
    return _owned(EventType.FILE, place.upload_id, 1, state, owner, at, stored_at)


def _deposit(entry_id: str, image: RawItem, stored_at: datetime) -> Change:
    """Listed under the advertiser, like `advertiser:500`: the world has no list."""
    owner = _owner_of(image["account_key"]["S"])
    at, state = read_stamp(image["made_at"]["S"]), image["reason"]["S"]
    return _owned(EventType.ENTRY, entry_id, 1, state, owner, at, stored_at)


def _statement(pk: str, sk: str, stored_at: datetime) -> Change:
    owner, (month, _, currency) = pk.removeprefix(STATEMENTS), sk.partition("#")
    object_id = statement_id(owner, Month.parse(month), currency)
    side = _owner_of(owner)
    return _owned(EventType.STATEMENT, object_id, 1, MADE, side, stored_at, stored_at)


def _breaker(pk: str, image: RawItem, stored_at: datetime) -> Change:
    """Each time that it opened is a version; what is counted after that tells the same again."""
    owner, trips = Owner(Role.ADVERTISER, image["advertiser"]["S"]), int(image["trips"]["N"])
    object_id, at = pk.removeprefix(BREAKERS), datetime.fromisoformat(image["tripped_at"]["S"])
    since = image["sk"]["S"].removeprefix("B#")
    return _owned(EventType.POLICY, object_id, _numbered(since, trips), OPEN, owner, at, stored_at)


def of_disabled(endpoint: Endpoint, now: datetime) -> Change:
    """What is told of an endpoint that was given up: once for all the failures that led to it."""
    since = endpoint.failing_since or now
    given_up = EventType.WEBHOOK, endpoint.endpoint_id, int(since.timestamp()), str(endpoint.state)
    return replace(_owned(*given_up, endpoint.owner, now, now), image=endpoint_image(endpoint))


def _numbered(since: str, trips: int) -> int:
    """A number of its own for each opening since a version was put in force."""
    return int(datetime.fromisoformat(since).timestamp()) * TRIPS_MAX + trips


def _funds(pk: str, sk: str, image: RawItem, stored_at: datetime) -> Change | None:
    """What is short at a day's forecast, once a day: the day is the version."""
    if "funds_minor" not in image:
        return None
    advertiser_id, as_of = pk.removeprefix(FORECASTS), read_stamp(image["as_of"]["S"])
    funds, committed, overdue = (
        int(image[each]["N"]) for each in ("funds_minor", "committed_minor", "overdue_minor")
    )
    ahead = sum(map(sum, Compact().deserialize(image["days"]["S"])[:2]))
    hints = tuple(of_funds(funds, funds + committed, overdue + ahead, overdue))
    if not hints:
        return None
    day, owner = int(f"{as_of.astimezone(UTC):%Y%m%d}"), Owner(Role.ADVERTISER, advertiser_id)
    state = hints[0].partition(".")[2].upper()
    return _owned(EventType.FUNDS, sk, day, state, owner, as_of, stored_at, hints)
