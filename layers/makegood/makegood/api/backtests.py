"""Backtests by HTTP: a version of a policy is run over the claims of a span, and reported on."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from makegood.api import filters, policies, uploads
from makegood.api.writes import RequestContext
from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue
from makegood.domain.calendar import MILLISECOND, in_zone
from makegood.domain.parties import Campaign, Role, account_path
from makegood.domain.policy_options import OPTIONS_VERSION
from makegood.domain.problems import Fault, Invalid, NotFound
from makegood.domain.texts import trimmed
from makegood.domain.uploads import CUTTING, Place, SheetKind, Upload, UploadState
from makegood.forms.reading import Fields


def order(
    context: RequestContext, chunks: Queue, backtest_id: str, campaign: Campaign, fields: Fields
) -> Upload:
    """Orders a backtest of a version over the claims that were filed from `StartDate` to `EndDate`.

    The same idempotency key orders the same backtest.
    """
    given = _given(context, campaign, fields)
    place = Place(
        role=Role.ADVERTISER,
        account_id=context.caller.account_id,
        kind=SheetKind.BACKTESTS,
        upload_id=backtest_id,
        name=f"backtest-{campaign.campaign_id}-{given['Version']}.csv",
    )
    ordered = Upload(place, context.now, given=given)
    ordered = uploads.announced(context, "backtest", ordered, fields)
    chunks.send_fairly(ordered.chunk_message(CUTTING), ordered.place.owner)
    return ordered


def _given(context: RequestContext, campaign: Campaign, fields: Fields) -> dict[str, str]:
    form = filters.form_of(fields, campaign)
    for name in ("StartDate", "EndDate"):
        if not trimmed(fields.get(name, "")):
            form.fault(name, "Required", "required")
    span = filters.span(form, "StartDate", "EndDate")
    form.done()
    number = policies.number_of(trimmed(fields.get("Version", "")))
    if number is None:
        told = "The number of a version of the policy"
        raise Invalid(faults=(Fault("Version", told, "not_a_count"),))
    if number != OPTIONS_VERSION and not context.store.policies([(campaign.campaign_id, number)]):
        raise NotFound("There is no such version of the campaign's policy; check Version")
    start, end = span.low, span.high
    if start is None or end is None or end <= start:
        told = "The last day of the span; it is not before StartDate"
        raise Invalid(faults=(Fault("EndDate", told, "ends_first"),))
    return {
        "CampaignId": campaign.campaign_id,
        "Version": str(number),
        "StartDate": start.isoformat(),
        "EndDate": (end - MILLISECOND).isoformat(),
    }


def uri_of(backtest: Upload) -> str:
    base = account_path(Role.ADVERTISER, backtest.place.account_id)
    return f"{base}/Backtests/{backtest.upload_id}"


def find(context: RequestContext, backtest_id: str) -> Upload:
    """One of the caller's own backtests."""
    found = uploads.find_upload(context, backtest_id)
    if found.place.kind != SheetKind.BACKTESTS:
        raise NotFound
    return found


def show(context: RequestContext, results: Bucket, backtest_id: str) -> dict[str, Any]:
    """A backtest: first what the version would have paid wrongly, once that is known."""
    backtest = find(context, backtest_id)
    campaign = context.store.campaigns([backtest.given["CampaignId"]])[backtest.given["CampaignId"]]
    is_done = backtest.state is UploadState.DONE
    report = _report(results, backtest) if is_done else {}
    result = backtest.place.result_key("result.csv")
    return {
        "PaidWrongly": _sums(report.get("paid_wrongly", {}), "paid_wrongly"),
        "Id": backtest.upload_id,
        "Status": str(backtest.state),
        **{name: backtest.given[name] for name in ("CampaignId", "Version")},
        "StartDate": _date(backtest, "StartDate", campaign),
        "EndDate": _date(backtest, "EndDate", campaign),
        "RowsDone": str(backtest.rows_done),
        "RowsTotal": str(backtest.row_count),
        "Groups": [_group(each) for each in report.get("groups", ())],
        "Fault": backtest.fault,
        "ResultUri": results.download_link(result) if is_done else "",
        "Uri": uri_of(backtest),
    }


def _report(results: Bucket, backtest: Upload) -> dict[str, Any]:
    return json.loads(results.read(backtest.place.result_key("summary.json")))


def _date(backtest: Upload, name: str, campaign: Campaign) -> str:
    return in_zone(datetime.fromisoformat(backtest.given[name]), campaign.zone)


def _group(group: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Answer": group["answer"],
        "Why": group["why"],
        "Rule": group["rule"],
        "Verdict": group["verdict"],
        "Became": group["became"],
        "Claims": str(group["rows"]),
        "WouldPay": _money(group["money"].get("would_pay", {})),
        "Paid": _money(group["money"].get("paid", {})),
        "PaidWrongly": _money(group["money"].get("paid_wrongly", {})),
        "Examples": group["examples"],
    }


def _sums(count: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {
        "Claims": str(count.get("rows", 0)),
        "Money": _money(count.get("money", {}).get(name, {})),
    }


def _money(sums: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Amount": amount, "Currency": currency} for currency, amount in sums.items()]
