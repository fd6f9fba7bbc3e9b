"""A receiver of webhooks on this machine, and what has events delivered to it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from makegood.domain.events import Owner
from makegood.domain.webhook_signatures import secret_bytes, signature
from makegood.domain.webhooks import DeliveryState, Endpoint, EndpointState, ping_of
from makegood.runtime import settings
from makegood.store.deliveries import RequestedStore, delivering
from makegood.store.webhooks import opening_endpoint

from tests.integration import stack
from tests.integration.gateway import PARTNER, Client, Context, function
from tests.integration.streams import Stream


@dataclass
class Receiver:
    """A server that keeps what it is sent, and answers with the next status."""

    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list, repr=False)
    url: str = ""

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.got.append((headers, body))
        return self.statuses.pop(0) if self.statuses else 204


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(kept.take(told, body))
            for name, value in kept.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    kept.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    yield kept
    server.shutdown()
    server.server_close()


def endpoint_with_a_delivery(client: Client, webhook_id: str, given_up: bool = False) -> None:
    """An endpoint that has got five events, and the delivery of the first."""
    now, owner = settings.wall_now(), Owner(client.role, client.account_id)
    named = webhook_id, "https://hooks.example.com/", "secret", now
    made = Endpoint(owner, *named, state=EndpointState.ENABLED, cursor=5)
    if given_up:
        over = EndpointState.DISABLED
        made = replace(made, state=over, failing_since=now, reason="It answered 410 Gone")
    told = ping_of(made, now, "1")
    name, over = "000000000000001", DeliveryState.DELIVERED
    done = replace(told, name=name, number=1, event_name="inquiry.filed", state=over, due_at=None)
    writes = opening_endpoint(made)
    writes.take(delivering(done))
    RequestedStore(stack.TABLES).commit_requested(writes, None)


@dataclass
class Clock:
    """The real clock, as far as it has been moved on."""

    moved: timedelta = timedelta(0)

    def __call__(self) -> Any:
        return settings.wall_now() + self.moved


def opened(client: Client, receiver: Receiver, **fields: str) -> dict[str, Any]:
    answer = client.post("/Webhooks", {"Url": receiver.url, **fields})
    assert answer.status == 200, answer.text
    return answer.body


def enabled(client: Client, receiver: Receiver, **fields: str) -> dict[str, Any]:
    made = opened(client, receiver, **fields)
    look()
    assert receiver.types.pop() == "endpoint.ping"
    receiver.got.clear()
    return made


def state(client: Client, made: dict[str, Any]) -> str:
    return client.get(made["Uri"]).body["State"]


def delivered(client: Client, made: dict[str, Any]) -> list[dict[str, Any]]:
    return client.get(made["DeliveriesUri"]).body["Deliveries"]


def verified(got: tuple[dict[str, str], bytes], secret: str) -> bool:
    headers, body = got
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    expected = signature(secret_bytes(secret), headers["webhook-id"], at, body)
    return expected in headers["webhook-signature"].split(" ")


def publish(stream: Stream, records: list[Any] | None = None) -> None:
    """Tells the events function these records, or what the stream has since the last time."""
    told = stream.records() if records is None else records
    answer = function("events").handler({"Records": told}, Context())
    assert answer == {"batchItemFailures": []}


def work() -> int:
    """Has workers take what waits in the queue; returns how many were woken."""
    woken = 0
    while True:
        got = stack.client("sqs").receive_message(
            QueueUrl=stack.ENVIRONMENT["WEBHOOKS_QUEUE_URL"], MaxNumberOfMessages=10
        )
        records = [
            {
                "messageId": each["MessageId"],
                "receiptHandle": each["ReceiptHandle"],
                "body": each["Body"],
                "attributes": {},
            }
            for each in got.get("Messages", ())
        ]
        if not records:
            return woken
        answer = function("webhooks").handler({"Records": records}, Context())
        assert answer == {"batchItemFailures": []}
        for each in records:
            stack.client("sqs").delete_message(
                QueueUrl=stack.ENVIRONMENT["WEBHOOKS_QUEUE_URL"],
                ReceiptHandle=each["receiptHandle"],
            )
        woken += len(records)


def look() -> int:
    """The schedule's look at what is due, and the work that follows."""
    function("events").handler({}, Context())
    return work()


def webhooks_are_sent_again_and_anew(world: Any) -> Iterator[None]:
    """Endpoints are made, one of them fails, and all is sent anew: a step of mixed versions."""
    with receiving() as receiver:
        receiver.statuses = [204, 204, 500]
        made = []
        for _ in range(2):
            made.append(PARTNER.post("/Webhooks", {"Url": receiver.url}).body)
            yield
        look()
        world.track("W-1")
        yield
        work()
        yield
        for each in PARTNER.get(made[0]["DeliveriesUri"]).body["Deliveries"]:
            assert PARTNER.post(each["ReplayUri"], {}).status == 200
        assert PARTNER.post(f"{made[0]['Uri']}/Replay", {"After": "0"}).status == 200
        yield
        look()
        yield
        assert PARTNER.put(made[0]["Uri"], {"Enabled": "false"}).status == 200
