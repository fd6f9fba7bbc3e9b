"""Ownership: which list holds the caller's things; anything else is answered as not found."""

from makegood.api.filters import Matches
from makegood.api.http import Request
from makegood.api.listing import Thing
from makegood.domain import parties, texts
from makegood.domain.parties import Campaign, Role
from makegood.domain.problems import NotFound
from makegood.forms import reading
from makegood.store.indexes import StoredList
from makegood.store.parties import Roster
from makegood.store.store import Store


def asked_campaign(store: Store, request: Request) -> Campaign | None:
    """The campaign that the request names. An advertiser must name one, and it must be its own.

    For a partner it is a filter like any other. A campaign that it has no contract with is none, so
    nobody learns which campaigns there are.
    """
    advertiser = request.caller.role is Role.ADVERTISER
    if not advertiser and not texts.trimmed(request.query.get("CampaignId", "")):
        return None
    campaign_id = reading.campaign_id(request.query)
    account_id = request.caller.account_id
    joined = Roster.campaigns_of_partner(account_id)
    if not advertiser and not store.joined(joined, [campaign_id]):
        return None
    campaign = store.campaigns([campaign_id]).get(campaign_id)
    return parties.own_campaign(campaign, account_id) if advertiser else campaign


def own_list(
    things: str, request: Request, order_id: str = ""
) -> tuple[StoredList, tuple[Matches, ...]]:
    """The list to read, of one order if it is named, and what else is asked."""
    campaign_id = texts.trimmed(request.query.get("CampaignId", ""))
    if request.caller.role is Role.ADVERTISER:
        if order_id:
            return StoredList.of_order(things, campaign_id, order_id), ()
        return StoredList.of_campaign(things, campaign_id), ()
    own = StoredList.of_partner(things, request.caller.account_id)
    if not campaign_id:
        return own, ()
    return own, (lambda thing: thing.campaign_id == campaign_id,)


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
