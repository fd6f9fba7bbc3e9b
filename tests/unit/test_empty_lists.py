"""Lists of the field's API that are always empty here: which there are, and who may read them."""

import json
from typing import Any

import pytest
from makegood.api import empty_lists, routes
from makegood.api.app import Api
from makegood.domain.parties import Role
from makegood.domain.problems import NotFound, Problem

from tests import contract
from tests.unit.memory_lists import Lists, an_event

ACCOUNTS = {Role.ADVERTISER: "1", Role.PARTNER: "10001"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "makegood")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Makegood")


def ask(role: Role, uri: str, method: str = "GET", **more: Any) -> tuple[int, dict[str, Any]]:
    answer = Api(role, Lists()).handle(an_event(role, ACCOUNTS[role], uri, method, **more), None)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("path", empty_lists.LISTS)
def test_each_is_there_for_both_sides_and_empty(role: Role, path: str) -> None:
    uri = f"/{path.replace(empty_lists.ID, 'any-1')}.json?PageSize=100"
    status, body = ask(role, uri)
    assert (status, body[empty_lists.LISTS[path]]) == (200, [])
    assert (body["@total"], body["@numpages"], body["@nextpageuri"]) == ("0", "1", "")
    assert body["@uri"].endswith(uri)


@pytest.mark.parametrize("role", Role)
def test_none_hides_a_route(role: Role) -> None:
    for _, resource, _ in (*routes.BOTH, *routes.OWN[role]):
        names = resource[1:].split("/")
        with pytest.raises(Problem):
            empty_lists.key_of(names)


@pytest.mark.parametrize("path", ["Ads/1", "Reports/mp_action_listing", "Reports/1/MetaData"])
def test_nothing_stands_in_one(path: str) -> None:
    with pytest.raises(NotFound):
        empty_lists.key_of(path.split("/"))


def test_nothing_is_written_to_one() -> None:
    status, body = ask(Role.PARTNER, "/Deals", "POST")
    assert (status, body["code"]) == (405, "method_not_allowed")


def test_any_token_of_the_account_opens_one_and_no_other_account_s() -> None:
    assert ask(Role.PARTNER, "/Ads", scopes=("Actions",), read_only=True)[0] == 200
    other = "/Mediapartners/MG00000000000000000000/Ads"
    assert ask(Role.PARTNER, other)[0] == 403


@pytest.mark.parametrize("path", ["Wares", "Actions/1/Deals", "Campaigns/1/Stores", "ads", ""])
def test_what_the_field_does_not_list_is_unknown(path: str) -> None:
    with pytest.raises(Problem) as refused:
        empty_lists.key_of(path.split("/"))
    assert refused.value.code == "resource_unknown"


def test_they_are_described_by_their_names() -> None:
    parameters = contract.document()["components"]["parameters"]
    parts = [path.split("/") for path in empty_lists.LISTS if path.count("/") == 2]
    assert parameters["EmptyList"]["schema"]["enum"] == sorted(empty_lists.OF_ACCOUNT)
    assert set(parameters["Owner"]["schema"]["enum"]) == {owner for owner, _, _ in parts}
    assert set(parameters["PartList"]["schema"]["enum"]) == {name for _, _, name in parts}
