"""By which rules the actions of a campaign or of a partner can lock: an item for each rule.

They are those of all versions of their contracts. Lists by lock date are read by the date of the
event, and have to know how long before the lock that can be.
"""

from collections.abc import Iterable

from botocore.exceptions import ClientError

from makegood.domain.calendar import LockRule
from makegood.domain.contracts import Contract
from makegood.store.connection import Connection, refused
from makegood.store.directory import DirectoryRow
from makegood.store.expressions import IS_NEW, within
from makegood.store.items import RawItem, Row
from makegood.store.migration import Wanted

LOCKING = "LOCKING#"


class LockRuleRow(Row):
    """That an owner like `CAMPAIGN#1000` has contracts with the rule that its key names."""

    table = "directory"


def rows_of(campaign_id: str, partner_id: str, rules: Iterable[str]) -> tuple[Row, ...]:
    """The items of a contract's rules."""
    owners = f"CAMPAIGN#{campaign_id}", f"PARTNER#{partner_id}"
    texts = sorted(set(rules))
    return tuple(LockRuleRow(each, LOCKING + text) for each in owners for text in texts)


def of_contract(item: RawItem) -> Wanted | None:
    """A contract that is kept whole, with the rules of all its versions beside it."""
    if not (item["pk"]["S"].startswith("CAMPAIGN#") and item["sk"]["S"].startswith("CONTRACT#")):
        return None
    document = DirectoryRow.from_raw_data(item).document
    if not document or "versions" not in document:
        return None
    rules = [each["locking"] for each in document["versions"]]
    rows = rows_of(document["campaign_id"], document["partner_id"], rules)
    return Wanted({"lock_rules": sorted(set(rules))}, rows)


class LockRules(Connection):
    """Keeps and reads rules."""

    def keep_lock_rules(self, contract: Contract) -> None:
        """Before the contract is written: no action locks by a rule that is not kept."""
        rules = [str(each.locking) for each in contract.versions]
        for row in rows_of(contract.campaign_id, contract.partner_id, rules):
            try:
                self.write(row, IS_NEW)
            except ClientError as error:
                if not refused(error):
                    raise

    def lock_rules(self, owner: str) -> frozenset[LockRule]:
        """All rules of an owner like `PARTNER#10001`."""
        stretch = within("pk", owner, "sk", (LOCKING, LOCKING + "~"))
        return frozenset(
            LockRule.parse(item["sk"]["S"].removeprefix(LOCKING))
            for page in self.pages("directory", stretch)
            for item in page["Items"]
        )
