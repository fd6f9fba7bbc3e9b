"""Webhooks in numbers: the short form of `python -m tests.torture --part hooks`."""

import pytest

from tests.torture import hook_flows


@pytest.mark.parametrize(("accounts", "endpoints", "events"), [(1, 1, 500), (3, 10, 20)])
def test_every_event_comes_once_to_every_endpoint(
    accounts: int, endpoints: int, events: int
) -> None:
    faults, said = hook_flows.load(accounts, endpoints, events)
    assert faults == []
    assert said.startswith(f"{accounts * endpoints * events:,} received")


@pytest.mark.parametrize("part", [0.01, 0.1])
def test_calls_that_fail_lose_no_event_and_mark_none_twice(part: float) -> None:
    assert hook_flows.weather(part, 50)[0] == []


def test_who_is_away_for_a_day_gets_all_of_it_and_delays_nobody() -> None:
    assert hook_flows.away(24)[0] == []


def test_no_more_tries_are_on_their_way_than_an_endpoint_has_lanes() -> None:
    assert hook_flows.crowd(100, 20)[0] == []


def test_wrong_clocks_lose_no_event_and_mark_none_twice() -> None:
    assert hook_flows.clocks(50)[0] == []


def test_receivers_that_are_slow_keep_no_other_waiting() -> None:
    assert hook_flows.slow(40)[0] == []


def test_a_delivery_costs_few_calls() -> None:
    """One read and two writes, and its part of what is read and written for many."""
    bill = hook_flows.costs(200, together=200).bill
    assert bill.calls.total() < 6
    assert bill.calls["TransactWriteItems"] < 3
    assert bill.writes < 20
