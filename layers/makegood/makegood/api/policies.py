"""Policies by HTTP: the versions of a campaign's policy, made, listed, and put in force."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from makegood.api import listing, ownership, writes
from makegood.api.http import Reply, Request
from makegood.api.listing import BEGINNING, Listing
from makegood.api.writes import RequestContext
from makegood.domain import policy_faults
from makegood.domain.account_people import shown_source
from makegood.domain.calendar import in_zone
from makegood.domain.inquiries import REJECT_REASONS
from makegood.domain.parties import Campaign, Role, account_path
from makegood.domain.policies import Policy, Rule, Then
from makegood.domain.policy_counts import sample_tally, shadow_tally
from makegood.domain.policy_options import OPTIONS_VERSION, Options
from makegood.domain.policy_tallies import Tally
from makegood.domain.policy_versions import State, Version
from makegood.domain.problems import (
    Fault,
    Invalid,
    Malformed,
    NotFound,
    RuleForbids,
    Unavailable,
)
from makegood.domain.texts import several_lines, trimmed
from makegood.forms.reading import Fields
from makegood.store.indexes import position_at
from makegood.store.lists import Entry
from makegood.store.plans import Plan
from makegood.store.requests import REQUEST
from makegood.store.store import Contested, Idempotency, Store

NOTE_MAX = 1_000
TRIES_MAX = 4
VERSIONS_MAX = 10_000
"""Versions of one campaign's policy, drafts among them."""

VERSION_DIGITS_MAX = 6
NESTED = ("Rules", "Breaker")
"""Fields that are lists or objects; in a form, they are the same as JSON texts."""

CHOSEN = (State.ACTIVE, State.SHADOW, State.PAST)
"""What PUT may ask for; PAST takes a version out of force, or out of the shadow."""


# Making


def make(context: RequestContext, campaign: Campaign, fields: Fields) -> int:
    """Makes a draft of the next number; the same idempotency key names the same draft again."""
    return writes.once(
        context,
        f"policy of {campaign.campaign_id}",
        fields,
        lambda asked: _made(context, campaign, fields, asked),
        lambda before: int(before.subject_id),
    )


def _made(
    context: RequestContext, campaign: Campaign, fields: Fields, asked: Idempotency | None
) -> int:
    policy = read(fields, campaign)
    version = Version(
        campaign.campaign_id,
        policy,
        made_at=context.now,
        made_by=context.ask(None).source,
        note=several_lines(fields.get("Note", ""), NOTE_MAX),
    )
    for _ in range(TRIES_MAX):
        number = _newest(context.store, campaign) + 1
        if number > VERSIONS_MAX:
            raise RuleForbids(
                f"Campaign {campaign.campaign_id} has {VERSIONS_MAX:,} versions of its policy, and "
                "takes no more; put one of them in force",
                code="policies_full",
            )
        numbered = replace(version, policy=replace(policy, version=number))
        reply = asked and replace(asked, reply={"subject_id": str(number)})
        try:
            context.store.add_policy(numbered, reply)
        except Contested as contested:
            if REQUEST in contested.labels:
                raise
        else:
            return number
    raise Unavailable


def _newest(store: Store, campaign: Campaign) -> int:
    return max(store.newest_policy(campaign.campaign_id), OPTIONS_VERSION)


def read(fields: Fields, campaign: Campaign) -> Policy:
    """The policy that the fields say; refuses one that makes no sense, with the rule's name."""
    said: dict[str, Any] = {name: _parsed(fields, name) for name in NESTED if fields.get(name)}
    if "Rules" not in said:
        raise Invalid(faults=(Fault("Rules", "Required", "required"),))
    if trimmed(fields.get("SamplePercent", "")):
        said["SamplePercent"] = trimmed(fields["SamplePercent"])
    try:
        policy = Policy.from_dict(said, OPTIONS_VERSION, by_hand=True)
    except Malformed as malformed:
        raise Invalid(faults=(malformed.at("Rules"),)) from malformed
    event_types = (each.event_type_id for each in campaign.event_types)
    faults = policy_faults.faults(policy, campaign.currency, event_types)
    if faults:
        raise Invalid(faults=faults)
    return policy


def _parsed(fields: Fields, name: str) -> Any:
    try:
        return json.loads(fields[name])
    except (ValueError, RecursionError) as error:
        told = "Not JSON that can be read"
        raise Invalid(faults=(Fault(name, told, "malformed_json"),)) from error


# Putting in force


def choose(context: RequestContext, campaign: Campaign, version: str, fields: Fields) -> None:
    """Puts a version in force from now on, or beside it in the shadow, or takes it out of both.

    Nothing that was decided is decided again. The same state again changes nothing.
    """

    def write(asked: Idempotency | None) -> None:
        made = asked and replace(asked, reply={"subject_id": version})
        _choose(context, campaign, _number(version), _state(fields), made)

    what = f"policy of {campaign.campaign_id} {version}"
    writes.once(context, what, fields, write, lambda before: None)


def _choose(
    context: RequestContext,
    campaign: Campaign,
    number: int,
    state: State,
    made: Idempotency | None,
) -> None:
    held = _stored(context.store, campaign, number)
    after = _chosen(campaign, number, state, context.now)
    if after == campaign:
        if made is not None:
            context.store.keep_answer(made)
        return
    if state is State.ACTIVE and after.policy:
        after = replace(after, counted_since=_counted_since(context, campaign))
    if state is State.ACTIVE and held is not None and held.activated_at is None:
        held = replace(held, activated_at=context.now)
    else:
        held = None
    context.store.put_in_force(campaign, after, held, made)


def _counted_since(context: RequestContext, campaign: Campaign) -> str:
    """Since when customers' claims are counted without a gap, for a version in force from now on:
    since as long ago as for the version before, if that one counts them.
    """
    before = (campaign.campaign_id, campaign.policy)
    policy = context.store.policies([before]).get(before) if campaign.policy else None
    return campaign.counted_since if policy and policy.spans else context.now.isoformat()


def _chosen(campaign: Campaign, number: int, state: State, now: datetime) -> Campaign:
    stored = 0 if number == OPTIONS_VERSION else number
    if state is State.ACTIVE:
        if campaign.policy == stored:
            return campaign
        shadow = 0 if campaign.shadow == stored else campaign.shadow
        since = now.isoformat() if stored else ""
        return replace(campaign, policy=stored, policy_since=since, shadow=shadow)
    if not stored:
        told = "Version 1 is the campaign's options; it can be ACTIVE alone"
        raise RuleForbids(told, code="policy_state")
    if state is State.SHADOW:
        if campaign.policy == stored:
            told = f"Version {number} is in force; put another in force first"
            raise RuleForbids(told, code="policy_state")
        return replace(campaign, shadow=stored)
    if campaign.policy == stored:
        return replace(campaign, policy=0, policy_since="")
    return replace(campaign, shadow=0) if campaign.shadow == stored else campaign


def _state(fields: Fields) -> State:
    text = trimmed(fields.get("State", "")).upper()
    if text not in CHOSEN:
        told = f"Give one of {', '.join(CHOSEN)}"
        raise Invalid(faults=(Fault("State", told, "unknown_state"),))
    return State(text)


def _number(text: str) -> int:
    number = number_of(text)
    if number is None:
        raise NotFound
    return number


def number_of(text: str) -> int | None:
    """The number of a version; None for what is none."""
    is_one = text.isascii() and text.isdigit() and len(text) <= VERSION_DIGITS_MAX
    return int(text) if is_one else None


def _stored(store: Store, campaign: Campaign, number: int) -> Version | None:
    """A stored version; None for the options, which are not stored as one."""
    if number == OPTIONS_VERSION:
        return None
    held = store.policy_version(campaign.campaign_id, number)
    if held is None:
        raise NotFound
    return held


# Showing


@dataclass(frozen=True, slots=True)
class Versions(Listing):
    """The versions of a campaign's policy, the newest first; the last is the options alone."""

    campaign: Campaign = field(kw_only=True)

    def _numbers(self) -> range:
        """All numbers, the newest first."""
        return range(_newest(self.store, self.campaign), OPTIONS_VERSION - 1, -1)

    def _entries(self, after: str | None, count: int) -> Iterable[Entry]:  # type: ignore[override]
        positions = (position_at(BEGINNING, f"{each:06}") for each in self._numbers())
        return (Entry(each, found=True) for each in positions if after is None or each < after)

    def _read(self, ids: list[str]) -> Mapping[str, Any]:
        stored = self.store.policy_versions(self.campaign.campaign_id, map(int, ids))
        known: dict[str, Any] = {f"{each.number:06}": each for each in stored}
        return {each: known.get(each, OPTIONS_VERSION) for each in ids}

    def _count_entries(self, after: str | None) -> int:
        return len(self._numbers())


def policies(store: Store, request: Request, campaign_id: str) -> Reply:
    """The versions of one of the advertiser's campaigns."""
    campaign = ownership.own_campaign(store, request, campaign_id)
    versions = Versions(store, Plan((), chooses=True), "", (), campaign=campaign)
    return listing.reply(
        request,
        "Policies",
        versions,
        lambda found: [_shown(store, campaign, each) for each in found],
    )


def policy(store: Store, request: Request, campaign_id: str, version: str) -> Reply:
    """One version, with what it has counted so far."""
    campaign = ownership.own_campaign(store, request, campaign_id)
    held = _stored(store, campaign, _number(version))
    shown = _shown(store, campaign, OPTIONS_VERSION if held is None else held)
    return Reply(shown if held is None else shown | _counted(store, campaign, held))


def uri_of(campaign: Campaign, number: int) -> str:
    base = account_path(Role.ADVERTISER, campaign.advertiser_id)
    return f"{base}/Campaigns/{campaign.campaign_id}/Policies/{number}"


def _shown(store: Store, campaign: Campaign, version: Version | int) -> dict[str, Any]:
    if isinstance(version, int):
        return _options_shown(store, campaign)
    return {
        "Version": str(version.number),
        "State": str(version.state(campaign)),
        **_policy_shown(version.policy),
        "Note": version.note,
        "CreatedBy": shown_source(version.made_by),
        "CreationDate": in_zone(version.made_at, campaign.zone),
        "ActivationDate": _date(version.activated_at, campaign),
        "Uri": uri_of(campaign, version.number),
    }


def _date(at: datetime | None, campaign: Campaign) -> str:
    return in_zone(at, campaign.zone) if at else ""


def _options_shown(store: Store, campaign: Campaign) -> dict[str, Any]:
    """Version 1: the options as they are set, and the approval rules of all partners."""
    rules = store.rules_of_campaign(campaign.campaign_id)
    made = [Options.of(campaign, None), *(Options.of(campaign, each) for each in rules)]
    unique = dict.fromkeys(rule for options in made for rule in options.rules)
    return {
        "Version": str(OPTIONS_VERSION),
        "State": str(State.PAST if campaign.policy else State.ACTIVE),
        **_policy_shown(Policy(OPTIONS_VERSION, tuple(unique), sample=0)),
        "Note": "What the campaign's options say; they hold beside every other version",
        "CreatedBy": "",
        "CreationDate": "",
        "ActivationDate": "",
        "Uri": uri_of(campaign, OPTIONS_VERSION),
    }


def _policy_shown(policy: Policy) -> dict[str, Any]:
    written = policy.to_dict()
    return {
        "Rules": [_rule_shown(each) for each in policy.rules],
        "SamplePercent": written["SamplePercent"],
        "Breaker": _texts(written.get("Breaker", {})),
    }


def _rule_shown(rule: Rule) -> dict[str, Any]:
    written = rule.to_dict()
    if rule.then is Then.DECLINE:
        written["Reason"] = REJECT_REASONS[rule.reason] if rule.reason else ""
    return {**_texts(written), "When": [_texts(each.to_dict()) for each in rule.when]}


def _texts(document: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers as texts, as everywhere in the API."""
    return {name: str(each) if type(each) is int else each for name, each in document.items()}


def _counted(store: Store, campaign: Campaign, version: Version) -> dict[str, Any]:
    """How often people agreed with the sampled rules, the two versions' answers, the breaker."""
    place = campaign.campaign_id, version.number
    agreed, differed = (sample_tally(*place, agreed=each) for each in (True, False))
    pairs = {(one, other): shadow_tally(*place, one, other) for one in Then for other in Then}
    counts = store.tallies([agreed, differed, *pairs.values()])

    def count(tally: Tally) -> str:
        return str(counts.get(tally, 0))

    return {
        "Sample": {"Agreed": count(agreed), "Differed": count(differed)},
        "Compared": [
            {"InForce": str(one), "Shadow": str(other), "Count": count(tally)}
            for (one, other), tally in pairs.items()
            if counts.get(tally)
        ],
        "Tripped": _tripped(store, campaign, version),
    }


def _tripped(store: Store, campaign: Campaign, version: Version) -> str:
    if campaign.policy != version.number or not version.policy.may_trip:
        return ""
    whose = campaign.campaign_id, campaign.advertiser_id, campaign.policy_since
    state = store.breaker(*whose)
    return f"{state.tripped} ({state.tripped_day})" if state.tripped_day else state.tripped
