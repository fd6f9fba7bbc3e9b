"""Approval rules as documents of the directory, and what each has granted in a month."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from makegood.domain.approval_rules import ApprovalRule, Wait
from makegood.domain.money import Money
from makegood.domain.outcome import RuleSpend
from makegood.store.directory import DirectoryRow, Documents, Seen, known
from makegood.store.expressions import at_version, change_of, within
from makegood.store.items import Key, Number, Row
from makegood.store.transactions import Writes


class SpendRow(Row):
    table = "inquiries"

    granted_minor = Number()


def rule_key(campaign_id: str, partner_id: str) -> Key:
    return DirectoryRow, f"CAMPAIGN#{campaign_id}", f"RULE#{partner_id}"


def spend_key(campaign_id: str, partner_id: str, month: str, currency: str) -> Key:
    return SpendRow, f"S#{campaign_id}#{partner_id}", f"{month}#{currency}"


def rule_of(document: dict[str, Any]) -> ApprovalRule:
    maxima = {name: Money(**known(Money, document[name])) for name in ("payout_max", "month_max")}
    fields = known(ApprovalRule, document)
    return ApprovalRule(**{**fields, **maxima, "wait": Wait(document["wait"])})


def rules_of(documents: Iterable[Any]) -> dict[tuple[str, str], ApprovalRule]:
    return {(each.campaign_id, each.partner_id): each for each in map(rule_of, documents)}


def write_spend(writes: Writes, before: RuleSpend, after: RuleSpend) -> None:
    key = spend_key(after.campaign_id, after.partner_id, after.month, after.currency)[1:]
    change = change_of(SpendRow, {"version": after.version, "granted_minor": after.granted_minor})
    as_read = at_version(SpendRow, before.version)
    writes.updates.append((f"spend:{key[0]}", SpendRow(*key), change, as_read))


class ApprovalRules(Documents):
    """Reads and writes approval rules; reads what they have granted."""

    def rules(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], ApprovalRule]:
        """Approval rules by (campaign, partner)."""
        return rules_of(self.documents(rule_key(*each) for each in keys).values())

    def rules_of_campaign(self, campaign_id: str) -> list[ApprovalRule]:
        """The approval rules of all partners of a campaign."""
        _, pk, low = rule_key(campaign_id, "")
        stretch = within("pk", pk, "sk", (low, f"{low}~"))
        return [
            rule_of(DirectoryRow.from_raw_data(item).document)
            for page in self.pages("directory", stretch)
            for item in page["Items"]
        ]

    def put_rule(self, rule: ApprovalRule, seen: Seen[ApprovalRule] | None = None) -> None:
        """Writes a rule over any other, or over what was seen."""
        key = rule_key(rule.campaign_id, rule.partner_id)
        self.put(key, rule, rule_of, asdict(rule), seen)

    def spend(self, campaign_id: str, partner_id: str, month: str, currency: str) -> RuleSpend:
        """What the approval rule has granted in that month."""
        key = spend_key(campaign_id, partner_id, month, currency)
        row = self.fetch([key]).get(key[1:])
        granted, version = (int(row.granted_minor), int(row.version)) if row else (0, 0)
        return RuleSpend(campaign_id, partner_id, month, currency, granted, version)
