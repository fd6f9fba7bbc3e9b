"""What lists read, in memory, with the limits and habits of the store's indexes.

Ranges include both ends and refuse to run backwards, as DynamoDB's do; a page may end early, and
may name a next position where nothing follows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from makegood.api.callers import context_for
from makegood.api.http import Request, read_request
from makegood.domain.actions import Action, ActionState, Origin
from makegood.domain.calendar import LockRule, PaymentRule
from makegood.domain.inquiries import Claim, Inquiry, InquiryState, InquiryType
from makegood.domain.money import Money
from makegood.domain.orders import Order
from makegood.domain.parties import (
    EVERYTHING,
    Advertiser,
    Caller,
    Campaign,
    EventType,
    Partner,
    PartnerKind,
    Role,
)
from makegood.domain.parties import account_sid as sid_of
from makegood.domain.rate_limit import Allowance
from makegood.store.indexes import StoredList, Uncounted, position_at
from makegood.store.lists import Entry
from makegood.store.parties import Roster
from makegood.store.plans import Plan
from makegood.store.requests import SECOND, Walked
from makegood.store.selection import Selection

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
CAMPAIGN = Campaign(
    "1000", "500", "Shoes", "America/New_York", "USD", (EventType("4000", "Sale"),), True
)
OTHER_CAMPAIGN = Campaign("1001", "501", "Hats", "Europe/Paris", "EUR", (EventType("1", "Sale"),))
KEY_BYTES_MAX = 1_024


def instant(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def an_inquiry(
    number: int, created_at: datetime = NOW, *, owner: Campaign = CAMPAIGN, **claimed: Any
) -> Inquiry:
    """A live inquiry; `claimed` and `state` are what it differs by."""
    state = claimed.pop("state", InquiryState.UNRESOLVED)
    more = {name: claimed.pop(name) for name in ("comments", "final_payout") if name in claimed}
    claim = Claim(
        **{
            "partner_id": "10001",
            "campaign_id": owner.campaign_id,
            "order_id": f"ORDER-{number}",
            "inquiry_type": InquiryType.UNTRACKED,
            "order_amount": Money(2000, owner.currency),
            "ordered_at": created_at - timedelta(days=3),
            **claimed,
        }
    )
    return Inquiry(str(number), owner.advertiser_id, claim, created_at, state=state, **more)


def an_action(number: int, created_at: datetime = NOW, **changes: Any) -> Action:
    """A pending action; `changes` are what it differs by."""
    order_id = changes.pop("order_id", f"ORDER-{number}")
    return Action(
        **{
            "action_id": f"1000.4000.{number}",
            "advertiser_id": "500",
            "campaign_id": "1000",
            "partner_id": "10001",
            "event_type_id": "4000",
            "order": Order(order_id, created_at),
            "order_amount": Money(2000, "USD"),
            "payout": Money(100, "USD"),
            "event_at": created_at,
            "created_at": created_at,
            "locks_at": created_at + timedelta(days=15),
            "clears_at": created_at + timedelta(days=19),
            "locking": LockRule.parse("DAY 15d"),
            "payment": PaymentRule.parse("DAY 4d"),
            "time_zone": "America/New_York",
            "contract_id": "C-1",
            "contract_version": 1,
            "origin": Origin.INQUIRY,
            "state": ActionState.PENDING,
            **changes,
        }
    )


@dataclass(frozen=True, slots=True)
class MemoryStretch:
    """All that is selection, in one stretch."""

    selection: Selection
    behind: str = ""
    low: str = "0"
    high: str = "~"
    only: None = None
    index: str = "memory"

    def after(self, position: str | None) -> "MemoryStretch":
        return replace(self, behind=position or "")


@dataclass(slots=True)
class Lists:
    """Inquiries and actions, listed as the store lists them; `page_max` ends the pages of its
    indexes early, `countable` is what it has time to count, and `late` what its indexes still have.
    """

    page_max: int = 1_000_000
    kept: dict[str, Any] = field(default_factory=dict)
    read_count: int = 0
    full_at: dict[str, int] = field(default_factory=dict)
    told_count: int = 0
    countable: int = 1_000_000
    late: set[str] = field(default_factory=set)
    walks: dict[tuple[str, int], Walked] = field(default_factory=dict)

    def add(self, *things: Inquiry | Action) -> "Lists":
        for thing in things:
            self.kept[_id(thing)] = thing
        return self

    def list_plan(self, selection: Selection) -> Plan:
        stored = StoredList.of_campaign(selection.things, "1000")
        stretch: Any = MemoryStretch(selection)
        return Plan((stretch,), chooses=not selection.more, stored=(stored,))

    def _positions(self, stretch: Any) -> list[str]:
        """Of all that an index has, newest first."""
        found = [
            position_at(each.created_at, _id(each))
            for each in self.kept.values()
            if _id(each) in self.late or _is_listed(stretch.selection, each)
        ]
        return [
            each
            for each in sorted(found, reverse=True)
            if not stretch.behind or each < stretch.behind
        ]

    def read_list(self, stretch: Any, after: str | None, count: int) -> Iterator[Entry]:
        assert count > 0
        for number, each in enumerate(self._positions(stretch.after(after)), 1):
            yield Entry(each, found=True)
            if number % self.page_max == 0:
                yield Entry(each, found=False)

    def count_list(self, stretches: Iterable[Any], has_time: Callable[[], bool]) -> int:
        count = sum(len(self._positions(each)) for each in stretches)
        if count > self.countable:
            raise Uncounted(self.countable)
        return count

    def listed_count(self, stored: StoredList) -> int:
        return self.told_count

    def keep_walk(self, walk: str, page: int, walked: Walked, at: int) -> None:
        self.walks[walk, page] = walked

    def walked_to(self, walk: str, page: int) -> Walked:
        there = self.walks.get((walk, page), Walked())
        return Walked(there.cursor, self.walks.get((walk, SECOND), there).size)

    def campaign_ids_of(self, advertiser_id: str) -> list[str]:
        known = (CAMPAIGN, OTHER_CAMPAIGN)
        return [each.campaign_id for each in known if each.advertiser_id == advertiser_id]

    def members(
        self, roster: Roster, after: str | None, limit: int
    ) -> tuple[list[str], str | None]:
        return ["1000", "1001"], None

    def _read(self, ids: Iterable[str]) -> dict[str, Any]:
        wanted = list(ids)
        assert all(0 < len(each.encode()) <= KEY_BYTES_MAX for each in wanted)
        self.read_count += len(wanted)
        return {each: self.kept[each] for each in wanted if each in self.kept}

    def inquiries(self, ids: Iterable[str]) -> dict[str, Inquiry]:
        return self._read(ids)

    def actions(self, ids: Iterable[str]) -> dict[str, Action]:
        return self._read(ids)

    def campaigns(self, ids: Iterable[str]) -> dict[str, Campaign]:
        known = {each.campaign_id: each for each in (CAMPAIGN, OTHER_CAMPAIGN)}
        return {each: known[each] for each in ids if each in known}

    def joined(self, roster: Roster, member_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        return {each: (each,) for each in self.campaigns(member_ids)}

    def partners(self, ids: Iterable[str]) -> dict[str, Partner]:
        return {each: Partner(each, f"Partner {each}", PartnerKind.CASHBACK) for each in ids}

    def advertisers(self, ids: Iterable[str]) -> dict[str, Advertiser]:
        return {each: Advertiser(each, f"Advertiser {each}") for each in ids}

    def take(
        self, account_sid: str, allowance: Allowance, now: int, count: int = 1
    ) -> tuple[bool, int]:
        full_at = max(now, self.full_at.get(account_sid, 0))
        taken = full_at <= allowance.latest(now, count)
        self.full_at[account_sid] = full_at + allowance.step * count * taken
        return taken, self.full_at[account_sid]


def _id(thing: Any) -> str:
    return thing.inquiry_id if isinstance(thing, Inquiry) else thing.action_id


def _is_listed(selection: Selection, thing: Any) -> bool:
    """Whether an index has a thing of those that are selection."""
    if isinstance(thing, Inquiry) != (selection.things == "inquiries"):
        return False
    if selection.partner not in ("", thing.partner_id):
        return False
    if selection.campaigns and thing.campaign_id not in selection.campaigns:
        return False
    if isinstance(thing, Inquiry):
        claim = thing.claim
        return (
            selection.created.holds(thing.created_at)
            and selection.happened.holds(claim.ordered_at)
            and selection.about in ("", claim.order_id)
            and selection.by_partner in ("", thing.partner_id)
            and selection.inquiry_type in ("", claim.inquiry_type)
            and selection.currency in ("", claim.order_amount.currency)
            and selection.open_state in ("", thing.state)
        )
    asked = selection.state and selection.state.rules.public_name
    assert selection.now is not None
    state = thing.state_at(selection.now).rules.public_name
    return (
        selection.modified.holds(thing.last_modified_at)
        and selection.happened.holds(thing.event_at)
        and selection.locking.holds(thing.locks_at)
        and selection.about in ("", thing.order.order_id)
        and selection.by_partner in ("", thing.partner_id)
        and selection.event_type_id in ("", thing.event_type_id)
        and selection.currency in ("", thing.payout.currency)
        and asked in (None, state)
        and (not selection.awaiting or thing.awaits_approval)
    )


AUDIENCES = {Role.ADVERTISER: "Advertisers", Role.PARTNER: "Mediapartners"}


def an_event(
    role: Role,
    account_id: str,
    uri: str,
    method: str = "GET",
    body: str | None = None,
    read_only: bool = False,
    scopes: tuple[str, ...] = (EVERYTHING,),
    **headers: str,
) -> dict[str, Any]:
    """The gateway's event for a URI below the account's path, or for one that an answer gave."""
    audience, sid = AUDIENCES[role], sid_of(role, account_id)
    split = urlsplit(uri if uri.startswith(f"/{audience}/") else f"/{audience}/{sid}{uri}")
    many: dict[str, list[str]] = {}
    for name, value in parse_qsl(split.query, keep_blank_values=True):
        many.setdefault(name, []).append(value)
    return {
        "resource": f"/{audience}/{{proxy+}}",
        "path": split.path,
        "httpMethod": method,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()} or None,
        "multiValueQueryStringParameters": many or None,
        "pathParameters": {"proxy": split.path.removeprefix(f"/{audience}/")},
        "requestContext": {
            "requestId": "r-1",
            "requestTimeEpoch": 1_773_144_000_000,
            "authorizer": context_for(Caller(sid, role, account_id, read_only, scopes)),
        },
        "body": body,
        "isBase64Encoded": False,
    }


def a_request(role: Role, account_id: str, uri: str) -> Request:
    return read_request(an_event(role, account_id, uri))


def by_advertiser(uri: str) -> Request:
    return a_request(Role.ADVERTISER, "500", uri)


def by_partner(uri: str) -> Request:
    return a_request(Role.PARTNER, "10001", uri)


def query_of(uri: str) -> Mapping[str, str]:
    return dict(parse_qsl(urlsplit(uri).query, keep_blank_values=True))
