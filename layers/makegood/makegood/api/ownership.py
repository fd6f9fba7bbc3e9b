"""Ownership: which list holds the caller's things; anything else is answered as not found."""

from collections.abc import Iterator
from typing import Any

from makegood.api.filters import Matches
from makegood.api.http import Request
from makegood.api.listing import Thing
from makegood.domain import parties, texts
from makegood.domain.parties import Campaign, Role
from makegood.domain.problems import NotFound
from makegood.forms import reading
from makegood.store.parties import Roster
from makegood.store.selection import Selection
from makegood.store.store import Store

MEMBERS_READ = 1_000
"""How many of a partner's campaigns are read at once."""


def asked_campaign(store: Store, request: Request, *, optional: bool = False) -> Campaign | None:
    """The campaign that the request names. An advertiser must name one, unless it is `optional`,
    and it must be its own.

    For a partner it is a filter like any other. A campaign that it has no contract with is none, so
    nobody learns which campaigns there are.
    """
    advertiser = request.caller.role is Role.ADVERTISER
    if (optional or not advertiser) and not texts.trimmed(request.query.get("CampaignId", "")):
        return None
    campaign_id = reading.campaign_id(request.query)
    account_id = request.caller.account_id
    joined = Roster.campaigns_of_partner(account_id)
    if not advertiser and not store.joined(joined, [campaign_id]):
        return None
    campaign = store.campaigns([campaign_id]).get(campaign_id)
    return parties.own_campaign(campaign, account_id) if advertiser else campaign


def selection(things: str, store: Store, request: Request, **asked: Any) -> Selection:
    """What the caller may list, of what is asked for; and in whose lists it is.

    An advertiser that names no campaign asks for all of its own. An order is looked for in each
    campaign that it may be of.
    """
    caller = request.caller
    campaign_id = texts.trimmed(request.query.get("CampaignId", ""))
    campaigns = (campaign_id,) if campaign_id else ()
    if caller.role is Role.ADVERTISER:
        campaigns = campaigns or tuple(store.campaign_ids_of(caller.account_id))
        return Selection(things=things, campaigns=campaigns, **asked)
    if asked.get("about") and not campaigns:
        campaigns = tuple(_joined(store, caller.account_id))
    return Selection(things=things, campaigns=campaigns, partner=caller.account_id, **asked)


def _joined(store: Store, partner_id: str) -> Iterator[str]:
    """The ids of all campaigns that a partner has a contract with."""
    after: str | None = None
    while True:
        ids, after = store.members(Roster.campaigns_of_partner(partner_id), after, MEMBERS_READ)
        yield from ids
        if after is None:
            return


def own(request: Request) -> tuple[Matches, ...]:
    """What holds for things of the caller's, in the campaign that is named if one is."""
    campaign_id = texts.trimmed(request.query.get("CampaignId", ""))
    tests: list[Matches] = []
    if request.caller.role is Role.PARTNER:
        partner_id = request.caller.account_id
        tests.append(lambda thing: thing.partner_id == partner_id)
    if campaign_id:
        tests.append(lambda thing: thing.campaign_id == campaign_id)
    return tuple(tests)


def check_own(request: Request, found: Thing | None, advertiser_id: str) -> None:
    """Raises `NotFound` for what is not the caller's own."""
    if found is None:
        raise NotFound
    owner = advertiser_id if request.caller.role is Role.ADVERTISER else found.partner_id
    if owner != request.caller.account_id:
        raise NotFound


def own_campaign(store: Store, request: Request, campaign_id: str) -> Campaign:
    """A campaign of the advertiser's that is asked for by its id."""
    found = store.campaigns([campaign_id]).get(campaign_id)
    if found is None or found.advertiser_id != request.caller.account_id:
        raise NotFound
    return found
