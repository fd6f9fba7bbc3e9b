"""The proof of the books: every balance from its entries, every action against the ledger.

What is compared with what is one table, `RELATIONS` in `domain.proof_relations`: entries with
actions, credits with actions, inquiries with actions, chunks with files, entries with their lines,
sums of what clears with actions. Balances are compared with the sums of their entries.

It reads the whole store page by page, in the order of `TABLES`, and may pause after any page. The
schedule starts a proof each day; a proof that runs out of time is kept in the store, and the next
call continues it. Rows of a kind that it does not know are skipped.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from makegood.domain.clearings import Clearing
from makegood.domain.orders import Credit
from makegood.domain.problems import Problem
from makegood.domain.proof import FORMAT, REPORTED_MAX, Proof, of_document
from makegood.store.proof import Stored, StoredKind
from makegood.store.store import Contested, Store

__all__ = ["REPORTED_MAX", "advance", "at_once", "daily", "prove"]

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, Problem)
"""What reading a damaged row may raise."""

EMPTY_KEPT = timedelta(days=2)
"""How long an empty sum is kept: what settles late still finds it."""

TABLES = ("ledger", "actions", "inquiries", "files")
"""The tables, in the order in which they are read."""


def prove(store: Store) -> dict[str, Any]:
    """Checks every invariant over the whole store, and changes nothing in it."""
    proof = Proof()
    advance(store, proof, lambda: True)
    return proof.report()


def at_once(store: Store, now: datetime, has_time: Callable[[], bool]) -> dict[str, Any]:
    """Starts a proof anew; the schedule continues what there is no time for."""
    proof = Proof(now)
    _, version = store.kept_proof()
    _read_on(store, proof, has_time)
    if not proof.finished:
        _keep_for_later(store, proof, version)
    return proof.report()


def daily(store: Store, now: datetime, has_time: Callable[[], bool]) -> Proof | None:
    """Runs the day's proof, or the next part of an unfinished one; None if today's is done.

    If another call has taken the proof over, it is left to that call.
    """
    document, version = store.kept_proof()
    proof = Proof(now)
    if document is not None and document["format"] == FORMAT:
        proof = of_document(document)
    if proof.finished:
        if proof.as_of and proof.as_of.astimezone(UTC).date() >= now.astimezone(UTC).date():
            return None
        proof = Proof(now)
    _read_on(store, proof, has_time)
    return proof if _keep_for_later(store, proof, version) else None


def _read_on(store: Store, proof: Proof, has_time: Callable[[], bool]) -> None:
    if not advance(store, proof, has_time):
        return
    if proof.forecasts is not None:
        forecasts = proof.forecasts.made()
        accounts = [(each.advertiser_id, each.currency) for each in forecasts]
        store.keep_forecasts(forecasts, store.cash(accounts))
    if proof.standings is not None:
        store.keep_standings(proof.standings.made())


def _keep_for_later(store: Store, proof: Proof, version: int) -> bool:
    try:
        store.keep_proof(proof.document(), version)
    except Contested:
        return False
    return True


def advance(store: Store, proof: Proof, has_time: Callable[[], bool]) -> bool:
    """Reads on until the proof is finished or time runs out, which it checks at each page."""
    while not proof.finished:
        at, after = proof.position
        if proof.position == [0, None]:
            proof.backfilled = store.backfill().complete
        page, after = store.scan_stored(TABLES[at], after)
        _note_page(store, proof, page)
        proof.position = [at, after] if after else [at + 1, None]
        if proof.position[0] == len(TABLES):
            proof.end_look()
        if not proof.finished and not has_time():
            return False
    return True


def _note_page(store: Store, proof: Proof, page: Iterable[Stored]) -> None:
    """Notes a page's rows, and deletes sums of what clears that will stay empty."""
    empty: list[Stored] = []
    several: dict[tuple[str, ...], list[str]] = {}
    for stored in page:
        try:
            match stored.kind:
                case StoredKind.ENTRY:
                    proof.entry(stored.read())
                case StoredKind.ENTRY_LINE:
                    proof.line(*stored.read())
                case StoredKind.BALANCE:
                    _balance(proof, *stored.read())
                case StoredKind.CLEARING:
                    clearing = stored.read()
                    proof.clearing(clearing)
                    empty += [stored] if _is_over(proof, clearing) else []
                case StoredKind.FORECAST if proof.forecasts is not None:
                    proof.forecasts.know(*stored.read())
                case StoredKind.STANDING if proof.standings is not None:
                    proof.standings.know(*stored.read())
                case StoredKind.ACTION:
                    proof.action(stored.read())
                case StoredKind.ORDER:
                    several.update(_order(proof, *stored.read()))
                case StoredKind.INQUIRY:
                    proof.inquiry(*stored.read())
                case StoredKind.UPLOAD:
                    proof.upload(*stored.read())
                case StoredKind.CHUNK:
                    proof.chunk(*stored.read())
        except UNREADABLE:
            is_entry = stored.kind is StoredKind.ENTRY
            broken = "every entry balances" if is_entry else "what is kept can be read"
            proof.check(broken, False, stored.name)
    store.drop_clearings(each.key for each in empty)
    _paid_once(store, proof, several)


def _is_over(proof: Proof, kept: Clearing) -> bool:
    """Whether a part of a sum is empty, and nothing more can clear at its instant. Only a proof of
    an instant can tell.
    """
    is_empty = not (kept.minor or kept.count)
    return is_empty and proof.as_of is not None and kept.clears_at < proof.as_of - EMPTY_KEPT


def _balance(proof: Proof, owner: str, currency: str, accounts: Iterable[tuple[str, int]]) -> None:
    """Notes a balance. Its owner gets a forecast, even if nothing lies ahead."""
    for account, minor in accounts:
        proof.balance(account, currency, minor)
    kind, account_id = owner.split(":")[:2]
    if kind == "advertiser" and proof.forecasts is not None:
        proof.forecasts.know(account_id, currency)
    elif kind == "partner" and proof.standings is not None:
        proof.standings.know(account_id, currency)


def _order(
    proof: Proof, campaign_id: str, order_id: str, credits_held: Iterable[Credit]
) -> dict[tuple[str, ...], list[str]]:
    """Notes an order's credits; returns those where a partner has several for one event type."""
    held: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for credit in credits_held:
        place = campaign_id, order_id, credit.event_type_id, credit.partner_id
        proof.credit(list(place), credit.action_id)
        held[place].append(credit.action_id)
    return {place: ids for place, ids in held.items() if len(ids) > 1}


def _paid_once(store: Store, proof: Proof, several: dict[tuple[str, ...], list[str]]) -> None:
    """Checks that of several credits all but one are corrections, as their inquiries say.

    Credits are the actions that are not reversed; another check proves that.
    """
    corrections = store.corrections(each for group in several.values() for each in group)
    for place, group in several.items():
        originals = [each for each in group if each not in corrections]
        proof.check(
            "no order is paid twice to one partner for one event type",
            len(originals) <= 1,
            " ".join(originals),
            f"are of order {place[1]} of {place[0]}",
        )
