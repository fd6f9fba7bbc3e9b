"""Decisions about webhooks: the endpoint's states, the tries of a delivery, and their pauses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import webhook_answers
from makegood.domain.events import Owner
from makegood.domain.parties import Role
from makegood.domain.problems import Malformed, RuleForbids
from makegood.domain.webhook_answers import (
    FAILING_FOR,
    JITTER,
    PAUSE_MAX,
    PAUSES,
    Outcome,
    asked_pause,
    next_try_at,
)
from makegood.domain.webhooks import (
    EARLIER_MAX,
    EDGES,
    LANES_OF,
    Answer,
    Delivery,
    DeliveryState,
    Endpoint,
    EndpointState,
    Step,
    Wake,
    event_names,
)

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
SHOP = Owner(Role.ADVERTISER, "500")
ENDPOINT = Endpoint(SHOP, "e1", "https://hooks.example.com/", "k", NOW, state=EndpointState.ENABLED)
DELIVERY = Delivery("e1", "7", SHOP, 7, "inquiry.filed", NOW, due_at=NOW)
OK, DOWN, GONE = Answer(204), Answer(500), Answer(410)
PENDING, PING = replace(ENDPOINT, state=EndpointState.PENDING), replace(DELIVERY, number=0)


def answered(
    endpoint: Endpoint, delivery: Delivery, answer: Answer, now: datetime, jitter: float
) -> Outcome:
    """What follows an answer of the URL that the endpoint has."""
    return webhook_answers.answered(endpoint, endpoint.url, delivery, answer, now, jitter)


@pytest.mark.parametrize(("state", "step"), list(product(EndpointState, Step)))
def test_an_endpoint_takes_the_steps_of_the_table_and_no_others(
    state: EndpointState, step: Step
) -> None:
    endpoint = replace(ENDPOINT, state=state)
    if (state, step) not in EDGES:
        assert state is EndpointState.DELETED
        with pytest.raises(RuleForbids):
            endpoint.after(step)
        return
    after = endpoint.after(step)
    assert (after.state, after.version) == (EDGES[state, step], 2)


def test_every_state_has_its_lanes_and_events_go_to_those_that_answer() -> None:
    assert LANES_OF == {
        EndpointState.PENDING: 1,
        EndpointState.ENABLED: 10,
        EndpointState.FAILING: 1,
        EndpointState.DISABLED: 0,
        EndpointState.DELETED: 0,
    }
    wanted = {each for each in EndpointState if replace(ENDPOINT, state=each).wants_events}
    assert wanted == {EndpointState.ENABLED, EndpointState.FAILING}


def test_an_answer_of_2xx_is_done_and_all_others_are_not() -> None:
    for status in range(100, 600):
        outcome = answered(ENDPOINT, DELIVERY, Answer(status), NOW, 0)
        done = outcome.delivery.state is DeliveryState.DELIVERED
        assert done == (200 <= status < 300)
        assert (outcome.delivery.due_at is None) == done
    assert answered(ENDPOINT, DELIVERY, OK, NOW, 0).endpoint == ENDPOINT


def test_the_pauses_are_those_of_the_standard_over_three_days() -> None:
    delivery, at, waited = DELIVERY, NOW, []
    while True:
        delivery = answered(ENDPOINT, delivery, DOWN, at, 0).delivery
        if delivery.due_at is None:
            break
        waited.append(delivery.due_at - at)
        at = delivery.due_at
    hours = [2, 5, 10, 14, 20, 24]
    assert waited == [
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
        *(timedelta(hours=each) for each in hours),
    ]
    assert (delivery.state, len(delivery.tries)) == (DeliveryState.FAILED, 10)
    assert timedelta(days=3) < at - NOW < timedelta(days=4)


@given(st.integers(1, len(PAUSES)), st.floats(0, 1, exclude_max=True))
def test_jitter_makes_a_pause_longer_by_a_fifth_at_most(tries: int, jitter: float) -> None:
    at = next_try_at(tries, "", NOW, jitter)
    assert at is not None
    assert PAUSES[tries - 1] <= at - NOW <= PAUSES[tries - 1] * (1 + JITTER)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", 0),
        ("999999999999999999999", 86_400),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        ("١٢", 0),
        ("Wed, 10 Jun 2026 12:02:00 GMT", 120),
        ("Wed, 10 Jun 2026 11:00:00 GMT", 0),
        ("Wed, 10 Jun 2099 11:00:00 GMT", 86_400),
        ("Wed, 99 Jun 2026 11:00:00 GMT", 0),
    ],
)
def test_what_retry_after_asks_for_is_read_and_bounded(said: str, seconds: int) -> None:
    assert asked_pause(said, NOW) == timedelta(seconds=seconds)


def test_retry_after_puts_a_try_off_and_never_brings_it_forward() -> None:
    assert next_try_at(1, "120", NOW, 0) == NOW + timedelta(seconds=120)
    assert next_try_at(2, "120", NOW, 0) == NOW + timedelta(minutes=5)
    assert next_try_at(1, "9" * 9, NOW, 0) == NOW + PAUSE_MAX


def test_a_failing_endpoint_is_probed_and_the_first_success_ends_it() -> None:
    endpoint, pauses = ENDPOINT, []
    for _ in range(4):
        endpoint = answered(endpoint, DELIVERY, DOWN, NOW, 0).endpoint
        assert endpoint.next_try_at is not None
        pauses.append((endpoint.next_try_at - NOW).total_seconds())
    assert pauses == [5, 30, 300, 300]
    assert (endpoint.state, endpoint.failing_since) == (EndpointState.FAILING, NOW)
    well = answered(endpoint, DELIVERY, OK, NOW, 0).endpoint
    assert (well.state, well.failures) == (EndpointState.ENABLED, 0)
    assert (well.failing_since, well.next_try_at) == (None, None)


def test_a_receiver_that_asks_for_a_pause_is_left_alone_so_long() -> None:
    asked = answered(ENDPOINT, DELIVERY, Answer(429, retry_after="3600"), NOW, 0).endpoint
    hour = NOW + timedelta(hours=1)
    assert asked.is_paused_at(hour - timedelta(seconds=1))
    assert not asked.is_paused_at(hour)
    for answer in (OK, DOWN, Answer(503, retry_after="60")):
        later = answered(asked, DELIVERY, answer, NOW, 0).endpoint
        assert later.paused_until == hour
    longer = answered(asked, DELIVERY, Answer(503, retry_after="7200"), NOW, 0).endpoint
    assert longer.paused_until == NOW + timedelta(hours=2)


def test_what_is_sent_anew_keeps_its_tries_and_has_all_pauses_again() -> None:
    failed = DELIVERY
    for _ in range(len(PAUSES) + 1):
        failed = answered(ENDPOINT, failed, DOWN, NOW, 0).delivery
    assert failed.state is DeliveryState.FAILED
    again = replace(failed, state=DeliveryState.WAITING).sent_anew_after(failed)
    tried = answered(ENDPOINT, again, DOWN, NOW, 0).delivery
    assert tried.due_at == NOW + PAUSES[0]
    assert len(tried.all_tries) == len(failed.tries) + 1
    for _ in range(9):
        again = again.sent_anew_after(replace(again, tries=failed.tries))
    assert again.all_tries == again.earlier[-EARLIER_MAX:]
    assert len(again.earlier) == EARLIER_MAX


def test_gone_disables_at_once() -> None:
    after = answered(ENDPOINT, DELIVERY, GONE, NOW, 0).endpoint
    assert (after.state, after.reason) == (EndpointState.DISABLED, "It answered 410 Gone")


@pytest.mark.parametrize("answer", [OK, DOWN, GONE])
def test_a_try_that_was_on_its_way_changes_nothing_of_an_endpoint_that_is_off(
    answer: Answer,
) -> None:
    gone = answered(ENDPOINT, DELIVERY, GONE, NOW, 0).endpoint
    late = NOW + FAILING_FOR
    assert gone.was_given_up
    assert answered(gone, DELIVERY, answer, late, 0).endpoint == gone
    by_owner = ENDPOINT.after(Step.TURNED_OFF)
    assert not answered(by_owner, DELIVERY, answer, late, 0).endpoint.was_given_up


def test_five_days_without_a_success_disable_and_not_a_second_less() -> None:
    failing = answered(ENDPOINT, DELIVERY, DOWN, NOW, 0).endpoint
    almost = NOW + FAILING_FOR - timedelta(seconds=1)
    assert answered(failing, DELIVERY, DOWN, almost, 0).endpoint.state is EndpointState.FAILING
    after = answered(failing, DELIVERY, DOWN, NOW + FAILING_FOR, 0).endpoint
    assert (after.state, after.reason) == (EndpointState.DISABLED, "It failed for 5 days")


def test_an_answer_to_the_ping_enables_a_new_endpoint_and_a_failure_does_not() -> None:
    assert answered(PENDING, PING, OK, NOW, 0).endpoint.state is EndpointState.ENABLED
    assert answered(PENDING, PING, DOWN, NOW, 0).endpoint.state is EndpointState.PENDING


@pytest.mark.parametrize("answer", [OK, DOWN, GONE])
@pytest.mark.parametrize("endpoint", [PENDING, ENDPOINT, replace(ENDPOINT, failures=3)])
def test_what_another_url_answered_changes_nothing_of_an_endpoint(
    answer: Answer, endpoint: Endpoint
) -> None:
    other = "https://other.example.com/"
    for each in (PING, DELIVERY):
        outcome = webhook_answers.answered(endpoint, other, each, answer, NOW, 0)
        assert outcome.endpoint == endpoint
        assert len(outcome.delivery.tries) == 1


@pytest.mark.parametrize("answer", [OK, DOWN, GONE])
def test_an_endpoint_that_waits_for_its_ping_sends_and_counts_nothing_else(answer: Answer) -> None:
    assert (PENDING.may_send(PING), PENDING.may_send(DELIVERY)) == (True, False)
    assert ENDPOINT.may_send(DELIVERY)
    assert answered(PENDING, DELIVERY, answer, NOW, 0).endpoint == PENDING


def test_both_secrets_sign_for_a_day_after_a_rotation() -> None:
    rotated = ENDPOINT.rotated("new", NOW)
    day = timedelta(hours=24)
    assert rotated.secrets_at(NOW + day - timedelta(seconds=1)) == ("new", "k")
    assert rotated.secrets_at(NOW + day) == ("new",)
    assert ENDPOINT.secrets_at(NOW) == ("k",)


def test_an_endpoint_takes_the_types_that_its_account_is_told() -> None:
    chosen = event_names(" action.paid, inquiry.filed,", Role.PARTNER)
    assert chosen == ("inquiry.filed", "action.paid")
    for text in ("funds.low", "inquiry.filed action.paid", "x"):
        with pytest.raises(Malformed):
            event_names(text, Role.PARTNER)
    assert event_names("funds.low", Role.ADVERTISER) == ("funds.low",)
    some = replace(ENDPOINT, event_names=chosen)
    assert some.wants("action.paid")
    assert not some.wants("action.locked")
    assert ENDPOINT.wants("action.locked")
    assert not ENDPOINT.wants("")
    newer = replace(ENDPOINT, event_names=("inquiry.escalated",))
    assert not newer.wants("action.locked")


def test_a_message_names_its_endpoint_for_good() -> None:
    wake = Wake(SHOP, "e1")
    assert Wake.of(wake.message) == wake
    tried = answered(ENDPOINT, DELIVERY, DOWN, NOW, 0).delivery
    assert tried.message_id == DELIVERY.message_id
    assert replace(DELIVERY, number=8).message_id != DELIVERY.message_id
