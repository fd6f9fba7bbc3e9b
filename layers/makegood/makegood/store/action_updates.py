"""Changes of actions as items: each one beside its action, listed by campaign and by partner.

They are listed in the indexes of actions, in partitions of their own.
"""

from collections.abc import Iterable
from datetime import datetime

from makegood.domain.actions import ActionState, ActionUpdate
from makegood.domain.ids import digest
from makegood.domain.money import Money
from makegood.store.actions import ActionDetailRow
from makegood.store.connection import Connection
from makegood.store.expressions import IS_NEW
from makegood.store.indexes import UPDATES, position_at
from makegood.store.items import Compact, Key, Row, Text, stamp
from makegood.store.transactions import Writes


class ActionUpdateRow(Row):
    table = "actions"

    campaign_key = Text()
    partner_key = Text()
    created_key = Text()
    document = Compact()


def update_key(update_id: str) -> Key:
    """The key of an action's change; an id that is not of that form names nothing."""
    action_id, _, version = update_id.rpartition(".")
    return ActionUpdateRow, f"A#{action_id}", f"U#{version.zfill(6)}"


def once_key(action_id: str, row_name: str) -> Key:
    """The mark that a row of a file leaves on the action that it changed."""
    return ActionDetailRow, f"A#{action_id}", f"S#{digest('row', row_name)}"


def updates_owner(owner_id: str) -> str:
    """The index partition of a campaign's or partner's changes of actions."""
    return f"{UPDATES}{owner_id}"


def update_rows(update: ActionUpdate) -> list[Row]:
    """Rows of the change, and of the mark for the file's row that asked for it."""
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
        created_key=position_at(update.made_at, update.update_id),
        document=document,
    )
    if not update.once:
        return [row]
    mark = once_key(update.action_id, update.once)[1:]
    return [row, ActionDetailRow(*mark, document=update.version)]


def update_of(row: ActionUpdateRow) -> ActionUpdate:
    kept = row.document
    amount, payout = Money(*kept["amount"][:2]), Money(*kept["payout"][:2])
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


def write_update(writes: Writes, update: ActionUpdate) -> None:
    for row in update_rows(update):
        writes.puts.append((f"update:{update.action_id}", row, IS_NEW))


class ActionUpdates(Connection):
    """Reading changes of actions."""

    def updates(self, update_ids: Iterable[str]) -> dict[str, ActionUpdate]:
        """Changes of actions by id; missing ones are left out."""
        rows = self.fetch(update_key(each) for each in dict.fromkeys(update_ids))
        found = (update_of(row) for row in rows.values())
        return {each.update_id: each for each in found}

    def worked_on(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], ActionUpdate]:
        """The changes of these pairs (action, row of a file), where the row changed the action."""
        wanted = {each: once_key(*each) for each in pairs}
        marks = self.fetch(wanted.values())
        names = {
            each: f"{each[0]}.{marks[key[1:]].document}"
            for each, key in wanted.items()
            if key[1:] in marks
        }
        updates = self.updates(names.values())
        return {each: updates[name] for each, name in names.items()}
