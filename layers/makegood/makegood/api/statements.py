"""Monthly statements by HTTP, as the resource `Invoices`: listed, one by one, and as a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from itertools import islice
from typing import Any

from makegood.api import filters, listing
from makegood.api.http import Reply, Request
from makegood.api.listing import Listing
from makegood.aws.s3 import Bucket
from makegood.domain.money import Money
from makegood.domain.parties import Role, account_path
from makegood.domain.problems import NotFound
from makegood.domain.statements import Statement, details_key
from makegood.store.indexes import StoredList
from makegood.store.store import Store

OWNERS = {Role.ADVERTISER: "advertiser", Role.PARTNER: "partner"}


@dataclass(frozen=True, slots=True)
class Invoices(Listing):
    """An owner's statements, newest first."""

    def _read(self, ids: list[str]) -> Mapping[str, Any]:
        return self.store.statements_of(self.source.owner, ids)


def _owner(request: Request) -> str:
    return f"{OWNERS[request.caller.role]}:{request.caller.account_id}"


def statements(store: Store, request: Request, bucket: Bucket) -> Reply:
    """A page of the caller's statements; the dates are those of the months' ends."""
    form = filters.form_of(request.query)
    made = filters.span(form, "StartDate", "EndDate")
    form.done()
    invoices = Invoices(store, StoredList.statements(_owner(request)), made, ())
    return listing.reply(
        request,
        "Invoices",
        invoices,
        lambda found: [_shown(request, each, bucket) for each in found],
    )


def statement(store: Store, request: Request, invoice_id: str, bucket: Bucket) -> Reply:
    """One of the caller's statements, with its lines."""
    found = _found(store, request, invoice_id)
    return Reply({**_shown(request, found, bucket), "LineItems": _lines(found)})


def page(store: Store, request: Request, invoice_id: str, bucket: Bucket) -> Reply:
    """One of the caller's statements, for people and printers.

    The renderer is imported here: few processes ever show a page, and all would load it.
    """
    from makegood.api import statement_page
    from makegood.files.statement_details import line_items

    found = _found(store, request, invoice_id)
    names = _names(store, request, found)
    items = list(islice(line_items(store, found), statement_page.ITEMS_MAX + 1))
    link = bucket.download_link(details_key(found))
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    return Reply(statement_page.render(found, names, items, link), headers=headers)


def _found(store: Store, request: Request, invoice_id: str) -> Statement:
    owner = _owner(request)
    found = store.statements_of(owner, [invoice_id]).get(invoice_id)
    if found is None:
        raise NotFound("There is no such statement in this account; check the id")
    return found


def _names(store: Store, request: Request, found: Statement) -> dict[str, str]:
    """The names of the owner and the counterparties."""
    ids = {each.counterparty for each in found.lines} | {found.owner}
    by_kind: dict[str, list[str]] = {"advertiser": [], "partner": []}
    for each in ids:
        kind, _, account = each.partition(":")
        if kind in by_kind:
            by_kind[kind].append(account)
    advertisers = store.advertisers(sorted(by_kind["advertiser"]))
    partners = store.partners(sorted(by_kind["partner"]))
    return {f"advertiser:{name}": each.name for name, each in advertisers.items()} | {
        f"partner:{name}": each.name for name, each in partners.items()
    }


def _shown(request: Request, found: Statement, bucket: Bucket) -> dict[str, Any]:
    def text(minor: int) -> str:
        return str(Money(minor, found.currency))

    caller = request.caller
    uri = f"{account_path(caller.role, caller.account_id)}/Invoices/{found.statement_id}"
    came = sum(max(each.minor, 0) for each in found.lines)
    overdue, needed = found.overdue, found.deposit_needed_minor
    return {
        "Id": found.statement_id,
        "Currency": found.currency,
        "StartDate": found.month.start.astimezone(UTC).isoformat(),
        "EndDate": found.month.end.astimezone(UTC).isoformat(),
        "CreatedDate": found.month.end.astimezone(UTC).isoformat(),
        "OpeningBalance": text(found.opening.minor),
        "AmountIn": text(came),
        "AmountOut": text(came - found.closing.minor + found.opening.minor),
        "ClosingBalance": text(found.closing.minor),
        "OpeningCommitted": text(found.opening.committed_minor),
        "ClosingCommitted": text(found.closing.committed_minor),
        "OverdueCount": str(overdue.action_count) if overdue else "",
        "Overdue": text(overdue.minor) if overdue else "",
        "DepositNeeded": "" if needed is None else text(needed),
        "EntryCount": str(found.entry_count),
        "Checksum": found.checksum,
        "CsvUri": bucket.download_link(details_key(found)),
        "PageUri": f"{uri}/Page",
        "Uri": uri,
    }


def _lines(found: Statement) -> list[dict[str, str]]:
    return [
        {
            "Reason": each.reason,
            "Counterparty": each.counterparty,
            "Actions": str(each.action_count),
            "Amount": str(Money(each.minor, found.currency)),
            "Committed": str(Money(each.committed_minor, found.currency)),
        }
        for each in found.lines
    ]
