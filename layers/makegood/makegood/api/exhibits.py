"""Evidence by HTTP: announced, listed, and read by a link once the scanner has found it clean."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from typing import Any

from makegood.api import ownership, pagination, writes
from makegood.api.http import Reply, Request
from makegood.api.routes import AudienceRoutes, named
from makegood.api.writes import RequestContext
from makegood.aws.retry import pause
from makegood.aws.s3 import Bucket
from makegood.domain import exhibits
from makegood.domain.calendar import in_zone
from makegood.domain.exhibits import CLEAN_RESULT, FAULTS, SCAN_TAG, Exhibit, ExhibitState
from makegood.domain.inquiries import Inquiry
from makegood.domain.parties import Role, account_path
from makegood.domain.problems import Forbidden, NotFound, Unavailable
from makegood.forms import fields
from makegood.forms.exhibits import EvidenceRequest
from makegood.forms.reading import Fields
from makegood.store.requests import REQUEST
from makegood.store.store import Contested, Idempotency, Store

LINK_SECONDS = 300
TRIES_MAX = 16
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.02, 0.25


@dataclass(frozen=True, slots=True)
class Case:
    """An inquiry of the caller's own, with what its evidence is shown with."""

    inquiry: Inquiry
    user: str
    zone: tzinfo
    base: str


def add(audience: AudienceRoutes, request: Request, inquiry_id: str) -> Reply:
    """Announces a file, and answers with the form that sends it. The same idempotency key names the
    same file again, with a form that is signed anew.
    """
    bucket = _bucket(audience)
    fields.check_known(request.fields, fields.EVIDENCE_FIELDS)
    context = audience.context(request)
    said = {**request.fields, **named({"inquiry_id": inquiry_id})}
    case = _case(context.store, request, inquiry_id)
    exhibit = _announced(context, case, audience.new_id(), said)
    form = bucket.upload_form(exhibit.key, exhibit.said.size, exhibit.said.content_type)
    upload = {"Url": form["url"], "Fields": dict(form["fields"])}
    shown = _shown(exhibit, case)
    return Reply({"Status": "OK", "Id": shown["Id"], "Uri": shown["Uri"], "Upload": upload})


def listed(audience: AudienceRoutes, request: Request, inquiry_id: str) -> Reply:
    """All evidence of an inquiry, and of the one that it appeals, oldest first, on one page."""
    _bucket(audience)
    store = audience.store
    case = _case(store, request, inquiry_id)
    found = [*store.exhibits(inquiry_id)]
    if appealed := case.inquiry.claim.appeal_of:
        found = [*store.exhibits(appealed), *found]
    there = [each for each in found if each.state is not ExhibitState.ERASED]
    return pagination.single_page(request, "Evidence", [_shown(each, case) for each in there])


def link(audience: AudienceRoutes, request: Request, inquiry_id: str, evidence_id: str) -> Reply:
    """A link that saves the file, for five minutes; only while the scanner's tag says that it is
    clean.
    """
    bucket = _bucket(audience)
    case = _case(audience.store, request, inquiry_id)
    exhibit = exhibits.readable(audience.store.exhibits(inquiry_id), evidence_id)
    if bucket.tag(exhibit.key, exhibit.object_version, SCAN_TAG) != CLEAN_RESULT:
        raise Forbidden("The scanner does not say that this file is clean", code="not_clean")
    said = exhibit.said
    url = bucket.attachment_link(
        exhibit.key, exhibit.object_version, said.name, said.content_type, LINK_SECONDS
    )
    until = audience.wall_clock() + timedelta(seconds=LINK_SECONDS)
    return Reply(
        {
            "Status": "OK",
            "Url": url,
            "ExpirationDate": in_zone(until, case.zone),
            "Name": said.name,
            "ContentType": said.content_type,
            "Sha256": exhibit.sha256,
        }
    )


def _bucket(audience: AudienceRoutes) -> Bucket:
    """Where evidence is kept, if this stack has a scanner."""
    if not audience.settings.evidence_scanned:
        raise Forbidden(
            "Evidence is switched off here: nothing scans files. Say it in a comment",
            code="evidence_disabled",
        )
    return Bucket(audience.settings.evidence)


def _case(store: Store, request: Request, inquiry_id: str) -> Case:
    """The inquiry; a foreign one is not found."""
    inquiry = store.inquiries([inquiry_id]).get(inquiry_id)
    ownership.check_own(request, inquiry, inquiry.advertiser_id if inquiry else "")
    campaign = store.campaigns([inquiry.campaign_id])[inquiry.campaign_id]
    caller = request.caller
    user = campaign.name
    if caller.role is Role.PARTNER:
        user = store.partners([caller.account_id])[caller.account_id].name
    return Case(inquiry, user, campaign.zone, account_path(caller.role, caller.account_id))


def _announced(context: RequestContext, case: Case, exhibit_id: str, said: Fields) -> Exhibit:
    """The file, recorded; or the one that the same idempotency key announced before."""
    return writes.once(
        context,
        "evidence",
        said,
        lambda asked: _added(context, case, exhibit_id, said, asked),
        lambda before: _of_id(context.store.exhibits(case.inquiry.inquiry_id), before.subject_id),
    )


def _added(
    context: RequestContext, case: Case, exhibit_id: str, said: Fields, asked: Idempotency | None
) -> Exhibit:
    request, side = EvidenceRequest.read(said), context.caller.role
    for attempt in range(TRIES_MAX):
        if attempt:
            pause(attempt, PAUSE_SECONDS, PAUSE_SECONDS_MAX)
        known = context.store.exhibits(case.inquiry.inquiry_id)
        exhibit = exhibits.announce(
            case.inquiry, known, side, case.user, request.said, exhibit_id, context.now
        )
        reply = {"subject_id": exhibit_id}
        try:
            context.store.add_exhibit(exhibit, asked and replace(asked, reply=reply))
        except Contested as contested:
            if REQUEST in contested.labels:
                raise
            continue
        return exhibit
    raise Unavailable


def _of_id(known: tuple[Exhibit, ...], exhibit_id: str) -> Exhibit:
    for each in known:
        if each.exhibit_id == exhibit_id:
            return each
    raise NotFound


def _shown(exhibit: Exhibit, case: Case) -> Mapping[str, Any]:
    said, scanned_at = exhibit.said, exhibit.scanned_at
    path = f"{case.base}/ActionInquiries/{exhibit.inquiry_id}/Evidence"
    is_clean = exhibit.state is ExhibitState.CLEAN
    return {
        "Id": exhibit.exhibit_id,
        "InquiryId": exhibit.inquiry_id,
        "Side": str(exhibit.side),
        "User": exhibit.user,
        "Type": str(said.exhibit_type),
        "Name": said.name,
        "Size": str(said.size),
        "ContentType": said.content_type,
        "Status": str(exhibit.state),
        "Fault": FAULTS.get(exhibit.fault, ""),
        "Sha256": exhibit.sha256,
        "CreationDate": in_zone(exhibit.made_at, case.zone),
        "ScanDate": in_zone(scanned_at, case.zone) if scanned_at else "",
        "LinkUri": f"{path}/{exhibit.exhibit_id}/Link" if is_clean else "",
        "Uri": path,
    }
