"""Appeals by HTTP: filed by a way of their own or with `AppealOf`, and told to both sides."""

from dataclasses import replace
from datetime import timedelta

import pytest
from makegood.domain.contracts import contract_id_of
from makegood.forms.resolutions import ResolutionRequest
from makegood.store.store import Store
from makegood.usecases import unit_of_work
from makegood.usecases.resolve_inquiry import ResolutionWork
from makegood.usecases.view import Ask

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, OTHER_PARTNER, PARTNER, Context, function
from tests.integration.market import CAMPAIGN, CASHBACK, NOW, SHOP, accepted, claimed, declined
from tests.integration.streams import Stream

NEW = {"Text": "The receipt has the number of the order"}


@pytest.fixture
def first(live: Store) -> str:
    """A claim that was declined."""
    inquiry_id = market.file(live, "A-1", InquiryNotes="First").inquiry_id
    market.resolve(live, declined(inquiry_id))
    return inquiry_id


def appeal(inquiry_id: str, **fields: str):
    return PARTNER.post(f"/ActionInquiries/{inquiry_id}/Appeal", {**NEW, **fields})


def state(inquiry_id: str) -> list[tuple[str, str, str]]:
    """What both sides see of the decision, and of its appeal."""
    seen = [client.get(f"/ActionInquiries/{inquiry_id}").body for client in (PARTNER, ADVERTISER)]
    names = "ResolutionStatus", "AppealState", "AppealId"
    return [tuple(each[name] for name in names) for each in seen]


def test_a_decline_is_appealed_with_all_that_the_claim_said_and_the_new_fact(first: str) -> None:
    dry = appeal(first, DryRun="true")
    assert (dry.status, dry.body["Preview"]["Outcome"]) == (200, "FINE")
    assert state(first) == [("DECLINED", "", "")] * 2
    made = appeal(first)
    assert (made.status, made.body["State"], made.body["AppealOf"]) == (200, "UNRESOLVED", first)
    one = PARTNER.get(f"/ActionInquiries/{first}").body
    other = PARTNER.get(f"/ActionInquiries/{made.id}").body
    same = ("OrderId", "TransactionAmount", "TransactionDate", "InquiryType", "CustomerId")
    assert [other[name] for name in same] == [one[name] for name in same]
    assert [each["Comment"] for each in other["Comments"]] == [NEW["Text"]]
    assert one["Version"] == "2"
    assert state(first) == [("DECLINED", "OPEN", made.id)] * 2
    assert appeal(first).id == made.id
    second = appeal(first, Text="And the invoice")
    assert (second.status, second.body["code"]) == (422, "appealed_once")
    assert f"{made.id}/Comments" in second.body["Message"]


@pytest.mark.parametrize(
    ("decision", "told", "code"),
    [(accepted, "OVERTURNED", "OVERTURNED"), (declined, "UPHELD", "APPEALED")],
)
def test_what_became_of_the_appeal_is_kept_with_the_decision_and_told_once(
    live: Store, first: str, decision, told: str, code: str
) -> None:
    stream = Stream(lambda: stack.everything("inquiries"))
    publish = lambda: function("events").handler({"Records": stream.records()}, Context())  # noqa: E731
    publish()
    live.set_clock(NOW + timedelta(days=1))
    made = appeal(first)
    publish()
    market.resolve(live, decision(made.id))
    publish()
    assert state(first) == [("DECLINED", told, made.id)] * 2
    for client in (PARTNER, ADVERTISER):
        events = client.get("/Events?After=0").body["Events"]
        names = [each["EventType"] for each in events if each["Type"] == "ActionInquiry"]
        last = "accepted" if decision is accepted else "declined"
        assert [each.removeprefix("inquiry.") for each in names] == ["declined", "appealed", last]
        reasons = client.get(f"/ActionInquiries/{first}/Explanation").body["Reasons"]
        assert (reasons[-1]["About"], reasons[-1]["Code"]) == ("NEXT", code)
        assert reasons[-1]["Facts"] == [{"Name": "AppealId", "Value": made.id}]
    again = appeal(made.id)
    assert again.body["code"] == ("not_declined" if decision is accepted else "appealed_once")


def test_a_withdrawn_appeal_is_filed_again(first: str) -> None:
    made = appeal(first)
    assert PARTNER.delete(f"/ActionInquiries/{made.id}").status == 200
    assert state(first) == [("DECLINED", "WITHDRAWN", made.id)] * 2
    again = appeal(first)
    assert again.id != made.id
    assert state(first) == [("DECLINED", "OPEN", again.id)] * 2


def test_an_appeal_that_was_filed_with_appeal_of_is_the_same_appeal(first: str) -> None:
    fields = claimed("A-1", AppealOf=first, InquiryNotes=NEW["Text"])
    made = PARTNER.post("/ActionInquiries", fields)
    assert state(first)[0] == ("DECLINED", "OPEN", made.id)
    assert appeal(first).id == made.id


def test_what_keeps_a_decline_from_being_appealed_is_told(live: Store, first: str) -> None:
    for text in ("", "First"):
        same = appeal(first, Text=text)
        assert (same.status, same.body["code"]) == (422, "nothing_new")
        assert same.faults == [("Text", "nothing_new")]
    waits, paid = (market.file(live, each).inquiry_id for each in ("A-2", "A-3"))
    market.resolve(live, accepted(paid))
    for inquiry_id, words in ((waits, "wait for its decision"), (paid, f"AppealOf={paid}")):
        refused = appeal(inquiry_id)
        assert (refused.status, refused.body["code"]) == (422, "not_declined")
        assert words in refused.body["Message"]
    assert appeal("1").status == 404
    assert OTHER_PARTNER.post(f"/ActionInquiries/{first}/Appeal", NEW).status == 404
    assert appeal(first, Text="x" * 2001).faults == [("Text", "too_long")]
    following = PARTNER.get(f"/ActionInquiries/{first}/Explanation").body["Reasons"][-1]
    assert following["Code"] == "MAY_APPEAL"
    assert "at the end of 10 July 2026 at the latest" in following["Text"]
    live.set_clock(NOW + timedelta(days=31))
    late = appeal(first)
    assert (late.status, late.body["code"]) == (422, "appeal_too_late")
    assert "10 July 2026" in late.body["Message"]
    again = claimed("A-1", AppealOf=first)
    asked = {f"{name}1": text for name, text in again.items()}
    (checked,) = PARTNER.post("/ActionInquiries/Check", asked).body["Checks"]
    assert (checked["Outcome"], checked["Code"]) == ("DECLINED_BEFORE", "appeal_too_late")
    following = PARTNER.get(f"/ActionInquiries/{first}/Explanation").body["Reasons"][-1]
    assert (following["Code"], following["Date"][:10]) == ("NOTHING", "2026-07-11")


def test_the_days_of_appeals_are_the_contract_s(live: Store, first: str) -> None:
    (contract,) = live.contracts([(CAMPAIGN, CASHBACK)]).values()
    soon = NOW + timedelta(seconds=1)
    more = replace(contract.read[0], version=2, valid_from=soon, appeal_days=2)
    live.put_contract(contract.replaced_by(more))
    contract_id = contract_id_of(CAMPAIGN, CASHBACK)
    shown = PARTNER.get(f"/Contracts/{contract_id}").body["Versions"]
    assert [each["AppealDays"] for each in shown] == ["30", "2"]
    live.set_clock(NOW + timedelta(days=5))
    assert appeal(first).status == 200


@pytest.mark.parametrize("by", ["person:p-1 Ann", "file:U1:2:p-1"])
@pytest.mark.parametrize("again", ["person:p-1 Ann", "file:U2:2:p-1"])
def test_the_person_who_declined_a_claim_does_not_decide_its_appeal(
    live: Store, by: str, again: str
) -> None:
    def decide(fields: dict[str, str], by: str):
        asked = Ask(ResolutionRequest.read(fields), by)
        return unit_of_work.one(live, ResolutionWork(SHOP, NOW), asked)

    inquiry_id = market.file(live, "A-1").inquiry_id
    decide(declined(inquiry_id), by)
    made = appeal(inquiry_id)
    with pytest.raises(unit_of_work.Problem) as caught:
        decide(accepted(made.id), again)
    assert caught.value.code == "decided_before"
    decide(accepted(made.id), "person:p-2 Ben")
    assert state(inquiry_id)[0] == ("DECLINED", "OVERTURNED", made.id)
