"""Verdicts by HTTP: an advertiser has an inquiry verified, a partner asks before it files."""

from makegood.api.http import Reply
from makegood.api.writes import RequestContext
from makegood.domain import rate_limit
from makegood.domain.parties import Role, account_path
from makegood.domain.problems import TooManyRequests
from makegood.domain.prospects import Foreseen
from makegood.forms import checks
from makegood.forms.reading import Fields
from makegood.usecases import check_claims, unit_of_work
from makegood.usecases.verify_claims import VerifyRequest, VerifyWork


def verify(context: RequestContext, inquiry_id: str) -> None:
    """Makes a new verdict on one of the advertiser's open inquiries."""
    work = VerifyWork(context.caller.account_id, context.now)
    unit_of_work.one(context.store, work, context.ask(VerifyRequest(inquiry_id)))


def check(context: RequestContext, fields: Fields) -> Reply:
    """Says what would become of up to 100 claims; each counts as a request."""
    asked = checks.read(fields)
    _take_from_bucket(context, len(asked) - 1)
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


def _take_from_bucket(context: RequestContext, count: int) -> None:
    """Takes the claims off the account's bucket that come with the first; raises if it is empty."""
    allowance, now = context.caller.allowance, rate_limit.micros(context.wall_now or context.now)
    count = min(count, allowance.burst - 1)
    if count < 1:
        return
    taken, full_at = context.store.take(context.caller.account_sid, allowance, now, count)
    if not taken:
        raise TooManyRequests(allowance.wait_seconds(full_at, now, count))


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
