"""How inquiries of older versions come into the lists of today."""

from botocore.exceptions import ClientError

from makegood.domain.problems import VersionConflict
from makegood.store.connection import refused
from makegood.store.indexes import position_at
from makegood.store.inquiries import Inquiries, InquiryRow, queue_values
from makegood.store.items import RawItem
from makegood.store.migration import Migration, Wanted


def by_date(item: RawItem) -> Wanted | None:
    """An inquiry of an older version, by the date of its order."""
    if item["sk"]["S"] != "H" or not item["pk"]["S"].startswith("I#"):
        return None
    row = InquiryRow.from_raw_data(item)
    return Wanted({"ordered_key": position_at(row.ordered_at, row.pk[2:])})


def move_into_queue(store: Inquiries, item: RawItem) -> bool:
    """Lists an inquiry of an older version by its deadline, which its detail may have."""
    if item["sk"]["S"] != "H" or not item["pk"]["S"].startswith("I#"):
        return False
    found = store.raw("inquiries", item)
    if found is None:
        return False
    wanted = Wanted(queue_values(store.inquiry_as(found)))
    lacking = Migration(InquiryRow, lambda _: wanted).lacking(found)
    if lacking is None:
        return False
    try:
        store.update(InquiryRow(found["pk"]["S"], "H"), lacking.change, lacking.as_read)
    except ClientError as error:
        if not refused(error):
            raise
        raise VersionConflict from error
    return True
