"""Requests are read once and exactly; answers have the field's form."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from makegood.api import bodies, http, presenters, request_body
from makegood.domain.actions import ActionState
from makegood.domain.amounts import JsonNumber
from makegood.domain.inquiries import Comment, InquiryState
from makegood.domain.money import Money
from makegood.domain.parties import Role, account_sid
from makegood.domain.problems import (
    Fault,
    Forbidden,
    Invalid,
    Problem,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    UnsupportedMedia,
)

from tests.unit.memory_lists import CAMPAIGN, NOW, an_action, an_event, an_inquiry

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
OBJECT = (
    "Id CampaignId CampaignName OrderId TransactionDate TransactionAmount InquiryType AppealOf "
    "ExpectedPayout ResolutionDeadlineDate Comments TrackingLink ActionId ActionUri "
    "AutoApprovalDate ResolutionStatus RejectReason FinalPayout ResolutionDate CreationDate Uri "
    "Currency MediaPartnerInquiryId CustomerId InquiryDate Version DecidedBy Checks Verification "
    "AppealId AppealState"
)
OF_BRANDS = ("MediaPartnerId", "MediaPartnerName", "Awaits", "FirstDecision")
ACTION = (
    "Id CampaignId CampaignName ActionTrackerId ActionTrackerName EventCode State AdId Payout "
    "DeltaPayout IntendedPayout Amount DeltaAmount IntendedAmount Currency ReferringDate EventDate "
    "StateDetail StateDetailDescription Explanation ClearingDate "
    "CreationDate LockingDate ClearedDate ReferringType ReferringDomain PromoCode Oid CustomerArea "
    "CustomerCity CustomerRegion CustomerCountry SharedId Uri"
)


def event(**changes: Any) -> dict[str, Any]:
    return {**an_event(Role.PARTNER, "10001", "/ActionInquiries"), **changes}


def posted(body: str | None, content_type: str = FORM, method: str = "POST") -> dict[str, Any]:
    return event(httpMethod=method, body=body, headers={"Content-Type": content_type})


def fields_of(body: str, content_type: str = FORM) -> dict[str, str]:
    return dict(http.read_request(posted(body, content_type)).fields)


def code_of(asked: dict[str, Any]) -> str:
    with pytest.raises(Invalid) as caught:
        http.read_request(asked)
    return caught.value.faults[0].code


def test_where_the_api_is_mounted_is_no_part_of_the_path() -> None:
    asked = event()
    plain = http.read_request(asked)
    mounted = http.read_request({**asked, "path": f"/tracking/api{asked['path']}"})
    assert mounted.path == plain.path
    assert mounted.uri() == plain.uri() == f"{asked['path']}"


def test_a_form_and_json_say_the_same() -> None:
    form = fields_of("OrderId=A+1&TransactionAmount=20.00&CustomerId=")
    assert form == {"OrderId": "A 1", "TransactionAmount": "20.00", "CustomerId": ""}
    assert fields_of('{"OrderId":"A 1","TransactionAmount":20.00,"CustomerId":""}', JSON) == form


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("20.10", "20.10"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("12345678901234567890", "12345678901234567890"),
        ("1e2", "1e2"),
        ("true", "true"),
        ('"x"', "x"),
    ],
)
def test_numbers_in_json_keep_the_digits_they_were_written_with(written: str, read: str) -> None:
    assert fields_of(f'{{"Amount":{written}}}', "application/json; charset=utf-8") == {
        "Amount": read
    }


def test_a_number_in_json_stays_one_unless_it_is_given_as_a_text_as_well() -> None:
    for body, kind in (
        ('{"a":1.500}', JsonNumber),
        ('{"a":"1.500"}', str),
        ('{"a":1.500,"a":"1.500"}', str),
        ('{"a":"1.500","a":1.500}', str),
    ):
        fields = fields_of(body, JSON)
        assert fields == {"a": "1.500"}
        assert type(fields["a"]) is kind


def test_a_byte_order_mark_before_json_says_nothing() -> None:
    assert fields_of('\ufeff{"a":"1"}', JSON) == {"a": "1"}


def test_null_in_json_is_absent() -> None:
    assert fields_of('{"Amount":null,"OrderId":"1"}', JSON) == {"OrderId": "1"}


@pytest.mark.parametrize(
    ("body", "content_type", "code"),
    [
        ('{"a":', JSON, "malformed_body"),
        ('["a"]', JSON, "malformed_body"),
        ('{"a":NaN}', JSON, "malformed_body"),
        ("[" * 100_000, JSON, "malformed_body"),
        ('{"a":"\\ud800"}', JSON, "malformed_body"),
        ('{"\\ud800":"a"}', JSON, "malformed_body"),
        ('{"a":["b"]}', JSON, "nested"),
        ('{"a":{"b":"c"}}', JSON, "nested"),
        ('{"a":"1","a":"2"}', JSON, "duplicate_parameter"),
        ("a=%ff", FORM, "malformed_body"),
        ("a=1&a=2", FORM, "duplicate_parameter"),
        ("a=1&" * (request_body.FIELDS_MAX + 1), FORM, "malformed_body"),
        ("\ud800", FORM, "malformed_body"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(body: str, content_type: str, code: str) -> None:
    assert code_of(posted(body, content_type)) == code


def test_the_same_value_twice_is_given_once() -> None:
    assert fields_of("a=1&a=1") == fields_of('{"a":"1","a":1}', JSON) == {"a": "1"}
    asked = event(multiValueQueryStringParameters={"Page": ["2", "2"]})
    assert http.read_request(asked).query == {"Page": "2"}


def test_a_parameter_that_shows_nothing_is_refused_unless_it_is_blank() -> None:
    for text in ("\u200b", "\x00", " \ufeff\xad"):
        asked = event(multiValueQueryStringParameters={"OrderId": [text]})
        assert code_of(asked) == "bad_characters"
    blank = event(multiValueQueryStringParameters={"OrderId": ["", ""], "Page": [" "]})
    assert http.read_request(blank).query == {"OrderId": "", "Page": " "}


def test_of_two_values_of_one_parameter_the_last_one_counts() -> None:
    asked = event(multiValueQueryStringParameters={"Page": ["2", "3"], "x": ["1"]})
    assert http.read_request(asked).query == {"Page": "3", "x": "1"}


def test_a_body_in_base64_is_the_same_body() -> None:
    encoded = base64.b64encode("OrderId=é".encode()).decode()
    asked = {**posted(encoded), "isBase64Encoded": True}
    assert http.read_request(asked).fields == {"OrderId": "é"}
    for broken in ("é", "a"):
        assert code_of({**asked, "body": broken}) == "malformed_body"


@pytest.mark.parametrize("encoded", [False, True])
def test_a_body_is_read_up_to_its_limit_and_refused_one_byte_past_it(encoded: bool) -> None:
    def of(size: int) -> dict[str, Any]:
        body = "a=" + "x" * (size - 2)
        sent = base64.b64encode(body.encode()).decode() if encoded else body
        return {**posted(sent), "isBase64Encoded": encoded}

    most = request_body.BODY_BYTES_MAX
    assert len(http.read_request(of(most)).fields["a"]) == most - 2
    with pytest.raises(TooLarge):
        http.read_request(of(most + 1))


def test_a_body_of_another_type_is_refused_and_no_body_has_no_type() -> None:
    for content_type in ("text/xml", "", "multipart/form-data; boundary=x"):
        with pytest.raises(UnsupportedMedia):
            http.read_request(posted("<a/>", content_type))
        assert http.read_request(posted(None, content_type)).fields == {}


def test_a_post_may_name_another_method_in_its_body() -> None:
    request = http.read_request(posted("_method=put&Id=1"))
    assert (request.method, request.fields) == ("PUT", {"Id": "1"})
    assert code_of(posted("_method=GET")) == "bad_method"
    assert http.read_request(posted("_method=DELETE", method="PUT")).method == "PUT"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [("IrVersion=14&OrderId=A", FORM), ('{"IrVersion": 14, "OrderId": "A"}', "application/json")],
)
def test_the_version_of_the_field_s_api_is_accepted_and_ignored(
    body: str, content_type: str
) -> None:
    assert fields_of(body, content_type) == {"OrderId": "A"}


@pytest.mark.parametrize("key", ["k", "x" * 255, "order 17", "~!"])
def test_an_idempotency_key_is_printable_ascii(key: str) -> None:
    assert http.read_request(event(headers={"IDEMPOTENCY-KEY": key})).idempotency_key == key


@pytest.mark.parametrize("key", ["x" * 256, "é", "a\tb", "a\x7f", "a\r\nX: y", "a\n"])
def test_an_idempotency_key_that_is_not_is_refused(key: str) -> None:
    assert code_of(event(headers={"idempotency-key": key})) == "bad_idempotency_key"


@pytest.mark.parametrize("path", ["/Actions\n", "/Actions\n.csv", "/Actions/1\r\nX: y", "/A\0"])
def test_a_path_with_control_characters_is_no_resource(path: str) -> None:
    with pytest.raises(Forbidden, match="no such resource"):
        http.read_request(event(pathParameters={"proxy": f"MG1{path}"}))


def test_the_caller_is_who_the_authorizer_says() -> None:
    caller = http.read_request(event()).caller
    assert caller.account_sid == account_sid(Role.PARTNER, "10001")
    assert (caller.role, caller.account_id, caller.read_only) == (Role.PARTNER, "10001", False)


@pytest.mark.parametrize("found", [None, {}, {"accountSid": "MG"}, {"role": "ROOT"}])
def test_without_the_authorizer_s_word_nobody_is_let_in(found: Any) -> None:
    with pytest.raises(Unauthorized):
        http.read_request(event(requestContext={"authorizer": found}))


def test_a_uri_keeps_suffix_and_filters_and_is_encoded() -> None:
    query = {"StartDate": ["2026-01-01T00:00:00+02:00"], "OrderId": ["a&b=ü"], "Page": ["1"]}
    asked = event(multiValueQueryStringParameters=query)
    asked["pathParameters"] = {"proxy": asked["pathParameters"]["proxy"] + ".json"}
    path = f"/Mediapartners/{account_sid(Role.PARTNER, '10001')}/ActionInquiries.json"
    assert http.read_request(asked).uri(Page="2", Cursor="") == (
        f"{path}?StartDate=2026-01-01T00%3A00%3A00%2B02%3A00&OrderId=a%26b%3D%C3%BC&Page=2"
    )


def test_an_error_carries_both_envelopes() -> None:
    problem = Invalid(faults=(Fault("TransactionAmount", "Not a number", "not_a_number"),))
    rendered = http.error_reply(problem, "r-1").render()
    assert rendered["statusCode"] == 400
    assert json.loads(rendered["body"]) == {
        "Status": "ERROR",
        "Message": "Validation Failed",
        "message": "Validation Failed",
        "Errors": [
            {"Field": "TransactionAmount", "Message": "Not a number", "Code": "not_a_number"}
        ],
        "status": 400,
        "error": "Bad Request",
        "code": "validation_failed",
        "request_id": "r-1",
    }


@pytest.mark.parametrize(
    ("problem", "header", "value"),
    [
        (TooManyRequests(17), "Retry-After", "17"),
        (Unavailable(), "Retry-After", "1"),
        (Unauthorized(), "WWW-Authenticate", 'Basic realm="makegood", charset="UTF-8"'),
    ],
)
def test_an_error_says_in_a_header_what_to_do(problem: Problem, header: str, value: str) -> None:
    assert http.error_reply(problem, "").render()["headers"][header] == value


def test_an_answer_is_not_kept_and_not_guessed_at() -> None:
    left = {"State": "UNRESOLVED", "Version": "1"}
    assert http.write_reply("/x", left).render() == {
        "statusCode": 200,
        "headers": {
            "Cache-Control": "no-store",
            "Vary": "Accept, Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            "Content-Type": "application/json; charset=utf-8",
        },
        "isBase64Encoded": False,
        "body": '{"Status":"OK","Uri":"/x","State":"UNRESOLVED","RejectReason":"","ActionId":"",'
        '"ActionUri":"","AppealOf":"","Version":"1","Warnings":[]}',
    }


def test_a_dry_run_left_nothing_and_warns_as_the_write_would() -> None:
    left = {"State": "VALID", "Version": "2", "Warnings": ["Look again"]}
    assert http.write_reply("/x", left, {"State": "VALID"}).body == {
        "Status": "OK",
        "Uri": "",
        "DryRun": "true",
        "Preview": {"State": "VALID"},
        "Warnings": ["Look again"],
    }


def test_what_an_answer_weighs_counts_what_is_escaped_on_its_way() -> None:
    for text in ("", '{"a":"b\\\\é"}'):
        assert bodies.weight(text) == len(json.dumps(text, ensure_ascii=False).encode()) - 2


def leaves(shown: Any) -> Iterator[Any]:
    if isinstance(shown, dict):
        for value in shown.values():
            yield from leaves(value)
    elif isinstance(shown, list):
        for value in shown:
            yield from leaves(value)
    else:
        yield shown


def test_every_value_of_an_object_is_a_text_and_every_key_is_there() -> None:
    bare = an_inquiry(1)
    full = replace(
        bare,
        state=InquiryState.DECLINED,
        reject_reason=2,
        final_payout=Money(0, "USD"),
        resolved_at=NOW,
        action_id="1000.4000.1",
        auto_approval_at=NOW,
        checks=("seen",),
        comments=(Comment("Shoes", "No", NOW),),
    )
    for inquiry in (bare, full):
        brand = presenters.inquiry_for_advertiser(inquiry, CAMPAIGN, "Cashy")
        partner = presenters.inquiry_for_partner(inquiry, CAMPAIGN)
        assert brand.keys() == {*OBJECT.split(), *OF_BRANDS}
        assert partner.keys() == {*OBJECT.split(), "InquiryNotes"}
        assert all(type(each) is str for each in [*leaves(brand), *leaves(partner)])
        assert isinstance(partner["Comments"], list)
        assert isinstance(partner["Checks"], list)


def test_every_value_of_an_action_is_a_text_and_the_partner_s_tells_less() -> None:
    for action in (an_action(1), an_action(1, state=ActionState.PAID, paid_at=NOW)):
        brand = presenters.action_for_advertiser(action, CAMPAIGN, "Cashy", NOW)
        partner = presenters.action_for_partner(action, CAMPAIGN, NOW)
        assert brand.keys() == {
            *ACTION.split(),
            *("MediaPartnerId", "MediaPartnerName", "ClientCost", "CustomerId", "CustomerStatus"),
            *("CustomerPostCode", "CallerId", "Note"),
        }
        assert partner.keys() == {*ACTION.split(), "SubId1", "SubId2", "SubId3"}
        assert all(type(each) is str for each in [*leaves(brand), *leaves(partner)])


def test_an_inquiry_is_shown_in_its_campaign_s_zone_and_money() -> None:
    declined = replace(an_inquiry(7), state=InquiryState.DECLINED, reject_reason=3)
    shown = presenters.inquiry_for_advertiser(declined, CAMPAIGN, "Cashy")
    assert shown["CreationDate"] == "2026-03-10T08:00:00-04:00"
    assert shown["TransactionDate"] == "2026-03-07T07:00:00-05:00"
    assert (shown["TransactionAmount"], shown["ExpectedPayout"]) == ("20.00", "")
    assert shown["RejectReason"].endswith("due to a voucher/discount code used")
    sid = account_sid(Role.ADVERTISER, "500")
    assert shown["Uri"] == f"/Advertisers/{sid}/ActionInquiries/7"
    assert shown["ActionUri"] == ""


def test_a_postcode_is_shown_to_the_advertiser_only() -> None:
    action = an_action(1)
    order = replace(action.order, customer_country="US", customer_region="NY")
    order = replace(order, customer_city="New York", customer_postcode="10001")
    action = replace(action, order=order)
    brand = presenters.action_for_advertiser(action, CAMPAIGN, "Cashy", NOW)
    partner = presenters.action_for_partner(action, CAMPAIGN, NOW)
    for shown in (brand, partner):
        found = [shown[f"Customer{each}"] for each in ("Country", "Region", "City")]
        assert found == ["US", "NY", "New York"]
    assert brand["CustomerPostCode"] == "10001"


def test_a_pending_action_shows_when_it_will_lock() -> None:
    shown = presenters.action_for_partner(an_action(1), CAMPAIGN, NOW)
    assert (shown["State"], shown["LockingDate"], shown["ClearedDate"]) == (
        "PENDING",
        "2026-03-25T08:00:00-04:00",
        "",
    )
    paid = an_action(1, state=ActionState.PAID, paid_at=NOW)
    shown = presenters.action_for_partner(paid, CAMPAIGN, NOW)
    assert (shown["State"], shown["ClearedDate"]) == ("APPROVED", "2026-03-10T08:00:00-04:00")
