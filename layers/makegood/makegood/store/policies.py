"""Versions of a campaign's policy, as documents of the directory.

What a version says never changes. Which one is in force stands in the campaign's own item, so
there is exactly one, by construction; a campaign without one costs no read, and no import of what
policies are.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from makegood.domain.parties import Campaign
from makegood.store.directory import (
    DirectoryRow,
    Documents,
    as_read,
    changed_meanwhile,
    check_size,
    merged,
)
from makegood.store.expressions import (
    IS_NEW,
    Change,
    Condition,
    added,
    change_of,
    compared,
    is_missing,
    is_there,
    within,
)
from makegood.store.items import Key, stamp
from makegood.store.parties import POLICY, CampaignRow, campaign_key
from makegood.store.requests import Idempotency, write_request
from makegood.store.transactions import Contested, Writes, send

if TYPE_CHECKING:
    from makegood.domain.policies import Policy
    from makegood.domain.policy_versions import Version

VERSION = "V#"

Place = tuple[str, int]
"""A campaign, and a version of its policy."""


def policy_key(campaign_id: str, version: int) -> Key:
    return DirectoryRow, f"POLICY#{campaign_id}", f"{VERSION}{version:06}"


def version_document(version: "Version") -> dict[str, Any]:
    activated_at = version.activated_at
    return {
        "campaign_id": version.campaign_id,
        "policy": version.policy.to_dict(),
        "made_at": stamp(version.made_at),
        "made_by": version.made_by,
        "note": version.note,
        "activated_at": activated_at and stamp(activated_at),
    }


def _policy_of(document: dict[str, Any]) -> "Policy":
    from makegood.domain.policies import Policy

    return Policy.from_dict(document["policy"])


def version_of(document: dict[str, Any]) -> "Version":
    from makegood.domain.policy_versions import Version

    activated_at = document.get("activated_at")
    return Version(
        campaign_id=document["campaign_id"],
        policy=_policy_of(document),
        made_at=datetime.fromisoformat(document["made_at"]),
        made_by=document["made_by"],
        note=document.get("note", ""),
        activated_at=activated_at and datetime.fromisoformat(activated_at),
    )


class Policies(Documents):
    """Reads versions of policies, and puts them in force."""

    def policies(self, places: Iterable[Place]) -> dict[Place, "Policy"]:
        """What these versions say; missing ones are left out."""
        wanted = list(dict.fromkeys(places))
        rows = self.documents(policy_key(*each) for each in wanted)
        found = {each: rows.get(policy_key(*each)[1:]) for each in wanted}
        return {each: _policy_of(row) for each, row in found.items() if row}

    def policy_version(self, campaign_id: str, version: int) -> "Version | None":
        return next(iter(self.policy_versions(campaign_id, (version,))), None)

    def policy_versions(self, campaign_id: str, numbers: Iterable[int]) -> list["Version"]:
        """Those versions of a campaign's that are stored, in the order of their numbers here."""
        keys = [policy_key(campaign_id, each) for each in numbers]
        found = self.documents(keys)
        return [version_of(found[key[1:]]) for key in keys if found.get(key[1:])]

    def newest_policy(self, campaign_id: str) -> int:
        """The highest number of a stored version, 0 if there is none."""
        _, pk, low = policy_key(campaign_id, 0)
        stretch = within("pk", pk, "sk", (low, f"{VERSION}~"))
        page = next(self.pages("directory", stretch, most=1, ScanIndexForward=False))
        return next((int(item["sk"]["S"].removeprefix(VERSION)) for item in page["Items"]), 0)

    def add_policy(self, version: "Version", asked: Idempotency | None = None) -> None:
        """Writes a new version; raises `Contested` if its number or the request's key is taken."""
        key = policy_key(version.campaign_id, version.number)
        row = DirectoryRow(*key[1:], document=version_document(version), version=1)
        check_size(row, "use fewer rules, or shorter conditions")
        writes = Writes()
        writes.puts.append(("policy", row, IS_NEW))
        if asked is not None:
            write_request(writes, asked)
        send(self, writes)

    def put_in_force(
        self,
        seen: Campaign,
        campaign: Campaign,
        version: "Version | None",
        asked: Idempotency | None = None,
    ) -> None:
        """Writes which versions a campaign names, over what was seen, and with it a version's date;
        raises `VersionConflict` if the campaign names others by now, or the request's key is taken.
        """
        key = campaign_key(campaign.campaign_id)
        writes = Writes()
        counted = [campaign.policy_since, campaign.counted_since]
        beside = {"policy": _named(campaign), "counted": counted if campaign.policy else None}
        named = change_of(CampaignRow, beside)
        change = Change(named.sets, added({"version": 1}).adds)
        writes.updates.append(("campaign", CampaignRow(*key[1:]), change, _as_named(seen)))
        if version is not None:
            place = policy_key(version.campaign_id, version.number)
            held = self.held(place)
            dated = merged(held.document, version_document(version))
            writes.puts.append(("policy", held.next_version(document=dated), as_read(held)))
        if asked is not None:
            write_request(writes, asked)
        try:
            send(self, writes)
        except Contested as contested:
            raise changed_meanwhile(key) from contested


def _named(campaign: Campaign) -> list[Any] | None:
    """What a campaign's item has beside its document; nothing where it has no policy."""
    named = [getattr(campaign, name) for name in POLICY]
    return named if campaign.policy or campaign.shadow else None


def _as_named(seen: Campaign) -> Condition:
    """That a campaign is there, and names the versions that were seen."""
    named = _named(seen)
    if named is None:
        return is_there("pk") & is_missing("policy")
    return compared(CampaignRow, "policy", "=", named)
