"""What goes with a file of orders beside its rows: the basis of its amounts, and what it covers.

The basis is asked for once, before the file is cut, and kept with the upload: all its rows are read
on one. What it covers counts from when all its rows are in. Whatever was said of it, a file is not
complete that lacks a row, because that was refused, nor for days that were not over when it came.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from makegood.domain import calendar
from makegood.domain.problems import Fault, Invalid, Unavailable
from makegood.domain.shop_orders import AmountBasis, Coverage
from makegood.domain.uploads import Kind, Upload
from makegood.domain.verification_walks import Walk
from makegood.files.context import FileContext
from makegood.files.outcomes import SetAside
from makegood.files.result_parts import Sums
from makegood.files.results import FIRST_DAY, LAST_DAY, REJECTED
from makegood.forms import given

DAY = timedelta(days=1)
"""Orders' days are counted in UTC; where the shop is, it may have been the day before or after."""


def prepared(context: FileContext, upload: Upload) -> Upload:
    """The upload with what reading it takes; raises `Invalid` where nobody can say that.

    From here on, claims on its owner's orders are checked.
    """
    if upload.place.kind is not Kind.ORDERS:
        return upload
    advertiser_id = upload.place.account_id
    settings = context.store.campaign_settings(context.store.campaign_ids_of(advertiser_id))
    bases = {str(each.basis): name for name, each in sorted(settings.items())}
    if len(bases) > 1:
        told = ", ".join(f"campaign {name} counts {basis}" for basis, name in bases.items())
        message = f"A file is read on one basis, but {told}; have set_verification make them one"
        raise Invalid(faults=(Fault(given.BASIS, message, "bases_differ"),))
    if not upload.dry:
        context.store.begin_orders(advertiser_id)
    (basis,) = bases or (str(AmountBasis()),)
    return replace(upload, given={**upload.given, given.BASIS: basis})


def end(context: FileContext, upload: Upload, sums: Sums) -> tuple[str, ...]:
    """All rows are in: keeps what the file covers, and has the open claims of its days verified
    again; warnings of the file. Twice does no harm.
    """
    if upload.place.kind is not Kind.ORDERS or upload.dry or upload.started_at is None:
        return ()
    said = given.coverage(upload.given)
    warnings = () if said is None else _cover(context, upload, said, sums)
    days = [] if said is None else [said.start, said.end]
    if FIRST_DAY in sums.noted:
        days += [
            date.fromordinal(sums.noted[FIRST_DAY]) - DAY,
            date.fromordinal(-sums.noted[LAST_DAY]) + DAY,
        ]
    if days:
        walk = Walk(upload.place.account_id, min(days), max(days))
        context.chunks.send_fairly(walk.message(), upload.place.owner)
    return warnings


def _cover(context: FileContext, upload: Upload, said: Coverage, sums: Sums) -> tuple[str, ...]:
    """Keeps the days that the file covers; warnings if it is less complete than was said."""
    counts, started_at = sums.counts, upload.started_at
    if started_at is None:
        raise Unavailable
    refused = sum(counts[each].rows for each in (REJECTED, SetAside.code) if each in counts)
    whole = replace(said, complete=said.complete and not refused)
    covered = whole.begun_on(_day_begun(context, upload, started_at))
    setting = context.store.shop_setting(upload.place.account_id)
    context.store.put_coverage(setting, upload.upload_id, started_at, covered)
    return tuple(_told(said, whole, covered, refused))


def _day_begun(context: FileContext, upload: Upload, started_at: datetime) -> date:
    """The local day on which work on the file began; where it says no zone, the first of those that
    its owner's campaigns have.
    """
    store = context.store
    if given_zone := upload.given.get("TimeZone"):
        return calendar.local_day(started_at, calendar.zone(given_zone))
    campaigns = store.campaigns(store.campaign_ids_of(upload.place.account_id)).values()
    days = (calendar.local_day(started_at, each.zone) for each in campaigns)
    return min(days, default=started_at.astimezone(UTC).date())


def _told(said: Coverage, whole: Coverage, covered: Coverage, refused: int) -> Iterator[str]:
    """Why a file is less complete than was said of it."""
    if whole.complete != said.complete:
        rows = "A row was" if refused == 1 else f"{refused:,} rows were"
        yield f"{rows} refused, so the file is not complete; mend them, and send it again"
    elif covered != whole:
        until = f"complete up to {covered.end}" if covered.complete else "not complete"
        yield (
            f"CoverageEnd {said.end} was not over when the file came, so it is {until}; "
            "send the days from then on with a later file"
        )
