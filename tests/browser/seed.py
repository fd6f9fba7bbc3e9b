"""What the browser tests look at: a shop that has given its orders, and claims on them.

The samples are a shop's export with claims that deserve every verdict. Two partners file them, some
with a deadline, a note and a reference, and nothing is decided yet.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import urllib3
from makegood_cli.client import Client

from infra.local.stack import Stack

SHOPS = Path(__file__).parents[1] / "samples" / "shops"
SHOP, CAMPAIGN, EVENT_TYPE = "501", "1001", "4000"
PARTNERS = {"10001": "Penny Back", "10002": "Mile Club"}
OPEN_ENDED = "10002"
"""The partner whose actions wait for an approval."""

ACCEPTED = 4
NOW = "2025-08-21T09:00:00+00:00"
TIME_ZONE = "America/New_York"


@dataclass(frozen=True, slots=True)
class Account:
    """A machine's credentials, which the tests sign in with where no pool is asked."""

    sid: str
    token: str
    audience: str
    account_id: str


@dataclass(frozen=True, slots=True)
class Seeded:
    """The stack with somebody in it."""

    stack: Stack
    shop: Account
    partners: dict[str, Account]

    def client(self, account: Account) -> Client:
        folder = {"ADVERTISER": "Advertisers", "PARTNER": "Mediapartners"}[account.audience]
        http = urllib3.PoolManager()
        return Client(self.stack.api_url, folder, account.sid, account.token, http)


def rows(name: str) -> list[dict[str, str]]:
    with (SHOPS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(lines: list[dict[str, str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(lines[0]))
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode()


def seed(stack: Stack) -> Seeded:
    """Sets up the shop, gives its orders, and files the claims."""
    stack.operate("set_clock", at=NOW)
    shop, partners = _accounts(stack)
    seeded = Seeded(stack, shop, partners)
    _orders(seeded.client(shop))
    claims = rows("shopify-claims.csv")
    for at, account in enumerate(partners.values()):
        _file(seeded.client(account), claims[at :: len(partners)], at)
    _accept_some(seeded.client(shop))
    return seeded


def _accounts(stack: Stack) -> tuple[Account, dict[str, Account]]:
    operate = stack.operate
    operate("create_advertiser", advertiser_id=SHOP, name="Harbour Vinyl")
    operate(
        "create_campaign",
        campaign_id=CAMPAIGN,
        advertiser_id=SHOP,
        name="Harbour Vinyl online",
        time_zone=TIME_ZONE,
        currency="USD",
        event_types={EVENT_TYPE: "Sale"},
    )
    operate("set_options", campaign_id=CAMPAIGN, inquiries_enabled=True)
    terms = {
        "valid_from": "2025-01-01T00:00:00Z",
        "claim_window_days": [0, 1000],
        "locking": "DAY 15d",
        "payment": "DAY 4d",
        "payouts": {EVENT_TYPE: "5%"},
        "deadlines": {"answer_days": 14},
    }
    for partner_id, name in PARTNERS.items():
        operate("create_partner", partner_id=partner_id, name=name, kind="CASHBACK")
        more = {"locking": "OPEN_ENDED"} if partner_id == OPEN_ENDED else {}
        asked = {"campaign_id": CAMPAIGN, "partner_id": partner_id, "terms": {**terms, **more}}
        operate("sign_contract", **asked)
    operate("deposit", advertiser_id=SHOP, currency="USD", amount="1250.00", reference="shop")
    shop = _account(stack, "ADVERTISER", SHOP)
    return shop, {each: _account(stack, "PARTNER", each) for each in PARTNERS}


def _account(stack: Stack, role: str, account_id: str) -> Account:
    made = stack.operate("create_credential", role=role, account_id=account_id)
    return Account(made["account_sid"], made["token"], role, account_id)


def _orders(shop: Client) -> None:
    days = sorted(each["Created at"][:10] for each in rows("shopify-orders.csv"))
    covered = {"CoverageStart": next(filter(None, days)), "CoverageEnd": days[-1]}
    data = (SHOPS / "shopify-orders.csv").read_bytes()
    shop.upload("orders", "orders_export.csv", data, Complete="true", TimeZone=TIME_ZONE, **covered)


def _file(partner: Client, claims: list[dict[str, str]], turn: int) -> None:
    """Files claims; each third asks for an answer by a day, and each fifth says something."""
    lines = [
        {
            **each,
            "Campaign Id": CAMPAIGN,
            "Expected Payout": "" if at % 4 else "2.50",
            "Resolution Deadline": f"2025-08-{22 + (at + turn) % 9}" if at % 3 == 0 else "",
            "Notes": "The shopper sent us the order confirmation." if at % 5 == 0 else "",
        }
        for at, each in enumerate(claims)
    ]
    partner.upload("inquiries", "claims.csv", table(lines))


def _accept_some(shop: Client) -> None:
    """Accepts a few matches of the partner whose actions wait."""
    found = shop.list("ActionInquiries", "ActionInquiries", CampaignId=CAMPAIGN)
    theirs = (each for each in found if each["MediaPartnerId"] == OPEN_ENDED)
    matches = [each for each in theirs if each["Verification"]["Verdict"] == "MATCH"]
    for each in matches[:ACCEPTED]:
        asked = {"ResolutionStatus": "VALID", "ActionTrackerId": EVENT_TYPE}
        shop.call("PUT", f"{shop.root}/ActionInquiries/{each['Id']}", asked)
