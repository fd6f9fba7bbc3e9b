"""To a partner, a campaign that it has no contract with is as if it were not there."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from makegood.domain.uploads import Kind
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import OTHER_PARTNER, PARTNER, Client, function, store_of
from tests.integration.ingest import Ingest, table
from tests.integration.market import CAMPAIGN, CASHBACK, CONTENT, LOYALTY, STRANGE_CAMPAIGN
from tests.integration.test_access import OFTEN

UNKNOWN_CAMPAIGN = "1009"
BLOG = Client(PARTNER.role, CONTENT, allowance=OFTEN)
FILER = Client(PARTNER.role, PARTNER.account_id, allowance=OFTEN)

QUERIES = (
    "CampaignId={}",
    "CampaignId=%20{}%20",
    f"CampaignId={CAMPAIGN},{{}}",
    "programId={}",
    # Before everything that is on file by UTC, after all of it in the time zone of the campaign.
    "CampaignId={}&StartDate=2026-06-10T08:00:00",
    "CampaignId={}&EndDate=2026-06-10T08:00:00",
    "CampaignId={}&StartDate=x",
    "CampaignId={}&Status=ALL",
)
CLAIMS: tuple[dict[str, str], ...] = (
    {},
    {"DryRun": "true"},
    {"OrderId": "", "TransactionAmount": "x"},
    {"TransactionDate": "2026-06-10T12:00:01Z"},
    {"TransactionDate": "2020-01-01"},
    {"Currency": "KWD", "TransactionAmount": "1.234"},
    {"InquiryType": "LATE"},
    {"AppealOf": "123"},
    {"InquiryType": "DECLINED", "Idempotency-Key": "once"},
)


@pytest.fixture(autouse=True)
def _strange(live: Store) -> None:
    """The strange campaign's own partner has an order on file there, the others have elsewhere."""
    market.file(live, "A-1", LOYALTY, CampaignId=STRANGE_CAMPAIGN)
    market.file(live, "A-1", CASHBACK)


def told(client: Client, method: str, path: str, campaign_id: str, **form: str) -> Any:
    """What is answered, with the campaign's id blotted out, and the calls that are made for it."""
    fields = {name: value.replace("{}", campaign_id) for name, value in form.items()}
    key = fields.pop("Idempotency-Key", "")
    headers = {"Idempotency-Key": f"{key}-{campaign_id}"} if key else {}
    with stack.calls(on=store_of("partners")) as made:
        if method == "POST":
            answer = client.post(path.replace("{}", campaign_id), fields, **headers)
        else:
            answer = client.send(client.event(method, path.replace("{}", campaign_id)))
    shape = [(name, _counted(parameters)) for name, parameters in made]
    return answer.status, answer.text.replace(campaign_id, "(campaign)"), shape


def _counted(parameters: Mapping[str, Any]) -> list[int]:
    return [len(each["Keys"]) for each in parameters.get("RequestItems", {}).values()]


def resources() -> list[str]:
    api = function("partners").ROUTES.api
    return [resource for resource, methods in api.routes.items() if "GET" in methods]


def test_no_read_tells_which_campaigns_there_are(live: Store) -> None:
    asked = list(product(resources(), QUERIES))
    assert len(asked) >= 100
    for path in ("/ActionInquiries", "/Actions", "/ServiceLevels"):
        assert FILER.get(path).status == 200, "a process knows what is complete from then on"
    for resource, query in asked:
        parts = ("{}" if part.startswith("<") else part for part in resource.split("/"))
        path = f"{'/'.join(parts)}?{query}"
        answers = [told(FILER, "GET", path, each) for each in (STRANGE_CAMPAIGN, UNKNOWN_CAMPAIGN)]
        assert answers[0] == answers[1], path


def test_a_list_s_dates_are_in_the_time_zone_of_a_campaign_with_a_contract(live: Store) -> None:
    asked = "/ActionInquiries?StartDate=2026-06-10T08:00:00"
    assert len(OTHER_PARTNER.get(asked).body["ActionInquiries"]) == 1
    of_campaign = OTHER_PARTNER.get(f"{asked}&CampaignId={STRANGE_CAMPAIGN}")
    assert of_campaign.body["ActionInquiries"] == []


@pytest.mark.parametrize("fields", CLAIMS)
def test_no_claim_tells_which_campaigns_there_are(live: Store, fields: dict[str, str]) -> None:
    for client, enabled in product((FILER, BLOG), (True, False)):
        strange = {"campaign_id": STRANGE_CAMPAIGN, "advertiser_id": market.STRANGE_SHOP}
        live.put_campaign(market.campaign(**strange, inquiries_enabled=enabled))
        form = market.claimed("A-1", **{"CampaignId": "{}", **fields})
        answers = [
            told(client, "POST", "/ActionInquiries", each, **form)
            for each in (STRANGE_CAMPAIGN, UNKNOWN_CAMPAIGN)
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


def test_no_row_of_a_file_tells_which_campaigns_there_are(live: Store) -> None:
    ingest = Ingest(live)
    header = ["Campaign Id", "Order Id", "Transaction Date", "Sale Amount", "Type"]
    tried = [
        ["A-1", market.RECENT, "100.00", "UNTRACKED"],
        ["A-1", market.RECENT, "1.234", "UNTRACKED"],
        ["A-1", "2030-01-01", "1.00", "DECLINED"],
        ["A-2", "2020-01-01", "1.00", "INCORRECT"],
        ["", "x", "x", "x"],
    ]
    for dry in (False, True):
        results = []
        for campaign_id in (STRANGE_CAMPAIGN, UNKNOWN_CAMPAIGN):
            rows = [[campaign_id, *each] for each in tried]
            upload_id = ingest.upload(Kind.INQUIRIES, table(header, *rows), dry=dry)
            shown = [
                {name: value.replace(campaign_id, "(campaign)") for name, value in row.items()}
                for row in ingest.result(upload_id)
            ]
            results.append((shown, ingest.results(upload_id)))
        assert results[0] == results[1]
        assert {code for _, code in results[0][1]} == {"not_found"}


def test_an_announced_file_tells_nothing_of_the_campaign_given_with_it(live: Store) -> None:
    """Each is the first file of its account: a second is counted with the first."""
    announced = {"Kind": "inquiries", "Name": "a.csv", "Size": "9", "CampaignId": "{}"}
    answers = [
        told(client, "POST", "/Files", each, **announced)
        for client, each in ((FILER, STRANGE_CAMPAIGN), (BLOG, UNKNOWN_CAMPAIGN))
    ]
    (status, _, calls), other = answers[0], answers[1]
    assert (status, calls) == (other[0], other[2]) == (200, calls)
