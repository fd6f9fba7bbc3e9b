"""What goes with a file of orders beside its rows: the basis of its amounts, and what it covers.

The basis is asked for once, before the file is cut, and kept with the upload: all its rows are read
on one. What it covers counts from when all its rows are in. A file that lacks a row, because that
was refused, is not complete, whatever was said of it.
"""

from dataclasses import replace
from datetime import date, timedelta

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
    """Keeps the days that the file covers; a warning if it is less complete than was said."""
    counts, started_at = sums.counts, upload.started_at
    if started_at is None:
        raise Unavailable
    refused = sum(counts[each].rows for each in (REJECTED, SetAside.code) if each in counts)
    covered = replace(said, complete=said.complete and not refused)
    setting = context.store.shop_setting(upload.place.account_id)
    context.store.put_coverage(setting, upload.upload_id, started_at, covered)
    if covered.complete == said.complete:
        return ()
    rows = "A row was" if refused == 1 else f"{refused:,} rows were"
    return (f"{rows} refused, so the file is not complete; mend them, and send it again",)
