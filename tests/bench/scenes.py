"""What is measured warm: requests, files and sweeps, played on the emulator once to be taped.

They are one story. Claims arrive in a file and are listed; a file accepts them; they lock and are
paid; and one more is filed and accepted by request.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from makegood.aws.s3 import Bucket
from makegood.aws.sqs import Queue
from makegood.domain.ids import digest, inquiry_number
from makegood.domain.uploads import Kind, Place
from makegood.files import ingestion
from makegood.files.ingestion import Arrival, FileContext
from makegood.jobs import migrations
from makegood.store import migration_passes
from makegood.store.migrations import MIGRATIONS
from makegood.store.store import Store

from tests.bench.tape import Tape, recorded
from tests.integration import gateway, market
from tests.integration.gateway import ADVERTISER, FORM, FUNCTIONS, PARTNER, Client, Context
from tests.integration.ingest import OWNERS, table
from tests.integration.market import (
    CAMPAIGN,
    CASHBACK,
    CONTENT,
    LOYALTY,
    NOW,
    RECENT_CLEARS_AT,
    RECENT_LOCKS_AT,
    SALE,
)
from tests.torture.world import INBOX, RESULTS, World

PARTNERS = (CASHBACK, LOYALTY, CONTENT)

FOR_GOOD = 86_400
"""Seconds that no run takes: what a process believes of migrations, it believes to its end."""

LISTED = 1000
ROWS = 2_000
"""Rows of a file, several chunks of them, and what is locked and paid afterwards."""

CLAIM_COLUMNS = ("Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type", "Notes")
DECISION_COLUMNS = ("Id", "Resolution Status", "Transaction Date", "Action Tracker", "Sale Amount")


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that can be done again and again with the answers of its tape."""

    run: Callable[[], object]
    tape: Tape
    units: int = 1
    """Rows or actions that one run is about."""

    cutting: "Scene | None" = None
    """Of a file, the first step alone, which one worker does before any chunk is worked on."""


def taped(run: Callable[[], object], units: int = 1) -> Scene:
    with recorded() as tape:
        run()
    return Scene(run, tape, units)


def know(store: Store) -> None:
    """A process that has been at work knows terms and migrations; a tape must not have them."""
    store.contracts_for({(CAMPAIGN, each): (1,) for each in PARTNERS})
    store.forget_migrations()
    for name in MIGRATIONS:
        store.migrated(name)


@dataclass(frozen=True, slots=True)
class Stage:
    """The market on an emulator, and the functions that work in it, at one instant."""

    world: World
    rows: int = ROWS
    listed: int = LISTED

    @contextmanager
    def set(self) -> Iterator[None]:
        """The environment that functions start in; what they log goes nowhere."""
        with self.world.entered(), redirect_stdout(io.StringIO()):
            market.set_up(self.world.store)
            market.deposit(self.world.store, "1000000.00")
            for name in MIGRATIONS:
                assert migrations.run(self.world.store, name, lambda: True).complete
            routes = [gateway.function(name).ROUTES for name in ("partners", "advertisers")]
            for each in routes:
                each.clock = lambda: NOW
            with patch.object(migration_passes, "CHECKED_SECONDS", FOR_GOOD):
                for store in (self.world.store, *(each.store for each in routes)):
                    know(store)
                yield

    def scenes(self) -> dict[str, Scene]:
        """All of them by name, in the order of the story."""
        ids, store = [inquiry_of(at) for at in range(self.rows)], self.world.store
        accepted = [
            [each, "VALID", made_at(at), SALE, f"{at % 70 + 1}.90"] for at, each in enumerate(ids)
        ]
        page = f"/ActionInquiries?CampaignId={CAMPAIGN}&PageSize={self.listed}"
        claim = market.claimed("OW-1", InquiryNotes="Basket was larger", CustomerId="customer-1")
        found = {
            "ingest claims": self._file(Kind.INQUIRIES, CLAIM_COLUMNS, claims(self.rows)),
            "list": taped(partial(read, ADVERTISER, page)),
            "ingest resolutions": self._file(Kind.RESOLUTIONS, DECISION_COLUMNS, accepted),
        }
        found["lock"] = taped(partial(market.sweep, store, RECENT_LOCKS_AT), self.rows)
        found["pay"] = taped(partial(market.sweep, store, RECENT_CLEARS_AT), self.rows)
        found["submit"] = taped(partial(write, PARTNER, "POST", "/ActionInquiries", claim))
        decision = market.accepted(inquiry_of(0, "OW-1"))
        found["resolve"] = taped(partial(write, ADVERTISER, "PUT", "/ActionInquiries", decision))
        found["lock one"] = taped(partial(market.sweep, store, RECENT_LOCKS_AT))
        found["pay one"] = taped(partial(market.sweep, store, RECENT_CLEARS_AT))
        return found

    def _file(self, kind: Kind, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Scene:
        """A file on its way from its arrival to its result: cut, worked on, and joined."""
        role, account_id = OWNERS[kind]
        place = Place(role, account_id, kind, digest(kind, *rows[0]), "rows.csv")
        put = self.world.client("s3").put_object(
            Bucket=INBOX, Key=place.key, Body=table(header, *rows)
        )
        chunks = Queue(self.world.environment()["CHUNKS_QUEUE_URL"])
        context = FileContext(self.world.store, Bucket(INBOX), Bucket(RESULTS), chunks, lambda: NOW)
        arrived = context, Arrival(place.key, put["VersionId"])
        cutting = taped(partial(ingestion.receive, *arrived), len(rows))
        rest = taped(partial(work, context, place.upload_id))
        tape = [*cutting.tape, *rest.tape]
        return Scene(partial(receive_and_work, *arrived), tape, len(rows), cutting)


def order_of(at: int) -> str:
    return f"CD{at:09d}"


def made_at(at: int) -> str:
    """When that order was made: each in a second of its own."""
    return f"2026-06-01T10:{at // 60:02}:{at % 60:02}-07:00"


def inquiry_of(at: int, order_id: str = "") -> str:
    """The inquiry that the claim of that number becomes."""
    return inquiry_number(CASHBACK, CAMPAIGN, order_id or order_of(at), "UNTRACKED", 0, 0)


def claims(count: int) -> list[list[str]]:
    """Rows of a partner's file."""
    return [
        [CAMPAIGN, order_of(at), f"{at % 90 + 1}.90", made_at(at), "UNTRACKED", "Basket was larger"]
        for at in range(count)
    ]


def receive_and_work(context: FileContext, arrival: Arrival) -> None:
    upload = ingestion.receive(context, arrival)
    work(context, upload.upload_id if upload else "")


def work(context: FileContext, upload_id: str) -> None:
    """Every chunk from the queue, as often as it takes."""
    upload = context.store.upload(upload_id)
    for number in range(1, (upload.chunk_count if upload and not upload.is_over else 0) + 1):
        ingestion.work_chunk(context, upload_id, number)
    upload = context.store.upload(upload_id)
    if upload is None or not upload.is_over:
        raise RuntimeError("the file did not come to its end")


def read(client: Client, path: str) -> None:
    answered(gateway.function(FUNCTIONS[client.role]).handler(client.event("GET", path), Context()))


def write(client: Client, method: str, path: str, fields: Mapping[str, str]) -> None:
    event = client.event(method, path, urlencode(fields), {"Content-Type": FORM})
    answered(gateway.function(FUNCTIONS[client.role]).handler(event, Context()))


def answered(answer: Mapping[str, Any]) -> None:
    if answer["statusCode"] != HTTPStatus.OK:
        raise RuntimeError(answer["body"])
