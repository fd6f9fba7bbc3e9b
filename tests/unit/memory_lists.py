"""What lists read, in memory, with the limits and habits of the store's indexes.

Ranges include both ends and refuse to run backwards, as DynamoDB's do; a page may end early, and
may name a next position where nothing follows.
"""

from bisect import insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
from makegood.store.indexes import StoredList
from makegood.store.parties import Roster

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


def _name(stored: StoredList) -> str:
    return f"{stored.things}/{stored.index}/{stored.owner}"


@dataclass(slots=True)
class Lists:
    """Inquiries and actions by position; `page_max` ends the pages of its indexes early."""

    page_max: int = 1_000_000
    kept: dict[str, Any] = field(default_factory=dict)
    positions: dict[str, list[str]] = field(default_factory=dict)
    read_count: int = 0
    full_at: dict[str, int] = field(default_factory=dict)
    told_counts: dict[str, int] = field(default_factory=dict)

    def add(self, *things: Inquiry | Action) -> "Lists":
        for thing in things:
            kind = "inquiries" if isinstance(thing, Inquiry) else "actions"
            thing_id = thing.inquiry_id if isinstance(thing, Inquiry) else thing.action_id
            self.kept[thing_id] = thing
            owners = [f"by_campaign/{thing.campaign_id}", f"by_partner/{thing.partner_id}"]
            order = thing.order if isinstance(thing, Action) else thing.claim
            owners.append(f"by_order/{thing.campaign_id}#{order.order_id}")
            if isinstance(thing, Inquiry) and thing.is_live:
                owners.append(f"by_open/{thing.campaign_id}#{thing.state}")
            if isinstance(thing, Action) and thing.awaits_approval:
                owners.append(f"by_approval/{thing.campaign_id}")
            for owner in owners:
                index = self.positions.setdefault(f"{kind}/{owner}", [])
                insort(index, self.position(thing.created_at, thing_id))
        return self

    def position(self, created_at: datetime, thing_id: str) -> str:
        stamp = created_at.astimezone(UTC).isoformat(timespec="milliseconds")
        return f"{stamp.replace('+00:00', 'Z')}#{thing_id}"

    def _range(
        self, stored: StoredList, created: tuple[datetime | None, datetime | None]
    ) -> tuple[list[str], str, str]:
        low, high = created
        first = self.position(low, "").rstrip("#") if low else "0"
        last = self.position(high, "~") if high else "~"
        return self.positions.get(_name(stored), []), first, last

    def listed(
        self,
        stored: StoredList,
        created: tuple[datetime | None, datetime | None],
        after: str | None,
        limit: int,
    ) -> tuple[list[str], str | None]:
        positions, first, last = self._range(stored, created)
        last = min(last, after or "~")
        assert limit > 0
        assert first <= last, "BETWEEN runs backwards"
        assert len(last.encode()) <= KEY_BYTES_MAX, "a key is too long"
        held = [each for each in reversed(positions) if first <= each <= last and each != after]
        page = held[: min(limit, self.page_max)]
        follows = len(held) > len(page) or len(page) == limit
        return page, page[-1] if follows and page else None

    def count_listed(
        self,
        stored: StoredList,
        created: tuple[datetime | None, datetime | None],
        after: str | None = None,
        count_max: int = 1_000_000,
    ) -> int:
        positions, first, last = self._range(stored, created)
        last = min(last, after or "~")
        assert first <= last, "BETWEEN runs backwards"
        return min(count_max, sum(1 for each in positions if first <= each <= last))

    def _read(self, ids: Iterable[str]) -> dict[str, Any]:
        wanted = list(ids)
        assert all(0 < len(each.encode()) <= KEY_BYTES_MAX for each in wanted)
        self.read_count += len(wanted)
        return {each: self.kept[each] for each in wanted if each in self.kept}

    def listed_count(self, stored: StoredList) -> int:
        return self.told_counts.get(_name(stored), 0)

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

    def take(self, account_sid: str, allowance: Allowance, now: int) -> tuple[bool, int]:
        full_at = max(now, self.full_at.get(account_sid, 0))
        taken = full_at <= allowance.latest(now)
        self.full_at[account_sid] = full_at + allowance.step * taken
        return taken, self.full_at[account_sid]


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
