"""However people, tokens, files and rules decide: what is above the threshold is paid by two."""

from contextlib import suppress
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from makegood.domain import resolutions
from makegood.domain.account_people import person_of, source_of
from makegood.domain.inquiries import InquiryState
from makegood.domain.problems import Problem

from tests.builders import (
    LEAD,
    ORDERED,
    SALE,
    a_campaign,
    a_case,
    a_resolution,
    an_inquiry,
    usd,
)

NOW = ORDERED + timedelta(days=2)
ABOVE = 10
PEOPLE = [source_of(f"sub-{each}", each) for each in ("anna", "ben")]
DECIDERS = [*PEOPLE, *PEOPLE, *PEOPLE, "api:MG1", "file:7:2", "rule:small", "deadline"]
VALID, INCOMPLETE = InquiryState.VALID, InquiryState.INCOMPLETE

answers = st.tuples(
    st.sampled_from(DECIDERS),
    st.sampled_from([VALID] * 7 + [INCOMPLETE]),
    st.sampled_from([2_000, 2_000, 2_000, 2_001, 1_001, 1_000, None]),
    st.sampled_from([SALE, SALE, SALE, LEAD]),
    st.sampled_from(["", "a note"]),
)


@settings(max_examples=300)
@given(st.lists(answers, max_size=12))
def test_nothing_above_the_threshold_is_paid_on_the_word_of_fewer_than_two(said) -> None:
    inquiry, agreed = an_inquiry(), {}
    for by, state, minor, event_type_id, notes in said:
        accepts = state is VALID
        given_payout = usd(minor) if accepts and minor is not None else None
        resolution = a_resolution(
            state,
            event_type_id=event_type_id if accepts else "",
            final_payout=given_payout,
            notes=notes,
        )
        case = a_case(inquiry=inquiry, campaign=a_campaign(second_above=ABOVE))
        with suppress(Problem):
            inquiry, action, _ = resolutions.resolve(resolution, case, NOW, by)
            if action is None:
                if inquiry.first is not None:
                    first = inquiry.first
                    agreed.setdefault((first.payout, first.event_type_id), set()).add(by)
                continue
            granted = inquiry.final_payout
            assert granted is not None
            people = agreed.get((granted, action.event_type_id), set()) | {by}
            if granted.minor > ABOVE * 100:
                assert len({person_of(each) for each in people} - {""}) >= 2
                assert inquiry.first is not None
                assert person_of(inquiry.first.by) != person_of(by)
            return
