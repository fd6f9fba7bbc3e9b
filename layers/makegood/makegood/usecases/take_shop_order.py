"""The use case of taking a shop's own orders, by request or by a file's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from makegood.domain.kept_orders import KeptOrder, take
from makegood.domain.outcome import NOTHING, Outcome
from makegood.domain.shop_orders import ShopOrder
from makegood.domain.verification_settings import ShopSetting
from makegood.store.work_store import WorkStore
from makegood.usecases.unit_of_work import Done
from makegood.usecases.view import Ask, View

INSTANT = timedelta(milliseconds=1)
"""The least that two instants are apart."""


@dataclass(frozen=True, slots=True)
class ShopOrderWork:
    """One advertiser's orders; `now` is the start of the file, or the instant of the request.

    A request is the `latest` of what is known: it replaces whatever is there.
    """

    advertiser_id: str
    now: datetime
    latest: bool = False

    def load(self, store: WorkStore, rows: Sequence[Ask[ShopOrder]]) -> View:
        ids = dict.fromkeys(row.request.order_id for row in rows)
        return View(
            kept_orders=store.kept_orders(self.advertiser_id, ids),
            shop_setting=store.shop_setting(self.advertiser_id),
        )

    def decide(self, row: Ask[ShopOrder], view: View) -> Done:
        before = view.kept_orders.get(row.request.order_id)
        setting = view.shop_setting or ShopSetting(self.advertiser_id)
        started_at, source = self.now, row.source
        if self.latest:
            known = before.started_at + INSTANT if before else started_at
            started_at = max(started_at, known)
            source = f"{source}:{started_at.isoformat()}"
        sent = KeptOrder.sent(setting, row.request, started_at, source)
        taking, kept = take(before, sent)
        changed = Outcome(kept_orders=((before, kept),)) if kept is not before else NOTHING
        return Done(kept, changed, taking=taking)
