"""Steps in which files are read and worked on, for versions side by side."""

from collections.abc import Iterator
from typing import Any

from makegood.domain.outcome import NOTHING
from makegood.domain.parties import Role
from makegood.domain.uploads import Count, Kind, Place, Progress, Upload, UploadState
from makegood.files.result_parts import Sums

from tests.integration.ingest import table
from tests.integration.market import BASKET, CASHBACK, NOW, SALE


def files_are_worked_on(world: Any) -> Iterator[None]:
    world.track("F-1", **BASKET)
    yield
    header = ("Order Id", "Action Tracker", "Reason", "Amount", "Sku", "Quantity")
    rows = [
        ("F-1", SALE, "OTHER", "90.00", "", ""),
        ("F-1", SALE, "ITEM_RETURNED", "", "SHOES", "1"),
    ]
    upload_id = world.ingest.upload(Kind.ACTIONS, table(header, *rows))
    results = [(each["Result"], each["Message"]) for each in world.ingest.result(upload_id)]
    assert [each for each, _ in results] == ["APPLIED"] * 2, results
    yield
    again = world.ingest.upload(Kind.ACTIONS, table(header, *rows))
    assert len(world.ingest.result(again)) == 2


def files_are_announced_in_one_month(world: Any) -> Iterator[None]:
    for upload_id in ("upload-6", "upload-7"):
        place = Place(Role.PARTNER, CASHBACK, Kind.INQUIRIES, upload_id, "claims.csv")
        world.store.announce(Upload(place, NOW, size=5))
        yield


def a_file_is_awaited_read_and_done(world: Any) -> Iterator[None]:
    place = Place(Role.PARTNER, CASHBACK, Kind.INQUIRIES, "upload-8", "claims.csv")
    world.store.open_upload(Upload(place, NOW, given={"Currency": "USD"}))
    yield
    world.store.start_upload("upload-8", "v1", NOW)
    yield
    assert world.store.cut_upload("upload-8", 1, 1, "sum", ("Cut",))
    yield
    assert world.store.note_handed_on("upload-8", 0, 1)
    yield
    assert world.store.finish_chunk("upload-8", 1, "part", {"APPLIED": Count(1)}, {"comma": 1})
    yield
    ((part, counts, noted),) = world.store.finished_chunks("upload-8", 1)
    assert (part, counts, noted["comma"]) == ("part", {"APPLIED": Count(1)}, 1)
    world.store.finish_upload("upload-8", UploadState.DONE, NOW, "", ("Cut", "Joined"))
    assert world.ingest.seen("upload-8").given["Currency"] == "USD"


def a_chunk_is_gone_on_with(world: Any) -> Iterator[None]:
    begun = Progress(1, "part-1", {"APPLIED": Count(1, {"payouts": {"USD": 5}})}, {"comma": 3}, 1)
    world.store.commit(NOTHING, along=world.store.step("upload-9", 1, begun))
    yield
    read = world.store.progress("upload-9", 1)
    assert (read.counts, read.noted["comma"]) == (begun.counts, 3)
    sums = Sums(dict(read.counts), dict(read.noted))
    sums.add({"APPLIED": Count(2, {"payouts": {"USD": 7}})}, {"comma": 2})
    after = Progress(3, "part-2", sums.counts, sums.noted, read.version + 1)
    world.store.commit(NOTHING, along=world.store.step("upload-9", 1, after))
    read = world.store.progress("upload-9", 1)
    assert read.counts == {"APPLIED": Count(3, {"payouts": {"USD": 12}})}
    assert read.noted["comma"] == 2
