"""Two people for large acceptances, by the API, in files, against rules, and at the same moment."""

import pytest
from makegood.domain.account_people import PersonRole
from makegood.domain.approval_rules import ApprovalRule, Wait
from makegood.domain.parties import Role
from makegood.domain.uploads import Kind
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, PARTNER, Context, function, operate
from tests.integration.ingest import Ingest, table
from tests.integration.market import CAMPAIGN, CASHBACK, NOW, SALE, SHOP, accepted, declined, usd
from tests.integration.people import PersonClient, client_of
from tests.integration.streams import Stream


@pytest.fixture(autouse=True)
def _careful(live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """From 10.00 on, two people decide."""
    monkeypatch.setattr(function("authorizer"), "STORE", stack.another())
    monkeypatch.setattr(function("sessions"), "STORE", stack.another())
    set_above("10")


def set_above(text: str) -> dict[str, object]:
    told = {"command": "set_options", "campaign_id": CAMPAIGN, "second_above": text}
    return operate(told)


@pytest.fixture
def anna(live: Store) -> PersonClient:
    return client_of(live, Role.ADVERTISER, SHOP, PersonRole.REVIEWER, "sub-anna")


@pytest.fixture
def ben(live: Store) -> PersonClient:
    return client_of(live, Role.ADVERTISER, SHOP, PersonRole.ADMIN, "sub-ben")


def large(inquiry_id: str, **fields: str) -> dict[str, str]:
    return accepted(inquiry_id, FinalPayout="20.00", **fields)


def test_two_people_accept_and_nothing_is_paid_before(
    live: Store, anna: PersonClient, ben: PersonClient
) -> None:
    inquiry_id = market.file(live, "A-1").inquiry_id
    first = anna.put("/ActionInquiries", large(inquiry_id))
    assert (first.status, first.body["State"], first.body["ActionId"]) == (200, "UNRESOLVED", "")
    assert "another person has to decide the same" in first.body["Warnings"][0]
    waits = ADVERTISER.get(f"/ActionInquiries/{inquiry_id}").body
    assert (waits["ResolutionStatus"], waits["Awaits"]) == ("UNRESOLVED", "SECOND")
    told = waits["FirstDecision"]
    assert (told["Status"], told["Amount"], told["DecidedBy"]) == (
        "VALID",
        "20.00",
        "Person sub-anna",
    )
    assert stack.everything("ledger") == stack.everything("actions") == {}
    reasons = ADVERTISER.get(f"/ActionInquiries/{inquiry_id}/Explanation").body["Reasons"]
    assert "AWAITS_SECOND" in [each["Code"] for each in reasons]
    again = anna.put("/ActionInquiries", large(inquiry_id))
    assert (again.status, again.body["code"]) == (409, "same_decision")
    second = ben.put("/ActionInquiries", large(inquiry_id, Version=waits["Version"]))
    assert (second.status, second.body["State"]) == (200, "VALID")
    done = ADVERTISER.get(f"/ActionInquiries/{inquiry_id}").body
    assert (done["DecidedBy"], done["Awaits"]) == ("Person sub-ben", "")
    assert done["FirstDecision"] == told


def test_tokens_and_files_are_told_that_it_takes_people(live: Store, anna: PersonClient) -> None:
    inquiry_id = market.file(live, "A-1").inquiry_id
    refused = ADVERTISER.put("/ActionInquiries", large(inquiry_id))
    assert (refused.status, refused.body["code"]) == (422, "second_person")
    anna.put("/ActionInquiries", large(inquiry_id))
    assert ADVERTISER.put("/ActionInquiries", large(inquiry_id)).body["code"] == "second_person"
    ingest = Ingest(live)
    row = {
        "Id": inquiry_id,
        "Resolution Status": "VALID",
        "Transaction Date": market.RECENT,
        "Action Tracker": SALE,
        "Final Payout": "20.00",
    }
    upload_id = ingest.upload(Kind.RESOLUTIONS, table([*row], [*row.values()]))
    ((_, code),) = ingest.results(upload_id)
    assert code == "second_person"
    assert ADVERTISER.get(f"/ActionInquiries/{inquiry_id}").body["Awaits"] == "SECOND"
    assert stack.everything("ledger") == {}


def test_what_a_rule_would_pay_is_left_to_people(live: Store) -> None:
    set_above("4")
    rule = ApprovalRule(CAMPAIGN, CASHBACK, SALE, usd("6.00"), usd("90.00"), Wait.IMMEDIATELY)
    live.put_rule(rule)
    inquiry = market.file(live, "A-1")
    market.sweep(live, NOW)
    left = ADVERTISER.get(f"/ActionInquiries/{inquiry.inquiry_id}").body
    assert left["ResolutionStatus"] == "UNRESOLVED"
    assert "two people decide it" in left["Checks"][-1]
    assert stack.everything("ledger") == {}


def test_of_two_at_the_same_moment_one_is_told_that_it_has_changed(
    live: Store, anna: PersonClient, ben: PersonClient
) -> None:
    inquiry = market.file(live, "A-1")
    version = str(inquiry.version)
    store = function("advertisers").ROUTES.store

    def ben_decides() -> None:
        answer = ben.put("/ActionInquiries", large(inquiry.inquiry_id, Version=version))
        assert answer.status == 200

    with stack.before_commits(ben_decides, on=store):
        late = anna.put("/ActionInquiries", large(inquiry.inquiry_id, Version=version))
    assert (late.status, late.body["code"]) == (409, "version_conflict")
    waits = ADVERTISER.get(f"/ActionInquiries/{inquiry.inquiry_id}").body
    assert waits["FirstDecision"]["DecidedBy"] == "Person sub-ben"
    assert stack.everything("ledger") == {}


def test_the_partner_learns_of_the_decision_and_not_of_the_first_half(
    live: Store, anna: PersonClient, ben: PersonClient
) -> None:
    stream = Stream(lambda: stack.everything("inquiries"))
    inquiry_id = market.file(live, "A-1").inquiry_id

    def told(client: object) -> list[str]:
        function("events").handler({"Records": stream.records()}, Context())
        return [each["EventType"] for each in client.get("/Events?After=0").body["Events"]]

    assert told(PARTNER) == ["inquiry.filed"]
    anna.put("/ActionInquiries", large(inquiry_id))
    assert told(ADVERTISER) == ["inquiry.filed", "inquiry.awaits_second"]
    assert told(PARTNER) == ["inquiry.filed"]
    theirs = PARTNER.get(f"/ActionInquiries/{inquiry_id}").body
    assert theirs["ResolutionStatus"] == "UNRESOLVED"
    assert not {"Awaits", "FirstDecision"} & theirs.keys()
    assert "anna" not in PARTNER.get(f"/ActionInquiries/{inquiry_id}/Explanation").text
    ben.put("/ActionInquiries", large(inquiry_id))
    assert told(PARTNER)[-1] == "inquiry.accepted"


def test_a_dry_run_and_a_decline_and_a_small_payout_take_one(
    live: Store, anna: PersonClient
) -> None:
    one, two = (market.file(live, each).inquiry_id for each in ("A-1", "A-2"))
    assert anna.put("/ActionInquiries", large(one, DryRun="true")).status == 200
    assert ADVERTISER.get(f"/ActionInquiries/{one}").body["Awaits"] == ""
    assert ADVERTISER.put("/ActionInquiries", declined(one)).status == 200
    assert ADVERTISER.put("/ActionInquiries", accepted(two)).body["State"] == "VALID"


def test_what_was_accepted_small_is_not_raised_above_the_threshold_by_one(
    live: Store, anna: PersonClient, ben: PersonClient
) -> None:
    one, two = (market.file(live, each).inquiry_id for each in ("A-1", "A-2"))
    small = ADVERTISER.put("/ActionInquiries", accepted(one)).body["ActionId"]
    raised = {"Amount": "1000.00", "Reason": "ORDER_UPDATE"}
    finn = client_of(live, Role.ADVERTISER, SHOP, PersonRole.FINANCE, "sub-finn")
    for client in (ADVERTISER, finn):
        refused = client.put(f"/Actions/{small}", raised)
        assert (refused.status, refused.body["code"]) == (422, "second_person")
    assert finn.put(f"/Actions/{small}", {**raised, "Amount": "150.00"}).status == 200
    tracked = market.track(live, "B-1").action_id
    assert ADVERTISER.put(f"/Actions/{tracked}", raised).status == 200
    anna.put("/ActionInquiries", large(two))
    agreed = ben.put("/ActionInquiries", large(two)).body["ActionId"]
    lower = {**raised, "Amount": "50.00"}
    assert finn.put(f"/Actions/{agreed}", lower).status == 200


def test_the_threshold_is_set_and_taken_away_and_read_as_it_is_written(live: Store) -> None:
    assert set_above("500")["second_above"] == "500"
    assert set_above("none")["second_above"] == "none"
    kept = operate({"command": "set_options", "campaign_id": CAMPAIGN})
    assert kept["second_above"] == "none"
    for wrong in ("-1", "1.5", "lots", "1" * 13):
        assert set_above(wrong)["status"] == 400
