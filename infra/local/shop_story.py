"""An act of the demo: a shop drops its platform's order export, and most claims decide themselves.

The samples are an export of a shop with claims on it, and the verdict that each claim deserves.
The campaign's policy declines what the shop has undone or never had, approves what matches to the
cent, and leaves the rest to people.
"""

import csv
import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from makegood_cli.client import Client

from infra.local.story import CASHBACK, EVENT_TYPE, Row, Story, read_table, table

SAMPLES = Path(__file__).parents[2] / "tests" / "samples" / "shops"
SHOP, CAMPAIGN = "501", "1001"
RATE = Decimal("0.05")
CENT = Decimal("0.01")
FUNDS = "5000.00"

RULES = [
    {
        "Name": "undone in the shop",
        "When": [{"Variable": "VERDICT", "Operator": "ONE_OF", "Value": ["UNDONE"]}],
        "Then": "DECLINE",
        "Reason": "5",
    },
    {
        "Name": "no such order",
        "When": [{"Variable": "VERDICT", "Operator": "ONE_OF", "Value": ["NOT_FOUND"]}],
        "Then": "DECLINE",
        "Reason": "6",
    },
    {
        "Name": "the sale stands",
        "When": [
            {
                "Variable": "VERDICT",
                "Operator": "ONE_OF",
                "Value": ["MATCH", "MISMATCH", "PARTLY_UNDONE"],
            }
        ],
        "Then": "APPROVE",
        "ActionTrackerId": EVENT_TYPE,
        "Wait": "IMMEDIATELY",
    },
]
"""A rule approves at the shop's amount, so a mismatch is paid what the order is worth."""

VERIFIED_SECONDS, PAUSE_SECONDS = 180, 0.5
"""How long the claims' verdicts may take after the export's result, and between two looks."""

PAYING = frozenset({"MATCH", "PARTLY_UNDONE", "MISMATCH"})


def _rows(name: str) -> list[Row]:
    with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _verdict(claim: Mapping[str, Any]) -> str:
    """Blank before the claim is verified."""
    return str(claim["Verification"]["Verdict"])


@dataclass(slots=True)
class ShopStory:
    """The act: claims are filed, the export comes, the policy decides, and the sweep pays."""

    story: Story
    shop: Client
    claims: list[Row] = field(default_factory=lambda: _rows("shopify-claims.csv"))

    @classmethod
    def open(cls, story: Story) -> "ShopStory":
        """Another shop, with a campaign that the cashback partner is in, and funds."""
        operate, now = story.stack.operate, "2025-01-01T00:00:00Z"
        operate("create_advertiser", advertiser_id=SHOP, name="Harbour Vinyl")
        operate(
            "create_campaign",
            campaign_id=CAMPAIGN,
            advertiser_id=SHOP,
            name="Harbour Vinyl online",
            time_zone="America/New_York",
            currency="USD",
            event_types={EVENT_TYPE: "Sale"},
        )
        operate("set_options", campaign_id=CAMPAIGN, inquiries_enabled=True)
        terms = {
            "valid_from": now,
            "claim_window_days": [0, 1000],
            "locking": "DAY 15d",
            "payment": "DAY 4d",
            "payouts": {EVENT_TYPE: "5%"},
        }
        operate("sign_contract", campaign_id=CAMPAIGN, partner_id=CASHBACK, terms=terms)
        operate("deposit", advertiser_id=SHOP, currency="USD", amount=FUNDS, reference="shop")
        made = operate("create_credential", role="ADVERTISER", account_id=SHOP)
        held = made["account_sid"], made["token"]
        return cls(story, Client(story.stack.api_url, "Advertisers", *held, story.advertiser.http))

    def file(self) -> Counter[str]:
        """The partner files its claims; there is nothing yet to hold them against."""
        rows = [{**each, "Campaign Id": CAMPAIGN} for each in self.claims]
        partner = self.story.partners[CASHBACK]
        return self.story.results(partner, partner.upload("inquiries", "shop.csv", table(rows)))

    def set_policy(self) -> str:
        """The shop's own policy is made and put in force; returns its version."""
        root = f"{self.shop.root}/Campaigns/{CAMPAIGN}/Policies"
        made = self.shop.call("POST", root, {"Rules": json.dumps(RULES), "SamplePercent": "2"})
        self.shop.call("PUT", made["Uri"], {"State": "ACTIVE"})
        return made["Uri"].rpartition("/")[2]

    def drop_export(self) -> Counter[str]:
        """The shop's export, as it comes from its platform."""
        days = sorted(each["Created at"][:10] for each in _rows("shopify-orders.csv"))
        given = {
            "CoverageStart": next(filter(None, days)),
            "CoverageEnd": days[-1],
            "Complete": "true",
            "TimeZone": "America/New_York",
        }
        data = (SAMPLES / "shopify-orders.csv").read_bytes()
        upload = self.shop.upload("orders", "orders_export.csv", data, **given)
        rows = read_table(self.shop.download(upload["ResultUri"]))
        return Counter(f"{row['Result']} {row['Code']}".strip() for row in rows)

    def decided(self) -> list[dict[str, Any]]:
        """The claims as the shop sees them, after what the sweep approves.

        They are verified once the export's result is there, so the sweep waits for their verdicts.
        Those that have none in time are faults of the proof.
        """
        until = time.monotonic() + VERIFIED_SECONDS
        while not all(map(_verdict, self._claims())) and time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)
        self.story.sweep()
        return self._claims()

    def _claims(self) -> list[dict[str, Any]]:
        return list(self.shop.list("ActionInquiries", "ActionInquiries", CampaignId=CAMPAIGN))

    @staticmethod
    def granted(found: list[dict[str, Any]]) -> Decimal:
        """What the accepted claims pay the partner, in USD."""
        accepted = (each for each in found if each["ResolutionStatus"] == "VALID")
        return sum((Decimal(each["FinalPayout"]) for each in accepted), Decimal("0.00"))

    def proof(self, found: list[dict[str, Any]]) -> list[str]:
        """What is not as the samples' truth says: a verdict, a decision, or a payout."""
        deserved = {each["Inquiry Id"]: each["Verdict"] for each in _rows("shopify-verdicts.csv")}
        faults = []
        for each in found:
            name = each["MediaPartnerInquiryId"]
            wanted, got = deserved.pop(name), _verdict(each)
            if got != wanted:
                faults.append(f"{name} deserves {wanted} and has {got}")
            if each["ResolutionStatus"] == "VALID" and wanted not in PAYING:
                faults.append(f"{name} is {wanted}, and was accepted")
            if each["ResolutionStatus"] == "VALID" and not self._is_at_the_shop_s_amount(each):
                faults.append(f"{name} was granted {each['FinalPayout']}")
        return [*faults, *(f"{name} is missing" for name in deserved)]

    def _is_at_the_shop_s_amount(self, accepted: dict[str, Any]) -> bool:
        """The contract's share of what the shop's order is worth, never more."""
        amount = Decimal(accepted["Verification"]["Amount"])
        return Decimal(accepted["FinalPayout"]) <= (amount * RATE).quantize(CENT)
