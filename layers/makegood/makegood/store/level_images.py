"""What stored inquiries and actions add to service levels, as their hot items say."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from makegood.domain.actions import ActionState, Origin
from makegood.domain.inquiries import InquiryState, InquiryType
from makegood.domain.money import Money
from makegood.domain.parties import Campaign
from makegood.domain.service_levels import (
    CreditedAction,
    FiledInquiry,
    Parties,
    of_action,
    of_inquiry,
)
from makegood.store.actions import ActionRow
from makegood.store.clocks import clock_of
from makegood.store.inquiries import InquiryRow
from makegood.store.items import RawItem
from makegood.store.service_levels import Standing


def count_stored(store: Any, item: RawItem) -> bool:
    """Counts what was there before levels were counted; of other items there is nothing to count.

    `store` knows campaigns and levels.
    """
    if not is_counted(item["pk"]["S"], item["sk"]["S"]):
        return False
    standing = standing_in(item, store.campaigns({campaign_in(item)}))
    return standing is not None and store.count_levels([standing]) > 0


def is_counted(pk: str, sk: str) -> bool:
    """Whether an item of the tables of inquiries and actions says how one of them stands."""
    return sk == "H" and pk[:2] in ("I#", "A#")


def campaign_in(image: RawItem) -> str:
    return image["campaign_key"]["S"]


def standing_in(image: RawItem, campaigns: Mapping[str, Campaign]) -> Standing | None:
    """What the image of a hot item adds; None of an action that has not locked.

    An action adds nothing before it locks, nor where it is reversed instead. So there is nothing to
    take away again, and nothing to keep of the many that are never claimed.
    """
    if image["pk"]["S"].startswith("I#"):
        row = InquiryRow.from_raw_data(image)
        return _of_inquiry(row, campaigns[row.campaign_key].zone)
    action = ActionRow.from_raw_data(image)
    return _of_action(action) if ActionState(action.state).rules.is_locked else None


def _of_inquiry(row: InquiryRow, zone: ZoneInfo) -> Standing:
    filed = FiledInquiry(
        filed_at=row.created_at,
        inquiry_type=InquiryType(row.inquiry_type),
        state=InquiryState(row.state),
        resolved_at=row.resolved_at,
        clock=clock_of(row.clock),
        verdict=row.verdict["verdict"] if row.verdict else "",
        is_appeal=bool(row.appeals),
    )
    added = of_inquiry(filed, zone)
    return Standing(row.pk, int(row.version), int(row.verdict_number or 0), _parties(row), added)


def _of_action(row: ActionRow) -> Standing:
    credited = CreditedAction(
        created_at=row.created_at,
        origin=Origin(row.origin),
        state=ActionState(row.state),
        clears_at=row.clears_at,
        paid_at=row.paid_at,
        payout=Money(int(row.payout_minor), row.currency),
    )
    added = of_action(credited, ZoneInfo(row.time_zone))
    return Standing(row.pk, int(row.version), 0, _parties(row), added)


def _parties(row: InquiryRow | ActionRow) -> Parties:
    return Parties(row.advertiser_id, row.campaign_key, row.partner_key)
