"""Lists of millions, on a table that makes its actions as they are read."""

from typing import Any

import pytest
from makegood.store.indexes import StoredList
from makegood.store.plans import RULES_ALL, Plan, by_keys, by_owner, plan
from makegood.store.selection import Selection, Window

from tests.bench import lists
from tests.bench.endless import Endless
from tests.bench.lists import between
from tests.integration.market import CAMPAIGN, CASHBACK, LOYALTY, NOW

MILLION = 1_000_000


class Kept(lists.Market):
    """A market that keeps how many actions its campaign has had."""

    def listed_count(self, stored: StoredList) -> int:
        return self.table.count * (stored == StoredList.of_campaign("actions", CAMPAIGN))


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Endless:
    monkeypatch.setattr(lists, "Market", Kept)
    return Endless(5 * MILLION)


def told(table: Endless, query: dict[str, str]) -> tuple[int, bool]:
    cost = lists.page(table, by_date=True, query=query, number=1, size=10)
    assert cost.rows == 10
    return cost.total, cost.is_bound


def test_a_list_of_millions_is_as_long_as_is_kept_of_it(table: Endless) -> None:
    assert told(table, {}) == (table.count, False)


@pytest.mark.parametrize("count", [10, 2_500_000])
def test_a_window_is_counted_as_far_as_there_is_time(table: Endless, count: int) -> None:
    window = between(table.instant(1_000), table.instant(1_000 + count - 1))
    assert told(table, window) == (count, False)


def test_what_is_longer_than_can_be_counted_is_bounded_and_says_so(table: Endless) -> None:
    wide = between(table.instant(0), table.instant(table.count - 9))
    for query in (wide, {"MediaPartnerId": CASHBACK}, {"MediaPartnerId": LOYALTY}):
        total, is_bound = told(table, query)
        assert is_bound
        assert table.count <= total <= table.count * 1.1


def test_a_page_of_a_window_costs_the_same_however_many_are_stored() -> None:
    name, found = f"a window of {lists.WINDOW:,}", {}
    for count in (5_000, 500_000):
        table = Endless(count)
        query, rows = lists.asked(table)[name]
        cost = lists.page(table, by_date=True, query=query, number=1, size=lists.SIZE)
        assert (cost.rows, cost.total, cost.is_bound) == (lists.SIZE, rows + 1, False)
        found[name, count, "first"] = (cost, cost)
    assert [each for each in lists.figures(found) if not each.met] == []


SPAN = Window(NOW, None)
ASKED: tuple[dict[str, Any], ...] = (
    {},
    {"created": SPAN},
    {"happened": SPAN},
    {"modified": SPAN},
    {"locking": SPAN},
    {"currency": "USD"},
    {"about": "ORDER-1"},
)


@pytest.mark.parametrize("asked", ASKED, ids=str)
@pytest.mark.parametrize("owner", [{"campaigns": ("1", "2")}, {"partner": "7"}], ids=str)
def test_every_plan_is_bounded_by_what_is_kept_of_all_its_owners(
    owner: dict[str, Any], asked: dict[str, Any]
) -> None:
    selection = Selection(things="actions", now=NOW, **owner, **asked)
    whole = {StoredList.of_campaign("actions", each) for each in owner.get("campaigns", ())}
    whole = whole or {StoredList.of_partner("actions", "7")}
    found = (plan(selection, RULES_ALL), by_owner(selection), by_keys(selection))
    assert [each for each in found if each is not None and set(each.stored) != whole] == []
    assert all(isinstance(each, Plan) for each in found[:2])


def test_what_waits_is_no_whole_list() -> None:
    waiting = by_keys(Selection(things="actions", campaigns=("1",), awaiting=True, now=NOW))
    assert waiting is not None
    assert not waiting.is_whole
    assert by_owner(Selection(things="actions", campaigns=("1", "2"))).is_whole
