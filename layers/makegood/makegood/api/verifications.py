"""Verdicts by HTTP: an advertiser has an inquiry verified, a partner asks before it files."""

from collections.abc import Mapping

from makegood.api import writes
from makegood.api.http import Reply
from makegood.api.writes import RequestContext
from makegood.domain.parties import Role, account_path
from makegood.domain.prospects import Foreseen
from makegood.forms.claims import ClaimRequest
from makegood.usecases import check_claims
from makegood.usecases.verify_claims import VerifyRequest, VerifyWork


def verify(context: RequestContext, inquiry_id: str) -> None:
    """Makes a new verdict on one of the advertiser's open inquiries."""
    work = VerifyWork(context.caller.account_id, context.now)
    writes.write(context, "verify", {"Id": inquiry_id}, lambda _: VerifyRequest(inquiry_id), work)


def check(context: RequestContext, asked: Mapping[int, ClaimRequest]) -> Reply:
    """Says what would become of claims, by their numbers."""
    found = check_claims.check(
        context.store, context.caller.account_id, list(asked.values()), context.now
    )
    base = account_path(Role.PARTNER, context.caller.account_id)
    told = zip(asked.items(), found, strict=True)
    shown = [
        {"Number": str(number), "OrderId": request.unread.get("OrderId", ""), **_shown(each, base)}
        for (number, request), each in told
    ]
    return Reply({"Status": "OK", "Checks": shown})


def _shown(foreseen: Foreseen, base: str) -> dict[str, str]:
    inquiry_id, action_id = foreseen.inquiry_id, foreseen.action_id
    return {
        "Outcome": str(foreseen.prospect),
        "Message": foreseen.message,
        "Code": foreseen.code,
        "InquiryId": inquiry_id,
        "InquiryUri": f"{base}/ActionInquiries/{inquiry_id}" if inquiry_id else "",
        "ActionId": action_id,
        "ActionUri": f"{base}/Actions/{action_id}" if action_id else "",
        "AppealOf": foreseen.appeal_of,
    }
