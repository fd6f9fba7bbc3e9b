"""What an account has, for whoever is paged: its credentials, its contracts and its latest files.

Answers are recorded, so files are told by their ids and their progress, without their names.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from makegood.domain.contracts import Contract
from makegood.domain.parties import Role
from makegood.domain.uploads import Upload
from makegood.operator import credentials
from makegood.operator.arguments import Arguments, CommandContext, read, text
from makegood.store.indexes import ALWAYS, StoredList, id_at
from makegood.store.parties import Roster
from makegood.store.store import Store

CONTRACTS_MAX = 100
FILES_MAX = 25
MEMBERS = 50
"""The members of a roster that are read at once."""


def show_account(context: CommandContext, arguments: Arguments) -> dict[str, Any]:
    """Shows an account's credentials, its contracts, and its latest files with their progress."""
    held = credentials.list_credentials(context, arguments)
    role, account_id = read(arguments, "role", Role), text(arguments, "account_id")
    store = context.store
    found = list(islice(_contracts(store, role, account_id), CONTRACTS_MAX + 1))
    own = StoredList.uploads(role, account_id)
    positions, older = store.listed(own, ALWAYS, None, FILES_MAX)
    ids = [id_at(each) for each in positions]
    uploads = store.uploads(ids)
    return {
        **held,
        "contracts": [_contract(each) for each in found[:CONTRACTS_MAX]],
        "more_contracts": len(found) > CONTRACTS_MAX,
        "files": [_file(uploads[each]) for each in ids],
        "more_files": older is not None,
    }


def _contracts(store: Store, role: Role, account_id: str) -> Iterator[Contract]:
    if role is Role.PARTNER:
        for campaign_id in _members(store, Roster.campaigns_of_partner(account_id)):
            yield from store.contracts([(campaign_id, account_id)]).values()
        return
    for campaign_id in _members(store, Roster.campaigns_of_advertiser(account_id)):
        for partner_id in _members(store, Roster.partners_of_campaign(campaign_id)):
            yield from store.contracts([(campaign_id, partner_id)]).values()


def _members(store: Store, roster: Roster) -> Iterator[str]:
    after = None
    while True:
        ids, after = store.members(roster, after, MEMBERS)
        yield from ids
        if after is None:
            return


def _contract(contract: Contract) -> dict[str, Any]:
    return {
        "contract_id": contract.contract_id,
        "campaign_id": contract.campaign_id,
        "partner_id": contract.partner_id,
        "versions": len(contract.versions),
        "ended_at": contract.ended_at.isoformat() if contract.ended_at else "",
    }


def _file(upload: Upload) -> dict[str, Any]:
    return {
        "upload_id": upload.upload_id,
        "kind": str(upload.place.kind),
        "state": str(upload.state),
        "rows_done": upload.rows_done,
        "row_count": upload.row_count,
        "chunks_done": upload.chunks_done,
        "chunk_count": upload.chunk_count or 0,
        "created_at": upload.created_at.isoformat(),
    }
