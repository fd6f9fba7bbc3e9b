"""The proof of the books: every balance from its entries, every action against the ledger.

It reads the whole store page by page, and may stop and go on between any two. The day's proof is
started by the schedule, kept in the store while it waits for more time, and then goes on. Its
reading order is that of `TABLES`; a row of a kind that it does not know is none of its business.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from makegood.domain import ledger
from makegood.domain.inquiries import InquiryType
from makegood.domain.problems import Problem
from makegood.domain.proof import FORMAT, REPORTED_MAX, Proof, of_document
from makegood.domain.uploads import UploadState
from makegood.store.actions import ActionRow, action_key, action_of
from makegood.store.clearings import CLEARINGS, ClearingRow, clearing_of
from makegood.store.inquiries import InquiryRow, inquiry_key
from makegood.store.ledger import BalanceRow, EntryRow, balance_place, entry_of
from makegood.store.orders import OrderRow
from makegood.store.projections import FORECASTS, STANDINGS, forecast_owner, standing_owner
from makegood.store.store import Contested, Store
from makegood.store.uploads import ChunkRow, UploadRow

__all__ = ["REPORTED_MAX", "advance", "at_once", "daily", "prove"]

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, Problem)
"""What a damaged row raises when it is made a value again."""

EMPTY_KEPT = timedelta(days=2)
"""How long a sum is kept that is empty, so that what is settled late is added to what is there."""

Read = Callable[[Any], Any]


def prove(store: Store) -> dict[str, Any]:
    """Checks every invariant over the whole store, and changes nothing in it."""
    proof = Proof()
    advance(store, proof, lambda: True)
    return proof.report()


def at_once(store: Store, now: datetime, has_time: Callable[[], bool]) -> dict[str, Any]:
    """A proof from the beginning; what there is no time for goes on with the schedule."""
    proof = Proof(now)
    _, version = store.kept_proof()
    _work(store, proof, has_time)
    if not proof.finished:
        _keep(store, proof, version)
    return proof.report()


def daily(store: Store, now: datetime, has_time: Callable[[], bool]) -> Proof | None:
    """The day's proof, or the next part of one that is unfinished; None when it is done.

    One that somebody else goes on with meanwhile is left to them.
    """
    document, version = store.kept_proof()
    proof = Proof(now)
    if document is not None and document["format"] == FORMAT:
        proof = of_document(document)
    if proof.finished:
        if proof.as_of and proof.as_of.astimezone(UTC).date() >= now.astimezone(UTC).date():
            return None
        proof = Proof(now)
    _work(store, proof, has_time)
    return proof if _keep(store, proof, version) else None


def _work(store: Store, proof: Proof, has_time: Callable[[], bool]) -> None:
    if not advance(store, proof, has_time):
        return
    if proof.forecasts is not None:
        store.keep_forecasts(proof.forecasts.made())
    if proof.standings is not None:
        store.keep_standings(proof.standings.made())


def _keep(store: Store, proof: Proof, version: int) -> bool:
    try:
        store.keep_proof(proof.document(), version)
    except Contested:
        return False
    return True


def advance(store: Store, proof: Proof, has_time: Callable[[], bool]) -> bool:
    """Reads on until the proof is finished or there is no time, which is asked for each page."""
    while not proof.finished:
        at, after = proof.position
        if proof.position == [0, None]:
            proof.backfilled = store.backfill().complete
        table = TABLES[at]
        rows, after = store.scan(table, after)
        READERS[table](store, proof, rows)
        proof.position = [at, after] if after else [at + 1, None]
        if proof.position[0] == len(TABLES):
            proof.end_look()
        if not proof.finished and not has_time():
            return False
    return True


Rows = Iterable[tuple[str, str, Read]]


def _ledger(store: Store, proof: Proof, rows: Rows) -> None:
    """Entries and their lines, balances, sums of what clears, forecasts and standings of before.

    Sums that are empty for good are dropped on the way.
    """
    empty: list[ClearingRow] = []
    for pk, sk, read in rows:
        try:
            if pk.startswith("E#") and sk == "E":
                proof.entry(entry_of(read(EntryRow)))
            elif pk.startswith("E#") and sk.startswith("L#"):
                proof.line(pk[2:], sk[2:])
            elif pk.startswith("B#"):
                for account, minor in _kept(pk[2:], read(BalanceRow)):
                    proof.balance(account, sk, minor)
                _know(proof, pk[2:], sk)
            elif pk.startswith(CLEARINGS):
                empty += _clearing(proof, read(ClearingRow))
            elif pk.startswith(FORECASTS) and proof.forecasts is not None:
                proof.forecasts.know(forecast_owner(pk), sk)
            elif pk.startswith(STANDINGS) and proof.standings is not None:
                proof.standings.know(standing_owner(pk), sk)
        except UNREADABLE:
            broken = "every entry balances" if sk == "E" else "what is kept can be read"
            proof.check(broken, False, pk)
    store.drop_clearings(empty)


def _clearing(proof: Proof, row: ClearingRow) -> list[ClearingRow]:
    """Notes a part of a sum; answers with it where it is empty and nothing more clears then, which
    only a proof that is of an instant knows.
    """
    kept = clearing_of(row)
    proof.clearing(kept)
    is_empty = not (kept.minor or kept.count)
    over = proof.as_of is not None and kept.clears_at < proof.as_of - EMPTY_KEPT
    return [row] if is_empty and over else []


def _kept(owner: str, row: BalanceRow) -> list[tuple[str, int]]:
    if not owner.startswith("advertiser:"):
        return [(owner, int(row.minor or 0))]
    advertiser_id = owner.partition(":")[2]
    accounts = (ledger.funds(advertiser_id), ledger.committed(advertiser_id))
    return [(each, int(getattr(row, balance_place(each)[1]) or 0)) for each in accounts]


def _know(proof: Proof, owner: str, currency: str) -> None:
    """Who has a balance is told what lies ahead, even where that is nothing."""
    kind, account = owner.split(":")[:2]
    if kind == "advertiser" and proof.forecasts is not None:
        proof.forecasts.know(account, currency)
    elif kind == "partner" and proof.standings is not None:
        proof.standings.know(account, currency)


def _actions(store: Store, proof: Proof, rows: Rows) -> None:
    several: dict[tuple[str, ...], list[str]] = {}
    for pk, sk, read in rows:
        try:
            if sk == "H":
                proof.action(action_of(read(ActionRow)))
            elif sk == "O":
                several.update(_order(proof, pk, read(OrderRow)))
        except UNREADABLE:
            proof.check("what is kept can be read", False, pk)
    _paid_once(store, proof, several)


def _order(proof: Proof, pk: str, row: OrderRow) -> dict[tuple[str, ...], list[str]]:
    """Notes an order's credits; answers where one partner has several for one event type."""
    campaign_id, _, order_id = pk[2:].partition("#")
    held: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for event_type_id, partner_id, action_id, _ in row.credits:
        place = campaign_id, order_id, event_type_id, partner_id
        proof.credit(list(place), action_id)
        held[place].append(action_id)
    return {place: ids for place, ids in held.items() if len(ids) > 1}


def _paid_once(store: Store, proof: Proof, several: dict[tuple[str, ...], list[str]]) -> None:
    """Of several credits, all but one are corrections by difference, as their inquiries say.

    Credits are the actions that are not reversed, which is proven besides.
    """
    ids = [each for group in several.values() for each in group]
    actions = store.fetch(action_key(each) for each in ids)
    about = {pk[2:]: row.inquiry_id for (pk, _), row in actions.items() if row.inquiry_id}
    found = store.fetch(inquiry_key(each) for each in about.values())
    corrections = {
        pk[2:] for (pk, _), row in found.items() if row.inquiry_type == InquiryType.INCORRECT.value
    }
    for place, group in several.items():
        originals = [each for each in group if about.get(each) not in corrections]
        proof.check(
            "no order is paid twice to one partner for one event type",
            len(originals) <= 1,
            " ".join(originals),
            f"are of order {place[1]} of {place[0]}",
        )


def _inquiries(store: Store, proof: Proof, rows: Rows) -> None:
    for pk, sk, read in rows:
        try:
            if sk == "H":
                row = read(InquiryRow)
                proof.inquiry(pk[2:], row.state, row.action_id or "")
        except UNREADABLE:
            proof.check("what is kept can be read", False, pk)


def _files(store: Store, proof: Proof, rows: Rows) -> None:
    for pk, sk, read in rows:
        try:
            if sk == "FILE":
                row = read(UploadRow)
                done = row.state == UploadState.DONE.value
                proof.upload(pk[2:], done, int(row.row_count), int(row.rows_done))
            elif sk.startswith("CHUNK#"):
                proof.chunk(pk[2:], sum(rows for rows, _ in read(ChunkRow).counts.values()))
        except UNREADABLE:
            proof.check("what is kept can be read", False, pk)


READERS: dict[str, Callable[[Store, Proof, Rows], None]] = {
    "ledger": _ledger,
    "actions": _actions,
    "inquiries": _inquiries,
    "files": _files,
}
TABLES = tuple(READERS)
