"""What the market at random is drawn from: amounts, payouts, ages, decisions, limits, changes."""

from hypothesis import strategies as st
from makegood.domain.action_changes import Approve, Modify, Reason, Reset, Reverse
from makegood.domain.actions import Disposition
from makegood.domain.inquiries import InquiryState, InquiryType
from makegood.domain.limits import Every, Limit, Measure, Scope

from tests.builders import usd

AMOUNTS = st.sampled_from([10_000, 12_000, 20_001, 999])
PAYOUTS = st.sampled_from([None, None, 450, 1_200, 0])
AGES = st.sampled_from([12, 7, 0, 40])
DECISIONS = st.sampled_from([*[InquiryState.VALID] * 3, InquiryState.DECLINED, None, None])
ANSWERS = st.sampled_from([InquiryState.INCOMPLETE, InquiryState.VALID, InquiryState.DECLINED])
TYPES = st.sampled_from([InquiryType.INCORRECT, InquiryType.UNTRACKED, InquiryType.DECLINED])
ORDER_IDS = st.sampled_from(["A", "B"])
PARTNER_IDS = st.sampled_from(["10001", "10002"])
PICKS = st.integers(0, 7)
LIMITS = st.sampled_from(
    [
        (),
        (Limit(Measure.PAYOUT, usd(1_100), every=Every.WEEK),),
        (Limit(Measure.NUMBER, 1), Limit(Measure.PAYOUT, usd(700), Scope.ORDER, Every.MONTH)),
    ]
)
CHANGES = st.one_of(
    st.sampled_from([Approve(), Reset(), Reverse(Disposition.OTHER)]),
    st.builds(Modify, st.just(Reason.ORDER_UPDATE), st.sampled_from([8_000, 30_000, 0]).map(usd)),
)
