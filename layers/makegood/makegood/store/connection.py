"""Calls to DynamoDB through one connection: reads in batches, queries, scans, and single writes.

A busy or unreachable DynamoDB raises `Unavailable`, after bounded retries. Nobody outside the store
makes these calls.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from botocore.exceptions import BotoCoreError, ClientError

from makegood.aws import clients
from makegood.aws.retry import pause
from makegood.domain.problems import Unavailable
from makegood.store.expressions import Change, Condition, changed, conditioned, queried, within
from makegood.store.items import Key, RawItem, Row

BATCH_MAX = 100
ALONE_MAX = 2
"""Batches that are read one after the other: threads would cost more than they save."""

READERS = 8
"""Batches that are read at once; a client keeps ten connections."""

READ_ATTEMPTS_MAX = 8
READ_SECONDS = 5
PAUSE_SECONDS, PAUSE_SECONDS_MAX = 0.05, 6.4

ScanPosition = list[str]
"""Both parts of the key that a scan goes on after."""

KEY_CHARS_MAX = 256
"""Characters of each part of a key, safely within DynamoDB's 1,024 bytes of a sort key."""

TRANSIENT = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionInProgressException",
    }
)
"""Errors of a call, and reasons of a cancelled transaction, that are transient."""


class Renamed(NamedTuple):
    """An index that has another's keys and more, and the first step at which it may be read."""

    name: str
    since: int


RENAMED = {
    "by_campaign": Renamed("campaign_created", 2),
    "by_partner": Renamed("partner_created", 3),
}
"""What takes the place of older indexes. A step makes an index, and is over once it is filled."""

NO_INDEX = ("ValidationException", "ResourceNotFoundException")
"""What DynamoDB answers where an index is not there: not yet, or not any more."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of the tables, the step that their indexes are at, and the KMS key by which
    customers are named.
    """

    directory: str
    inquiries: str
    actions: str
    ledger: str
    files: str
    requests: str
    events: str
    shop_orders: str
    webhooks: str
    index_step: int = 9
    customers_key: str = ""

    def index(self, name: str) -> str:
        """What an index is called that later steps make anew under another name."""
        known = RENAMED.get(name)
        return known.name if known and known.since <= self.index_step else name

    def names_of_index(self, name: str) -> tuple[str, ...]:
        """The names that an index may have, the likely one first.

        A step changes the tables, but not the version of a function that is published already: that
        knows the step of its publication until the next deployment of code.
        """
        known = RENAMED.get(name)
        likely = self.index(name)
        return (likely, *({name, known.name} - {likely})) if known else (name,)


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def refused(error: ClientError) -> bool:
    """Whether it was the condition of a single write that did not hold."""
    return _code(error) == "ConditionalCheckFailedException"


class Connection:
    """All tables through one client: one of its own, or one that it shares."""

    def __init__(self, tables: Tables, region: str | None = None, client: Any = None) -> None:
        self.tables = tables
        self.client: Any = client or clients.tables_client(region, READ_SECONDS)
        self._found_indexes: dict[tuple[str, str], str] = {}
        """By table and index, the name that it was found under, if that is not the likely one."""

    @classmethod
    def beside(cls, other: "Connection") -> Self:
        """Another part of the store, by the client that one part has already."""
        return cls(other.tables, client=other.client)

    def name_of(self, row: Row | type[Row]) -> str:
        """What the table of a kind of row is called."""
        return getattr(self.tables, row.table)

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Makes one call; raises `Unavailable` if DynamoDB is busy or unreachable."""
        try:
            return getattr(self.client, operation)(**parameters)
        except ClientError as error:
            if _code(error) in TRANSIENT:
                raise Unavailable from error
            raise
        except BotoCoreError as error:
            raise Unavailable from error

    def write(self, row: Row, condition: Condition | None = None) -> None:
        """Puts one item. A failed condition raises an error that `refused` recognises."""
        table, item = self.name_of(row), row.serialize()
        self.call("put_item", TableName=table, Item=item, **conditioned(condition))

    def update(
        self, row: Row, change: Change, condition: Condition | None = None, **more: Any
    ) -> dict[str, Any]:
        """Changes one item, of which the row has no more than the key."""
        asked = {**changed(change, condition), **more}
        return self.call("update_item", TableName=self.name_of(row), Key=row.place, **asked)

    def fetch(self, keys: Iterable[Key]) -> dict[tuple[str, str], Row]:
        """Items of any tables by (pk, sk), in batches of 100, consistently.

        A key that is too long for DynamoDB names nothing, and is not asked for.
        """
        wanted = [key for key in dict.fromkeys(keys) if len(key[1]) <= KEY_CHARS_MAX >= len(key[2])]
        models = {(self.name_of(model), pk, sk): model for model, pk, sk in wanted}
        found: dict[tuple[str, str], Row] = {}
        for table_name, item in self._batches(
            [wanted[at : at + BATCH_MAX] for at in range(0, len(wanted), BATCH_MAX)]
        ):
            pk, sk = item["pk"]["S"], item["sk"]["S"]
            found[pk, sk] = models[table_name, pk, sk].from_raw_data(item)
        return found

    def carry(self, rows: Iterable[Row]) -> dict[tuple[str, str], Row]:
        """Gives rows that will be put over others what is unknown of those, which it answers with.

        So what they are put on condition of has to be what these were.
        """
        replaced = {(each.pk, each.sk): each for each in rows}
        found = self.fetch((type(each), *place) for place, each in replaced.items())
        for place, was in found.items():
            replaced[place].unknown = was.unknown
        return found

    def _batches(self, batches: list[list[Key]]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The items of some batches; of many, several are on their way at once.

        Threads are imported here: few requests read so much.
        """
        requests = [self._request(each) for each in batches]
        if len(requests) <= ALONE_MAX:
            for each in requests:
                yield from self._batch(each)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(READERS) as readers:
            for items in readers.map(lambda each: [*self._batch(each)], requests):
                yield from items

    def _request(self, keys: list[Key]) -> dict[str, Any]:
        request: dict[str, Any] = {}
        for model, pk, sk in keys:
            table = request.setdefault(self.name_of(model), {"Keys": [], "ConsistentRead": True})
            table["Keys"].append({"pk": {"S": pk}, "sk": {"S": sk}})
        return request

    def _batch(self, request: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        for attempt in range(READ_ATTEMPTS_MAX):
            answer = self.call("batch_get_item", RequestItems=request)
            for table_name, items in answer["Responses"].items():
                for item in items:
                    yield table_name, item
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                return
            pause(attempt, PAUSE_SECONDS, PAUSE_SECONDS_MAX)
        raise Unavailable

    def pages(
        self,
        table: str,
        stretch: Condition,
        index: str = "",
        most: int | None = None,
        *,
        only: Condition | None = None,
        growing: int = 0,
        **more: Any,
    ) -> Iterator[dict[str, Any]]:
        """A query of a table or an index, page by page as they are used.

        No more than `most` items are asked for, in all pages together. `only` leaves out what it
        does not hold for; it is read all the same. With `growing` the first page reads so many
        items at most, and each other page twice as many as the one before.
        """
        asked = {"TableName": getattr(self.tables, table), **queried(stretch, only), **more}
        while most is None or most > 0:
            if most is not None:
                asked["Limit"] = most
            elif growing:
                asked["Limit"], growing = growing, growing * 2
            page = self._page(index, asked)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
            most = None if most is None else most - page["Count"]

    def _page(self, index: str, asked: dict[str, Any]) -> dict[str, Any]:
        """A page of a table, or of an index under the name that it has by now."""
        if not index:
            return self.call("query", **asked)
        place = asked["TableName"], index
        names = self.tables.names_of_index(index)
        first = self._found_indexes.get(place, names[0])
        try:
            return self.call("query", IndexName=first, **asked)
        except ClientError as error:
            others = [each for each in names if each != first]
            if not others or _code(error) not in NO_INDEX:
                raise
        page = self.call("query", IndexName=others[0], **asked)
        self._found_indexes[place] = others[0]
        return page

    def partition(self, table: str, pk: str) -> Iterator[RawItem]:
        """All items of a partition of a table, consistently."""
        for page in self.pages(table, within("pk", pk), ConsistentRead=True):
            yield from page["Items"]

    def raw(self, table: str, item: RawItem) -> RawItem | None:
        """The item that has this item's key now, consistently; None where there is none."""
        place = {"pk": item["pk"], "sk": item["sk"]}
        asked = {getattr(self.tables, table): {"Keys": [place], "ConsistentRead": True}}
        return next((found for _, found in self._batch(asked)), None)

    def scan(
        self, table: str, after: ScanPosition | None = None, **more: Any
    ) -> tuple[list[RawItem], ScanPosition | None]:
        """One page of a whole table, and the position to go on after; None at its end.

        `more` are parameters of the call, like those of a segment.
        """
        if after is not None:
            more["ExclusiveStartKey"] = {"pk": {"S": after[0]}, "sk": {"S": after[1]}}
        page = self.call("scan", TableName=getattr(self.tables, table), ConsistentRead=True, **more)
        last = page.get("LastEvaluatedKey")
        return page["Items"], [last["pk"]["S"], last["sk"]["S"]] if last else None
