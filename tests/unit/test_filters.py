"""What narrows a list, and what is told of a parameter that does not."""

import json
from contextlib import suppress

import pytest
from makegood.api import filters, inquiries
from makegood.domain.parties import Role
from makegood.domain.problems import Invalid

from tests.unit.memory_lists import an_action, by_partner, query_of
from tests.unit.test_listings import actions_now, ids, listed, of


def test_parameters_that_a_list_does_not_know_are_ignored_kept_and_told() -> None:
    answer = listed(of(1), by_partner("/ActionInquiries?IrVersion=14&Fields=a%20b"))
    assert query_of(answer["@lastpageuri"]) == {"IrVersion": "14", "Fields": "a b", "Page": "1"}
    (warning,) = answer["Warnings"]
    assert warning.startswith(
        "Fields is no filter of this list and was left out: it has CampaignId"
    )
    assert ids(answer) == ["1"]


QUIET = "IrVersion=14&irversion=1&IR-Version=2&AccountSid=x&PageSize=2&Page=1&Cursor=&Foo=&Oid=%20"


def test_a_list_that_knows_all_that_it_is_asked_has_nothing_to_tell() -> None:
    for query in ("", QUIET):
        assert "Warnings" not in listed(of(1), by_partner(f"/ActionInquiries?{query}"))


@pytest.mark.parametrize(
    ("key", "name", "meant"),
    [
        ("ActionInquiries", "Oid", "OrderId"),
        ("Actions", "orderid", "OrderId"),
        ("ActionInquiries", "pagesize", "PageSize"),
        ("ActionInquiries", "State", "ResolutionStatus"),
        ("Actions", "ResolutionStatus", "State"),
        ("Contracts", "State", "Status"),
        ("Invoices", "Oid", ""),
        ("Files", "Kind", ""),
        ("Actions", "n" * 1_000, ""),
    ],
)
def test_a_filter_that_is_called_otherwise_is_told_by_its_name(key, name, meant) -> None:
    (warning,) = filters.warnings(Role.PARTNER, key, {name: "1"})
    assert warning.startswith(name[:100])
    assert ("; give " in warning) == bool(meant)
    assert f"; give {meant}" in warning or not meant
    has = filters.known(Role.PARTNER, key)
    assert warning.endswith(f"it has {', '.join(has)}" if has else "it has none")


@pytest.mark.parametrize(
    ("key", "name"),
    [(key, name) for key in ("ActionInquiries", "Actions") for name in filters.FILTERS[key]],
)
def test_what_is_called_a_filter_is_one(key: str, name: str) -> None:
    """Nothing is found by what nothing has, or it cannot be read."""
    lists = of(1).add(an_action(1))
    read = inquiries.inquiries if key == "ActionInquiries" else actions_now
    with suppress(Invalid):
        assert json.loads(str(read(lists, by_partner(f"/{key}?{name}=zz")).body))[key] == []
