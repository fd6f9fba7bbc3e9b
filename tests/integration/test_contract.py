"""What the functions answer to, and what the API is described to answer to, are the same."""

import pytest
from makegood.store.store import Store

from tests import contract
from tests.integration.gateway import ADVERTISER, FUNCTIONS, PARTNER, ROOTS, Client, function


def routes(client: Client) -> set[tuple[str, str]]:
    """Method and path of every route, with {} for each id, and the two forms of empty lists."""
    api = function(FUNCTIONS[client.role]).ROUTES.api
    root = f"{ROOTS[client.role]}/{{}}"
    return {
        (method, root + "/".join("{}" if part[:1] == "<" else part for part in path.split("/")))
        for path, methods in api.routes.items()
        for method in methods
    } | {("GET", f"{root}/{{}}"), ("GET", f"{root}/{{}}/{{}}/{{}}")}


def described(client: Client) -> set[tuple[str, str]]:
    return {
        (method, "/".join("{}" if part[:1] == "{" else part for part in path.split("/")))
        for method, path in contract.operations()
        if path.startswith(ROOTS[client.role])
    }


@pytest.mark.parametrize("client", [ADVERTISER, PARTNER], ids=["advertisers", "partners"])
def test_every_route_is_described_and_everything_described_is_a_route(
    live: Store, client: Client
) -> None:
    assert routes(client) == described(client)


def test_what_is_described_is_one_side_s_or_the_other_s() -> None:
    paths = {path for _, path in contract.operations()}
    assert {each for each in paths if not each.startswith(tuple(ROOTS.values()))} == {"/Sessions"}
