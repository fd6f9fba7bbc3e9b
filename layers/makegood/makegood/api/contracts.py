"""Contracts by HTTP: of an advertiser's campaign, or of a partner; listed, and one by one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from makegood.api import contract_presenters, filters, listing, ownership, parties
from makegood.api.filters import Matches
from makegood.api.http import Reply, Request
from makegood.api.listing import MemberListing, Show
from makegood.api.parties import Joined
from makegood.domain.contracts import Contract, ContractStatus
from makegood.domain.problems import Fault, Invalid, NotFound
from makegood.store.parties import Roster
from makegood.store.store import Store


def campaign_contracts(store: Store, request: Request, campaign_id: str, now: datetime) -> Reply:
    """The contracts of one of the advertiser's campaigns, of one partner if `PartnerId` says so."""
    own = ownership.own_campaign(store, request, campaign_id)
    wanted = filters.text_of(request.query, "PartnerId")
    tests = [_status_test(request, now)]
    if wanted:
        tests.append(lambda joined: joined[1].partner_id == wanted)

    def read(partner_ids: Iterable[str]) -> dict[str, Joined]:
        held = store.contracts((campaign_id, each) for each in partner_ids)
        return {partner_id: (own, contract) for (_, partner_id), contract in held.items()}

    members = MemberListing.of(store, Roster.partners_of_campaign(campaign_id), read, tests)
    return listing.reply(request, "Contracts", members, _contracts_shown(store, now))


def _contracts_shown(store: Store, now: datetime) -> Show:
    def show(found: list[Joined]) -> list[dict[str, Any]]:
        partners = store.partners({contract.partner_id for _, contract in found})
        return [
            contract_presenters.contract_for_advertiser(
                contract, own, partners[contract.partner_id].name, now
            )
            for own, contract in found
        ]

    return show


def campaign_contract(
    store: Store, request: Request, campaign_id: str, contract_id: str, now: datetime
) -> Reply:
    """One contract of one of the advertiser's campaigns."""
    own = ownership.own_campaign(store, request, campaign_id)
    contract = _contract(store, contract_id)
    if contract.campaign_id != campaign_id:
        raise NotFound
    return Reply(_contracts_shown(store, now)([(own, contract)])[0])


def contracts(store: Store, request: Request, now: datetime) -> Reply:
    """The partner's contracts, of the campaigns that `CampaignId` names, with commas, if any."""
    partner_id = request.caller.account_id
    wanted = {each.strip() for each in request.query.get("CampaignId", "").split(",")} - {""}
    tests = [_status_test(request, now)]
    if wanted:
        tests.append(lambda joined: joined[0].campaign_id in wanted)
    members = MemberListing.of(
        store,
        Roster.campaigns_of_partner(partner_id),
        parties.joined_by(store, partner_id, store.contracts),
        tests,
    )

    def show(found: list[Joined]) -> list[dict[str, Any]]:
        return [contract_presenters.contract_for_partner(one, of, now) for of, one in found]

    return listing.reply(request, "Contracts", members, show)


def contract(store: Store, request: Request, contract_id: str, now: datetime) -> Reply:
    """One of the partner's contracts."""
    found = _contract(store, contract_id)
    if found.partner_id != request.caller.account_id:
        raise NotFound
    of = store.campaigns([found.campaign_id])[found.campaign_id]
    return Reply(contract_presenters.contract_for_partner(found, of, now))


def _contract(store: Store, contract_id: str) -> Contract:
    pair = store.contract_pairs([contract_id]).get(contract_id)
    found = store.contracts([pair]).get(pair) if pair else None
    if found is None:
        raise NotFound
    return found


ALL = "ALL"
NEVER = ("DECLINED", "PENDING")
"""The field's further values of `Status`: here, a contract is there once it is signed."""


def _status_test(request: Request, now: datetime) -> Matches:
    """By `Status`; as in the field's API, the active ones where none is asked for."""
    text = request.query.get("Status", "").strip().upper() or ContractStatus.ACTIVE
    known = (*ContractStatus, *NEVER, ALL)
    if text not in known:
        message = f"Give one of {', '.join(known)}"
        raise Invalid(faults=(Fault("Status", message, "unknown_state"),))
    if text == ALL:
        return lambda joined: True
    return lambda joined: joined[1].status(now) == text
