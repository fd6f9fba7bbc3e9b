"""Changes that shops' orders ask for, as items of one partition for each advertiser.

Their ids begin with the instant at which their action was made, so those of the newest actions are
read first. They expire with their orders.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from makegood.domain.money import Money
from makegood.domain.order_proposals import OrderProposal, ProposalState
from makegood.store.connection import Connection
from makegood.store.expressions import compared, within
from makegood.store.items import Instant, Key, Number, Row, Text
from makegood.store.transactions import Writes, write_rows


class OrderProposalRow(Row):
    table = "shop_orders"

    order_id = Text()
    action_id = Text()
    amount_minor = Number(null=True)
    currency = Text(null=True)
    made_at = Instant()
    expires_at = Number()
    state = Text()
    decided_by = Text(null=True)
    decided_at = Instant(null=True)


def _partition(advertiser_id: str) -> str:
    return f"P#{advertiser_id}"


def order_proposal_key(advertiser_id: str, proposal_id: str) -> Key:
    return OrderProposalRow, _partition(advertiser_id), proposal_id


def _row(proposal: OrderProposal) -> Row:
    amount = proposal.amount
    return OrderProposalRow(
        *order_proposal_key(*proposal.place)[1:],
        version=proposal.version,
        order_id=proposal.order_id,
        action_id=proposal.action_id,
        amount_minor=amount and amount.minor,
        currency=amount and amount.currency,
        made_at=proposal.made_at,
        expires_at=int(proposal.expires_at.timestamp()),
        state=proposal.state.value,
        decided_by=proposal.decided_by or None,
        decided_at=proposal.decided_at,
    )


def _proposal_of(advertiser_id: str, row: OrderProposalRow) -> OrderProposal:
    return OrderProposal(
        advertiser_id=advertiser_id,
        proposal_id=row.sk,
        order_id=row.order_id,
        action_id=row.action_id,
        amount=Money(row.amount_minor, row.currency) if row.currency else None,
        made_at=row.made_at,
        expires_at=datetime.fromtimestamp(row.expires_at, UTC),
        state=ProposalState(row.state),
        decided_by=row.decided_by or "",
        decided_at=row.decided_at,
        version=int(row.version),
    )


def write_order_proposal(
    writes: Writes, before: OrderProposal | None, after: OrderProposal
) -> None:
    known = [_row(before)] if before else None
    write_rows(writes, f"proposal:{after.proposal_id}", known, [_row(after)])


class OrderProposals(Connection):
    """Reads what orders ask for."""

    def order_proposals(self, advertiser_id: str, ids: Iterable[str]) -> dict[str, OrderProposal]:
        """Proposals by their ids, consistently."""
        rows = self.fetch(order_proposal_key(advertiser_id, each) for each in ids)
        return {sk: _proposal_of(advertiser_id, row) for (_, sk), row in rows.items()}

    def proposed(
        self,
        advertiser_id: str,
        after: str | None,
        limit: int,
        kept: ProposalState | None = None,
    ) -> Iterator[str]:
        """Ids of proposals, of the newest actions first, strictly behind `after`: all, or those
        that are kept in a state. About `limit` of them will be used.
        """
        pages = self._kept_pages(advertiser_id, after, kept, growing=limit, ScanIndexForward=False)
        for page in pages:
            for item in page["Items"]:
                if item["sk"]["S"] != after:
                    yield item["sk"]["S"]

    def count_proposed(
        self, advertiser_id: str, after: str | None, kept: ProposalState | None = None
    ) -> int:
        """How many follow `after`, which is one of them."""
        pages = self._kept_pages(advertiser_id, after, kept, Select="COUNT")
        return sum(page["Count"] for page in pages) - (1 if after else 0)

    def _kept_pages(
        self, advertiser_id: str, after: str | None, kept: ProposalState | None, **more: Any
    ) -> Iterator[dict[str, Any]]:
        low, high = "0", after or "9~"
        if high < low:
            return iter(())
        span = within("pk", _partition(advertiser_id), "sk", (low, high))
        only = compared(OrderProposalRow, "state", "=", kept) if kept else None
        return self.pages("shop_orders", span, only=only, **more)
