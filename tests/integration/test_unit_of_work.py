"""Many rows in one go come to what the same rows come to one by one, whatever moves meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makegood.domain.actions import Action
from makegood.domain.inquiries import Inquiry, InquiryState
from makegood.domain.problems import AlreadyDecided, Conflict, Invalid, Problem, Unavailable
from makegood.forms.claims import AnswerRequest, ClaimRequest
from makegood.forms.conversions import ConversionRequest
from makegood.forms.reading import Fields
from makegood.forms.resolutions import ResolutionRequest
from makegood.store.indexes import StoredList
from makegood.store.store import Idempotency, Store
from makegood.usecases import unit_of_work
from makegood.usecases.answer_claim import AnswerWork
from makegood.usecases.file_claim import ClaimWork
from makegood.usecases.report_conversion import ConversionWork
from makegood.usecases.resolve_inquiry import ResolutionWork
from makegood.usecases.unit_of_work import Done, Row, Work
from makegood.usecases.view import Ask

from tests.integration import market, stack
from tests.integration.gateway import ADVERTISER, Answer, store_of
from tests.integration.market import CASHBACK, LONG_AGO, LOYALTY, NOW, RECENT, SHOP

CLAIMS = ClaimWork(CASHBACK, NOW)
CONVERSIONS = ConversionWork(SHOP, NOW)
RESOLUTIONS = ResolutionWork(SHOP, NOW, repeatable=True)

ORDERS = st.sampled_from(["A-1", "A-2"])
AMOUNTS = st.sampled_from(["100.00", "250.00", "not a number"])
DATES = st.sampled_from([RECENT, LONG_AGO])
claims = st.builds(
    lambda order, amount, kind: market.claimed(
        order, TransactionAmount=amount, InquiryType=kind, InquiryNotes="a note"
    ),
    ORDERS,
    AMOUNTS,
    st.sampled_from(["UNTRACKED", "INCORRECT"]),
)
conversions = st.builds(
    lambda order, amount, partner: market.reported(order, Amount=amount, MediaPartnerId=partner),
    ORDERS,
    AMOUNTS,
    st.sampled_from([CASHBACK, LOYALTY, "unknown"]),
)


def asked(read: Callable[[Fields], Any], rows: Sequence[Fields]) -> list[Row[Any]]:
    """What rows of a file ask; one that cannot be read asks nothing."""
    found: list[Row[Any]] = []
    for at, row in enumerate(rows):
        try:
            found.append(Ask(read(row), f"file:1:{at}", once=True))
        except Invalid as problem:
            found.append(problem)
    return found


claims_asked = partial(asked, ClaimRequest.read)
conversions_asked = partial(asked, ConversionRequest.read)
resolutions_asked = partial(asked, ResolutionRequest.read)


def told(result: Done | Problem) -> tuple[Any, ...]:
    """What a result says, apart from when and on which version."""
    if isinstance(result, Problem):
        return "refused", result.reason_code(), result.explain()
    state = result.subject.state
    payout = result.action and str(result.action.payout)
    return "done", result.applied, unit_of_work.subject_id(result), state, payout


def one_by_one(store: Store, work: Work, rows: Sequence[Row[Any]]) -> list[Done | Problem]:
    results: list[Done | Problem] = []
    for row in rows:
        try:
            done = row if isinstance(row, Problem) else unit_of_work.one(store, work, row)
            results.append(done)
        except Problem as problem:
            results.append(problem)
    return results


def stored() -> dict[str, Any]:
    """Everything that is kept, but for how often a balance was touched."""
    contents = stack.contents()
    for (pk, _), item in contents["ledger"].items():
        if pk.startswith("B#"):
            item.pop("version")
    return contents


def hold_alike(work: Work, rows: list[Row[Any]]) -> None:
    """Compares rows in small groups with the same rows one by one, on what is there now."""
    before = stack.snapshot()
    together = [told(each) for each in unit_of_work.many(stack.store(), work, rows)]
    kept = stored()
    stack.restore(before)
    alone = [told(each) for each in one_by_one(stack.store(), work, rows)]
    assert together == alone
    assert kept == stored()


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Transactions of few items, so that a handful of rows makes several groups."""
    monkeypatch.setattr(unit_of_work, "WRITES_MAX", 12)


PROPERTY = settings(max_examples=10, deadline=None, derandomize=True, database=None)


@pytest.mark.usefixtures("aws", "small_groups")
class TestManyRowsAreLikeOneByOne:
    @PROPERTY
    @given(rows=st.lists(claims, min_size=2, max_size=8))
    def test_claims(self, rows: list[dict[str, str]]) -> None:
        stack.reset()
        stack.seed(market.set_up)
        hold_alike(CLAIMS, claims_asked(rows))

    @PROPERTY
    @given(rows=st.lists(conversions, min_size=2, max_size=8))
    def test_conversions(self, rows: list[dict[str, str]]) -> None:
        stack.reset()
        stack.seed(market.set_up)
        hold_alike(CONVERSIONS, conversions_asked(rows))

    @PROPERTY
    @given(data=st.data(), cash=st.sampled_from(["1.00", "12.00", "500.00"]))
    def test_resolutions(self, data: st.DataObject, cash: str) -> None:
        stack.reset()
        store = stack.store()
        stack.seed(market.set_up)
        market.deposit(store, cash)
        market.track(store, "A-2")
        filed = [
            market.file(store, order, InquiryType=kind).inquiry_id
            for order, kind in [("A-1", "UNTRACKED"), ("A-2", "INCORRECT"), ("A-1", "INCORRECT")]
        ]
        filed.append(market.file(store, "A-1", LOYALTY).inquiry_id)
        ids = st.sampled_from(filed)
        rows = st.one_of(
            st.builds(
                lambda inquiry_id, date, payout: market.accepted(
                    inquiry_id, TransactionDate=date, FinalPayout=payout
                ),
                ids,
                DATES,
                st.sampled_from(["7.00", "0", ""]),
            ),
            st.builds(market.declined, ids),
            st.builds(lambda each: {"Id": each, "ResolutionStatus": "INCOMPLETE"}, ids),
            st.just({"Id": "0", "ResolutionStatus": "VALID"}),
        )
        hold_alike(
            RESOLUTIONS,
            resolutions_asked(data.draw(st.lists(rows, min_size=2, max_size=7))),
        )


def test_a_full_transaction_and_the_one_after_it_bring_every_row_through(trading: Store) -> None:
    rows = claims_asked([market.claimed(f"A-{at}") for at in range(51)])
    results = unit_of_work.many(trading, CLAIMS, rows)
    assert [isinstance(each, Done) and each.applied for each in results] == [True] * 51
    assert market.counted(trading, StoredList.of_partner("inquiries", CASHBACK)) == 51


def test_a_row_with_a_fault_is_no_fault_of_its_neighbours(trading: Store) -> None:
    rows = [market.claimed("A-1"), market.claimed(""), market.claimed("A-2", CampaignId="none")]
    results = unit_of_work.many(trading, CLAIMS, claims_asked([*rows, {}, market.claimed("A-3")]))
    assert [told(each)[1] for each in results] == [True, "required", "not_found", "required", True]


def test_a_row_that_somebody_was_faster_at_is_decided_again_alone(trading: Store) -> None:
    ids = [market.file(trading, f"A-{at}").inquiry_id for at in range(3)]
    rows = resolutions_asked([market.accepted(each) for each in ids])

    def decline() -> None:
        market.resolve(stack.rival(), market.declined(ids[1]))

    with stack.before_commits(decline):
        results = unit_of_work.many(trading, RESOLUTIONS, rows)
    assert [told(each)[:2] for each in results] == [
        ("done", True),
        ("refused", "already_decided"),
        ("done", True),
    ]
    states = {each: inquiry.state for each, inquiry in trading.inquiries(ids).items()}
    assert states == dict(zip(ids, ["VALID", "DECLINED", "VALID"], strict=True))


@pytest.mark.usefixtures("small_groups")
def test_rows_after_a_contested_group_see_what_came_of_it(trading: Store) -> None:
    rows = claims_asked([market.claimed(f"A-{at}") for at in (1, 2, 3, 4, 5, 6, 1, 7)])

    def file_the_same_claim() -> None:
        market.file(stack.rival(), "A-1", TransactionAmount="99.00")

    with stack.before_commits(file_the_same_claim):
        results = unit_of_work.many(trading, CLAIMS, rows)
    assert [told(each)[1] for each in results] == [
        "live_inquiry", True, True, True, True, True, "live_inquiry", True,
    ]  # fmt: skip


def test_rows_that_a_busy_store_did_not_take_are_unavailable_and_change_nothing(
    trading: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("makegood.store.transactions.BACKOFF_SECONDS_MAX", 0)
    with stack.refused_commits(*["TransactionConflict"] * 8):
        results = unit_of_work.many(trading, CLAIMS, claims_asked([market.claimed("A-1"), {}]))
    assert isinstance(results[0], Unavailable)
    assert told(results[1])[1] == "required"
    assert stack.everything("inquiries") == {}


def test_a_row_that_others_are_always_faster_at_gives_up(trading: Store) -> None:
    inquiry_id = market.file(trading, "A-1").inquiry_id

    def answer_and_ask_again() -> None:
        rival = stack.rival()
        market.resolve(rival, {"Id": inquiry_id, "ResolutionStatus": "INCOMPLETE"})
        answer = AnswerRequest.read({"Id": inquiry_id, "InquiryNotes": "here"})
        unit_of_work.one(rival, AnswerWork(CASHBACK, NOW), Ask(answer, "test"))

    commits = [answer_and_ask_again] * unit_of_work.TRIES_MAX
    with stack.before_commits(*commits), pytest.raises(Unavailable):
        market.resolve(trading, market.accepted(inquiry_id))
    assert trading.inquiries([inquiry_id])[inquiry_id].state is InquiryState.UNRESOLVED


def test_of_two_resolutions_of_one_inquiry_the_first_wins(trading: Store) -> None:
    inquiry_id = market.file(trading, "A-1").inquiry_id
    first = market.accepted(inquiry_id, FinalPayout="3.00")
    with (
        stack.before_commits(lambda: market.resolve(stack.rival(), first)),
        pytest.raises(AlreadyDecided),
    ):
        market.resolve(trading, market.accepted(inquiry_id, FinalPayout="4.00"))
    inquiry = trading.inquiries([inquiry_id])[inquiry_id]
    assert str(inquiry.final_payout) == "3.00"
    assert len(trading.actions([inquiry.action_id])) == 1


def test_two_claims_on_one_order_at_once_are_one_inquiry(trading: Store) -> None:
    with stack.before_commits(lambda: market.file(stack.rival(), "A-1")):
        inquiry = market.file(trading, "A-1")
    assert list(trading.inquiries([inquiry.inquiry_id])) == [inquiry.inquiry_id]
    assert market.counted(trading, StoredList.of_partner("inquiries", CASHBACK)) == 1


def test_two_credits_for_one_order_at_once_are_one_action(trading: Store) -> None:
    inquiry_id = market.file(trading, "A-1").inquiry_id
    with (
        stack.before_commits(lambda: market.track(stack.rival(), "A-1")),
        pytest.raises(Problem) as caught,
    ):
        market.resolve(trading, market.accepted(inquiry_id))
    assert caught.value.code == "order_already_credited"
    assert market.counted(trading, StoredList.of_partner("actions", CASHBACK)) == 1


def keyed(fingerprint: str = "same") -> Idempotency:
    return Idempotency("MG1", "key-1", fingerprint, NOW)


def test_a_key_is_kept_with_the_effect_and_keeps_its_answer(trading: Store) -> None:
    row = Ask(ClaimRequest.read(market.claimed("A-1")), "test")
    done = unit_of_work.one(trading, CLAIMS, row, asked=keyed())
    assert isinstance(done.subject, Inquiry)
    kept = {"subject_id": done.subject.inquiry_id, "left": unit_of_work.left_by(done)}
    assert trading.replay(keyed()) == kept
    assert kept["left"]["State"] == "UNRESOLVED"
    with pytest.raises(Conflict, match="Idempotency-Key"):
        trading.replay(keyed("another"))


def test_a_request_that_is_refused_leaves_no_key(trading: Store) -> None:
    with pytest.raises(Problem):
        unit_of_work.one(
            trading, CLAIMS, Ask(ClaimRequest.read(market.claimed("")), "test"), asked=keyed()
        )
    assert trading.replay(keyed()) is None


def test_a_dry_run_says_what_would_be_and_writes_nothing(trading: Store) -> None:
    inquiry_id = market.file(trading, "A-1").inquiry_id
    before = stack.contents()
    rows = resolutions_asked([market.accepted(inquiry_id), market.declined(inquiry_id)])
    dry = unit_of_work.many(trading, RESOLUTIONS, rows, dry=True)
    assert [told(each)[1] for each in dry] == [True, "already_decided"]
    assert isinstance(dry[0], Done)
    assert isinstance(dry[0].action, Action)
    assert stack.contents() == before


def test_rows_that_are_worked_on_again_find_their_own_work(trading: Store) -> None:
    rows = claims_asked([market.claimed("A-1"), market.claimed("A-1"), market.claimed("A-2")])
    first = [told(each) for each in unit_of_work.many(trading, CLAIMS, rows)]
    later = replace(CLAIMS, now=NOW.replace(hour=13))
    assert [told(each) for each in unit_of_work.many(trading, later, rows)] == first
    assert [each[1] for each in first] == [True, False, True]


def test_a_resolution_that_is_worked_on_again_still_tells_of_its_action(trading: Store) -> None:
    inquiry_id = market.file(trading, "A-1").inquiry_id
    row = Ask(ResolutionRequest.read(market.accepted(inquiry_id)), "file:upload-1:2", once=True)
    first, again = (unit_of_work.one(trading, RESOLUTIONS, row) for _ in range(2))
    assert again.applied
    assert again.action == first.action


def between_two_reads(
    store: Store, monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]
) -> None:
    """Lets somebody else work after the inquiry was read, and before its order is, once."""
    read = store.orders

    def torn(keys: Any) -> Any:
        monkeypatch.setattr(store, "orders", read)
        work()
        return read(keys)

    monkeypatch.setattr(store, "orders", torn)


@pytest.mark.parametrize("rows", [1, 2])
def test_a_row_that_sees_half_of_its_own_work_is_done(
    trading: Store, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    ids = [market.file(trading, f"A-{number}").inquiry_id for number in range(rows)]
    row = resolutions_asked([market.accepted(each) for each in ids])
    between_two_reads(
        trading, monkeypatch, lambda: unit_of_work.many(stack.rival(), RESOLUTIONS, row)
    )
    for result in unit_of_work.many(trading, RESOLUTIONS, row):
        assert isinstance(result, Done)
        assert result.again


def test_who_sees_half_of_somebody_s_decision_is_told_that_it_is_decided(
    trading: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = market.accepted(market.file(trading, "A-1").inquiry_id)
    between_two_reads(trading, monkeypatch, lambda: market.resolve(stack.rival(), fields))
    with pytest.raises(AlreadyDecided):
        market.resolve(trading, fields)


def test_a_request_that_its_own_repetition_was_faster_at_is_answered_alike(
    live: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = market.accepted(market.file(live, "A-1").inquiry_id)

    def send() -> Answer:
        return ADVERTISER.put("/ActionInquiries", fields, Idempotency_Key="key-1")

    answers: list[Answer] = []
    between_two_reads(store_of("advertisers"), monkeypatch, lambda: answers.append(send()))
    assert send().body == answers[0].body
