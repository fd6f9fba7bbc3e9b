"""Changes of actions as items: each one beside its action, listed by campaign and by partner."""

from datetime import datetime

from makegood.domain.actions import ActionState, ActionUpdate
from makegood.domain.money import Money
from makegood.store.items import Row, stamp
from makegood.store.tables import (
    ActionDetailRow,
    ActionUpdateRow,
    once_key,
    update_key,
    updates_owner,
)


def update_rows(update: ActionUpdate) -> list[Row]:
    """The change, and the mark of the file's row that asked for it."""
    document = {
        "version": update.version,
        "state": update.state.value,
        "reason": str(update.reason),
        "amount": [update.order_amount.minor, update.order_amount.currency],
        "payout": [update.payout.minor, update.payout.currency],
        "delta_amount": update.delta_amount.minor,
        "delta_payout": update.delta_payout.minor,
        "contract_version": update.contract_version,
        "at": stamp(update.made_at),
        "by": update.made_by,
    }
    row = ActionUpdateRow(
        *update_key(update.update_id)[1:],
        campaign_key=updates_owner(update.campaign_id),
        partner_key=updates_owner(update.partner_id),
        created_key=f"{stamp(update.made_at)}#{update.update_id}",
        document=document,
    )
    if not update.once:
        return [row]
    mark = once_key(update.action_id, update.once)[1:]
    return [row, ActionDetailRow(*mark, document=update.version)]


def update_of(row: ActionUpdateRow) -> ActionUpdate:
    kept = row.document
    amount, payout = Money(*kept["amount"]), Money(*kept["payout"])
    return ActionUpdate(
        action_id=row.pk[2:],
        campaign_id=row.campaign_key[2:],
        partner_id=row.partner_key[2:],
        version=kept["version"],
        state=ActionState(kept["state"]),
        reason=kept["reason"],
        order_amount=amount,
        payout=payout,
        delta_amount=Money(kept["delta_amount"], amount.currency),
        delta_payout=Money(kept["delta_payout"], payout.currency),
        contract_version=kept["contract_version"],
        made_at=datetime.fromisoformat(kept["at"]),
        made_by=kept["by"],
    )
