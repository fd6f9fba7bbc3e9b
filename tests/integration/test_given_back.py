"""Claims are verified again when their order is given back or told, policies asked on an answer."""

from collections.abc import Callable

import pytest
from makegood.domain import policy_decisions
from makegood.domain.exhibits import Announced, Exhibit, ExhibitState, ExhibitType
from makegood.domain.inquiries import InquiryState
from makegood.domain.parties import Role
from makegood.store.store import Store

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, OTHER_PARTNER, PARTNER, Context, function
from tests.integration.ingest import received
from tests.integration.market import LOYALTY, NOW, accepted, claimed
from tests.integration.policies import activate
from tests.integration.shop_orders import an_order, give
from tests.integration.streams import Stream
from tests.policies import a_policy, approve, on, when

DECLINED = {"ResolutionStatus": "DECLINED", "RejectReason": "Transaction cannot be traced"}
REVERSED = {"DispositionCode": "OTHER"}


@pytest.fixture
def shop(live: Store) -> Store:
    give(live, an_order("#1001", "5550001"))
    return live


def verdict(store: Store, inquiry_id: str) -> str:
    kept = store.inquiries([inquiry_id])[inquiry_id].verification
    return str(kept.verdict) if kept else ""


def work() -> int:
    """Has what waits in the queue of chunks worked on; how many messages that was."""
    messages = [
        {**each, "body": each["Body"], "messageId": each["MessageId"]} for each in received()
    ]
    arn = f"arn:aws:sqs:us-east-1:{stack.ACCOUNT}:{stack.CHUNKS_QUEUE}"
    for each in messages:
        record = {
            **each,
            "eventSourceARN": arn,
            "receiptHandle": each["ReceiptHandle"],
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        answer = function("ingest").handler({"Records": [record]}, Context())
        assert not answer["batchItemFailures"]
    return len(messages)


def streams() -> Callable[[], int]:
    """What the streams tell from now on is told, and what follows is worked on."""
    streams = [
        Stream(lambda name=name: stack.everything(name)) for name in ("inquiries", "actions")
    ]
    for each in streams:
        each.records()

    def tell() -> int:
        for each in streams:
            if records := each.records():
                function("events").handler({"Records": records}, Context())
        return work()

    return tell


def filed(order_id: str, partner=PARTNER, **fields: str) -> str:
    answer = partner.post("/ActionInquiries", claimed(order_id, **fields))
    assert answer.status == 200, answer.text
    return answer.id


def withdrawn(inquiry_id: str) -> None:
    assert OTHER_PARTNER.write("DELETE", f"/ActionInquiries/{inquiry_id}", {}).status == 200


def declined(inquiry_id: str) -> None:
    assert ADVERTISER.put(f"/ActionInquiries/{inquiry_id}", DECLINED).status == 200


def accepted_and_reversed(inquiry_id: str) -> None:
    answer = ADVERTISER.put("/ActionInquiries", accepted(inquiry_id))
    assert answer.status == 200, answer.text
    path = f"/Actions/{answer.body['ActionId']}"
    assert ADVERTISER.write("DELETE", path, REVERSED).status == 200


@pytest.mark.parametrize("gives_back", [withdrawn, declined, accepted_and_reversed])
def test_a_claim_is_verified_again_when_a_rival_gives_its_order_back(
    shop: Store, gives_back: Callable[[str], None]
) -> None:
    """Under an alias, too."""
    rival = filed("5550001", OTHER_PARTNER)
    waiting = filed("1001")
    assert (verdict(shop, rival), verdict(shop, waiting)) == ("TAKEN", "TAKEN")
    tell = streams()
    gives_back(rival)
    assert tell() == 1
    assert verdict(shop, waiting) == "MATCH"


def test_a_tracked_order_that_is_reversed_is_given_back(shop: Store) -> None:
    action = market.track(shop, "1001", MediaPartnerId=LOYALTY)
    waiting = filed("#1001")
    assert verdict(shop, waiting) == "TAKEN"
    tell = streams()
    assert ADVERTISER.write("DELETE", f"/Actions/{action.action_id}", REVERSED).status == 200
    assert tell() == 1
    assert verdict(shop, waiting) == "MATCH"


def test_the_policy_is_asked_again_about_a_claim_whose_rival_is_gone(shop: Store) -> None:
    activate(shop, a_policy(approve()))
    rival, waiting = filed("5550001", OTHER_PARTNER), filed("1001")
    tell = streams()
    withdrawn(rival)
    tell()
    assert shop.inquiries([waiting])[waiting].auto_approval_at == NOW


def test_nothing_is_handed_on_where_no_claim_was_in_another_s_way(shop: Store) -> None:
    alone = filed("1001", OTHER_PARTNER)
    tell = streams()
    withdrawn(alone)
    assert tell() == 0


def test_nothing_is_handed_on_for_a_shop_that_has_given_no_orders(live: Store) -> None:
    action = market.track(live, "1001")
    tell = streams()
    assert ADVERTISER.write("DELETE", f"/Actions/{action.action_id}", REVERSED).status == 200
    assert tell() == 0


ORDER = {"OrderDate": market.RECENT, "Amount": "100.00", "Currency": "USD"}


@pytest.mark.parametrize("spelled", ["1002", "No. 1002", "77-1"])
def test_an_order_that_is_put_has_the_claims_that_name_it_verified(
    shop: Store, spelled: str
) -> None:
    waiting, other = filed(spelled), filed("88-3")
    assert verdict(shop, waiting) in ("NOT_FOUND", "CANDIDATES")
    told = {**ORDER, "Aliases": "77-1"}
    assert ADVERTISER.put("/Orders/%231002", told).status == 200
    assert work() == 1
    assert (verdict(shop, waiting), verdict(shop, other)) == ("MATCH", "NOT_FOUND")
    undone = {**told, "Status": "UNDONE"}
    assert ADVERTISER.put("/Orders/%231002", undone).status == 200
    assert work() == 1
    assert verdict(shop, waiting) == "UNDONE"
    assert ADVERTISER.put("/Orders/%231002", {**undone, "DryRun": "true"}).status == 200
    assert ADVERTISER.put("/Orders/%231002", undone).status == 200
    assert work() == 0


def test_the_first_order_that_a_shop_puts_has_all_claims_verified(live: Store) -> None:
    waiting, other = filed("1002"), filed("88-3")
    assert ADVERTISER.put("/Orders/%231002", ORDER).status == 200
    while work():
        pass
    assert (verdict(live, waiting), verdict(live, other)) == ("MATCH", "NO_DATA")


ASK = {"Name": "ask", "Then": "ASK", "Text": "Which amount?", "When": [on("MISMATCH")]}


def test_the_policy_is_asked_again_when_its_question_is_answered(shop: Store) -> None:
    activate(shop, a_policy(ASK, approve()))
    inquiry_id = filed("1001", TransactionAmount="99.00")
    path = f"/ActionInquiries/{inquiry_id}"
    assert shop.inquiries([inquiry_id])[inquiry_id].state is InquiryState.INCOMPLETE
    assert PARTNER.put(path, {"TransactionAmount": "100.00"}).status == 200
    answered = shop.inquiries([inquiry_id])[inquiry_id]
    assert (answered.state, answered.auto_approval_at) == (InquiryState.UNRESOLVED, NOW)
    assert policy_decisions.latest(answered).rule == "matches"
    assert market.sweep(shop, NOW).approved == 1


def test_a_rule_may_decline_what_is_answered(shop: Store) -> None:
    no = {
        "Name": "late",
        "Then": "DECLINE",
        "Reason": 4,
        "When": [when("AMOUNT", "AT_LEAST", "1.00 USD"), on("MATCH")],
    }
    activate(shop, a_policy(ASK, no))
    path = f"/ActionInquiries/{filed('1001', TransactionAmount='99.00')}"
    assert PARTNER.put(path, {"TransactionAmount": "100.00"}).status == 200
    assert PARTNER.get(path).body["ResolutionStatus"] == "DECLINED"


def test_what_a_person_asked_is_left_to_people(shop: Store) -> None:
    activate(shop, a_policy(approve()))
    path = f"/ActionInquiries/{filed('1001', TransactionAmount='99.00')}"
    asks = {"ResolutionStatus": "INCOMPLETE", "ResolutionNotes": "Which items?"}
    assert ADVERTISER.put(path, asks).status == 200
    assert PARTNER.put(path, {"TransactionAmount": "100.00"}).status == 200
    body = PARTNER.get(path).body
    assert (body["ResolutionStatus"], body["AutoApprovalDate"]) == ("UNRESOLVED", "")


def test_a_policy_may_ask_for_what_is_attached(shop: Store) -> None:
    activate(shop, a_policy(approve(on("MATCH"), when("EVIDENCE", "ONE_OF", ["YES"]))))
    inquiry_id = filed("1001")
    for state, day in ((ExhibitState.AWAITED, None), (ExhibitState.CLEAN, NOW)):
        said = Announced(
            exhibit_type=next(iter(ExhibitType)),
            name="a.pdf",
            size=1,
            content_type="application/pdf",
        )
        held = len(shop.exhibits(inquiry_id)) + 1
        shop.add_exhibit(
            Exhibit(
                inquiry_id=inquiry_id,
                number=held,
                exhibit_id=f"e{held}",
                side=Role.PARTNER,
                user="Cashback Club",
                said=said,
                made_at=NOW,
                state=state,
            )
        )
        assert ADVERTISER.post(f"/ActionInquiries/{inquiry_id}/Verification", {}).status == 200
        assert shop.inquiries([inquiry_id])[inquiry_id].auto_approval_at == day
