"""The resources of one audience by HTTP: routes, errors, rate limit, one log line a request."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from makegood.api import empty_lists, http, negotiation
from makegood.api.callers import caller_of, context_of
from makegood.api.cors import NO_ORIGINS, Origins
from makegood.api.http import Rate, Reply, Request
from makegood.domain import rate_limit
from makegood.domain.account_people import check_may
from makegood.domain.parties import SPELLINGS, Caller, Role, collection_of
from makegood.domain.problems import Internal, MethodNotAllowed, NotFound, Problem, TooManyRequests
from makegood.runtime import telemetry
from makegood.store.store import Store

ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

TEXTS = frozenset({"order_id", "sku"})
"""Parts of paths that are no ids of ours, but texts that somebody else gave."""

Route = Callable[..., Reply]


class Api:
    """The resources of one audience, below its account's path.

    A route is a function of the request and the path's ids. A `Problem` that it raises becomes an
    answer here, and nowhere else.
    """

    def __init__(self, role: Role, store: Store, origins: Origins = NO_ORIGINS) -> None:
        self.role = role
        self.store = store
        self.origins = origins
        self.log = telemetry.logger()
        self.routes: dict[str, dict[str, str]] = {}
        """Collections by resource and method."""

        self.functions: dict[tuple[str, str], Route] = {}

    def route(self, method: str, resource: str) -> Callable[[Route], Route]:
        """Registers a route; `resource` follows the account, like `/Actions/<action_id>`."""

        def register(function: Route) -> Route:
            self.routes.setdefault(resource, {})[method] = collection_of(resource)
            self.functions[method, resource] = function
            return function

        return register

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answers one event of the gateway."""
        started = time.monotonic()
        request_id = context_of(event).get("requestId") or ""
        accepted = http.accepted_of(event)
        account_sid, rate = "", Rate(rate_limit.PER_HOUR, 0, http.BUSY_SECONDS)
        try:
            caller = caller_of(event)
            account_sid = caller.account_sid
            rate = self.take_from_bucket(caller)
            reply = self._routed(event, rate)
        except Internal:
            self.log.exception("internal", request_id=request_id)
            reply = http.error_reply(Internal(), request_id)
        except Problem as problem:
            reply = http.error_reply(problem, request_id)
        except Exception:
            self.log.exception("unexpected", request_id=request_id)
            reply = http.error_reply(Internal(), request_id)
        self._log_request(event, reply, request_id, account_sid, started)
        more = {**rate.headers(), "X-Request-Id": request_id, **self.origins.headers(event)}
        answer = reply.render(more, accepted)
        return {**answer, "body": ""} if event.get("httpMethod") == "HEAD" else answer

    def _routed(self, event: dict[str, Any], rate: Rate) -> Reply:
        """The route's answer; raises the problem that keeps the request from its route."""
        if rate.wait_seconds:
            raise TooManyRequests(rate.wait_seconds)
        request = http.read_request(event)
        audience, _, path = request.path.removeprefix(http.OLDER)[1:].partition("/")
        sid, *names = path.split("/")
        resource, ids = self._match(names)
        if SPELLINGS.get(audience) is not self.role:
            raise http.unknown_resource()
        if not resource:
            return self._empty_list(request, sid, names)
        if request.method not in self.routes[resource]:
            raise MethodNotAllowed(sorted(self.routes[resource]))
        request.caller.check_path(self.role, sid)
        collection = self.routes[resource][request.method]
        check_may(request.caller, collection, writing=request.method != "GET")
        if not all(ID.fullmatch(each) for name, each in ids.items() if name not in TEXTS):
            raise NotFound
        reply = self.functions[request.method, resource](request, **ids)
        return reply if request.method != "GET" else _object(reply, resource, request)

    def _empty_list(self, request: Request, sid: str, names: list[str]) -> Reply:
        """What the field's API lists and nobody keeps here; raises for what it does not list."""
        key = empty_lists.key_of(names)
        if request.method != "GET":
            raise MethodNotAllowed(["GET"])
        request.caller.check_path(self.role, sid)
        return empty_lists.reply(request, key)

    def _match(self, names: list[str]) -> tuple[str, dict[str, str]]:
        """The resource of a path below the account, and the ids in the path; or nothing. Of two, it
        is the one with fewer ids: a word of ours is no id.
        """
        found: list[tuple[str, dict[str, str]]] = []
        for resource in self.routes:
            known = resource.split("/")[1:]
            pairs = list(zip(known, names, strict=False))
            if len(known) == len(names) and all(a == b or a[:1] == "<" for a, b in pairs):
                found.append((resource, {a[1:-1]: b for a, b in pairs if a[:1] == "<"}))
        return min(found, key=lambda each: len(each[1]), default=("", {}))

    def take_from_bucket(self, caller: Caller, count: int = 1) -> Rate:
        """Takes requests off the account's bucket; if it has too few, the answer says to wait."""
        allowance, now = caller.allowance, rate_limit.micros(datetime.now(UTC))
        taken, full_at = self.store.take(caller.bucket, allowance, now, count)
        return Rate(
            allowance.per_hour,
            allowance.remaining(full_at, now),
            allowance.reset_seconds(full_at, now),
            0 if taken else allowance.wait_seconds(full_at, now, count),
        )

    def _log_request(
        self,
        event: Mapping[str, Any],
        reply: Reply,
        request_id: str,
        account_sid: str,
        started: float,
    ) -> None:
        """One line a request: ids, never a token, a body or a customer."""
        self.log.info(
            "request",
            request_id=request_id,
            account=account_sid,
            method=event.get("httpMethod", ""),
            resource=_loggable(event.get("path", "")),
            status=reply.status,
            milliseconds=int((time.monotonic() - started) * 1000),
        )
        telemetry.emit_metrics("request", {f"{reply.status // 100}xx": 1})


def _object(reply: Reply, resource: str, request: Request) -> Reply:
    """What a single object is answered with: its tag, or only that the client has it already."""
    if isinstance(reply.body, str | bytes) or any(name[0] == "@" for name in reply.body):
        return reply
    sent = replace(reply, resource=resource).written(request.accepted)
    tag = negotiation.tag_of(sent.body)
    if negotiation.has_already(request.if_none_match, tag):
        return Reply("", HTTPStatus.NOT_MODIFIED, {"ETag": tag})
    return replace(sent, headers={**sent.headers, "ETag": tag})


def _loggable(path: str) -> str:
    """A path as it may be logged: what is neither a name nor an id may be anything, and the id of
    a shop's order is the shop's.
    """
    names = path.split("/")
    shown = []
    for at, each in enumerate(names):
        is_ours = ID.fullmatch(each) and names[at - 1] != "Orders"
        shown.append(each if is_ours else "?" * bool(each))
    return "/".join(shown)
