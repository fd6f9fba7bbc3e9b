"""The parties by HTTP: companies, campaigns and partners; listed, and one by one.

Campaigns, contracts and partners have no date of creation. They are listed by their ids, the
highest first, which are the newest. The cost of a page follows what it shows.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from makegood.api import filters, listing, ownership, party_presenters
from makegood.api.http import Reply, Request
from makegood.api.listing import MemberListing, Show
from makegood.domain.contracts import Contract
from makegood.domain.parties import Campaign, Partner, Role
from makegood.domain.problems import NotFound
from makegood.store.parties import Roster
from makegood.store.store import Store

Joined = tuple[Campaign, Contract]


def company(store: Store, request: Request) -> Reply:
    """The caller's own company."""
    caller = request.caller
    if caller.role is Role.ADVERTISER:
        advertiser = store.advertisers([caller.account_id])[caller.account_id]
        return Reply(party_presenters.company(caller.role, caller.account_id, advertiser.name))
    partner = store.partners([caller.account_id])[caller.account_id]
    kind = str(partner.kind)
    return Reply(party_presenters.company(caller.role, caller.account_id, partner.name, kind))


def campaigns(store: Store, request: Request, now: datetime) -> Reply:
    """The advertiser's campaigns, or those that the partner has a contract with."""
    account_id, name = (
        request.caller.account_id,
        filters.text_of(request.query, "Name", joiners=True),
    )
    if request.caller.role is Role.ADVERTISER:
        tests = (lambda each: each.name == name,) if name else ()
        own = Roster.campaigns_of_advertiser(account_id)
        members = MemberListing.of(store, own, store.campaigns, tests)
        return listing.reply(request, "Campaigns", members, _campaigns_shown)
    members = MemberListing.of(
        store,
        Roster.campaigns_of_partner(account_id),
        joined_by(store, account_id, headings(store)),
    )
    show = _joined_shown(store, now)
    return listing.reply(request, "Campaigns", members, show)


def campaign(store: Store, request: Request, campaign_id: str, now: datetime) -> Reply:
    """One of the campaigns that the caller's list shows."""
    account_id = request.caller.account_id
    if request.caller.role is Role.ADVERTISER:
        return Reply(_campaigns_shown([ownership.own_campaign(store, request, campaign_id)])[0])
    found = joined_by(store, account_id, headings(store))([campaign_id])
    if campaign_id not in found:
        raise NotFound
    return Reply(_joined_shown(store, now)([found[campaign_id]])[0])


def _campaigns_shown(found: list[Campaign]) -> list[dict[str, Any]]:
    return [party_presenters.campaign_for_advertiser(each) for each in found]


Pairs = Iterable[tuple[str, str]]


def headings(store: Store) -> Callable[[Pairs], dict[tuple[str, str], Contract]]:
    """Reads contracts without any version's terms."""
    return lambda pairs: store.contracts_for(dict.fromkeys(pairs, ()))


def joined_by(
    store: Store,
    partner_id: str,
    contracts: Callable[[Pairs], dict[tuple[str, str], Contract]],
) -> Callable[[Iterable[str]], dict[str, Joined]]:
    """Reads campaigns with the partner's contracts; those without one are left out."""

    def read(campaign_ids: Iterable[str]) -> dict[str, Joined]:
        ids = list(campaign_ids)
        known = store.campaigns(ids)
        held = contracts((each, partner_id) for each in ids)
        return {
            each: (known[each], held[each, partner_id])
            for each in ids
            if each in known and (each, partner_id) in held
        }

    return read


def _joined_shown(store: Store, now: datetime) -> Show:
    def show(found: list[Joined]) -> list[dict[str, Any]]:
        advertisers = store.advertisers({each.advertiser_id for each, _ in found})
        return [
            party_presenters.campaign_for_partner(
                each, advertisers[each.advertiser_id].name, contract, now
            )
            for each, contract in found
        ]

    return show


def partners(store: Store, request: Request, now: datetime) -> Reply:
    """The partners of the advertiser, with the programs that they are in."""
    own = Roster.partners_of_advertiser(request.caller.account_id)
    members = MemberListing.of(store, own, store.partners)
    return listing.reply(request, "MediaPartners", members, _partners_shown(store, request, now))


def partner(store: Store, request: Request, partner_id: str, now: datetime) -> Reply:
    """One partner of the advertiser."""
    own = Roster.partners_of_advertiser(request.caller.account_id)
    if not store.joined(own, [partner_id]):
        raise NotFound
    found = store.partners([partner_id])[partner_id]
    return Reply(_partners_shown(store, request, now)([found])[0])


def _partners_shown(store: Store, request: Request, now: datetime) -> Show:
    advertiser_id = request.caller.account_id

    def show(found: list[Partner]) -> list[dict[str, Any]]:
        ids = [each.partner_id for each in found]
        joined = store.joined(Roster.partners_of_advertiser(advertiser_id), ids)
        held = headings(store)((of, each) for each in ids for of in joined[each])
        known = store.campaigns({of for of, _ in held})
        return [
            party_presenters.partner(
                each,
                advertiser_id,
                [(known[of], held[of, each.partner_id]) for of in joined[each.partner_id]],
                now,
            )
            for each in found
        ]

    return show


def partner_names(store: Store, things: list[Any]) -> dict[str, str]:
    """The names of the partners of these things."""
    partners = store.partners({each.partner_id for each in things})
    return {partner_id: partner.name for partner_id, partner in partners.items()}
