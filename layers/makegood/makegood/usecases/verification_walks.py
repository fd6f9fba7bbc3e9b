"""Verifying open claims again: those of a walk, and those that name some orders
(`domain.verification_walks`).
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from makegood.domain.inquiries import LIVE
from makegood.domain.problems import Unavailable
from makegood.domain.shop_orders import ShopOrders, spelling_keys
from makegood.domain.verification_walks import Look, Walk
from makegood.store.indexes import ALWAYS, StoredList, id_at
from makegood.store.work_store import WorkStore
from makegood.usecases import unit_of_work
from makegood.usecases.unit_of_work import Result
from makegood.usecases.verify_claims import VerifyRequest, VerifyWork
from makegood.usecases.view import Ask

STRETCH_CLAIMS = 200
"""Claims that one message is about."""

PAGE_CLAIMS = 1_000
"""Positions that are read at once."""


def walk(store: WorkStore, asked: Walk, now: datetime) -> tuple[Walk, ...]:
    """Does what a message asks for, and answers with the messages that follow from it.

    A claim that moved meanwhile is read and verified again; one that was decided or withdrawn is
    left. A message that comes twice gives the same verdicts. Raises `Unavailable` when the store
    was too busy for some claims: the queue delivers the message again.
    """
    if not asked.campaign_id:
        return tuple(_stretches(store, asked))
    positions = _positions(store, asked)
    rows = [Ask(VerifyRequest(id_at(each)), "") for each in positions]
    work = VerifyWork(asked.advertiser_id, now, asked)
    _refuse_busy(unit_of_work.many(store, work, rows))
    return ()


def look(store: WorkStore, asked: Look, now: datetime) -> int:
    """Verifies the open claims that name these orders, by any spelling of any of their ids; says
    how many there are. Twice does no harm.
    """
    owner = asked.advertiser_id
    if not store.has_orders(owner):
        return 0
    affixes = store.shop_setting(owner).affixes
    known = ShopOrders(store.shop_orders(owner, asked.order_ids, affixes), affixes)
    found = [known.find(each).order for each in asked.order_ids]
    ids = [*asked.order_ids, *(one for each in found if each for one in each.ids)]
    keys = dict.fromkeys(key for each in ids for key in spelling_keys(each, affixes))
    named = store.mentions((owner, key) for key in keys).values()
    claims = store.inquiries(dict.fromkeys(one for each in named for one in each.inquiry_ids))
    rows = [Ask(VerifyRequest(each.inquiry_id), "") for each in claims.values() if each.is_live]
    _refuse_busy(unit_of_work.many(store, VerifyWork(owner, now), rows))
    return len(rows)


def _stretches(store: WorkStore, asked: Walk) -> Iterator[Walk]:
    """The open claims of all campaigns, cut into stretches, the latest first."""
    for campaign_id in store.campaign_ids_of(asked.advertiser_id):
        for state in sorted(LIVE):
            whole = replace(asked, campaign_id=campaign_id, state=str(state))
            positions = list(_positions(store, whole))
            for at in range(0, len(positions), STRETCH_CLAIMS):
                stretch = positions[at : at + STRETCH_CLAIMS]
                yield replace(whole, after=stretch[0], until=stretch[-1])


def _positions(store: WorkStore, asked: Walk) -> Iterator[str]:
    """Where the stretch's open claims stand: those from `after` down to `until`, both included."""
    stored, after = StoredList.open_inquiries(asked.campaign_id, asked.state), asked.after
    yield from ([asked.after] if asked.after else ())
    page = STRETCH_CLAIMS if asked.until else PAGE_CLAIMS
    while True:
        found, last = store.listed(stored, ALWAYS, after or None, page)
        for each in found:
            if asked.until and each < asked.until:
                return
            yield each
        if last is None or not found:
            return
        after = last


def _refuse_busy(results: list[Result]) -> None:
    for each in results:
        if isinstance(each, Unavailable):
            raise each
