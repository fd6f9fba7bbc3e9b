"""All migrations: what this version writes by itself, and items of older versions lack."""

from typing import Any

from makegood.store import actions, contracts, inquiry_lists, lock_rules
from makegood.store.actions import ActionRow
from makegood.store.directory import DirectoryRow
from makegood.store.inquiries import InquiryRow
from makegood.store.items import RawItem
from makegood.store.migration import Migration


def _count_levels(store: Any, item: RawItem) -> bool:
    """`level_images.count_stored`, which is imported when the migration runs."""
    from makegood.store.level_images import count_stored

    return count_stored(store, item)


MIGRATIONS: dict[str, Migration] = {
    "lock_rules": Migration(DirectoryRow, lock_rules.of_contract),
    "contract_versions": Migration(DirectoryRow, move=contracts.move_whole),
    "inquiries_by_date": Migration(InquiryRow, inquiry_lists.by_date, index="partner_event"),
    "actions_by_date": Migration(ActionRow, actions.by_date, index="partner_modified"),
    "inquiries_by_deadline": Migration(
        InquiryRow, move=inquiry_lists.move_into_queue, index="by_queue"
    ),
    "inquiry_levels": Migration(InquiryRow, move=_count_levels),
    "action_levels": Migration(ActionRow, move=_count_levels),
}
"""All migrations by name, in the order in which they run. A name is for good."""
