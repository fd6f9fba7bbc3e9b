"""The parties in the store: small documents that change seldom and are read with every request."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple, Self, cast

from botocore.exceptions import ClientError

from makegood.domain.approval_rules import ApprovalRule
from makegood.domain.contracts import Contract
from makegood.domain.money import Money
from makegood.domain.parties import (
    Advertiser,
    Campaign,
    EventType,
    Partner,
    PartnerKind,
    Retroactive,
)
from makegood.domain.problems import RuleForbids
from makegood.store.approval_rules import ApprovalRules, rule_key, rules_of
from makegood.store.connection import ScanPosition, refused
from makegood.store.contracts import Contracts, heading_key
from makegood.store.directory import (
    DirectoryRow,
    Seen,
    as_read,
    changed_meanwhile,
    check_size,
    differs,
    known,
    rewritten,
)
from makegood.store.expressions import IS_NEW, Condition, added, within
from makegood.store.items import Compact, Key
from makegood.store.lock_rules import LockRules
from makegood.store.transactions import Contested, Writes, send

CAMPAIGNS_MAX = 5_000
"""Campaigns of one advertiser: their ids, of up to 64 characters, are a set in one item."""

FULL = "campaigns"
"""What a transaction's part is called that adds to a set of campaigns."""

ACCOUNTS = {"ADVERTISER": "advertiser", "PARTNER": "partner"}
"""Who has an account: how a document's key names them, and how the books do."""


class CampaignRow(DirectoryRow):
    """A campaign's document, and beside it which version of its policy is in force since when, and
    which is in the shadow. `counted` says since when customers' claims are counted, and for which
    instant of coming into force that was said. The advertiser's API may write these attributes, and
    not the document.
    """

    policy = Compact(null=True)
    counted = Compact(null=True)

    def next_version(self, **values: Any) -> Self:
        beside = {"policy": self.policy, "counted": self.counted}
        return super().next_version(**{**beside, **values})


def advertiser_key(advertiser_id: str) -> Key:
    return DirectoryRow, f"ADVERTISER#{advertiser_id}", "ADVERTISER"


def campaigns_key(advertiser_id: str) -> Key:
    """Which campaigns an advertiser has; a set that is only added to."""
    return DirectoryRow, f"ADVERTISER#{advertiser_id}", "CAMPAIGNS"


def partner_key(partner_id: str) -> Key:
    return DirectoryRow, f"PARTNER#{partner_id}", "PARTNER"


def threshold_key(partner_id: str, currency: str) -> Key:
    """What a partner's balance must reach before it is paid out; beside the partner's document."""
    return DirectoryRow, f"PARTNER#{partner_id}", f"THRESHOLD#{currency}"


def campaign_key(campaign_id: str) -> Key:
    return CampaignRow, f"CAMPAIGN#{campaign_id}", "CAMPAIGN"


@dataclass(frozen=True, slots=True)
class Roster:
    """Who belongs to somebody: an advertiser's campaigns and partners, a campaign's partners, a
    partner's campaigns. `owner` is a part of the members' keys, `kind` is what they are.
    """

    owner: str
    kind: str

    @classmethod
    def campaigns_of_advertiser(cls, advertiser_id: str) -> "Roster":
        return cls(f"ADVERTISER#{advertiser_id}", "CAMPAIGN")

    @classmethod
    def partners_of_advertiser(cls, advertiser_id: str) -> "Roster":
        return cls(f"ADVERTISER#{advertiser_id}", "PARTNER")

    @classmethod
    def partners_of_campaign(cls, campaign_id: str) -> "Roster":
        return cls(f"CAMPAIGN#{campaign_id}", "PARTNER")

    @classmethod
    def campaigns_of_partner(cls, partner_id: str) -> "Roster":
        return cls(f"PARTNER#{partner_id}", "CAMPAIGN")

    def key(self, member_id: str) -> Key:
        """A member, by length first, so that numbers are in the order of their value."""
        return DirectoryRow, self.owner, f"{self.kind}#{len(member_id):03}#{member_id}"

    def up_to(self, member_id: str | None) -> Condition:
        """Its members up to one of them, or all."""
        high = f"{self.kind}#~" if member_id is None else self.key(member_id)[2]
        return within("pk", self.owner, "sk", (f"{self.kind}#", high))


def room_for(campaign_id: str) -> Condition:
    """That a set of campaigns has this one already, or takes one more."""
    return Condition(
        "attribute_not_exists(#campaign_ids) OR contains(#campaign_ids, :one) "
        "OR size(#campaign_ids) < :most",
        ("campaign_ids",),
        ((":one", {"S": campaign_id}), (":most", {"N": str(CAMPAIGNS_MAX)})),
    )


def too_many(key: Key) -> RuleForbids:
    return RuleForbids(
        f"{key[1].replace('#', ' ', 1)} has {CAMPAIGNS_MAX:,} campaigns, and no more can be kept "
        "for one advertiser; make another advertiser for further ones",
        code="too_many_campaigns",
    )


def campaign_of(document: Mapping[str, Any]) -> Campaign:
    fields = known(Campaign, document)
    fields["event_types"] = tuple(
        EventType(**known(EventType, each)) for each in document["event_types"]
    )
    if "retroactive" in fields:
        fields["retroactive"] = Retroactive(fields["retroactive"])
    return Campaign(**fields)


POLICY = ("policy", "policy_since", "shadow")
"""What of a campaign's policy stands beside its document, in one attribute."""

BESIDE = (*POLICY, "counted_since")
"""All of a campaign that stands beside its document."""


def campaign_in(row: Any) -> Campaign:
    """A campaign from its whole item."""
    known = dict(zip(POLICY, row.policy, strict=False)) if row.policy else {}
    return replace(campaign_of(row.document), **known, counted_since=_counted_since(row, known))


def _counted_since(row: Any, known: Mapping[str, Any]) -> str:
    """Since when claims are counted: since the version came into force, where nobody said more."""
    since: str = known.get("policy_since", "")
    said_for, counted_since = row.counted or (None, "")
    return counted_since if since and said_for == since else since


def campaign_document(campaign: Campaign) -> dict[str, Any]:
    """All of a campaign but what stands beside its document."""
    return {name: each for name, each in asdict(campaign).items() if name not in BESIDE}


def advertiser_of(document: Mapping[str, Any]) -> Advertiser:
    return Advertiser(**known(Advertiser, document))


def partner_of(document: Mapping[str, Any]) -> Partner:
    fields = known(Partner, document)
    return Partner(**{**fields, "kind": PartnerKind(fields["kind"])})


def threshold_of(document: Mapping[str, Any]) -> Money:
    return Money(**known(Money, document))


def _campaigns(rows: Iterable[Any]) -> dict[str, Campaign]:
    found = map(campaign_in, rows)
    return {each.campaign_id: each for each in found}


def _partners(documents: Iterable[Any]) -> dict[str, Partner]:
    return {each["partner_id"]: partner_of(each) for each in documents}


class Setting(NamedTuple):
    """The setting of claims: campaigns and partners by id, contracts and rules by both."""

    campaigns: dict[str, Campaign]
    partners: dict[str, Partner]
    contracts: dict[tuple[str, str], Contract]
    rules: dict[tuple[str, str], ApprovalRule]


class Directory(Contracts, ApprovalRules, LockRules):
    """Reads and writes who takes part."""

    def setting(self, pairs: Collection[tuple[str, str]], at: datetime) -> Setting:
        """The setting of these pairs (campaign, partner), with the terms of an instant.

        That is one read, and another for terms that this process does not remember.
        """
        keys = [
            *(campaign_key(campaign_id) for campaign_id, _ in pairs),
            *(partner_key(partner_id) for _, partner_id in pairs),
            *(heading_key(*each) for each in pairs),
            *(rule_key(*each) for each in pairs),
        ]
        rows = self.fetch(keys)
        found: dict[str, list[Any]] = {"CAMPAIGN": [], "PARTNER": [], "CONTRACT": [], "RULE": []}
        for (_, sk), row in rows.items():
            kind = sk.partition("#")[0]
            found[kind].append(row if kind == "CAMPAIGN" else row.document)
        return Setting(
            _campaigns(found["CAMPAIGN"]),
            _partners(found["PARTNER"]),
            self.completed(dict.fromkeys(pairs, (at,)), rows),
            rules_of(found["RULE"]),
        )

    def advertisers(self, ids: Iterable[str]) -> dict[str, Advertiser]:
        found = self.documents(advertiser_key(each) for each in ids)
        return {each["advertiser_id"]: advertiser_of(each) for each in found.values()}

    def put_advertiser(self, advertiser: Advertiser, seen: Seen[Advertiser] | None = None) -> None:
        """Writes an advertiser over any other, or over what was seen."""
        key = advertiser_key(advertiser.advertiser_id)
        self.put(key, advertiser, advertiser_of, asdict(advertiser), seen)

    def partners(self, ids: Iterable[str]) -> dict[str, Partner]:
        return _partners(self.documents(partner_key(each) for each in ids).values())

    def put_partner(self, partner: Partner, seen: Seen[Partner] | None = None) -> None:
        """Writes a partner over any other, or over what was seen."""
        self.put(partner_key(partner.partner_id), partner, partner_of, asdict(partner), seen)

    def payout_threshold(self, partner_id: str, currency: str) -> Money:
        """Zero where none is set."""
        key = threshold_key(partner_id, currency)
        found = self.documents([key]).get(key[1:])
        return Money.zero(currency) if found is None else threshold_of(found)

    def put_payout_threshold(self, partner_id: str, threshold: Money) -> None:
        key = threshold_key(partner_id, threshold.currency)
        self.put(key, threshold, threshold_of, asdict(threshold))

    def campaigns(self, ids: Iterable[str]) -> dict[str, Campaign]:
        return _campaigns(self.fetch(campaign_key(each) for each in ids).values())

    def put_campaign(self, campaign: Campaign, seen: Seen[Campaign] | None = None) -> None:
        """Writes a campaign over any other, or over what was seen; it is listed from then on.

        Which policy is in force is not written: `put_in_force` does.
        """
        advertiser_id, campaign_id = campaign.advertiser_id, campaign.campaign_id
        key, set_key = campaign_key(campaign_id), campaigns_key(advertiser_id)
        entry = Roster.campaigns_of_advertiser(advertiser_id).key(campaign_id)
        rows = self.fetch([key, set_key, entry])
        was = cast(CampaignRow | None, rows.get(key[1:]))
        listed = entry[1:] in rows and campaign_id in (rows[set_key[1:]].campaign_ids or ())
        stored = None if was is None else campaign_in(was)
        if not differs(key, campaign, stored, seen) and listed:
            return
        row = rewritten(key, campaign_document(campaign), was)
        check_size(row, "use fewer event types, or shorter names")
        writes = Writes()
        writes.puts.append(("campaign", row, as_read(was)))
        joins = added({"campaign_ids": [campaign_id]})
        writes.updates.append((FULL, DirectoryRow(*set_key[1:]), joins, room_for(campaign_id)))
        if entry[1:] not in rows:
            writes.puts.append(("entry", DirectoryRow(*entry[1:]), IS_NEW))
        try:
            send(self, writes)
        except Contested as contested:
            if FULL in contested.labels:
                raise too_many(set_key) from contested
            raise changed_meanwhile(key) from contested

    def campaign_ids_of(self, advertiser_id: str) -> list[str]:
        """The ids of all campaigns of an advertiser, sorted."""
        found = self.fetch([campaigns_key(advertiser_id)])
        return sorted(each for row in found.values() for each in row.campaign_ids or ())

    def put_contract(self, contract: Contract, seen: Seen[Contract] | None = None) -> None:
        """Writes a contract over any other, or over what was seen.

        Its roster entries and the rules by which actions can lock come first, so that neither it
        nor what it makes is ever stored but not listed.
        """
        plan = self.planned(contract, seen)
        campaign_id, partner_id = contract.campaign_id, contract.partner_id
        joined = [
            Roster.partners_of_campaign(campaign_id).key(partner_id),
            Roster.campaigns_of_partner(partner_id).key(campaign_id),
        ]
        for campaign in self.campaigns([campaign_id]).values():
            roster = Roster.partners_of_advertiser(campaign.advertiser_id)
            joined.append(roster.key(partner_id))
        for key in joined:
            self._add_campaign(key, campaign_id)
        self.keep_lock_rules(contract)
        if plan is not None:
            self.put_contract_id(contract)
            self.carry_out(plan)

    def _add_campaign(self, key: Key, campaign_id: str) -> None:
        """One campaign more in an item's set of them; refuses more than the set can hold."""
        model, pk, sk = key
        change = added({"campaign_ids": [campaign_id]})
        try:
            self.update(model(pk, sk), change, room_for(campaign_id))
        except ClientError as error:
            if not refused(error):
                raise
            raise too_many(key) from error

    def members(
        self, roster: Roster, after: str | None, limit: int
    ) -> tuple[list[str], str | None]:
        """Ids of a roster's members after one of them, the highest first, and where to go on.

        The cost follows what it returns.
        """
        stretch = roster.up_to(after)
        page = next(self.pages("directory", stretch, ScanIndexForward=False, Limit=limit + 1))
        found = [item["sk"]["S"].split("#", 2)[2] for item in page["Items"]]
        ids = [each for each in found if each != after][:limit]
        follows = "LastEvaluatedKey" in page or len(found) > len(ids) + (after in found)
        return ids, ids[-1] if follows and ids else None

    def count_members(self, roster: Roster) -> int:
        """How many members a roster has, by keys alone."""
        pages = self.pages("directory", roster.up_to(None), Select="COUNT")
        return sum(page["Count"] for page in pages)

    def joined(self, roster: Roster, member_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Members that are on a roster, each with the campaigns that brought it there."""
        wanted = {each: roster.key(each) for each in member_ids}
        rows = self.fetch(wanted.values())
        return {
            each: tuple(sorted(rows[key[1:]].campaign_ids or ()))
            for each, key in wanted.items()
            if key[1:] in rows
        }

    def scan_accounts(
        self, after: ScanPosition | None
    ) -> tuple[list[tuple[str, ScanPosition]], ScanPosition | None]:
        """Each account like `advertiser:500` of a page of all, with its position, and where to go
        on.
        """
        items, position = self.scan("directory", after)
        keys = ((item["pk"]["S"], item["sk"]["S"]) for item in items)
        accounts = [
            (f"{ACCOUNTS[sk]}:{pk.partition('#')[2]}", [pk, sk])
            for pk, sk in keys
            if sk in ACCOUNTS and pk.partition("#")[0] == sk
        ]
        return accounts, position
