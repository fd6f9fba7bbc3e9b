"""What a life costs: an inquiry that is filed and accepted, its action locked and paid.

In calls, read units and write units, and in dollars; beside the plain design, in which every action
is locked and paid by a transaction of its own, and every index holds all attributes.
"""

from collections.abc import Iterator, Mapping

from tests.bench.figures import Figure
from tests.bench.scenes import Scene
from tests.bench.units import Bill, Tables, declared, in_full
from tests.infra.sources import STORAGE
from tests.torture.world import KINDS, TABLES, World

LIMIT = 1.5
LIFE = ("submit", "resolve", "lock", "pay")
PLAIN_LIFE = ("submit", "resolve", "lock one", "pay one")
FILED_LIFE = ("ingest claims", "ingest resolutions", "lock", "pay")

PRICES = {
    "DynamoDB write request unit": 0.625,
    "DynamoDB read request unit": 0.125,
    "API Gateway REST request": 3.50,
    "Lambda request": 0.20,
    "Lambda arm64 GB-second": 13.3334,
    "S3 PUT": 5.00,
    "S3 GET": 0.40,
    "SQS request": 0.40,
}
"""Dollars a million, on demand, us-east-1, list prices as of November 2026, no free tier."""

REQUEST_SECONDS = 0.05
"""How long one request is assumed to run on AWS, waiting included."""

REQUEST_GB = 0.5


class Costs:
    """The scenes, in the order in which they were played, as bills."""

    def __init__(self, world: World, scenes: Mapping[str, Scene], plain: bool = False) -> None:
        indexes = declared()
        tables = Tables(
            {getattr(TABLES, kind): kind for kind in KINDS},
            in_full(indexes) if plain else indexes,
        )
        tables.items.update(
            {(getattr(TABLES, kind), pk, sk): item for (kind, pk, sk), item in world.kept.items()}
        )
        self.tables = tables
        self.bills = {
            name: tables.bill(scene.tape).of_each(scene.units) for name, scene in scenes.items()
        }

    def life(self, parts: tuple[str, ...]) -> Bill:
        whole = Bill()
        for name in parts:
            whole = whole.plus(self.bills[name])
        return whole


def dollars(bill: Bill, by_http: bool) -> dict[str, float]:
    """A million of that, by what is paid for."""
    requests = 2 if by_http else 0
    calls = bill.calls
    amounts = {
        "DynamoDB write request unit": bill.writes,
        "DynamoDB read request unit": bill.reads,
        "API Gateway REST request": requests,
        "Lambda request": requests,
        "Lambda arm64 GB-second": requests * REQUEST_SECONDS * REQUEST_GB,
        "S3 PUT": calls["s3.PutObject"],
        "S3 GET": calls["s3.GetObject"],
        "SQS request": calls["sqs.SendMessage"] + calls["sqs.SendMessageBatch"],
    }
    return {name: amount * PRICES[name] for name, amount in amounts.items()}


def figures(ours: Costs) -> list[Figure]:
    """Write units against one for each item and index entry that is changed; calls of a row against
    those of the same by request.
    """
    found = []
    for name, parts in (("by request", LIFE), ("by file", FILED_LIFE)):
        life = ours.life(parts)
        ratio = life.writes / life.changed
        found.append(
            Figure(f"write units: a life {name}", life.writes, life.changed, ratio, LIMIT, "WU", 0)
        )
    for name, request in (("ingest claims", "submit"), ("ingest resolutions", "resolve")):
        bill, what = ours.bills[name], name.removeprefix("ingest ")
        calls, by_request = bill.calls.total(), ours.bills[request].calls.total()
        found.append(
            Figure(
                f"AWS calls: a row of {what}",
                calls,
                by_request,
                calls / by_request,
                None,
                "calls",
                0,
            )
        )
        ratio = bill.writes / bill.changed
        found.append(
            Figure(f"write units: a row of {what}", bill.writes, bill.changed, ratio, None, "WU", 0)
        )
    return found


def table(ours: Costs, plain: Costs) -> str:
    """Units and dollars of a life, and of the rows of files."""
    rows = {
        "a life by requests": (ours.life(LIFE), True),
        "the same, plain design": (plain.life(PLAIN_LIFE), True),
        "a life by files": (ours.life(FILED_LIFE), False),
        "a row of claims": (ours.bills["ingest claims"], False),
        "a row of resolutions": (ours.bills["ingest resolutions"], False),
        "an action that locks": (ours.bills["lock"], False),
        "an action that is paid": (ours.bills["pay"], False),
    }
    head = f"{'':24}{'AWS calls':>10}{'read units':>12}{'write units':>13}{'$ a million':>13}"
    lines = [f"What things cost ({STORAGE})", head]
    for name, (bill, by_http) in rows.items():
        price = sum(dollars(bill, by_http).values())
        calls = sum(bill.calls.values())
        lines.append(f"{name:24}{calls:10.3f}{bill.reads:12.2f}{bill.writes:13.2f}{price:13.2f}")
    return "\n".join([*lines, "", *_by_price(ours, plain)])


def _by_price(ours: Costs, plain: Costs) -> Iterator[str]:
    """A life by requests, by what is paid for, beside the plain design."""
    designs = dollars(ours.life(LIFE), by_http=True), dollars(plain.life(PLAIN_LIFE), by_http=True)
    yield f"{'Dollars of a million lives by requests':40}{'$ each':>10}{'ours':>10}{'plain':>10}"
    for name, price in PRICES.items():
        own, other = (each[name] for each in designs)
        yield f"  {name + ', a million':38}{price:10.4f}{own:10.2f}{other:10.2f}"
    own, other = (sum(each.values()) for each in designs)
    yield f"  {'together':38}{'':10}{own:10.2f}{other:10.2f}"
    yield "Left out: Lambda of files and sweeps, reading queues and streams, events, logs, storage,"
    yield "and sending the parts of a long result."
