"""What holds for every form, whatever stands in its fields."""

from hypothesis import given
from hypothesis import strategies as st
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
CONVERSION = {
    "CampaignId": "1000",
    "ActionTrackerId": "4000",
    "OrderId": "CD100036",
    "EventDate": "2025-01-01T08:50:52-05:00",
    "Amount": "18.99",
    "MediaPartnerId": "10001",
}
CLAIMED = ClaimRequest.read(CLAIM).claim(CAMPAIGN, "10001")

odd = st.lists(st.integers(0, 0x10FFFF).map(chr), max_size=4).map("".join)
words = odd | st.sampled_from(
    ["VALID", "declined", "9", "0", "-1", "5000000", "2025-03-09T02:30", "2000-01-01", "JPY", "\n"]
)
names = st.sampled_from(
    sorted(
        known.CLAIM_FIELDS
        | known.RESOLUTION_FIELDS
        | known.CONVERSION_FIELDS
        | {"ItemSku1", "ItemQty1", "ItemSubtotal2"}
    )
)


@given(st.dictionaries(names, words), st.booleans())
def test_any_form_is_read_or_refused_with_a_fault_for_each_field(
    form: dict[str, str], date_required: bool
) -> None:
    told: list[list[str]] = []
    for read in (
        lambda: ClaimRequest("1000", {**CLAIM, **form}).claim(CAMPAIGN, "10001"),
        lambda: AnswerRequest("1", form).answer(CAMPAIGN, CLAIMED),
        lambda: ResolutionRequest.read({**VALID, **form}, date_required).resolution(
            CAMPAIGN, "USD"
        ),
        lambda: ConversionRequest("1000", {**CONVERSION, **form}).conversion(CAMPAIGN),
        lambda: reading.campaign_id(form),
    ):
        try:
            read()
        except Invalid as problem:
            named = [fault.field for fault in problem.faults]
            told.append(named)
    assert all(named and len(named) == len(set(named)) for named in told)
