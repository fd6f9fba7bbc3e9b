"""Who takes part, read by those who do: companies, campaigns, contracts, partners, and baskets.

Campaigns, contracts and partners have no day of creation; they are listed by their ids, of which
the highest are the newest. A list costs what it shows, however many take part.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from makegood.api import directory_presenters, listings, pagination
from makegood.api.http import Reply, Request
from makegood.api.listing import Listing, Matches, Span
from makegood.domain import baskets
from makegood.domain.actions import Action
from makegood.domain.calendar import zone
from makegood.domain.contracts import Contract, ContractStatus
from makegood.domain.parties import Campaign, Partner, Role
from makegood.domain.payout_plans import PayoutPlan
from makegood.domain.pricing import item_payouts
from makegood.domain.problems import Fault, Invalid, NotFound
from makegood.domain.texts import one_line
from makegood.forms.forms import TEXT_MAX, Form
from makegood.store.indexes import id_at
from makegood.store.store import Store

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""The instant in the positions of what has none."""

Joined = tuple[Campaign, Contract]
Show = Callable[[list[Any]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Roster(Listing):
    """The members of somebody's roster: `kind` says of what, `read` how they are read by id."""

    read: Callable[[Iterable[str]], Mapping[str, Any]]

    def _keys(self, after: str | None, limit: int) -> tuple[list[str], str | None]:
        after_id = id_at(after) if after else None
        ids, following = self.store.roster(self.owner_id, self.kind, after_id, limit)
        return [self._position(each) for each in ids], following and self._position(following)

    def _things(self, ids: list[str]) -> Mapping[str, Any]:
        return self.read(ids)

    def _position(self, thing_id: str) -> str:
        return self.store.position(BEGINNING, thing_id)

    def _count(self, after: str | None = None) -> int:
        return self.store.count_roster(self.owner_id, self.kind)


def _roster(
    store: Store,
    owner: str,
    kind: str,
    read: Callable[[Iterable[str]], Mapping[str, Any]],
    tests: Iterable[Matches] = (),
) -> Roster:
    return Roster(store, kind, "", owner, Span(None, None), tuple(tests), read)


def _reply(request: Request, key: str, roster: Roster, show: Show) -> Reply:
    asked = pagination.asked(request)
    page = roster.page(asked)
    shown = show([thing for _, thing in page.found])
    return pagination.reply(key, shown, request, asked, page.total, page.positions, page.position)


def company(store: Store, request: Request) -> Reply:
    """The caller's own company."""
    caller = request.caller
    if caller.role is Role.ADVERTISER:
        advertiser = store.advertisers([caller.account_id])[caller.account_id]
        return Reply(directory_presenters.company(caller.role, caller.account_id, advertiser.name))
    partner = store.partners([caller.account_id])[caller.account_id]
    kind = str(partner.kind)
    return Reply(directory_presenters.company(caller.role, caller.account_id, partner.name, kind))


def _filter(request: Request, name: str, joiners: bool = False) -> str:
    """A parameter that something must equal, read as such a text is stored."""
    form = Form(request.query, zone("UTC"), "")
    wanted = form.read(name, lambda text: one_line(text, TEXT_MAX, joiners)) or ""
    form.done()
    return wanted


def campaigns(store: Store, request: Request, now: datetime) -> Reply:
    """The advertiser's campaigns, or those that the partner has a contract with."""
    account_id, name = request.caller.account_id, _filter(request, "Name", joiners=True)
    if request.caller.role is Role.ADVERTISER:
        tests = (lambda each: each.name == name,) if name else ()
        owner = f"ADVERTISER#{account_id}"
        roster = _roster(store, owner, "CAMPAIGN", store.campaigns, tests)
        return _reply(request, "Campaigns", roster, _campaigns_shown)
    roster = _roster(store, f"PARTNER#{account_id}", "CAMPAIGN", _joined_by(store, account_id))
    show = _joined_shown(store, now)
    return _reply(request, "Campaigns", roster, show)


def campaign(store: Store, request: Request, campaign_id: str, now: datetime) -> Reply:
    """One of the campaigns that the caller's list shows."""
    account_id = request.caller.account_id
    if request.caller.role is Role.ADVERTISER:
        return Reply(_campaigns_shown([_own_campaign(store, request, campaign_id)])[0])
    found = _joined_by(store, account_id)([campaign_id])
    if campaign_id not in found:
        raise NotFound
    return Reply(_joined_shown(store, now)([found[campaign_id]])[0])


def _campaigns_shown(found: list[Campaign]) -> list[dict[str, Any]]:
    return [directory_presenters.campaign_for_advertiser(each) for each in found]


def _joined_by(store: Store, partner_id: str) -> Callable[[Iterable[str]], dict[str, Joined]]:
    """Reads campaigns with the partner's contracts; those without one are left out."""

    def read(campaign_ids: Iterable[str]) -> dict[str, Joined]:
        ids = list(campaign_ids)
        known = store.campaigns(ids)
        held = store.contracts((each, partner_id) for each in ids)
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
            directory_presenters.campaign_for_partner(
                each, advertisers[each.advertiser_id].name, contract, now
            )
            for each, contract in found
        ]

    return show


def _own_campaign(store: Store, request: Request, campaign_id: str) -> Campaign:
    found = store.campaigns([campaign_id]).get(campaign_id)
    if found is None or found.advertiser_id != request.caller.account_id:
        raise NotFound
    return found


def _status_test(request: Request, now: datetime) -> Matches:
    """By `Status`; as in the field's API, the active ones where none is asked for."""
    text = request.query.get("Status", "").strip().upper() or ContractStatus.ACTIVE
    if text not in ContractStatus.__members__:
        message = f"Give one of {', '.join(ContractStatus)}"
        raise Invalid(faults=(Fault("Status", message, "unknown_state"),))
    return lambda joined: joined[1].status(now) == text


def campaign_contracts(store: Store, request: Request, campaign_id: str, now: datetime) -> Reply:
    """The contracts of one of the advertiser's campaigns, of one partner if `PartnerId` says so."""
    own = _own_campaign(store, request, campaign_id)
    wanted = _filter(request, "PartnerId")
    tests = [_status_test(request, now)]
    if wanted:
        tests.append(lambda joined: joined[1].partner_id == wanted)

    def read(partner_ids: Iterable[str]) -> dict[str, Joined]:
        held = store.contracts((campaign_id, each) for each in partner_ids)
        return {partner_id: (own, contract) for (_, partner_id), contract in held.items()}

    roster = _roster(store, f"CAMPAIGN#{campaign_id}", "PARTNER", read, tests)
    return _reply(request, "Contracts", roster, _contracts_shown(store, now))


def _contracts_shown(store: Store, now: datetime) -> Show:
    def show(found: list[Joined]) -> list[dict[str, Any]]:
        partners = store.partners({contract.partner_id for _, contract in found})
        return [
            directory_presenters.contract_for_advertiser(
                contract, own, partners[contract.partner_id].name, now
            )
            for own, contract in found
        ]

    return show


def campaign_contract(
    store: Store, request: Request, campaign_id: str, contract_id: str, now: datetime
) -> Reply:
    """One contract of one of the advertiser's campaigns."""
    own = _own_campaign(store, request, campaign_id)
    contract = _contract(store, contract_id)
    if contract.campaign_id != campaign_id:
        raise NotFound
    return Reply(_contracts_shown(store, now)([(own, contract)])[0])


def _contract(store: Store, contract_id: str) -> Contract:
    pair = store.contract_pairs([contract_id]).get(contract_id)
    found = store.contracts([pair]).get(pair) if pair else None
    if found is None:
        raise NotFound
    return found


def contracts(store: Store, request: Request, now: datetime) -> Reply:
    """The partner's contracts, of the campaigns that `CampaignId` names, with commas, if any."""
    partner_id = request.caller.account_id
    wanted = {each.strip() for each in request.query.get("CampaignId", "").split(",")} - {""}
    tests = [_status_test(request, now)]
    if wanted:
        tests.append(lambda joined: joined[0].campaign_id in wanted)
    roster = _roster(
        store, f"PARTNER#{partner_id}", "CAMPAIGN", _joined_by(store, partner_id), tests
    )

    def show(found: list[Joined]) -> list[dict[str, Any]]:
        return [directory_presenters.contract_for_partner(one, of, now) for of, one in found]

    return _reply(request, "Contracts", roster, show)


def contract(store: Store, request: Request, contract_id: str, now: datetime) -> Reply:
    """One of the partner's contracts."""
    found = _contract(store, contract_id)
    if found.partner_id != request.caller.account_id:
        raise NotFound
    of = store.campaigns([found.campaign_id])[found.campaign_id]
    return Reply(directory_presenters.contract_for_partner(found, of, now))


def partners(store: Store, request: Request, now: datetime) -> Reply:
    """The partners of the advertiser, with the programs that they are in."""
    owner = f"ADVERTISER#{request.caller.account_id}"
    roster = _roster(store, owner, "PARTNER", store.partners)
    return _reply(request, "Partners", roster, _partners_shown(store, request, now))


def partner(store: Store, request: Request, partner_id: str, now: datetime) -> Reply:
    """One partner of the advertiser."""
    owner = f"ADVERTISER#{request.caller.account_id}"
    if not store.joined(owner, "PARTNER", [partner_id]):
        raise NotFound
    found = store.partners([partner_id])[partner_id]
    return Reply(_partners_shown(store, request, now)([found])[0])


def _partners_shown(store: Store, request: Request, now: datetime) -> Show:
    advertiser_id = request.caller.account_id

    def show(found: list[Partner]) -> list[dict[str, Any]]:
        ids = [each.partner_id for each in found]
        joined = store.joined(f"ADVERTISER#{advertiser_id}", "PARTNER", ids)
        held = store.contracts((of, each) for each in ids for of in joined[each])
        known = store.campaigns({of for of, _ in held})
        return [
            directory_presenters.partner(
                each,
                advertiser_id,
                [(known[of], held[of, each.partner_id]) for of in joined[each.partner_id]],
                now,
            )
            for each in found
        ]

    return show


def items(store: Store, request: Request, action_id: str) -> Reply:
    """The items of an action's order, with their parts of its amount and payout."""
    action = listings.own_action(store, request, action_id)
    bought = baskets.basis_of(action).items
    payouts = item_payouts(
        _plan(store, action), action.order_amount, action.worth, action.order, bought
    )
    amounts = baskets.shares_of(action)
    if not action.sale.minor:
        amounts = tuple(action.sale for _ in amounts)
    shown = directory_presenters.items(action, request.caller.role, amounts, payouts)
    asked = pagination.asked(request)
    page = shown[asked.start : asked.start + asked.size]
    ends = range(asked.start + 1, asked.start + len(page) + 1)
    positions = [store.position(BEGINNING, str(each)) for each in ends]
    onward = positions[-1] if asked.start + len(page) < len(shown) and positions else None
    return pagination.reply("Items", page, request, asked, len(shown), positions, onward)


def _plan(store: Store, action: Action) -> PayoutPlan | None:
    """The plan that the action was made under."""
    pair = action.campaign_id, action.partner_id
    signed = store.contracts([pair]).get(pair)
    if signed is None or action.contract_version > len(signed.versions):
        return None
    terms = signed.versions[action.contract_version - 1]
    known = {event_type_id for event_type_id, _ in terms.payouts}
    return terms.plan(action.event_type_id) if action.event_type_id in known else None
