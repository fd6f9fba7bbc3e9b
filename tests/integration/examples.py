"""The story that the examples of the API's description are taken from: every operation once.

A shop and a cashback partner trade in the small market. What each request asks and what the code
answers is kept by the operation's name. Times are set, and ids are derived from what they name, so
each telling is the same but for what signs a form or a link.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from makegood.aws.s3 import Bucket
from makegood.domain.contracts import contract_id_of
from makegood.domain.parties import Role, SignedIn
from makegood.domain.shop_orders import Coverage
from makegood.domain.statements import Month
from makegood.domain.uploads import Kind, Place
from makegood.domain.verification_settings import ShopSetting
from makegood.jobs import statements
from makegood.runtime import telemetry
from makegood.store.store import Store

from tests import contract
from tests.integration import evidence, market, people, shop_orders, stack
from tests.integration.gateway import ADVERTISER, PARTNER, Answer, Client, Context, function
from tests.integration.ingest import Ingest, table
from tests.integration.market import CAMPAIGN, CASHBACK, LONG_AGO, SALE, accepted, claimed, reported
from tests.integration.streams import Stream

SIGNED = re.compile(r"\?(?:\S+&)?(?:AWSAccessKeyId|X-Amz-Algorithm)=.*")
SIGNATURES = ("policy", "signature", "x-amz-signature", "x-amz-date", "x-amz-credential")
JULY = datetime(2026, 7, 1, 2, tzinfo=UTC)
SHOES = {
    "ItemSku1": "SHOES",
    "ItemName1": "Pair of shoes",
    "ItemCategory1": "Shoes",
    "ItemQty1": "1",
    "ItemSubtotal1": "60.00",
}
HAT = {"ItemSku2": "HAT", "ItemQty2": "2", "ItemSubtotal2": "40.00"}

Example = Mapping[str, Any]


def names() -> Iterator[str]:
    """Names of uploads, which are random otherwise."""
    return (f"7d22aa529c5117122358157{at}" for at in count(6))


def shown(value: Any) -> Any:
    """An answer without what signs its form and its links: that is another one each time."""
    if isinstance(value, dict):
        return {
            name: "…" if name.lower() in SIGNATURES else shown(each) for name, each in value.items()
        }
    if isinstance(value, list):
        return [shown(each) for each in value]
    if not isinstance(value, str):
        return value
    return SIGNED.sub("?…", value).replace("https://test-", "https://makegood-")


def as_text(value: Any) -> str:
    """A field of a form: what is a list or an object there is JSON."""
    return value if isinstance(value, str) else json.dumps(value)


@dataclass(slots=True)
class Story:
    """Asks, and keeps what was asked and answered."""

    store: Store
    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    stream: Stream = field(init=False)

    def __post_init__(self) -> None:
        self.stream = Stream(
            lambda: {**stack.everything("inquiries"), **stack.everything("actions")}
        )

    def ask(
        self, client: Client, method: str, path: str, fields: Mapping[str, Any] | None = None
    ) -> Answer:
        """Asks for what becomes the example of its operation."""
        written = {name: as_text(each) for name, each in (fields or {}).items()}
        answer = client.get(path) if method == "GET" else client.write(method, path, written)
        assert answer.status == 200, answer.text
        whole = client.root + path
        template = contract.template_of(whole.partition("?")[0])
        example = {"path": whole.replace(client.sid, "{AccountSID}")}
        if fields:
            example["body"] = written
        name = contract.operations()[method, template]["operationId"]
        self.told[name] = {**example, "answers": self.answers(answer)}
        return answer

    def answers(self, answer: Answer) -> dict[str, Any]:
        """An answer by its kind; a page of HTML says nothing that is not in the JSON of it."""
        kind = answer.headers["Content-Type"].partition(";")[0]
        return {kind: shown(answer.body)} if kind == "application/json" else {}

    def both(self, path: str) -> None:
        for client in (ADVERTISER, PARTNER):
            self.ask(client, "GET", path)

    def sheet(self, path: str, client: Client = ADVERTISER) -> None:
        """The same list as a table."""
        answer = client.get(path)
        template = contract.template_of(client.root + path.partition("?")[0])
        name = contract.operations()["GET", template]["operationId"]
        kind = answer.headers["Content-Type"].partition(";")[0]
        text = answer.text.removeprefix("\ufeff").replace("\r\n", "\n")
        self.told[name]["answers"][kind] = text if kind == "text/csv" else "PK\u2026"

    def refused(self, name: str, answer: Answer) -> None:
        """What becomes the example of a response that many operations share."""
        assert answer.status >= 400
        self.told[name] = {"answers": self.answers(answer)}

    def publish(self) -> None:
        """What changed becomes events."""
        function("events").handler({"Records": self.stream.records()}, Context())


def tell(store: Store) -> dict[str, dict[str, Any]]:
    """The whole story; an example of each operation by its name."""
    story = Story(store)
    market.deposit(store, "500.00")
    _claims(story)
    _actions(story)
    _files(story)
    _directory(story)
    _money(story)
    _webhooks(story)
    _verdicts(story)
    _shop(story)
    _policy(story)
    _people(story)
    return story.told


def _people(story: Story) -> None:
    """Each side invites somebody; of the shop's people, one signs in, and out again."""
    for client, email in ((ADVERTISER, "rita@shop.example"), (PARTNER, "clara@club.example")):
        rita = {"Email": email, "Name": "Rita Okafor", "Role": "REVIEWER"}
        made = story.ask(client, "POST", "/People", rita)
        story.ask(client, "PUT", f"/People/{made.body['Id']}", {"Role": "FINANCE"})
        story.ask(client, "GET", "/People")
        herself = replace(client, person=SignedIn(made.body["Id"], "Rita", "FINANCE", "session-1"))
        story.ask(herself, "PUT", "/Preferences", {"Mails": "false"})
        story.ask(herself, "GET", "/Preferences")
    opened = {"AccountSid": ADVERTISER.sid}
    answer = people.signed_in("sub-1", opened)
    assert answer.status == 201, answer.text
    story.told["openSession"] = {
        "path": "/Sessions",
        "body": {"AccountSid": "{AccountSID}"},
        "answers": story.answers(answer),
    }
    story.told["closeSession"] = {"path": "/Sessions", "answers": {}}
    people.admins_make_tokens(story)


def _evidence(story: Story, path: str) -> None:
    """Both sides add a file, and read one that was scanned."""
    said = {"Type": "receipt", "Name": "Receipt.pdf", "ContentType": "application/pdf"}
    for client in (ADVERTISER, PARTNER):
        opened = story.ask(client, "POST", f"{path}/Evidence", {**said, "Size": "20480"})
        evidence.scan(evidence.put(opened.body, evidence.PDF))
    story.both(f"{path}/Evidence")
    for each in PARTNER.get(f"{path}/Evidence").body["Evidence"]:
        story.both(f"{path}/Evidence/{each['Id']}/Link")


def _claims(story: Story) -> None:
    """One claim is asked about, answered and accepted; one declined, one withdrawn."""
    fields = claimed("X1", InquiryNotes="The shopper sent the receipt.", CustomerId="shopper-7")
    claim = story.ask(PARTNER, "POST", "/ActionInquiries", fields)
    other = PARTNER.post("/ActionInquiries", claimed("X2", TransactionAmount="35.00"))
    third = PARTNER.post("/ActionInquiries", claimed("X3"))
    story.ask(PARTNER, "DELETE", f"/ActionInquiries/{third.id}")
    one = f"/ActionInquiries/{claim.id}"
    asks = {"ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which items?"}
    assert ADVERTISER.put(one, asks).status == 200
    story.ask(PARTNER, "PUT", one, {"InquiryNotes": "One pair of shoes, size 8"})
    story.publish()
    undecided = "?ResolutionStatus=UNRESOLVED&PageSize=1"
    story.ask(PARTNER, "GET", f"/ActionInquiries{undecided}")
    story.ask(ADVERTISER, "GET", f"/ActionInquiries{undecided}&CampaignId={CAMPAIGN}")
    story.sheet(f"/ActionInquiries.csv?CampaignId={CAMPAIGN}")
    _sheet(story)
    declined = {"ResolutionStatus": "DECLINED", "RejectReason": "Transaction cannot be traced"}
    story.ask(ADVERTISER, "PUT", f"/ActionInquiries/{other.id}", declined)
    said = {"Text": "The shopper paid by card, and the receipt has the number of the order."}
    appeal = story.ask(PARTNER, "POST", f"/ActionInquiries/{other.id}/Appeal", said)
    story.ask(ADVERTISER, "PUT", "/ActionInquiries", accepted(claim.id))
    story.both(one)
    story.both(f"{one}/Explanation")
    note = {"Comment": "Packed on Monday; ask the warehouse.", "Visibility": "INTERNAL"}
    story.ask(ADVERTISER, "POST", f"{one}/Comments", note)
    story.ask(PARTNER, "POST", f"{one}/Comments", {"Comment": "The shopper says thank you."})
    story.both(f"{one}/Comments")
    _evidence(story, f"/ActionInquiries/{appeal.id}")
    story.publish()
    story.both("/Events?After=0")
    mistaken = claimed("X4", TransactionAmount="12,000")
    story.refused("BadRequest", PARTNER.post("/ActionInquiries", mistaken))
    story.refused("NotFound", PARTNER.get("/ActionInquiries/1"))
    differs = claimed("X1", TransactionDate=market.LONG_AGO)
    story.refused("Conflict", PARTNER.post("/ActionInquiries", differs))
    early = claimed("X5", TransactionDate="2025-06-01T10:00:00-07:00")
    story.refused("RulesForbid", PARTNER.post("/ActionInquiries", early))


def _actions(story: Story) -> None:
    """Orders are tracked, change while they are pending, and come back."""
    first = story.ask(ADVERTISER, "POST", "/Conversions", reported("A-1", **SHOES, **HAT))
    second = ADVERTISER.post("/Conversions", reported("A-2"))
    ADVERTISER.post("/Conversions", reported("A-3"))
    named = {"CampaignId": CAMPAIGN, "ActionTrackerId": SALE}
    smaller = {**named, "OrderId": "A-2", "Reason": "ORDER_UPDATE", "Amount": "80.00"}
    story.ask(ADVERTISER, "PUT", "/Actions", smaller)
    returned = {"Reason": "ITEM_RETURNED", "ItemSku1": "SHOES", "ItemSku2": "HAT", "ItemQty2": "1"}
    story.ask(ADVERTISER, "PUT", f"/Actions/{first.id}", returned)
    gone = {**named, "OrderId": "A-3", "DispositionCode": "ITEM_RETURNED"}
    story.ask(ADVERTISER, "DELETE", "/Actions", gone)
    story.both(f"/Actions/{first.id}")
    story.both(f"/Actions/{first.id}/Explanation")
    story.both(f"/Actions/{first.id}/Items")
    story.both(f"/Actions/{first.id}/Items/HAT")
    story.both(f"/ActionUpdates?CampaignId={CAMPAIGN}&PageSize=1")
    listed = ADVERTISER.get(f"/ActionUpdates?CampaignId={CAMPAIGN}").body["ActionUpdates"]
    story.both(f"/ActionUpdates/{listed[0]['Id']}")
    story.both(f"/Actions?CampaignId={CAMPAIGN}&State=PENDING&PageSize=1")
    story.ask(ADVERTISER, "DELETE", f"/Actions/{second.id}", {"DispositionCode": "CONS_FRAUD"})
    open_ended = market.terms("OPEN_ENDED")
    story.store.put_contract(market.contract(market.LOYALTY, open_ended))
    awaiting = reported("A-4", MediaPartnerId=market.LOYALTY, EventDate=LONG_AGO)
    assert ADVERTISER.post("/Conversions", awaiting).status == 200
    story.sheet(f"/Actions.csv?CampaignId={CAMPAIGN}")


def _sheet(story: Story) -> None:
    """The shop has what is undecided written into one file."""
    asked = {"Kind": "undecided", "CampaignId": CAMPAIGN}
    ordered = story.ask(ADVERTISER, "POST", "/Sheets", asked)
    ingest = Ingest(story.store)
    while messages := ingest.chunks():
        ingest.work(messages)
    story.ask(ADVERTISER, "GET", f"/Files/{ordered.body['QueuedUri'].rpartition('/')[2]}")


def _files(story: Story) -> None:
    """Both sides announce a file; the partner's is worked on."""
    ingest = Ingest(story.store)
    decided = {"Kind": "resolutions", "Name": "decided.csv", "Size": "2048"}
    story.ask(ADVERTISER, "POST", "/Files", decided)
    head = ("Campaign Id", "Order Id", "Transaction Date", "Sale Amount", "Type")
    order = (CAMPAIGN, "F-1", market.RECENT, "20.00", "UNTRACKED")
    data = table(head, order, (CAMPAIGN, "F-2", market.RECENT, "", "UNTRACKED"))
    announced = {"Kind": "inquiries", "Name": "claims.csv", "Size": str(len(data))}
    opened = story.ask(PARTNER, "POST", "/Files", announced)
    place = Place(Role.PARTNER, CASHBACK, Kind.INQUIRIES, opened.id, "claims.csv")
    ingest.arrive(place, data)
    story.ask(PARTNER, "GET", f"/Files/{opened.id}")
    story.both("/Files?PageSize=1")


def _webhooks(story: Story) -> None:
    """Both sides make an endpoint, which answers its ping, and look at what was sent to it."""
    for client, wanted in ((ADVERTISER, "inquiry.filed,funds.low"), (PARTNER, "action.paid")):
        asked = {"Url": "https://hooks.example.com/makegood", "EventTypes": wanted}
        made = story.ask(client, "POST", "/Webhooks", asked).body
        path = f"/Webhooks/{made['Id']}"
        wake = {
            "role": str(client.role),
            "account_id": client.account_id,
            "endpoint_id": made["Id"],
        }
        body = json.dumps(wake)
        record = {"messageId": "m", "receiptHandle": "r", "body": body, "attributes": {}}
        function("webhooks").handler({"Records": [record]}, Context())
        story.ask(client, "GET", "/Webhooks")
        story.ask(client, "GET", path)
        story.ask(client, "PUT", path, {"Description": "The shop's back office"})
        story.ask(client, "GET", f"{path}/Deliveries")
        story.ask(client, "POST", f"{path}/Deliveries/PING-{made['Id']}/Replay")
        story.ask(client, "POST", f"{path}/Replay", {"After": "0"})
        story.ask(client, "POST", f"{path}/Rotate")
        story.ask(client, "DELETE", path)


def _directory(story: Story) -> None:
    for path in ("/CompanyInformation", "/Campaigns", f"/Campaigns/{CAMPAIGN}"):
        story.both(path)
    for path in ("/Ads", f"/Campaigns/{CAMPAIGN}/MediaPartnerGroups"):
        story.both(path)
    signed = contract_id_of(CAMPAIGN, CASHBACK)
    for path in (
        f"/Campaigns/{CAMPAIGN}/Contracts",
        f"/Campaigns/{CAMPAIGN}/Contracts/{signed}",
        "/MediaPartners?PageSize=1",
        f"/MediaPartners/{CASHBACK}",
    ):
        story.ask(ADVERTISER, "GET", path)
    story.ask(PARTNER, "GET", "/Contracts")
    story.ask(PARTNER, "GET", f"/Contracts/{signed}")


def _shop(story: Story) -> None:
    """The shop tells one of its orders, and later that some of it came back."""
    order = {"OrderDate": "2026-05-01T09:59:00+02:00", "Amount": "39.90", "Currency": "USD"}
    told = {**order, "Aliases": "5552004"}
    assert ADVERTISER.put("/Orders/%232002", told).status == 200
    partly = {**told, "Status": "PARTLY_UNDONE", "RefundedAmount": "9.90"}
    assert ADVERTISER.post("/Conversions", reported("5552004", Amount="39.90")).status == 200
    story.ask(ADVERTISER, "PUT", "/Orders/%232002", partly)
    story.ask(ADVERTISER, "GET", "/Orders/2002")
    story.ask(ADVERTISER, "GET", "/Orders?StartDate=2026-05-01&EndDate=2026-05-31&PageSize=1")
    proposal = story.ask(ADVERTISER, "GET", "/Proposals").body["Proposals"][0]["Id"]
    story.ask(ADVERTISER, "GET", f"/Proposals/{proposal}")
    story.ask(ADVERTISER, "PUT", f"/Proposals/{proposal}", {"State": "DISMISSED"})
    days = Coverage(date(2026, 5, 1), date(2026, 5, 3), complete=True)
    story.store.put_coverage(ShopSetting(market.SHOP), "1", market.NOW, days)
    path = f"/Campaigns/{CAMPAIGN}/Coverage?StartDate=2026-04-30&EndDate=2026-05-02"
    story.ask(ADVERTISER, "GET", path)
    for client in (ADVERTISER, PARTNER):
        day = f"{market.NOW:%Y-%m-%d}"
        path = f"/ServiceLevels?CampaignId={CAMPAIGN}&StartDate={day}&EndDate={day}"
        story.ask(client, "GET", path)


def _policy(story: Story) -> None:
    """The shop makes a policy of its own, and puts it in force."""
    path = f"/Campaigns/{CAMPAIGN}/Policies"
    match = {"Variable": "VERDICT", "Operator": "ONE_OF", "Value": ["MATCH"]}
    small = {"Variable": "PAYOUT", "Operator": "AT_MOST", "Value": "20.00 USD"}
    rules = [
        {
            "Name": "undone",
            "Then": "DECLINE",
            "Reason": "Transaction not completed - Order cancelled, changed, or returned",
            "When": [{"Variable": "VERDICT", "Operator": "ONE_OF", "Value": ["UNDONE"]}],
        },
        {
            "Name": "small matches",
            "Then": "APPROVE",
            "ActionTrackerId": SALE,
            "When": [match, small],
            "Wait": "DAYS",
            "Days": "2",
            "Caps": {"CustomerMonth": "60.00 USD", "CampaignDay": "500.00 USD"},
        },
    ]
    breaker = {"Last": "100", "AtLeast": "20", "AtMost": "90"}
    asked = {"Rules": rules, "SamplePercent": "2", "Breaker": breaker, "Note": "To begin with"}
    story.ask(ADVERTISER, "POST", path, asked)
    span = {"StartDate": "2026-06-01", "EndDate": "2026-06-30"}
    rehearsed = {"CampaignId": CAMPAIGN, "Version": "2", **span}
    ordered = story.ask(ADVERTISER, "POST", "/Backtests", rehearsed)
    ingest = Ingest(story.store)
    while messages := ingest.chunks():
        ingest.work(messages)
    story.ask(ADVERTISER, "GET", f"/Backtests/{ordered.body['QueuedUri'].rpartition('/')[2]}")
    story.ask(ADVERTISER, "PUT", f"{path}/2", {"State": "ACTIVE"})
    story.ask(ADVERTISER, "GET", f"{path}/2")
    story.ask(ADVERTISER, "GET", f"{path}?PageSize=2")


def _money(story: Story) -> None:
    """An old order locks and is paid at once; June is over, and has its statements."""
    claim = PARTNER.post("/ActionInquiries", claimed("X9", TransactionDate=LONG_AGO))
    assert ADVERTISER.put("/ActionInquiries", accepted(claim.id)).status == 200
    function("books").handler({}, Context())
    for client, path in ((ADVERTISER, "/Funds"), (PARTNER, "/Earnings")):
        story.ask(client, "GET", path)
        story.ask(client, "GET", f"{path}/Entries?PageSize=1")
        story.sheet(f"{path}/Entries.csv?PageSize=1", client)
        story.sheet(f"{path}/Entries.xlsx?PageSize=1", client)
    bucket = Bucket(telemetry.settings().statements)
    statements.all_of(story.store, bucket, Month(2026, 6), JULY, lambda: True)
    for client, account_id in ((ADVERTISER, market.SHOP), (PARTNER, CASHBACK)):
        story.ask(client, "GET", "/Invoices")
        one = f"/Invoices/{account_id}-2026-06-USD"
        story.ask(client, "GET", one)
        story.ask(client, "GET", f"{one}/Page")


def _verdicts(story: Story) -> None:
    """The shop has given its orders; a claim on one is verified, and others are asked about."""
    claim = PARTNER.post("/ActionInquiries", claimed("1001"))
    shop_orders.give(story.store, shop_orders.an_order("#1001"))
    story.ask(ADVERTISER, "POST", f"/ActionInquiries/{claim.id}/Verification", {})
    of_all = {name: text for name, text in claimed("").items() if text}
    each = {f"OrderId{at}": f"100{at}" for at in (1, 2, 3)} | {"TransactionDate3": "2025-06-01"}
    story.ask(PARTNER, "POST", "/ActionInquiries/Check", of_all | each)
