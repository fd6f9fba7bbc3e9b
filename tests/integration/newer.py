"""What a newer version may have stored: more attributes of every item, more fields of every
document, more places of every row of one. Each has a mark, so that a lost one is named.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from makegood.store.access import RateRow, UsedRow
from makegood.store.action_updates import ActionUpdateRow
from makegood.store.actions import ActionDetailRow, ActionRow
from makegood.store.approval_rules import SpendRow
from makegood.store.backings import BackingRow
from makegood.store.clearings import ClearingRow
from makegood.store.deliveries import DeliveryRow, LaneRow
from makegood.store.directory import DirectoryRow
from makegood.store.event_bodies import BodyRow
from makegood.store.events import CounterRow, CountRow, EventRow, MarkRow
from makegood.store.exhibits import ExhibitRow, ExhibitsRow, SentFileRow
from makegood.store.inquiries import InquiryDetailRow, InquiryRow
from makegood.store.items import RawItem, Row
from makegood.store.ledger import BalanceRow, EntryLineRow, EntryRow
from makegood.store.limit_usage import UseRow
from makegood.store.lock_rules import LockRuleRow
from makegood.store.mails import MailRow
from makegood.store.mentions import MentionRow, SpellingRow
from makegood.store.migration_passes import MigrationRow, SegmentRow
from makegood.store.notes import NoteRow, NotesRow
from makegood.store.order_proposals import OrderProposalRow
from makegood.store.orders import OrderRow
from makegood.store.people import PersonRow, SessionRow
from makegood.store.policy_tallies import BreakerRow, TallyRow
from makegood.store.projections import ForecastRow, StandingRow
from makegood.store.proof import ProofRow
from makegood.store.proposals import ProposalRow
from makegood.store.requests import RequestRow, WalkRow
from makegood.store.service_levels import CountedRow, LevelRow
from makegood.store.shop_orders import CoverageRow, GivenRow, ShopOrderRow
from makegood.store.statements import ProgressRow as StatementProgressRow
from makegood.store.statements import StatementRow
from makegood.store.uploads import BytesRow, ChunkRow, UploadRow
from makegood.store.uploads import ProgressRow as ChunkProgressRow
from makegood.store.webhooks import EndpointRow, WebhookAccountRow

from tests.integration import stack

MARK = re.compile(r"newer:[\w.#-]+:\d+")


@dataclass(frozen=True)
class Doc:
    """A document, and what some of its fields are."""

    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """A row of so many places that this version knows; it leaves out blank ones at the end."""

    places: int


@dataclass(frozen=True)
class Each:
    """Any number of things, in a list or by names."""

    shape: Any


MONEY = Line(2)
ITEM = Doc({"subtotal": MONEY, "rebate": MONEY})
ORIGINAL = Doc({"amount": MONEY, "payout": MONEY, "items": Each(ITEM)})
ACTION = Doc({"items": Each(ITEM), "original": ORIGINAL, "counts": Each(Line(4))})
COMMENT = Line(5)
VERDICT = Doc({"left": MONEY, "checks": Each(Line(4))})


@dataclass(frozen=True)
class Place:
    """Where items of one kind are, and the shapes of the values that they keep as JSON.

    One that is written `once` never changes again, and may go.
    """

    kind: type[Row]
    pk: str
    sk: str = ""
    shapes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    once: bool = False

    @property
    def name(self) -> str:
        return f"{self.kind.table}.{self.kind.__name__}.{self.sk or self.pk}"

    def has(self, table: str, pk: str, sk: str) -> bool:
        return table == self.kind.table and pk.startswith(self.pk) and sk.startswith(self.sk)


PLACES = (
    Place(DirectoryRow, "BACKFILL", "CLEARINGS", {"document": Doc()}),
    Place(
        InquiryRow,
        "I#",
        "H",
        {
            "verdict": VERDICT,
            "decisions": Each(Doc()),
            "clock": Doc({"agreed": Doc()}),
            "appealed": Line(4),
            "first_decision": Line(5),
        },
    ),
    Place(InquiryDetailRow, "I#", "D", {"document": Doc({"comment": COMMENT})}),
    Place(MailRow, "MAIL#"),
    Place(InquiryDetailRow, "I#", "C#", {"document": COMMENT}, once=True),
    Place(NotesRow, "I#", "NOTES#"),
    Place(NoteRow, "I#", "N#", {"document": Line(4)}, once=True),
    Place(ExhibitsRow, "I#", "EXHIBITS"),
    Place(ExhibitRow, "I#", "X#", {"document": Line(12)}),
    Place(SpendRow, "S#"),
    Place(TallyRow, "TALLY#"),
    Place(BreakerRow, "BREAKER#"),
    Place(MentionRow, "NAMED#"),
    Place(ActionRow, "A#", "H"),
    Place(ActionDetailRow, "A#", "D", {"document": ACTION}),
    Place(ActionDetailRow, "A#", "S#", once=True),
    Place(
        ActionUpdateRow,
        "A#",
        "U#",
        {"document": Doc({"amount": MONEY, "payout": MONEY})},
        once=True,
    ),
    Place(OrderRow, "O#", "O", {"credits": Each(Line(4))}),
    Place(BackingRow, "BACKS#"),
    Place(SpellingRow, "SPELT#"),
    Place(UseRow, "M#"),
    Place(EntryRow, "E#", "E", {"postings": Each(Line(4))}, once=True),
    Place(EntryLineRow, "E#", "L#", once=True),
    Place(BalanceRow, "B#"),
    Place(ClearingRow, "C#"),
    Place(ForecastRow, "N#", shapes={"days": Line(2)}),
    Place(StandingRow, "W#"),
    Place(ProofRow, "P#proof"),
    Place(StatementProgressRow, "P#statements"),
    Place(
        StatementRow,
        "T#",
        shapes={
            "opening": Line(2),
            "closing": Line(2),
            "lines": Each(Line(5)),
            "overdue": Line(2),
        },
        once=True,
    ),
    Place(UploadRow, "F#", "FILE", {"given": Doc()}),
    Place(ChunkRow, "F#", "CHUNK#", {"counts": Each(Line(2)), "noted": Doc()}, once=True),
    Place(ChunkProgressRow, "F#", "PROGRESS#", {"counts": Each(Line(2)), "noted": Doc()}),
    Place(RequestRow, "K#", shapes={"reply": Doc()}, once=True),
    Place(WalkRow, "W#", once=True),
    Place(BytesRow, "BYTES#"),
    Place(SentFileRow, "SENT#"),
    Place(LockRuleRow, "", "LOCKING#", once=True),
    Place(RateRow, "R#"),
    Place(DirectoryRow, "PEOPLE#", "", {"document": Doc({"people": Each(Doc())})}),
    Place(PersonRow, "PERSON#"),
    Place(SessionRow, "SESSION#"),
    Place(UsedRow, "USED#"),
    Place(ProposalRow, "PROPOSALS"),
    Place(MigrationRow, "MIGRATION#", "HEAD"),
    Place(SegmentRow, "MIGRATION#", "0"),
    Place(CounterRow, "N#"),
    Place(CountRow, "C#"),
    Place(EventRow, "E#", once=True),
    Place(EventRow, "L#", once=True),
    Place(MarkRow, "M#", once=True),
    Place(CountedRow, "V#"),
    Place(LevelRow, "S#"),
    Place(ShopOrderRow, "O#", shapes={"differences": Each(Line(3))}),
    Place(OrderProposalRow, "P#"),
    Place(CoverageRow, "C#", "2", once=True),
    Place(GivenRow, "C#", "GIVEN", once=True),
    Place(BodyRow, "B#", once=True),
    Place(WebhookAccountRow, "W#", "ACCOUNT"),
    Place(EndpointRow, "W#", "E#"),
    Place(DeliveryRow, "D#", shapes={"tries": Each(Line(5)), "earlier": Each(Line(5))}),
    Place(LaneRow, "L#"),
)
"""Every kind of item but the documents of who takes part, and of their access."""

_numbers = count(1)


def place_of(table: str, pk: str, sk: str) -> Place | None:
    found = [each for each in PLACES if each.has(table, pk, sk)]
    assert len(found) < 2, f"{pk} {sk} is of several kinds"
    return found[0] if found else None


Items = dict[tuple[str, str, str], RawItem]
"""By table, pk and sk."""


def look() -> Items:
    """Every item that a newer version adds to."""
    return {
        (table, *key): item
        for table in stack.KINDS
        for key, item in stack.everything(table).items()
        if place_of(table, *key) is not None
    }


def grow(items: Items) -> Items:
    """A newer version has written all of these: everything has marks afterwards."""
    result = {}
    for key, item in items.items():
        place = place_of(*key)
        assert place is not None
        result[key] = grown = _grown(place, item)
        if grown != item:
            name = getattr(stack.TABLES, key[0])
            stack.client("dynamodb").put_item(TableName=name, Item=grown)
    return result


def _grown(place: Place, item: RawItem) -> RawItem:
    grown = {**item}
    if not any(name.startswith("newer") for name in item):
        grown |= _attributes(place.name)
    for name, shape in place.shapes.items():
        if name in item:
            value = _more(shape, json.loads(item[name]["S"]), f"{place.name}.{name}")
            if value != json.loads(item[name]["S"]):
                grown[name] = {"S": json.dumps(value, ensure_ascii=False)}
    return grown


def _attributes(path: str) -> RawItem:
    """Attributes of all types that there are."""
    return {
        "newer_text": {"S": _mark(path)},
        "newer_number": {"N": "12.50"},
        "newer_flag": {"BOOL": False},
        "newer_nothing": {"NULL": True},
        "newer_list": {"L": [{"S": _mark(path)}, {"N": "1"}]},
        "newer_map": {"M": {"version": {"S": _mark(path)}}},
        "newer_set": {"SS": [_mark(path)]},
    }


def _more(shape: Any, value: Any, path: str) -> Any:
    """This value with a mark in all its documents and rows that have none."""
    match shape:
        case Doc() if isinstance(value, dict):
            known = {
                name: _more(shape.fields.get(name), each, f"{path}.{name}")
                for name, each in value.items()
            }
            return {"newer": _mark(path), "newer_none": None, **known}
        case Line() if isinstance(value, list) and not _is_marked(value):
            blank = [""] * (shape.places - len(value))
            return [*value, *blank, None, _mark(path)]
        case Each() if isinstance(value, dict):
            return {name: _more(shape.shape, each, path) for name, each in value.items()}
        case Each() if isinstance(value, list):
            return [_more(shape.shape, each, path) for each in value]
    return value


def is_known(place: Place, item: RawItem) -> bool:
    """Whether an item has no more than the version before this one can read."""
    shapes = ((place.shapes.get(name), each) for name, each in item.items())
    return all(_fits(shape, json.loads(each["S"])) for shape, each in shapes if shape)


def _fits(shape: Any, value: Any) -> bool:
    match shape:
        case Doc() if value is not None:
            return all(_fits(shape.fields.get(name), each) for name, each in value.items())
        case Line() if value is not None:
            return len(value) <= shape.places
        case Each():
            values = value.values() if isinstance(value, dict) else value
            return all(_fits(shape.shape, each) for each in values)
    return True


def _is_marked(row: list[Any]) -> bool:
    return bool(row) and isinstance(row[-1], str) and MARK.fullmatch(row[-1]) is not None


def _mark(path: str) -> str:
    return f"newer:{path}:{next(_numbers)}"


def path_of(mark: str) -> str:
    """What a mark is in, like `actions.ActionDetailRow.D.document.items`."""
    return mark.split(":")[1]


def marks(item: RawItem) -> set[str]:
    return set(MARK.findall(repr(item)))


def parts(item: RawItem) -> tuple[RawItem, RawItem]:
    """Attributes of a newer version, and those that this one knows."""
    newer = {name: each for name, each in item.items() if name.startswith("newer")}
    return newer, {name: each for name, each in item.items() if name not in newer}


def kinds(of: type[Row] = Row) -> Iterable[type[Row]]:
    """Every kind of row; those of the directory are one, its documents."""
    for each in of.__subclasses__():
        if each.__module__.startswith("makegood."):
            yield each
        if each is not DirectoryRow:
            yield from kinds(each)
