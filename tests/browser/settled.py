"""A lamp shop's summer: claims that were filed, decided, locked and paid, some late, some not yet.

It is told by its dates and then the clock goes back to where the other tests are, so that finance
has balances, entries, a statement, and levels to look at.
"""

from datetime import datetime, timedelta

from infra.local.stack import Stack
from tests.browser.seed import NOW, TIME_ZONE, Account, Seeded, table

SHOP, CAMPAIGN, EVENT_TYPE = "502", "1002", "4000"
PARTNER, NAME = "10003", "Bonus Bee"
BEGUN = datetime.fromisoformat("2025-06-02T14:00:00+00:00")
DAY = timedelta(days=1)
FILED_DAYS = range(0, 78, 2)
"""Days on which a claim is filed, from the beginning on."""

MADE_ON = 30
"""The day on which June's statements are made."""

SWEPT_DAYS = range(15, 80, 4)
TERMS = {
    "valid_from": "2025-01-01T00:00:00Z",
    "claim_window_days": [0, 1000],
    "locking": "DAY 15d",
    "payment": "DAY 4d",
    "payouts": {EVENT_TYPE: "10%"},
    "deadlines": {"answer_days": 7},
}


def settle(stack: Stack) -> Seeded:
    """Lives through the summer, day by day."""
    stack.operate("set_clock", at=BEGUN.isoformat())
    shop, partner = _accounts(stack)
    settled = Seeded(stack, shop, {PARTNER: partner})
    waiting: list[tuple[int, str]] = []
    for day in range(79):
        at = BEGUN + day * DAY
        answered = [each for each in waiting if _is_answered(each[0], day)]
        if day in FILED_DAYS or answered or day in SWEPT_DAYS or day == MADE_ON:
            stack.operate("set_clock", at=at.isoformat())
        if day in FILED_DAYS:
            waiting.append((day, _file(settled, day, at)))
        for each in answered:
            waiting.remove(each)
            _decide(settled, *each)
        if day in SWEPT_DAYS:
            stack.operate("sweep")
        if day == MADE_ON:
            stack.operate("make_statements", month="2025-06")
    stack.operate("make_statements", month="2025-07")
    stack.operate("set_clock", at=NOW)
    _orders(settled)
    stack.operate("sweep")
    while not stack.operate("reconcile")["finished"]:
        pass
    return settled


def _is_answered(filed: int, day: int) -> bool:
    """Most are answered within days, each fifth after its deadline, and the last ones not yet."""
    took = 9 if filed % 10 == 0 else 1 + filed % 5
    return day >= filed + took


def _accounts(stack: Stack) -> tuple[Account, Account]:
    operate = stack.operate
    operate("create_advertiser", advertiser_id=SHOP, name="Northern Lamps")
    operate(
        "create_campaign",
        campaign_id=CAMPAIGN,
        advertiser_id=SHOP,
        name="Northern Lamps online",
        time_zone=TIME_ZONE,
        currency="USD",
        event_types={EVENT_TYPE: "Sale"},
    )
    operate("set_options", campaign_id=CAMPAIGN, inquiries_enabled=True)
    operate("create_partner", partner_id=PARTNER, name=NAME, kind="CASHBACK")
    operate("sign_contract", campaign_id=CAMPAIGN, partner_id=PARTNER, terms=TERMS)
    operate("deposit", advertiser_id=SHOP, currency="USD", amount="150.00", reference="june")
    return _account(stack, "ADVERTISER", SHOP), _account(stack, "PARTNER", PARTNER)


def _account(stack: Stack, role: str, account_id: str) -> Account:
    made = stack.operate("create_credential", role=role, account_id=account_id)
    return Account(made["account_sid"], made["token"], role, account_id)


def _orders(settled: Seeded) -> None:
    """Files of orders, sent once their days are over: June whole, July with a gap that a part of it
    fills.
    """
    shop = settled.client(settled.shop)
    for first, last, complete in (
        ("2025-05-20", "2025-06-30", "true"),
        ("2025-07-08", "2025-08-10", "true"),
        ("2025-07-03", "2025-07-05", "false"),
    ):
        lines = [
            {
                "Order Id": f"NL-{1000 + at}",
                "Order Date": f"{first}T1{at}:00:00-04:00",
                "Amount": f"{20 + 7 * at}.00",
                "Currency": "USD",
                "Status": "SALE",
            }
            for at in range(3)
        ]
        days = {"CoverageStart": first, "CoverageEnd": last, "Complete": complete}
        shop.upload("orders", "orders.csv", table(lines), TimeZone=TIME_ZONE, **days)


def _file(settled: Seeded, day: int, at: datetime) -> str:
    """A claim, and its id."""
    fields = {
        "CampaignId": CAMPAIGN,
        "OrderId": f"NL-{2000 + day}",
        "TransactionDate": (at - 5 * DAY).isoformat(),
        "TransactionAmount": f"{40 + 3 * day}.00",
        "InquiryType": "UNTRACKED",
    }
    partner = settled.client(settled.partners[PARTNER])
    made = partner.call("POST", f"{partner.root}/ActionInquiries", fields)
    return str(made["Uri"]).rpartition("/")[2]


def _decide(settled: Seeded, day: int, inquiry_id: str) -> None:
    """Each fourth day's, from the third on, is declined."""
    shop = settled.client(settled.shop)
    accepted = {"ResolutionStatus": "VALID", "ActionTrackerId": EVENT_TYPE}
    declined = {"ResolutionStatus": "DECLINED", "RejectReason": "6"}
    fields = {"Id": inquiry_id, **(declined if day % 4 == 2 else accepted)}
    shop.call("PUT", f"{shop.root}/ActionInquiries", fields)
