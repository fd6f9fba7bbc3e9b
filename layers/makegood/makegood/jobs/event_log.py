"""The event log: the tables' streams become events, numbered for each account."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from makegood.domain.events import Change, Owner
from makegood.store.events import Events, change_in
from makegood.store.parties import Directory


class EventLogStore(Directory, Events):
    """What events are written with, and the accounts that they belong to."""


def record(store: EventLogStore, records: Iterable[Mapping[str, Any]]) -> int:
    """Writes the events of a batch of stream records; returns the number of changes.

    Repeating a batch changes nothing.
    """
    told = [change for change in map(change_in, records) if change is not None]
    orphans = {each.campaign_id for each in told if not each.advertiser_id}
    campaigns = store.campaigns(orphans) if orphans else {}
    by_owner: dict[Owner, list[Change]] = {}
    for change in told:
        known = change.advertiser_id or campaigns[change.campaign_id].advertiser_id
        whole = replace(change, advertiser_id=known)
        for owner in whole.owners:
            by_owner.setdefault(owner, []).append(whole)
    for owner, changes in by_owner.items():
        store.add_events(owner, changes)
    return len(told)
