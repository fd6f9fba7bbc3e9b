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

VERSIONS_MAX = 10_000

Place = tuple[str, int]
"""A campaign, and a version of its policy."""


def policy_key(campaign_id: str, version: int) -> Key:
    return DirectoryRow, f"POLICY#{campaign_id}", f"V#{version:06}"


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
        key = policy_key(campaign_id, version)
        found = self.documents([key]).get(key[1:])
        return found and version_of(found)

    def policy_versions(self, campaign_id: str) -> list["Version"]:
        """All stored versions of a campaign, the newest first."""
        _, pk, low = policy_key(campaign_id, 0)
        stretch = within("pk", pk, "sk", (low, policy_key(campaign_id, VERSIONS_MAX)[2]))
        items = [
            item
            for page in self.pages("directory", stretch, ScanIndexForward=False)
            for item in page["Items"]
        ]
        return [version_of(DirectoryRow.from_raw_data(item).document) for item in items]

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
        named = change_of(CampaignRow, {"policy": _named(campaign)})
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
