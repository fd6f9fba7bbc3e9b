"""Every form as it should be sent, and every way in which a field of it can be wrong."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from makegood.domain.inquiries import REJECT_REASONS, Claim, InquiryState, InquiryType, Resolution
from makegood.domain.money import Money
from makegood.domain.orders import Conversion, Item
from makegood.domain.parties import Campaign
from makegood.domain.problems import Invalid
from makegood.forms import fields as known
from makegood.forms import reading
from makegood.forms.claims import AnswerRequest, ClaimRequest
from makegood.forms.conversions import ConversionRequest
from makegood.forms.resolutions import ResolutionRequest

CAMPAIGN = Campaign("1000", "1", "Shop", "America/New_York", "USD", ())
CLAIM = {
    "CampaignId": "1000",
    "OrderId": "CD100088",
    "TransactionDate": "2025-01-02T16:10:14-05:00",
    "TransactionAmount": "15.90",
    "InquiryType": "UNTRACKED",
}
VALID = {"Id": "782287", "ResolutionStatus": "VALID", "ActionTrackerId": "4000"}
DECLINED = {"Id": "782287", "ResolutionStatus": "DECLINED", "RejectReason": "Other"}
CONVERSION = {
    "CampaignId": "1000",
    "ActionTrackerId": "4000",
    "OrderId": "CD100036",
    "EventDate": "2025-01-01T08:50:52-05:00",
    "Amount": "18.99",
    "MediaPartnerId": "10001",
}


def claim(**changes: str) -> Claim:
    return ClaimRequest.read({**CLAIM, **changes}).claim(CAMPAIGN, "10001")


def resolution(form: dict[str, str], date_required: bool = False, **changes: str) -> Resolution:
    request = ResolutionRequest.read({**form, **changes}, date_required)
    return request.resolution(CAMPAIGN, "USD")


def conversion(**changes: str) -> Conversion:
    return ConversionRequest.read({**CONVERSION, **changes}).conversion(CAMPAIGN)


def faults(read: Callable[[], object]) -> list[tuple[str, str]]:
    """The fields at fault and their codes, in the order that they are told in."""
    with pytest.raises(Invalid) as caught:
        read()
    assert all(fault.message for fault in caught.value.faults)
    return [(fault.field, fault.code) for fault in caught.value.faults]


class TestClaims:
    def test_the_least_that_a_partner_may_send_is_a_claim(self) -> None:
        assert claim() == Claim(
            partner_id="10001",
            campaign_id="1000",
            order_id="CD100088",
            inquiry_type=InquiryType.UNTRACKED,
            order_amount=Money(1590, "USD"),
            ordered_at=datetime(2025, 1, 2, 21, 10, 14, tzinfo=UTC),
        )

    def test_all_that_a_partner_may_send_is_kept(self) -> None:
        found = claim(
            MediaPartnerInquiryId="10001-2",
            ResolutionDeadlineDate="2025-02-01",
            ExpectedPayout="0.80",
            TrackingLink="https://shop.example/?c=1",
            CustomerId="C0027",
            InquiryDate="2025-01-09T08:00:00Z",
            InquiryNotes="Größe L;\n2 für 1",
            AppealOf="782287",
            InquiryType=" declined ",
        )
        assert found.partner_reference == "10001-2"
        assert found.resolution_deadline_at == datetime(2025, 2, 1, 5, tzinfo=UTC)
        assert found.expected_payout == Money(80, "USD")
        assert found.tracking_link == "https://shop.example/?c=1"
        assert found.customer_id == "C0027"
        assert found.inquired_at == datetime(2025, 1, 9, 8, tzinfo=UTC)
        assert found.notes == "Größe L;\n2 für 1"
        assert found.appeal_of == "782287"
        assert found.inquiry_type is InquiryType.DECLINED

    def test_every_missing_field_is_named_at_once_and_blanks_are_missing(self) -> None:
        blank = dict.fromkeys(CLAIM, " ") | {"CampaignId": "1000"}
        for form in ({"CampaignId": "1000"}, blank):
            request = ClaimRequest.read(form)
            assert faults(lambda request=request: request.claim(CAMPAIGN, "10001")) == [
                ("OrderId", "required"),
                ("TransactionDate", "required"),
                ("TransactionAmount", "required"),
                ("InquiryType", "required"),
            ]

    @pytest.mark.parametrize(
        ("field", "text", "code"),
        [
            ("TransactionAmount", "-5.00", "not_positive"),
            ("TransactionAmount", "0", "not_positive"),
            ("TransactionAmount", "5000000.01", "amount_too_large"),
            ("TransactionAmount", "9" * 16, "amount_too_large"),
            ("TransactionAmount", "9" * 4000, "amount_too_large"),
            ("TransactionAmount", "1.005", "ambiguous_amount"),
            ("TransactionAmount", "1.0051", "too_precise"),
            ("TransactionAmount", "1.4,70", "not_a_number"),
            ("TransactionAmount", "1e3", "not_a_number"),
            ("TransactionAmount", "NaN", "not_a_number"),
            ("TransactionAmount", "\u0661", "not_a_number"),
            ("ExpectedPayout", "-0.01", "not_positive"),
            ("ExpectedPayout", "5000000.01", "amount_too_large"),
            ("TransactionDate", "yesterday", "not_a_date"),
            ("TransactionDate", "2025-02-30", "not_a_date"),
            ("ResolutionDeadlineDate", "soon", "not_a_date"),
            ("InquiryDate", "01/02/2025", "not_a_date"),
            ("InquiryType", "MISSING", "unknown_type"),
            ("Currency", "XXX", "unknown_currency"),
            ("OrderId", "x" * 101, "too_long"),
            ("OrderId", "CD\x00100", "bad_characters"),
            ("OrderId", "CD\n100", "bad_characters"),
            ("OrderId", "CD\u0085100", "bad_characters"),
            ("OrderId", "CD\ud800", "bad_characters"),
            ("CustomerId", "x" * 256, "too_long"),
            ("MediaPartnerInquiryId", "a\tb", "bad_characters"),
            ("TrackingLink", "a\u2028b", "bad_characters"),
            ("InquiryNotes", "x" * 2001, "too_long"),
            ("InquiryNotes", "a\x1bb", "bad_characters"),
            ("AppealOf", "no such id", "bad_id"),
        ],
    )
    def test_a_field_that_cannot_be_read_says_why(self, field: str, text: str, code: str) -> None:
        assert faults(lambda: claim(**{field: text})) == [(field, code)]

    def test_every_limit_may_be_reached(self) -> None:
        found = claim(
            TransactionAmount="5000000.00",
            ExpectedPayout="5000000",
            OrderId="x" * 100,
            CustomerId="ß" * 255,
            InquiryNotes="n" * 2000,
        )
        assert found.order_amount == Money(500_000_000, "USD")
        assert len(found.order_id) == 100
        assert claim(ExpectedPayout="0").expected_payout == Money(0, "USD")
        assert claim(TransactionAmount="0.01").order_amount == Money(1, "USD")

    def test_all_faults_of_a_form_are_told_together_in_a_stable_order(self) -> None:
        wrong = {"InquiryType": "X", "TransactionAmount": "x", "OrderId": "", "Currency": "?"}
        expected = [
            ("Currency", "unknown_currency"),
            ("OrderId", "required"),
            ("TransactionAmount", "not_a_number"),
            ("InquiryType", "unknown_type"),
        ]
        assert faults(lambda: claim(**wrong)) == expected
        assert faults(lambda: claim(**dict(reversed(wrong.items())))) == expected

    def test_an_amount_is_read_in_the_currency_that_is_named(self) -> None:
        assert claim(Currency="jpy", TransactionAmount="5000000").order_amount == Money(
            5_000_000, "JPY"
        )
        assert claim(Currency="KWD", TransactionAmount="1.234").order_amount == Money(1234, "KWD")
        assert faults(lambda: claim(Currency="JPY", TransactionAmount="1.5")) == [
            ("TransactionAmount", "too_precise")
        ]

    def test_a_date_without_an_offset_is_the_campaigns_local_time(self) -> None:
        assert claim(TransactionDate="2025-07-01 12:00").ordered_at == datetime(
            2025, 7, 1, 16, tzinfo=UTC
        )

    def test_a_date_in_the_future_is_read_and_left_to_the_decision(self) -> None:
        assert claim(TransactionDate="2999-01-01T00:00:00Z").ordered_at.year == 2999

    def test_a_message_says_what_would_be_right(self) -> None:
        def message(**changes: str) -> str:
            with pytest.raises(Invalid) as caught:
                claim(**changes)
            return caught.value.explain()

        assert "UNTRACKED, INCORRECT, DECLINED" in message(InquiryType="MISSING")
        assert "5,000,000 USD" in message(TransactionAmount="5000000.01")
        assert "2026-01-31T14:05:00-05:00" in message(TransactionDate="yesterday")
        assert "14.70" in message(TransactionAmount="=2*10.50")
        assert "255" in message(CustomerId="x" * 256)


class TestAnswers:
    def test_an_answer_changes_what_it_names_and_keeps_the_rest(self) -> None:
        before = claim(CustomerId="C1", ExpectedPayout="1")
        fields = {"Id": "1", "TransactionAmount": "20.00", "InquiryNotes": "See receipt"}
        changed, notes = AnswerRequest.read(fields).answer(CAMPAIGN, before)
        assert (changed.order_amount, notes) == (Money(2000, "USD"), "See receipt")
        assert (changed.customer_id, changed.expected_payout) == ("C1", Money(100, "USD"))

    def test_an_answer_that_says_nothing_is_refused(self) -> None:
        request = AnswerRequest.read({"Id": "1"})
        assert faults(lambda: request.answer(CAMPAIGN, claim())) == [("InquiryNotes", "required")]

    def test_an_answer_is_read_in_the_claims_currency(self) -> None:
        before = claim(Currency="JPY", TransactionAmount="100")
        changed, _ = AnswerRequest("1", {"ExpectedPayout": "7"}).answer(CAMPAIGN, before)
        assert changed.expected_payout == Money(7, "JPY")


class TestResolutions:
    def test_a_state_is_read_in_any_case(self) -> None:
        assert resolution(VALID, ResolutionStatus=" valid ").state is InquiryState.VALID
        incomplete = {"Id": "7", "ResolutionStatus": "Incomplete", "ResolutionNotes": "Receipt?"}
        assert resolution(incomplete) == Resolution("7", InquiryState.INCOMPLETE, notes="Receipt?")

    def test_all_that_an_advertiser_may_send_is_kept(self) -> None:
        found = resolution(
            VALID,
            TransactionDate="2025-01-01",
            TransactionAmount="20",
            FinalPayout="0",
            ResolutionNotes="Thank you",
            PromoCode="MAY",
            CustomerId="C1",
            CustomerStatus="new",
            Version="3",
            ItemSku1="A",
        )
        assert found == Resolution(
            inquiry_id="782287",
            state=InquiryState.VALID,
            event_type_id="4000",
            ordered_at=datetime(2025, 1, 1, 5, tzinfo=UTC),
            order_amount=Money(2000, "USD"),
            final_payout=Money(0, "USD"),
            notes="Thank you",
            promo_code="MAY",
            customer_id="C1",
            customer_status="new",
            items=(Item("A"),),
            version=3,
        )

    def test_a_blank_payout_is_left_to_the_contract(self) -> None:
        assert resolution(VALID, FinalPayout=" ").final_payout is None

    def test_the_undecided_and_final_states_of_others_cannot_be_given(self) -> None:
        for text in ("UNRESOLVED", "WITHDRAWN", "APPROVED"):
            assert faults(lambda text=text: resolution({"Id": "7", "ResolutionStatus": text})) == [
                ("ResolutionStatus", "unknown_state")
            ]
        assert faults(lambda: resolution({"Id": "7"})) == [("ResolutionStatus", "required")]

    @pytest.mark.parametrize(("code", "text"), REJECT_REASONS.items())
    def test_a_decline_names_one_of_nine_reasons_in_either_spelling(
        self, code: int, text: str
    ) -> None:
        for written in (text, text.replace("the ", ""), text.upper()):
            assert resolution(DECLINED, RejectReason=written).reject_reason == code

    def test_a_decline_needs_a_reason_that_is_known(self) -> None:
        assert faults(lambda: resolution(DECLINED, RejectReason="")) == [
            ("RejectReason", "required")
        ]
        assert faults(lambda: resolution(DECLINED, RejectReason="Nope")) == [
            ("RejectReason", "unknown_reject_reason")
        ]

    @pytest.mark.parametrize("blank", [{"RejectReason": ""}, {"RejectReason": " "}])
    def test_a_decline_without_a_reason_is_told_all_nine(self, blank: dict[str, str]) -> None:
        with pytest.raises(Invalid) as caught:
            resolution(DECLINED, **blank)
        (fault,) = caught.value.faults
        assert [each for each in REJECT_REASONS.values() if each not in fault.message] == []

    def test_what_a_decline_does_not_need_is_left_unread(self) -> None:
        found = resolution(
            DECLINED,
            FinalPayout="n/a",
            TransactionAmount="0",
            TransactionDate="never",
            ItemQty1="x",
        )
        assert found == Resolution("782287", InquiryState.DECLINED, 9)

    def test_a_reason_means_nothing_unless_declined(self) -> None:
        assert resolution(VALID, RejectReason="Nope").reject_reason is None

    def test_accepting_needs_an_event_type_and_in_files_a_date(self) -> None:
        assert resolution(VALID).ordered_at is None
        assert faults(lambda: resolution(VALID, date_required=True, ActionTrackerId="")) == [
            ("ActionTrackerId", "required"),
            ("TransactionDate", "required"),
        ]
        assert resolution(DECLINED, date_required=True).state is InquiryState.DECLINED

    @pytest.mark.parametrize(
        ("field", "text", "code"),
        [
            ("FinalPayout", "-1", "not_positive"),
            ("FinalPayout", "a lot", "not_a_number"),
            ("TransactionAmount", "0", "not_positive"),
            ("TransactionDate", "never", "not_a_date"),
            ("Version", "0", "not_a_count"),
            ("Version", "1.0", "not_a_count"),
            ("Version", "9" * 10, "not_a_count"),
            ("PromoCode", "x" * 256, "too_long"),
            ("ResolutionNotes", "x" * 2001, "too_long"),
        ],
    )
    def test_a_field_that_cannot_be_read_says_why(self, field: str, text: str, code: str) -> None:
        assert faults(lambda: resolution(VALID, **{field: text})) == [(field, code)]

    def test_a_resolution_is_read_in_the_claims_currency(self) -> None:
        request = ResolutionRequest.read({**VALID, "FinalPayout": "5"})
        found = request.resolution(CAMPAIGN, "JPY")
        assert found.final_payout == Money(5, "JPY")


class TestConversions:
    def test_a_conversion_is_an_order_of_a_partners(self) -> None:
        found = conversion(CustomerId="C1", CustomerStatus="new", PromoCode="MAY", ItemSku1="A")
        assert (found.campaign_id, found.event_type_id, found.partner_id) == (
            "1000",
            "4000",
            "10001",
        )
        assert found.order_amount == Money(1899, "USD")
        assert found.order.ordered_at == datetime(2025, 1, 1, 13, 50, 52, tzinfo=UTC)
        assert (found.order.customer_id, found.order.promo_code) == ("C1", "MAY")
        assert found.order.items == (Item("A"),)

    def test_a_conversion_tells_where_its_customer_is(self) -> None:
        order = conversion(
            CustomerCountry="US",
            CustomerRegion="NY",
            CustomerCity="New York",
            CustomerPostCode="10001",
        ).order
        assert (order.customer_country, order.customer_region) == ("US", "NY")
        assert (order.customer_city, order.customer_postcode) == ("New York", "10001")
        assert conversion().order.customer_country == ""
        assert faults(lambda: conversion(CustomerCity="x" * 256)) == [("CustomerCity", "too_long")]

    def test_a_lead_is_worth_nothing_and_nothing_is_worth_less(self) -> None:
        assert conversion(Amount="0").order_amount == Money(0, "USD")
        assert faults(lambda: conversion(Amount="-0.01")) == [("Amount", "not_positive")]

    def test_every_missing_field_is_named_at_once(self) -> None:
        request = ConversionRequest.read({"CampaignId": "1000"})
        assert faults(lambda: request.conversion(CAMPAIGN)) == [
            (name, "required")
            for name in ("ActionTrackerId", "OrderId", "EventDate", "Amount", "MediaPartnerId")
        ]

    def test_a_partner_that_is_no_id_is_refused(self) -> None:
        assert faults(lambda: conversion(MediaPartnerId="a b")) == [("MediaPartnerId", "bad_id")]


class TestKeys:
    @pytest.mark.parametrize(
        ("read", "name"), [(reading.campaign_id, "CampaignId"), (reading.inquiry_id, "Id")]
    )
    def test_a_key_must_be_there_and_look_like_one(
        self, read: Callable[[dict[str, str]], str], name: str
    ) -> None:
        assert read({name: f" {'k' * 64} "}) == "k" * 64
        assert faults(lambda: read({})) == faults(lambda: read({name: " "})) == [(name, "required")]
        for text in ("k" * 65, "a b", "a/b", "ä", "1\n2"):
            assert faults(lambda text=text: read({name: text})) == [(name, "bad_id")]


class TestKnownFields:
    def test_every_field_that_a_form_reads_is_known(self) -> None:
        known.check_known(CLAIM, known.CLAIM_FIELDS)
        known.check_known({**VALID, **DECLINED, "ItemSku1": "A"}, known.RESOLUTION_FIELDS, True)
        known.check_known({**CONVERSION, "ItemMPN12": "A"}, known.CONVERSION_FIELDS, True)

    def test_every_unknown_field_is_named(self) -> None:
        form = {**CLAIM, "Notes": "x", "ItemSku1": "A", "orderid": "1"}
        assert faults(lambda: known.check_known(form, known.CLAIM_FIELDS)) == [
            ("Notes", "unknown_field"),
            ("ItemSku1", "unknown_field"),
            ("orderid", "unknown_field"),
        ]
        assert faults(lambda: known.check_known(["ItemSku0"], frozenset(), items=True)) == [
            ("ItemSku0", "unknown_field")
        ]
