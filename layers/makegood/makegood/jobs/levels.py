"""Service levels from the tables' streams: each inquiry and action is counted once, as it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from makegood.store.level_images import campaign_in, is_counted, standing_in
from makegood.store.parties import Directory
from makegood.store.service_levels import ServiceLevels


class LevelStore(Directory, ServiceLevels):
    """What levels are counted in, and the campaigns whose days they go by."""


def count(store: LevelStore, records: Iterable[Mapping[str, Any]]) -> int:
    """Counts what a batch of stream records tells; returns how many inquiries and actions changed.

    Repeating a batch, or an older one, changes nothing.
    """
    images = []
    for record in records:
        told = record["dynamodb"]
        if "NewImage" in told and is_counted(told["Keys"]["pk"]["S"], told["Keys"]["sk"]["S"]):
            images.append(told["NewImage"])
    if not images:
        return 0
    campaigns = store.campaigns({campaign_in(each) for each in images})
    standings = (standing_in(each, campaigns) for each in images)
    return store.count_levels([each for each in standings if each is not None])
