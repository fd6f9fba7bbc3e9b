"""Two shops and three partners who go on working while their stack is upgraded under them.

A `Round` is three weeks of theirs: orders come in, change and come back, claims are filed and
decided, and what was approved is paid. It checks that money moved as it must, and that the books
prove, so a version that breaks either is found in the round after it came.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from makegood_cli.client import Client

from infra.local.story import read_table, table

EVENT_TYPE = "4000"
SHOPS = {"500": "1000", "501": "1001"}
"""The campaign of each shop."""

CURRENCIES = {"1000": "USD", "1001": "EUR"}
PARTNERS = {"10001": "CASHBACK", "10002": "LOYALTY", "10003": "CASHBACK"}
LOCKINGS = {"10001": "DAY 15d", "10002": "MONTH 0m+10d", "10003": "OPEN_ENDED"}
RATE = {"per_hour": 1_000_000, "burst": 10_000}
"""How often each may ask: a look asks for much at once."""

BEGINS = datetime(2025, 1, 6, 8, tzinfo=UTC)
ROUND = timedelta(days=21)
"""Long enough for what a claim of its first day grants to be locked and paid."""

APPROVED, DECLINED, ASKED, LEFT, WITHDRAWN = "approved", "declined", "asked", "left", "withdrawn"
FATES = (APPROVED, DECLINED, APPROVED, ASKED, LEFT, APPROVED, WITHDRAWN, APPROVED, APPROVED)
"""What becomes of the claims of a round, one after the other; each partner has a third of them."""

DECISIONS: dict[str, dict[str, str]] = {
    APPROVED: {"ResolutionStatus": "VALID", "ActionTrackerId": EVENT_TYPE},
    DECLINED: {"ResolutionStatus": "DECLINED", "RejectReason": "Transaction cannot be traced"},
    ASKED: {"ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which shop was it?"},
}

Operate = Callable[..., dict[str, Any]]


class Broken(Exception):
    """The stack does not do what it has to."""


def terms(valid_from: datetime, partner_id: str, payout: Any = "5%") -> dict[str, Any]:
    return {
        "valid_from": valid_from.isoformat(),
        "locking": LOCKINGS[partner_id],
        "payment": "DAY 2d",
        "payouts": {EVENT_TYPE: payout},
        "claim_window_days": [0, 1000],
    }


def many_rates(number: int) -> dict[str, Any]:
    """A payout with exceptions and a limit, different for each number."""
    groups = [
        {
            "name": f"Code {rank}",
            "rank": rank,
            "payout": f"{(rank + number) % 9 + 1}%",
            "when": [{"variable": "PROMO_CODE", "operator": "IS", "value": f"CODE{rank}"}],
        }
        for rank in range(1, 21)
    ]
    limit = {"measure": "PAYOUT", "most": "900.00 USD", "scope": "ALL", "every": "MONTH"}
    return {"default": "5%", "groups": groups, "limits": [limit]}


@dataclass(slots=True)
class Market:
    """All who work on one stack; `operate` and the clients are of the version that runs by now."""

    operate: Operate
    base_url: str
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)
    closed: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Tokens that were revoked."""

    now: datetime = BEGINS
    rounds: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    """What was asked for: requests of the API and commands of the operator."""

    def client(self, who: str) -> Client:
        audience = "Advertisers" if who.startswith("shop") else "Mediapartners"
        return Client(self.base_url, audience, *(self.tokens | self.closed)[who])

    def clients(self) -> dict[str, Client]:
        return {who: self.client(who) for who in (*self.tokens, *self.closed)}

    def campaigns(self) -> dict[str, list[str]]:
        """Of which campaigns each account asks: a shop of its own, a partner of all."""
        own = {f"shop {shop_id}": [campaign_id] for shop_id, campaign_id in SHOPS.items()}
        return own | {f"partner {partner_id}": list(CURRENCIES) for partner_id in PARTNERS}

    def send(self, who: str, method: str, resource: str, **fields: str) -> dict[str, Any]:
        self.calls["requests"] += 1
        client = self.client(who)
        return client.call(method, f"{client.root}/{resource}", fields or None)

    def command(self, name: str, /, **arguments: Any) -> dict[str, Any]:
        self.calls["commands"] += 1
        return self.operate(name, **arguments)

    def set_up(self) -> None:
        """The accounts with their campaigns, contracts, rules, money and credentials."""
        self.at(self.now)
        for partner_id, kind in PARTNERS.items():
            self.command("create_partner", partner_id=partner_id, name=f"P {partner_id}", kind=kind)
        for shop_id, campaign_id in SHOPS.items():
            self._set_up_shop(shop_id, campaign_id)
        self.command(
            "set_rule",
            campaign_id="1000",
            partner_id="10001",
            event_type_id=EVENT_TYPE,
            payout_max="0.60",
            month_max="6.00",
            wait="DAYS",
            days=2,
        )
        for partner_id in PARTNERS:
            self._credential(f"partner {partner_id}", "PARTNER", partner_id)
        self._credential("partner 10001 who reads", "PARTNER", "10001", read_only=True)
        made = self._credential("partner 10002 renewed", "PARTNER", "10002")
        new = self.command("rotate_credential", credential_id=made["credential_id"])
        self.tokens["partner 10002 anew"] = new["account_sid"], new["token"]
        gone = self._credential("partner 10003 revoked", "PARTNER", "10003")
        self.command("revoke_credential", credential_id=gone["credential_id"])
        self.closed["partner 10003 revoked"] = self.tokens.pop("partner 10003 revoked")

    def _set_up_shop(self, shop_id: str, campaign_id: str) -> None:
        self.command("create_advertiser", advertiser_id=shop_id, name=f"Shop {shop_id}")
        self.command(
            "create_campaign",
            campaign_id=campaign_id,
            advertiser_id=shop_id,
            name=f"Shop {shop_id} online",
            time_zone="America/New_York" if campaign_id == "1000" else "Europe/Berlin",
            currency=CURRENCIES[campaign_id],
            event_types={EVENT_TYPE: "Sale"},
        )
        self.command(
            "set_options", campaign_id=campaign_id, inquiries_enabled=True, declines_tracked=True
        )
        for partner_id in PARTNERS:
            self._sign(campaign_id, partner_id, terms(BEGINS - 90 * timedelta(1), partner_id))
        self._deposit(shop_id, "5000.00", "opening")
        self._credential(f"shop {shop_id}", "ADVERTISER", shop_id)

    def _credential(self, who: str, role: str, account_id: str, **more: Any) -> dict[str, Any]:
        made = self.command("create_credential", role=role, account_id=account_id, **more)
        self.tokens[who] = made["account_sid"], made["token"]
        self.command("set_rate", role=role, account_id=account_id, **RATE)
        return made

    def _sign(self, campaign_id: str, partner_id: str, agreed: dict[str, Any]) -> None:
        self.command("sign_contract", campaign_id=campaign_id, partner_id=partner_id, terms=agreed)

    def _deposit(self, shop_id: str, amount: str, reference: str) -> None:
        self.command(
            "deposit",
            advertiser_id=shop_id,
            currency=CURRENCIES[SHOPS[shop_id]],
            amount=amount,
            reference=reference,
        )

    def at(self, now: datetime) -> None:
        self.now = now
        self.command("set_clock", at=now.isoformat())

    def work(self, by_file: int = 6, statements: bool = True) -> Counter[str]:
        """One round with this many orders and claims by file besides; what became of what. Without
        `statements` the operator makes none.

        Raises `Broken` if money has not moved as it must, or the books do not prove.
        """
        self.rounds += 1
        name, began = f"R{self.rounds}", self.now
        done: Counter[str] = Counter()
        self._track(name, by_file, done)
        self._change(name, done)
        granted = self._claim(name, by_file, done)
        self._operators(name, statements)
        self.at(began + timedelta(days=20))
        done["paid"] += self.command("sweep")["paid"]
        self.at(began + ROUND)
        done["paid"] += self.command("sweep")["paid"]
        self._check_paid(granted, done)
        self._check_books()
        return done

    def _track(self, name: str, by_file: int, done: Counter[str]) -> None:
        """Orders of all partners, by request and by file."""
        for campaign_id, shop in (("1000", "shop 500"), ("1001", "shop 501")):
            for number, partner_id in enumerate(PARTNERS):
                self.send(
                    shop,
                    "POST",
                    "Conversions",
                    CampaignId=campaign_id,
                    ActionTrackerId=EVENT_TYPE,
                    OrderId=f"{name}T{number}",
                    EventDate=(self.now - timedelta(hours=number + 1)).isoformat(),
                    Amount=f"{30 + number}.00",
                    MediaPartnerId=partner_id,
                    CustomerId=f"CU{number}",
                    PromoCode="CODE3",
                )
                done["orders"] += 1
        rows = [
            {
                "Campaign Id": "1000",
                "Action Tracker": EVENT_TYPE,
                "Order Id": f"{name}F{number}",
                "Event Date": (self.now - timedelta(minutes=number)).isoformat(),
                "Amount": f"{10 + number % 50}.00",
                "Currency": "USD",
                "Partner Id": list(PARTNERS)[number % 3],
            }
            for number in range(by_file)
        ]
        done["orders"] += self._upload("shop 500", "conversions", f"{name}.csv", rows)

    def _upload(self, who: str, kind: str, name: str, rows: list[dict[str, str]]) -> int:
        self.calls["files"] += 1
        client = self.client(who)
        results = read_table(client.download(client.upload(kind, name, table(rows))["ResultUri"]))
        refused = [row for row in results if row["Result"] != "APPLIED"]
        if refused or len(results) != len(rows):
            raise Broken(f"{name}: {len(results)} results of {len(rows)} rows; {refused[:2]}")
        return len(rows)

    def _change(self, name: str, done: Counter[str]) -> None:
        """One order is changed, one comes back, and one is approved that would wait for it."""
        order = {"CampaignId": "1000", "ActionTrackerId": EVENT_TYPE}
        change, back, approve = (f"{name}F{number}" for number in (0, 1, 2))
        self.send(
            "shop 500",
            "PUT",
            "Actions",
            **order,
            OrderId=change,
            Reason="ORDER_UPDATE",
            Amount="8.00",
        )
        self.send(
            "shop 500", "DELETE", "Actions", **order, OrderId=back, DispositionCode="ITEM_RETURNED"
        )
        self.send("shop 500", "PUT", "Actions", **order, OrderId=approve, Reason="APPROVED")
        done["changes"] += 3

    def _claim(self, name: str, by_file: int, done: Counter[str]) -> list[str]:
        """Claims by request and by file, and what the shop says to them; the orders of those that
        have to be paid at the end of the round.
        """
        partners, granted = list(PARTNERS), []
        for number, fate in enumerate(FATES):
            partner_id, order_id = partners[number % 3], f"{name}C{number}"
            filed = self._file(partner_id, order_id, f"{40 + number}.00")
            self._decide(partner_id, filed["Uri"].rpartition("/")[2], fate)
            done[f"claims {fate}"] += 1
            if fate == APPROVED and partner_id == "10001":
                granted.append(order_id)
        tracked = self._file("10001", f"{name}T0", "30.00")
        if tracked["State"] != "DECLINED":
            raise Broken(f"a claim of a tracked order is {tracked['State']}")
        done["claims declined by a rule"] += 1
        rows = [
            {
                "Campaign Id": "1000",
                "Type": "UNTRACKED",
                "Order Id": f"{name}S{number}",
                "Transaction Date": (self.now - timedelta(days=number % 60 + 1)).isoformat(),
                "Sale Amount": f"{8 + number % 9}.00",
                "Inquiry Id": f"{name}-S{number}",
            }
            for number in range(by_file)
        ]
        done["claims"] += self._upload("partner 10001", "inquiries", f"{name}.csv", rows)
        return granted

    def _file(self, partner_id: str, order_id: str, amount: str) -> dict[str, Any]:
        return self.send(
            f"partner {partner_id}",
            "POST",
            "ActionInquiries",
            CampaignId="1000",
            OrderId=order_id,
            TransactionDate=(self.now - timedelta(hours=2)).isoformat(),
            TransactionAmount=amount,
            InquiryType="UNTRACKED",
            MediaPartnerInquiryId=f"mine-{order_id}",
        )

    def _decide(self, partner_id: str, inquiry_id: str, fate: str) -> None:
        resource = f"ActionInquiries/{inquiry_id}"
        if fate == WITHDRAWN:
            self.send(f"partner {partner_id}", "DELETE", resource)
        elif fate in DECISIONS:
            self.send("shop 500", "PUT", resource, **DECISIONS[fate])
        if fate == ASKED:
            self.send(
                f"partner {partner_id}", "PUT", resource, InquiryNotes="The one at the harbour"
            )

    def _operators(self, name: str, statements: bool) -> None:
        """The operator's work of a round: terms, money, and statements."""
        begins = self.now + timedelta(days=22)
        agreed = terms(begins, "10002", many_rates(self.rounds))
        self._sign("1000", "10002", agreed)
        self._deposit("500", "60.00", f"deposit {name}")
        self.command(
            "transfer",
            advertiser_id="500",
            partner_id="10003",
            currency="USD",
            amount="1.25",
            reference=f"bonus {name}",
        )
        made = self.command("make_statements") if statements else {}
        if made.get("differences"):
            raise Broken(f"statements differ from the ledger: {made['differences']}")

    def _check_paid(self, granted: list[str], done: Counter[str]) -> None:
        """Every approved claim of the partner whose actions lock within the round is paid once."""
        client = self.client("partner 10001")
        for order_id in granted:
            self.calls["requests"] += 1
            paid = [
                each["ClearedDate"] for each in client.list("Actions", "Actions", OrderId=order_id)
            ]
            if len(paid) != 1 or not paid[0]:
                raise Broken(f"{order_id} was approved, and is cleared {paid}")
            done["claims paid"] += 1

    def _check_books(self) -> None:
        report = self.command("reconcile")
        while not report.get("finished", True):
            report = self.command("reconcile")
        if not report["holds"]:
            raise Broken(f"the books do not prove: {report['violations']}")
