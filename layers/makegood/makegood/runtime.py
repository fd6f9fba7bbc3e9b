"""The Lambda runtime: settings, clock, log, metrics, routing and batches. Knows Powertools.

Everything that reads the environment or the clock is here, and is called by handlers only.
"""

import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.event_handler.api_gateway import APIGatewayRestResolver, Response
from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,
)

from makegood import wire
from makegood.directory import Role
from makegood.problems import Internal, MethodNotAllowed, NotFound, Problem, TooManyRequests
from makegood.store import Store, Tables
from makegood.wire import Rate, Reply, Request
from makegood.wire_objects import AUDIENCES

REQUESTS_PER_HOUR = 3_600
METHODS = ("GET", "POST", "PUT", "DELETE")
ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
MARGIN_SECONDS = 15
"""What a function keeps of its time for handing work on."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the template tells a function."""

    tables: Tables
    inbox: str
    results: str
    chunks_queue: str
    sweep_queue: str
    clock_adjustable: bool


def settings() -> Settings:
    names = ("directory", "inquiries", "actions", "ledger", "files", "requests")
    return Settings(
        tables=Tables(**{name: os.environ[f"{name.upper()}_TABLE"] for name in names}),
        inbox=os.environ["INBOX_BUCKET"],
        results=os.environ["RESULTS_BUCKET"],
        chunks_queue=os.environ["CHUNKS_QUEUE_URL"],
        sweep_queue=os.environ["SWEEP_QUEUE_URL"],
        clock_adjustable=os.environ["ADJUSTABLE_CLOCK"] == "true",
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, in UTC and milliseconds; where the stack allows it, the instant the operator set."""

    store: Store
    adjustable: bool

    def __call__(self) -> datetime:
        adjusted = self.store.adjusted_clock() if self.adjustable else None
        now = datetime.now(UTC)
        return adjusted or now.replace(microsecond=now.microsecond // 1000 * 1000)


def new_id() -> str:
    """A name that nobody can guess, for something that has none of its own."""
    return secrets.token_hex(12)


def new_token() -> str:
    """A secret of 256 bits."""
    return secrets.token_urlsafe(32)


def logger() -> Logger:
    return Logger()


def deadline(context: Any) -> Callable[[], bool]:
    """Says whether there is time for more before the function is stopped."""
    return lambda: context.get_remaining_time_in_millis() > MARGIN_SECONDS * 1000


def count(name: str, values: Mapping[str, int], unit: str = "Count") -> None:
    """Metrics of one thing that was done, as one line of the embedded metric format."""
    metrics = Metrics()
    metrics.add_dimension(name="what", value=name)
    for each, value in values.items():
        metrics.add_metric(name=each, unit=MetricUnit(unit), value=value)
    metrics.flush_metrics()


Route = Callable[..., Reply]


class Api:
    """The resources of one audience, below its account's path.

    A route is a function of the request and the path's ids; whatever `Problem` it raises becomes
    an answer here, and nowhere else.
    """

    def __init__(self, role: Role, store: Store, clock: Callable[[], datetime]) -> None:
        self.role = role
        self.store = store
        self.clock = clock
        self.log = logger()
        self.resolver = APIGatewayRestResolver()
        self.resolver.not_found(self._not_found)
        self.resolver.exception_handler(Exception)(_raised)
        self.request: Request | None = None

    def route(self, method: str, resource: str) -> Callable[[Route], Route]:
        """Registers a route; `resource` follows the account, like `/Actions/<action_id>`."""

        def register(function: Route) -> Route:
            def called(sid: str, **ids: str) -> Response:
                request = self._request()
                request.caller.check_path(self.role, sid)
                if method != "GET":
                    request.caller.check_may_write()
                if not all(ID.fullmatch(each) for each in ids.values()):
                    raise NotFound
                return self._response(function(request, **ids))

            rule = f"/{AUDIENCES[self.role]}/<sid>{resource}"
            self.resolver.route(rule, method=method)(called)
            return function

        return register

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answers one event of the gateway."""
        started = time.monotonic()
        request_id = wire.context_of(event).get("requestId") or ""
        account_sid, rate = "", Rate(REQUESTS_PER_HOUR, 0, wire.BUSY_SECONDS)
        try:
            account_sid = wire.caller_of(event).account_sid
            rate = self._take(account_sid)
            reply = self._answered(event, context, rate)
        except Internal:
            self.log.exception("internal", request_id=request_id)
            reply = wire.error(Internal(), request_id)
        except Problem as problem:
            reply = wire.error(problem, request_id)
        except Exception:
            self.log.exception("unexpected", request_id=request_id)
            reply = wire.error(Internal(), request_id)
        self._note(event, reply, request_id, account_sid, started)
        return reply.render({**rate.headers(), "X-Request-Id": request_id})

    def _answered(self, event: dict[str, Any], context: Any, rate: Rate) -> Reply:
        """The answer of the route; raises what keeps the request from it."""
        if rate.remaining < 0:
            raise TooManyRequests(rate.reset_seconds)
        self.request = wire.read_request(event)
        routed = {**event, "path": self.request.path, "httpMethod": self.request.method}
        answer = self.resolver.resolve(routed, context)
        return Reply(answer["body"], answer["statusCode"], _single(answer))

    def _request(self) -> Request:
        if self.request is None:
            raise Internal
        return self.request

    def _take(self, account_sid: str) -> Rate:
        """Counts the request in the account's running hour; below zero, it is one too many."""
        now = datetime.now(UTC)
        window = now.replace(minute=0, second=0, microsecond=0)
        end = window + timedelta(hours=1)
        left = int((end - now).total_seconds()) + 1
        expires = end + timedelta(hours=1)
        taken = self.store.count_request(account_sid, f"{window:%Y-%m-%dT%H}", expires)
        return Rate(REQUESTS_PER_HOUR, REQUESTS_PER_HOUR - taken, left)

    def _response(self, reply: Reply) -> Response:
        rendered = reply.render()
        return Response(reply.status, body=rendered["body"], headers=rendered["headers"])

    def _not_found(self, error: Exception) -> Response:
        """A known resource with another method is 405; anything else is not a resource of ours."""
        request = self._request()
        for method in METHODS:
            if self._knows(method, request.path):
                raise MethodNotAllowed
        raise wire.unknown_resource()

    def _knows(self, method: str, path: str) -> bool:
        routes = [*self.resolver._static_routes, *self.resolver._dynamic_routes]
        return any(each.method == method and each.rule.match(path) for each in routes)

    def _note(
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
            resource=event.get("path", ""),
            status=reply.status,
            milliseconds=int((time.monotonic() - started) * 1000),
        )
        count("request", {f"{reply.status // 100}xx": 1})


def _raised(error: Exception) -> Response:
    """Lets it through to `handle`; the resolver would log it first, with all that it says."""
    raise error


def _single(answer: Mapping[str, Any]) -> dict[str, str]:
    many = answer.get("multiValueHeaders") or {}
    return {name: values[0] for name, values in many.items()}


def each_message(
    event: dict[str, Any],
    context: Any,
    work: Callable[[dict[str, Any]], None],
    fifo: bool = False,
    give_back: Callable[[str, int], None] | None = None,
) -> dict[str, Any]:
    """Works on every message of a batch; those that fail are delivered again, the others not.

    `give_back` takes the receipt of one that failed, and how often it was received by now.
    """
    processor = SqsFifoPartialProcessor() if fifo else BatchProcessor(EventType.SQS)
    processor.raise_on_entire_batch_failure = False
    answer = process_partial_response(
        event=event,
        record_handler=lambda record: work(record.json_body),
        processor=processor,
        context=context,
    )
    for failure in processor.exceptions:
        logger().error("message failed, and is delivered again", exc_info=failure)
    for record in processor.fail_messages if give_back else ():
        give_back(record.receipt_handle, int(record.attributes.approximate_receive_count or 1))
    return dict(answer)
