"""Monthly statements by HTTP, as the resource `Invoices`: listed, one by one, and as a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from makegood.api import filters, listing, statement_presenters
from makegood.api.http import Reply, Request
from makegood.api.listing import Listing
from makegood.aws.s3 import Bucket
from makegood.domain.parties import Role
from makegood.domain.problems import NotFound
from makegood.domain.statements import Statement, details_key
from makegood.store.indexes import StoredList
from makegood.store.plans import of_stored
from makegood.store.selection import Window
from makegood.store.store import Store

OWNERS = {Role.ADVERTISER: "advertiser", Role.PARTNER: "partner"}


@dataclass(frozen=True, slots=True)
class Invoices(Listing):
    """An owner's statements, newest first."""

    owner: str = field(kw_only=True)

    @classmethod
    def of(cls, store: Store, owner: str, made: Window) -> "Invoices":
        plan = of_stored(StoredList.statements(owner), made)
        return cls(store, plan, "", owner=owner)

    def _read(self, ids: list[str]) -> Mapping[str, Any]:
        return self.store.statements_of(self.owner, ids)


def _owner(request: Request) -> str:
    return f"{OWNERS[request.caller.role]}:{request.caller.account_id}"


def statements(store: Store, request: Request, bucket: Bucket) -> Reply:
    """A page of the caller's statements; the dates are those of the months' ends."""
    form = filters.form_of(request.query)
    made = filters.span(form, "StartDate", "EndDate")
    form.done()
    invoices = Invoices.of(store, _owner(request), made)
    return listing.reply(
        request,
        "Invoices",
        invoices,
        lambda found: _shown(store, request, found, bucket),
    )


def statement(store: Store, request: Request, invoice_id: str, bucket: Bucket) -> Reply:
    """One of the caller's statements."""
    return Reply(_shown(store, request, [_found(store, request, invoice_id)], bucket)[0])


def page(store: Store, request: Request, invoice_id: str, bucket: Bucket) -> Reply:
    """One of the caller's statements, for people and printers.

    The renderer is imported here: few processes ever show a page, and all would load it.
    """
    from makegood.api import statement_page
    from makegood.files.statement_details import line_items

    found = _found(store, request, invoice_id)
    names = names_in(store, [found])
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


def names_in(store: Store, found: Iterable[Statement]) -> dict[str, str]:
    """The names of the owners and the counterparties."""
    ids = {owner for each in found for owner in (each.owner, *_counterparties(each))}
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


def _counterparties(statement: Statement) -> set[str]:
    return {each.counterparty for each in statement.lines}


def _shown(
    store: Store, request: Request, found: list[Statement], bucket: Bucket
) -> list[dict[str, Any]]:
    names = names_in(store, found)
    return [
        statement_presenters.statement(
            each,
            request.caller,
            names,
            csv_uri=bucket.download_link(details_key(each)),
            workbook_uri=_workbook_link(each, bucket),
        )
        for each in found
    ]


def _workbook_link(found: Statement, bucket: Bucket) -> str:
    return bucket.download_link(details_key(found, ".xlsx")) if found.has_workbook else ""
