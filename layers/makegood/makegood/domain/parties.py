"""The parties: advertisers, their campaigns, partners, and the caller of a request."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from makegood.domain import calendar
from makegood.domain.ids import digest
from makegood.domain.problems import Fault, Forbidden, NotFound, RuleForbids
from makegood.domain.rate_limit import DEFAULT, Allowance


class PartnerKind(StrEnum):
    CASHBACK = "CASHBACK"
    LOYALTY = "LOYALTY"
    CONTENT = "CONTENT"
    OTHER = "OTHER"


FILING_KINDS = frozenset({PartnerKind.CASHBACK, PartnerKind.LOYALTY})
"""Kinds of partner that may file inquiries at all (the story, sentence 3)."""


class Retroactive(StrEnum):
    """Where an accepted inquiry's lock and payment dates count from, if its order date is past."""

    FROM_TRANSACTION = "FROM_TRANSACTION"
    FROM_APPROVAL = "FROM_APPROVAL"


class Role(StrEnum):
    ADVERTISER = "ADVERTISER"
    PARTNER = "PARTNER"


@dataclass(frozen=True, slots=True)
class Advertiser:
    advertiser_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Partner:
    partner_id: str
    name: str
    kind: PartnerKind


@dataclass(frozen=True, slots=True)
class EventType:
    """The kind of conversion that a campaign pays for; on the wire an ActionTracker."""

    event_type_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """An advertiser's program, and how it treats inquiries.

    `inquiries_enabled` is support's switch. `declines_tracked` answers an inquiry on a credited
    order at once; `names_channel` and `names_media` say how much that answer tells. `policy` is the
    stored version in force since the instant `policy_since`, 0 for the options alone; `shadow` is
    the version that is asked beside it, or 0. `counted_since` is the instant from which claims of
    customers have been counted without a gap, blank where none is known. Above `second_above` it
    takes two people to accept an inquiry: whole units of any currency, None where one is enough for
    any amount.
    """

    campaign_id: str
    advertiser_id: str
    name: str
    time_zone: str
    currency: str
    event_types: tuple[EventType, ...]
    inquiries_enabled: bool = False
    declines_tracked: bool = False
    names_channel: bool = False
    names_media: bool = False
    retroactive: Retroactive = Retroactive.FROM_TRANSACTION
    policy: int = 0
    policy_since: str = ""
    shadow: int = 0
    counted_since: str = ""
    second_above: int | None = None

    @property
    def zone(self) -> ZoneInfo:
        return calendar.zone(self.time_zone)

    def event_type(self, event_type_id: str) -> EventType:
        for event_type in self.event_types:
            if event_type.event_type_id == event_type_id:
                return event_type
        known = ", ".join(f"{each.event_type_id} ({each.name})" for each in self.event_types)
        message = f"Campaign {self.campaign_id} has no event type {event_type_id}; it has {known}"
        fault = Fault("ActionTrackerId", message, "unknown_event_type")
        raise RuleForbids(message, code="unknown_event_type", faults=(fault,))


def own_campaign(campaign: Campaign | None, advertiser_id: str) -> Campaign:
    """The campaign that an advertiser names, if it is its own; any other is not there."""
    if campaign is None or campaign.advertiser_id != advertiser_id:
        raise NotFound("There is no such campaign in this account; check CampaignId")
    return campaign


def check_may_file(partner: Partner, campaign: Campaign) -> None:
    """Only cashback and loyalty partners file, and only where support switched inquiries on."""
    if partner.kind not in FILING_KINDS:
        raise Forbidden(
            "Only cashback and loyalty partners file inquiries; ask support to review the kind "
            "of this account",
            code="partner_kind",
        )
    if not campaign.inquiries_enabled:
        raise Forbidden(
            f"Inquiries are not switched on for campaign {campaign.campaign_id}; "
            "ask support to switch them on",
            code="inquiries_off",
        )


SIDS_KEPT = 1_000
"""Accounts whose public names are remembered; each row of a file says its account's."""


@lru_cache(SIDS_KEPT)
def account_sid(role: Role, account_id: str) -> str:
    """The public name of an account, in paths and as the user of HTTP Basic."""
    return "MG" + digest("account", role, account_id)[:20].upper()


AUDIENCES = {Role.ADVERTISER: "Advertisers", Role.PARTNER: "Mediapartners"}
"""What the paths of the API begin with, for each side."""

SPELLINGS = {**{name: role for role, name in AUDIENCES.items()}, "MediaPartners": Role.PARTNER}
"""How clients spell those beginnings; a gateway's paths are case-sensitive."""


def account_path(role: Role, account_id: str) -> str:
    """The path of an account, relative to the API's base."""
    return f"/{AUDIENCES[role]}/{account_sid(role, account_id)}"


EVERYTHING = "*"
"""The scope that holds every collection, those to come as well."""

COLLECTIONS = frozenset(
    {
        "ActionInquiries",
        "Actions",
        "ActionUpdates",
        "Backtests",
        "Campaigns",
        "CompanyInformation",
        "Contracts",
        "Conversions",
        "Earnings",
        "Events",
        "Files",
        "Funds",
        "Invoices",
        "MediaPartners",
        "Orders",
        "People",
        "Policies",
        "Preferences",
        "Proposals",
        "ServiceLevels",
        "Sheets",
        "Tokens",
        "Webhooks",
    }
)
"""The collections of resources."""

PEOPLE_ONLY = frozenset({"Preferences", "Tokens"})
"""Collections that no machine's token opens. It has no preferences, and could make the next token
before it is revoked.
"""

SCOPES = COLLECTIONS - PEOPLE_ONLY
"""The collections that a token's scopes may name."""


def collection_of(resource: str) -> str:
    """The collection that a route belongs to: the last that its path names.

    `/Campaigns/<id>/Contracts` is of Contracts, `/Actions/<id>/Items` of Actions.
    """
    return [each for each in resource.split("/") if each in COLLECTIONS][-1]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind a session: who they are, and their role in the account."""

    person_id: str
    name: str
    role: str
    session_id: str


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller, as the authorizer found it; `account_id` is the advertiser's or partner's id.

    `person` is who signed in, None where a machine's token did.
    """

    account_sid: str
    role: Role
    account_id: str
    read_only: bool = False
    scopes: tuple[str, ...] = (EVERYTHING,)
    allowance: Allowance = DEFAULT
    person: SignedIn | None = None

    @property
    def bucket(self) -> str:
        """Whose requests are counted together: a session's by itself, else the account's."""
        return f"session:{self.person.session_id}" if self.person else self.account_sid

    @property
    def keys(self) -> str:
        """Whose idempotency keys these are: two people may choose the same one by chance."""
        person = f".{self.person.person_id}" if self.person else ""
        return f"{self.account_sid}{person}"

    def check_path(self, role: Role, account_sid: str) -> None:
        """The path must be the caller's own."""
        if self.role is not role or self.account_sid != account_sid:
            raise Forbidden("The account SID in the path is not the one that signed in")

    def check_scope(self, collection: str, *, writing: bool) -> None:
        """The token must open the collection, and for writing, if that is asked."""
        opens = EVERYTHING in self.scopes or collection in self.scopes
        if opens and not (writing and self.read_only):
            return
        missing = f"{collection}:{'write' if writing else 'read'}"
        raise Forbidden(f"This token lacks the scope {missing}; use one that has it", code="scope")
