"""A year and a half of a shop's orders, played through the stack as its users would.

Each act does one part of the story over HTTP, presigned uploads and the operator's functions, and
returns what came of it. It reads nothing from the stack but what its users may see.
"""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import urllib3
from makegood_cli.client import Client, Refused

from infra.local import function_url, truth
from infra.local.stack import Stack
from infra.local.truth import GENUINE, HALF, Claim

ADVERTISER, CAMPAIGN, EVENT_TYPE = "500", "1000", "4000"
CASHBACK, LOYALTY = "10001", "10002"
PARTNERS = (CASHBACK, LOYALTY)
BY_HTTP = 20
"""Claims of each partner that are filed one by one; the rest come by file."""

FILED_AT = datetime(2026, 7, 1, 6, tzinfo=UTC)
SWEEPS_AT = tuple(
    datetime(2026, month, day, 6, tzinfo=UTC)
    for month, day in ((7, 8), (7, 18), (7, 29), (8, 22), (9, 1))
)
SETTLED_AT = datetime(2026, 9, 2, 6, tzinfo=UTC)
SHORT_MONTH = "2026-07"
"""The month at whose end the shop owes more than it has; its statement shows that."""

OPENING_SHARE = Decimal("0.99")
"""What the shop pays in first, of what its tracked orders cost."""

FURTHER_SHARE = Decimal("0.25")
"""What it pays in next, of what it owes then."""

CENT = Decimal("0.01")

CONTRACTS: dict[str, dict[str, Any]] = {
    CASHBACK: {
        "locking": "MONTH 0m+27d",
        "payment": "MONTH 0m+20d",
        "payouts": {EVENT_TYPE: "5%"},
    },
    LOYALTY: {"locking": "DAY 15d", "payment": "DAY 4d", "payouts": {EVENT_TYPE: "1.50 USD"}},
}

Row = dict[str, str]


@dataclass(slots=True)
class Samples:
    """The samples to play: all, or those of the first orders in the shop's record."""

    order_count: int | None = None
    record: dict[str, Row] = field(init=False)
    conversions: list[Row] = field(init=False)
    claims: list[Claim] = field(init=False)

    def __post_init__(self) -> None:
        orders = truth.orders()
        chosen = list(orders)[: self.order_count]
        self.record = {order_id: orders[order_id] for order_id in chosen}
        conversions = truth.rows_of(truth.sample("conversions.csv"))
        self.conversions = [row for row in conversions if row["Order Id"] in self.record]
        claims = [claim for partner_id in PARTNERS for claim in truth.claims(partner_id)]
        self.claims = [
            claim for claim in claims if claim.order_id in self.record or self._odd(claim, orders)
        ]

    def _odd(self, claim: Claim, orders: dict[str, Row]) -> bool:
        """Claims about no real order belong to every part of the record."""
        return claim.order_id not in orders or claim.truth not in _ABOUT_AN_ORDER

    def of(self, partner_id: str) -> list[Claim]:
        return [claim for claim in self.claims if claim.partner_id == partner_id]

    def months(self) -> Iterator[tuple[datetime, list[Row]]]:
        """Conversions month by month, with the instant that the month's file is sent."""
        by_month: defaultdict[str, list[Row]] = defaultdict(list)
        for row in self.conversions:
            by_month[row["Event Date"][:7]].append(row)
        for month, rows in sorted(by_month.items()):
            year, number = int(month[:4]), int(month[5:])
            following = (year + 1, 1) if number == 12 else (year, number + 1)
            yield datetime(*following, 1, 6, tzinfo=UTC), rows


_ABOUT_AN_ORDER = frozenset(
    {
        GENUINE,
        HALF,
        "tracked_for_another_partner",
        "tracked_for_this_partner",
        "same_claim_again",
        "same_order_other_amount",
    }
)


def table(rows: list[Row], separator: str = ",") -> bytes:
    """Rows as a spreadsheet would save them."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _how_far(row: Row) -> str:
    """How far an accepted claim's action has come, without its id, its dates and its payout."""
    if row["Code"] != "valid":
        return ""
    words = row["Message"].split(maxsplit=2)
    if words[:1] != ["Action"]:
        return ""
    return ", " + re.sub(r" on [\d-]+", "", words[2].rpartition("; payout")[0])


def read_table(data: bytes) -> list[Row]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def set_up(operate: Callable[..., dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """A shop, its campaign, two partners under contract; the SID and the token of each."""
    operate("create_advertiser", advertiser_id=ADVERTISER, name="Harbour Records")
    operate("create_partner", partner_id=CASHBACK, name="Penny Back", kind="CASHBACK")
    operate("create_partner", partner_id=LOYALTY, name="Mile Club", kind="LOYALTY")
    operate(
        "create_campaign",
        campaign_id=CAMPAIGN,
        advertiser_id=ADVERTISER,
        name="Harbour Records online",
        time_zone="America/New_York",
        currency="USD",
        event_types={EVENT_TYPE: "Sale"},
    )
    operate(
        "set_options",
        campaign_id=CAMPAIGN,
        inquiries_enabled=True,
        declines_tracked=True,
        names_channel=True,
    )
    for partner_id, terms in CONTRACTS.items():
        terms = {"valid_from": "2025-01-01T00:00:00Z", "claim_window_days": [0, 1000], **terms}
        operate("sign_contract", campaign_id=CAMPAIGN, partner_id=partner_id, terms=terms)
    accounts = {"advertiser": ("ADVERTISER", ADVERTISER)}
    accounts |= {f"partner {each}": ("PARTNER", each) for each in PARTNERS}
    credentials = {}
    for who, (role, account_id) in accounts.items():
        made = operate("create_credential", role=role, account_id=account_id)
        credentials[who] = made["account_sid"], made["token"]
    return credentials


@dataclass(slots=True)
class Story:
    """The acts, in the order in which they are played."""

    stack: Stack
    samples: Samples
    say: Callable[[str], None]
    advertiser: Client = field(init=False)
    partners: dict[str, Client] = field(default_factory=dict)

    def at(self, now: datetime) -> None:
        self.stack.operate("set_clock", at=now.isoformat())

    def sweep(self) -> dict[str, Any]:
        return self.stack.operate("sweep")

    def funds(self) -> dict[str, str]:
        return self.stack.operate("funds", advertiser_id=ADVERTISER, currency="USD")

    def deposit(self, amount: Decimal, reference: str) -> None:
        self.stack.operate(
            "deposit",
            advertiser_id=ADVERTISER,
            currency="USD",
            amount=str(amount),
            reference=reference,
        )

    def seed(self) -> dict[str, tuple[str, str]]:
        """The shop, its campaign, two partners under contract; answers with the credentials."""
        self.at(datetime(2025, 1, 1, 6, tzinfo=UTC))
        credentials = set_up(self.stack.operate)
        http, url = urllib3.PoolManager(), self.stack.api_url
        self.advertiser = Client(url, "Advertisers", *credentials["advertiser"], http)
        for partner_id in PARTNERS:
            held = credentials[f"partner {partner_id}"]
            self.partners[partner_id] = Client(url, "Mediapartners", *held, http)
        return credentials

    def tracked_payouts(self) -> Decimal:
        expected = truth.expected_payouts(self.samples.conversions, (), self.samples.record)
        return sum(expected.values(), Decimal("0.00"))

    def track(self) -> Counter[str]:
        """The clock moves through the months: conversions come in by file, and are swept."""
        self.deposit((self.tracked_payouts() * OPENING_SHARE).quantize(CENT), "opening")
        results: Counter[str] = Counter()
        for sent_at, rows in self.samples.months():
            self.at(sent_at)
            name = f"{rows[0]['Event Date'][:7]}.csv"
            upload = self.advertiser.upload("conversions", name, table(rows))
            results.update(self.results(self.advertiser, upload))
            swept = self.sweep()
            self.state()
            self.say(
                f"  {name[:7]}  {len(rows):4} conversions, then the sweep: "
                f"{swept['locked']:4} locked, {swept['paid']:4} paid"
            )
        return results

    def state(self) -> int:
        """The statements of the last month that is over; how many are made and compared."""
        made = self.stack.operate("make_statements")
        if made["differences"]:
            raise RuntimeError(f"statements differ from the ledger: {made['differences']}")
        return made["made"] + made["there"]

    def results(self, client: Client, upload: dict[str, Any]) -> Counter[str]:
        """Rows by result and code, from the result file; accepted ones by how far they came."""
        rows = read_table(client.download(upload["ResultUri"]))
        return Counter(f"{row['Result']} {row['Code']}{_how_far(row)}" for row in rows)

    def file_claims(self) -> Counter[str]:
        """Both partners file claims: the first by HTTP, the rest by file in their own layouts."""
        self.at(FILED_AT)
        self.sweep()
        results: Counter[str] = Counter()
        for partner_id, separator in ((CASHBACK, ","), (LOYALTY, ";")):
            client, claims = self.partners[partner_id], self.samples.of(partner_id)
            for claim in claims[:BY_HTTP]:
                results[self.file_one(client, claim)] += 1
            rest = [claim.row for claim in claims[BY_HTTP:]]
            upload = client.upload("inquiries", "claims.csv", table(rest, separator))
            results.update(self.results(client, upload))
            self.say(
                f"  partner {partner_id}: {len(claims[:BY_HTTP])} by HTTP, {len(rest)} by file"
            )
        return results

    def file_one(self, client: Client, claim: Claim) -> str:
        row = claim.row
        form = {
            "CampaignId": row["Campaign Id"],
            "OrderId": row["Order Id"],
            "TransactionDate": row["Transaction Date"],
            "TransactionAmount": row["Sale Amount"],
            "InquiryType": row["Type"],
            "MediaPartnerInquiryId": row["Inquiry Id"],
            "ExpectedPayout": row["Expected Payout"],
            "CustomerId": row["Customer Id"],
            "InquiryNotes": row["Notes"],
        }
        try:
            written = client.call("POST", f"{client.root}/ActionInquiries", form)
        except Refused as refused:
            return f"REJECTED {refused.body['code']}"
        found = client.call("GET", written["Uri"])
        return f"APPLIED {found['ResolutionStatus'].lower()}"

    def reasons(self) -> Counter[str]:
        """Why inquiries were declined at once."""
        declined = self.advertiser.list(
            "ActionInquiries", "ActionInquiries", CampaignId=CAMPAIGN, ResolutionStatus="DECLINED"
        )
        return Counter(
            each["RejectReason"] for each in declined if each["DecidedBy"].startswith("rule:")
        )

    def undecided(self) -> list[Row]:
        """The undecided inquiries, as the sheet that is sent back with decisions."""
        sheet = self.advertiser.finished(self.advertiser.order("undecided", CAMPAIGN))
        return read_table(self.advertiser.download(sheet["ResultUri"]))

    def decide(self, row: Row) -> Row:
        """One inquiry against the shop's own record of the order."""
        order = self.samples.record.get(row["Order Id"])
        if order is None:
            return {
                **row,
                "Resolution Status": "DECLINED",
                "Resolution Reason": "Transaction cannot be traced",
            }
        if Decimal(order["Amount"]) != Decimal(row["Sale Amount"]):
            return {
                **row,
                "Resolution Status": "DECLINED",
                "Resolution Reason": "Other",
                "Resolution Notes": "The amount is not the order's",
            }
        return {**row, "Resolution Status": "valid", "Transaction Date": order["Order Date"]}

    def resolve(self) -> tuple[Counter[str], Counter[str]]:
        """Downloads, decides and uploads; returns what was decided and what came of it."""
        decided = [self.decide(row) for row in self.undecided()]
        upload = self.advertiser.upload("resolutions", "decisions.csv", table(decided))
        decisions = Counter(row["Resolution Status"].upper() for row in decided)
        return decisions, self.results(self.advertiser, upload)

    def fall_short(self) -> list[tuple[str, dict[str, Any], dict[str, str]]]:
        """A deposit that is too small, and sweeps through the months that follow."""
        owed = -Decimal(self.funds()["funds"])
        self.deposit((owed * FURTHER_SHARE).quantize(CENT), "too little")
        seen = []
        for now in SWEEPS_AT:
            self.at(now)
            seen.append((f"{now:%Y-%m-%d}", self.sweep(), self.funds()))
            self.state()
        return seen

    def settle(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The rest of the money, and one more sweep."""
        missing = -Decimal(self.funds()["funds"])
        self.deposit(missing, "the rest")
        self.at(SETTLED_AT)
        return self.sweep(), self.funds()

    def pay_out(self, partner_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """One person asks to pay a partner out, a second confirms it; what each is told."""
        payout = {"partner_id": partner_id, "currency": "USD", "reference": "first payout"}
        asked = self.stack.operate("withdraw", **payout)
        second = function_url.SECOND_CALLER
        proposal_id = asked["proposal_id"]
        return asked, self.stack.operate("confirm", caller=second, proposal_id=proposal_id)
