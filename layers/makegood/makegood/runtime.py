"""The Lambda runtime: log, metrics, routing and batches. Knows Powertools.

Everything that reads the environment or the clock is here or in `settings`, for handlers only.
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
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

from makegood import rates, wire
from makegood.directory import Caller, Role, collection_of
from makegood.problems import Internal, MethodNotAllowed, NotFound, Problem, TooManyRequests
from makegood.settings import Clock, Settings, settings
from makegood.store import Store
from makegood.wire import Rate, Reply, Request
from makegood.wire_objects import AUDIENCES

__all__ = [
    "Api",
    "Clock",
    "Settings",
    "count",
    "deadline",
    "each_message",
    "logger",
    "new_id",
    "new_token",
    "settings",
]

ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
MARGIN_SECONDS = 15
"""What a function keeps of its time for handing work on."""


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
        self.routes: dict[str, dict[str, str]] = {}
        """Collections by resource and method."""

    def route(self, method: str, resource: str) -> Callable[[Route], Route]:
        """Registers a route; `resource` follows the account, like `/Actions/<action_id>`."""

        collection = collection_of(resource)
        self.routes.setdefault(resource, {})[method] = collection

        def register(function: Route) -> Route:
            def called(sid: str, **ids: str) -> Response:
                request = self._request()
                request.caller.check_path(self.role, sid)
                request.caller.check_scope(collection, writing=method != "GET")
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
        account_sid, rate = "", Rate(rates.PER_HOUR, 0, wire.BUSY_SECONDS)
        try:
            caller = wire.caller_of(event)
            account_sid = caller.account_sid
            rate = self._take(caller)
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
        if rate.wait_seconds:
            raise TooManyRequests(rate.wait_seconds)
        self.request = wire.read_request(event)
        routed = {**event, "path": self.request.path, "httpMethod": self.request.method}
        answer = self.resolver.resolve(routed, context)
        return Reply(answer["body"], answer["statusCode"], _single(answer))

    def _request(self) -> Request:
        if self.request is None:
            raise Internal
        return self.request

    def _take(self, caller: Caller) -> Rate:
        """Takes the request from the account's bucket; who finds it empty is told to wait."""
        allowance, now = caller.allowance, rates.micros(datetime.now(UTC))
        taken, full_at = self.store.take(caller.account_sid, allowance, now)
        return Rate(
            allowance.per_hour,
            allowance.remaining(full_at, now),
            allowance.reset_seconds(full_at, now),
            0 if taken else allowance.wait_seconds(full_at, now),
        )

    def _response(self, reply: Reply) -> Response:
        rendered = reply.render()
        return Response(reply.status, body=rendered["body"], headers=rendered["headers"])

    def _not_found(self, error: Exception) -> Response:
        """A known resource with another method is 405; anything else is not a resource of ours."""
        request = self._request()
        methods = self._methods(request.path)
        if request.method in methods:
            raise NotFound
        if methods:
            raise MethodNotAllowed(methods)
        raise wire.unknown_resource()

    def _methods(self, path: str) -> list[str]:
        """The methods of the resource at a path, whatever the ids in it; none of an unknown one."""
        parts = path.split("/")[3:]
        for resource, methods in self.routes.items():
            names = resource.split("/")[1:]
            pairs = zip(names, parts, strict=False)
            if len(names) == len(parts) and all(a == b or a[:1] == "<" for a, b in pairs):
                return sorted(methods)
        return []

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


def each_change(
    event: dict[str, Any], work: Callable[[list[dict[str, Any]]], None]
) -> dict[str, Any]:
    """Works on a stream's batch; where that fails, one by one as far as it goes.

    The first record that fails is named, and delivered again with all that follow it. The work
    must bear being done twice.
    """
    records = event["Records"]
    try:
        work(records)
    except Exception:
        logger().exception("batch failed, and is tried one by one")
    else:
        return {"batchItemFailures": []}
    for record in records:
        try:
            work([record])
        except Exception:
            logger().exception("change failed, and is delivered again")
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
