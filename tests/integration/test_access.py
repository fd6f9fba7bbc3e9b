"""Who may do what: every route that the functions have registered, asked by every caller."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import pytest
from makegood.domain.access import Account
from makegood.domain.parties import COLLECTIONS, PEOPLE_ONLY, Role
from makegood.domain.rate_limit import Allowance
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import (
    ADVERTISER,
    FUNCTIONS,
    OTHER_ADVERTISER,
    OTHER_PARTNER,
    PARTNER,
    Answer,
    Client,
    Context,
    basic,
    function,
)

OFTEN = Allowance(1_000_000, 10_000)
OWNERS = (replace(ADVERTISER, allowance=OFTEN), replace(PARTNER, allowance=OFTEN))
OTHERS = {ADVERTISER.role: OTHER_ADVERTISER, PARTNER.role: OTHER_PARTNER}


@dataclass(frozen=True, slots=True)
class Route:
    """One route, as its owner would call it."""

    owner: Client
    method: str
    path: str
    collection: str

    @property
    def writes(self) -> bool:
        return self.method != "GET"

    @property
    def scope(self) -> str:
        return f"{self.collection}:{'write' if self.writes else 'read'}"

    def ask(self, client: Client, root: str = "") -> Answer:
        """The function that serves the route, asked by somebody below some account's path."""
        event = client.event(self.method, (root or self.owner.root) + self.path)
        answer = function(FUNCTIONS[self.owner.role]).handler(event, Context())
        return Answer(answer["statusCode"], answer["headers"], answer["body"])


def routes() -> Iterator[Route]:
    """Every route that tokens open."""
    return (each for each in registered() if each.collection not in PEOPLE_ONLY)


def registered() -> Iterator[Route]:
    """Every route that the functions have registered, with 1 for every id."""
    for owner in OWNERS:
        api = function(FUNCTIONS[owner.role]).ROUTES.api
        for resource, methods in api.routes.items():
            parts = ("1" if part.startswith("<") else part for part in resource.split("/"))
            path = "/".join(parts)
            for method, collection in methods.items():
                yield Route(owner, method, path, collection)


def test_its_owner_gets_through_to_every_route(live: Store) -> None:
    told = {(each.method, each.path): each.ask(each.owner).status for each in routes()}
    assert len(told) >= 15
    assert set(told.values()) <= {200, 400, 404}, told


def test_nobody_gets_in_by_another_account_s_path(live: Store) -> None:
    for each in routes():
        other = replace(OTHERS[each.owner.role], allowance=OFTEN)
        (opposite,) = [owner for owner in OWNERS if owner.role is not each.owner.role]
        for client, root in (
            (other, each.owner.root),
            (opposite, each.owner.root),
            (opposite, each.owner.root.replace(each.owner.sid, opposite.sid)),
        ):
            answer = each.ask(client, root)
            assert (answer.status, answer.body["code"]) == (403, "forbidden"), each


def test_a_read_only_token_reads_everything_and_writes_nothing(live: Store) -> None:
    for each in routes():
        answer = each.ask(replace(each.owner, read_only=True))
        if each.writes:
            assert (answer.status, answer.body["code"]) == (403, "scope"), each
            assert each.scope in answer.body["Message"]
        else:
            assert answer.status in (200, 400, 404), each


def test_a_token_opens_the_collections_of_its_scopes_and_no_others(live: Store) -> None:
    for each in routes():
        answer = each.ask(replace(each.owner, scopes=(each.collection,)))
        assert answer.status in (200, 400, 404), each
        others = tuple(sorted(COLLECTIONS - {each.collection}))
        answer = each.ask(replace(each.owner, scopes=others))
        assert (answer.status, answer.body["code"]) == (403, "scope"), each
        assert each.scope in answer.body["Message"]


def test_no_token_opens_what_is_for_people(live: Store) -> None:
    closed = [each for each in registered() if each.collection in PEOPLE_ONLY]
    assert len(closed) >= len(OWNERS)
    for each in closed:
        answer = each.ask(each.owner)
        assert (answer.status, answer.body["code"]) == (403, "no_person"), each


def test_a_revoked_token_comes_to_no_route(live: Store) -> None:
    for owner in OWNERS:
        account = Account(owner.role, owner.account_id).with_token("t0ken", market.NOW)
        revoked = account.revoked(account.credentials[0].credential_id, market.NOW)
        assert live.put_account(revoked)
    for each in routes():
        arn = f"arn:aws:execute-api:us-east-1:123456789012:api1/v1/{each.method}{each.owner.root}"
        headers = {"Authorization": basic(each.owner.sid, "t0ken")}
        with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
            function("authorizer").handler({"methodArn": arn, "headers": headers}, Context())


def test_a_resource_that_is_not_here_is_forbidden_by_any_method(live: Store) -> None:
    unknown = ("", "/", "/Wares", "/Wares/1", "/Actions/1/Deals", "/A/b/c/d/e/f/g.json", "/%20/x")
    methods = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
    for client, path, method in product(OWNERS, unknown, methods):
        answer = client.send(client.event(method, path))
        assert (answer.status, answer.body["code"]) == (403, "resource_unknown"), (method, path)
        assert answer.body["Status"] == "ERROR"


def test_a_known_resource_names_its_methods_and_has_no_object_of_a_strange_name(
    live: Store,
) -> None:
    for each in routes():
        tried = each.owner.send(each.owner.event("PATCH", each.path))
        assert (tried.status, tried.body["code"]) == (405, "method_not_allowed"), each
        assert each.method in tried.headers["Allow"].split(", ")
        if "/1" in each.path and "/Orders/" not in each.path:
            for name in ('/a"b', "/" + "9" * 65, "/\u00e9"):
                path = each.path.replace("/1", name)
                answer = each.owner.send(each.owner.event(each.method, path))
                assert (answer.status, answer.body["code"]) == (404, "not_found"), path


def test_access_that_somebody_else_has_changed_is_not_overwritten(trading: Store) -> None:
    account = Account(Role.PARTNER, market.CASHBACK)
    assert trading.put_account(account)
    assert not trading.put_account(account)
    kept = trading.account(account.account_sid)
    assert kept is not None
    assert trading.put_account(kept)
    assert not trading.put_account(kept)
