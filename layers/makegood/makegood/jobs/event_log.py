"""The event log: the tables' streams become events, numbered for each account."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from makegood.domain.event_names import told
from makegood.domain.events import Change, EventType, Owner
from makegood.store.deliveries import DeliveryStore
from makegood.store.event_images import change_in
from makegood.store.events import BodyOf
from makegood.store.parties import Directory


class EventLogStore(Directory, DeliveryStore):
    """What events are written with, the accounts that they belong to, and their endpoints."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many changes there were, whose of these have endpoints, and how many breakers of policies
    opened.
    """

    changes: int
    owners: frozenset[Owner] = frozenset()
    breakers: int = 0


def record(
    store: EventLogStore, records: Iterable[Mapping[str, Any]], body: BodyOf | None = None
) -> Recorded:
    """Writes the events of a batch of stream records, with bodies for those that have endpoints.

    Repeating a batch changes nothing.
    """
    changes = [change for change in map(change_in, records) if change is not None]
    orphans = {each.campaign_id for each in changes if _lacks_its_advertiser(each)}
    campaigns = store.campaigns(orphans) if orphans else {}
    by_owner: dict[Owner, list[Change]] = {}
    for change in changes:
        whole = change
        if _lacks_its_advertiser(change):
            advertiser_id = campaigns[change.campaign_id].advertiser_id
            whole = replace(change, advertiser_id=advertiser_id)
        for owner in whole.owners:
            by_owner.setdefault(owner, []).extend(told(whole))
    having = store.having_webhooks(by_owner) if body and by_owner else set()
    opened = 0
    for owner, its_own in by_owner.items():
        written = store.add_events(owner, its_own, body if owner in having else None)
        opened += sum(each.event_type is EventType.POLICY for each in written)
    return Recorded(len(changes), frozenset(having), opened)


def _lacks_its_advertiser(change: Change) -> bool:
    """A campaign's thing belongs to both sides, though not every item names the advertiser."""
    return bool(change.campaign_id) and not change.advertiser_id
