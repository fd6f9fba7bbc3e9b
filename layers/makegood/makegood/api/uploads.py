"""Files by HTTP: uploads that are opened, listed and followed, and sheets that are ordered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from makegood.api import listing, presenters, writes
from makegood.api.http import Reply, Request
from makegood.api.listing import Listing
from makegood.api.writes import RequestContext
from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue
from makegood.domain import account_caps, uploads
from makegood.domain.account_people import check_may_send
from makegood.domain.parties import own_campaign
from makegood.domain.problems import NotFound
from makegood.domain.uploads import CUTTING, Place, Upload
from makegood.files.layouts import LAYOUTS
from makegood.forms import given, reading
from makegood.forms.reading import Fields
from makegood.store.indexes import ALWAYS, StoredList, id_at
from makegood.store.selection import Window
from makegood.store.store import Contested, Idempotency
from makegood.store.uploads import BYTES


@dataclass(frozen=True, slots=True)
class Opened:
    """An upload that is awaited, and the form that sends it."""

    upload: Upload
    form: Mapping[str, Any]


def open_upload(context: RequestContext, inbox: Bucket, upload_id: str, fields: Fields) -> Opened:
    """Announces a file: `Kind`, `Name`, `Size` in bytes, `DryRun`; answers with its form.

    What its rows do not say may be given with it, like `CampaignId`, `InquiryType`, `TimeZone`.
    The same idempotency key names the same upload again, with a form that is signed anew.
    """
    role = context.caller.role
    kind = uploads.check_kind(fields.get("Kind", ""), role)
    check_may_send(context.caller, kind)
    place = Place(
        role=role,
        account_id=context.caller.account_id,
        kind=kind,
        upload_id=upload_id,
        name=uploads.check_name(fields.get("Name", "")),
    )
    size = uploads.check_size(fields.get("Size", ""))
    told = given.read(fields, LAYOUTS[place.kind].given)
    person = context.caller.person
    sent_by = person.person_id if person else ""
    dry = writes.is_dry(fields)
    upload = Upload(place, context.now, size, dry, given=told, sent_by=sent_by)
    upload = announced(context, "upload", upload, fields)
    content_type = uploads.content_type(upload.place.name)
    return Opened(upload, inbox.upload_form(upload.place.key, upload.size, content_type))


def order_sheet(context: RequestContext, chunks: Queue, upload_id: str, fields: Fields) -> Upload:
    """Orders all that waits in a campaign for one kind of decision, as one file to fill in.

    The same idempotency key orders the same sheet. After a failure, it may be ordered again.
    """
    role, account_id = context.caller.role, context.caller.account_id
    kind = uploads.check_sheet(fields.get("Kind", ""), role)
    check_may_send(context.caller, kind)
    suffix = uploads.FORMATS[uploads.check_format(fields.get("Format", ""))]
    campaign_id = reading.campaign_id(fields)
    own_campaign(context.store.campaigns([campaign_id]).get(campaign_id), account_id)
    place = Place(
        role=role,
        account_id=account_id,
        kind=kind,
        upload_id=upload_id,
        name=f"{kind}-{campaign_id}{suffix}",
    )
    ordered = Upload(place, context.now, given={"CampaignId": campaign_id})
    ordered = announced(context, "sheet", ordered, fields)
    chunks.send_fairly(ordered.chunk_message(CUTTING), ordered.place.owner)
    return ordered


def announced(context: RequestContext, what: str, upload: Upload, fields: Fields) -> Upload:
    """The upload, recorded; or the one that the same idempotency key announced before."""

    def announce(asked: Idempotency | None) -> Upload:
        account_caps.check_room(upload, _latest(context), context.now)
        reply = {"subject_id": upload.upload_id}
        try:
            context.store.announce(upload, asked and replace(asked, reply=reply))
        except Contested as error:
            raise (account_caps.month_is_full() if BYTES in error.labels else error) from error
        return upload

    def again(before: writes.Written) -> Upload:
        return find_upload(context, before.subject_id)

    return writes.once(context, what, fields, announce, again)


def _latest(context: RequestContext) -> Iterable[Upload]:
    """The account's latest uploads, as many as caps ask for."""
    own = StoredList.uploads(context.caller.role, context.caller.account_id)
    positions, _ = context.store.listed(own, ALWAYS, None, account_caps.LATEST)
    return context.store.uploads(map(id_at, positions)).values()


def find_upload(context: RequestContext, upload_id: str) -> Upload:
    """One of the caller's own uploads."""
    upload = context.store.upload(upload_id)
    place = upload and upload.place
    if place is None or (place.role, place.account_id) != (
        context.caller.role,
        context.caller.account_id,
    ):
        raise NotFound
    return upload


def list_uploads(context: RequestContext, results: Bucket, request: Request) -> Reply:
    """A page of the caller's uploads, newest first."""
    own = StoredList.uploads(context.caller.role, context.caller.account_id)
    uploaded = Listing.of_stored(context.store, own, Window())
    return listing.reply(
        request, "Files", uploaded, lambda found: [show_upload(each, results) for each in found]
    )


RESULTS, WORKBOOK = ("result.csv", "summary.json"), "result.xlsx"


def show_upload(upload: Upload, results: Bucket) -> dict[str, Any]:
    """An upload as the API shows it, with links to its result once there is one."""
    links = {}
    if upload.is_over:
        names = (*RESULTS, WORKBOOK) if upload.has_workbook else RESULTS
        links = {name: results.download_link(upload.place.result_key(name)) for name in names}
    return presenters.upload(upload, UTC, links)


def show_ordered(ordered: Upload) -> dict[str, Any]:
    """A sheet that is being made, and where it will be seen."""
    return {"Status": "QUEUED", "QueuedUri": presenters.upload(ordered, UTC, {})["Uri"]}


def show_opened(opened: Opened) -> dict[str, Any]:
    """A new upload: where it will be seen, and the form that sends the file."""
    shown = presenters.upload(opened.upload, UTC, {})
    form = {"Url": opened.form["url"], "Fields": dict(opened.form["fields"])}
    return {"Status": "OK", "Uri": shown["Uri"], "Upload": form}
