"""Whose a file is, says its key; what it may hold, the limits; each refusal says what to mend."""

import gzip

import pytest
from makegood.domain.parties import Role
from makegood.domain.problems import Invalid
from makegood.domain.uploads import NAME_MAX, Kind, Place, UploadState, check_name, place_of
from makegood.files import ingestion

from tests import builders
from tests.memory_ingest import Ingest, answer, claim, conversion, table

GOOD = table(claim("A-1"))


@pytest.mark.parametrize(
    "key",
    [
        "partners/10001/resolutions/U1/a.csv",
        "partners/10001/actions/U1/a.csv",
        "advertisers/7/inquiries/U1/a.csv",
        "partners/10001/inquiries/U1/more/a.csv",
        "partners/10001/inquiries/U1/",
        "partners/../inquiries/U1/a/b.csv",
        "others/10001/inquiries/U1/a.csv",
        "a.csv",
    ],
)
def test_a_key_that_nobody_was_given_is_refused_and_told(key: str) -> None:
    with pytest.raises(Invalid):
        place_of(key)
    ingest = Ingest()
    ingest.inbox.kept[key] = GOOD
    ingest.arrive("", key)
    (told,) = ingest.results.kept.values()
    assert key.encode() in told
    assert ingest.kept.inquiries == {}


BROWSER_NAMES = [
    "claims (1).csv",
    "Größe & Preis.csv",
    "Gro\u0308\u00dfe.csv",
    "it's O'Neill's, March [final] {2} #3 + 100%.csv",
    "\u8acb\u6c42.csv",
    "\U0001f469\u200d\U0001f4bb \u2764\ufe0f.csv",
    '"quoted" <a>; $1=b?.csv',
    "a%20b.csv",
    "...csv",
    "\U0001f600" * NAME_MAX,
]


@pytest.mark.parametrize("name", BROWSER_NAMES)
def test_a_name_that_a_browser_gives_is_kept_as_it_is_and_works(name: str) -> None:
    assert check_name(name) == name
    place = Place(Role.PARTNER, "1" * 64, Kind.INQUIRIES, "u" * 64, name)
    assert place_of(place.key) == place
    assert len(place.key.encode()) <= 1024
    ingest = Ingest()
    key = f"partners/10001/inquiries/U1/{name}"
    ingest.inbox.kept[key] = GOOD
    ingest.arrive("U1", key)
    ingest.deliver()
    assert [each["Result"] for each in ingest.result("U1")] == ["APPLIED"]
    assert ingest.summary("U1")["name"] == name


@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", " . .", "a/b.csv", "a\\b.csv", "a%2Fb.csv", "a%5cb.csv", "a%0d%0Ab.csv",
     "a\r\nb.csv", "a\x00.csv", "a\x85.csv", "a\u2028b.csv", "\ud800.csv", "\u200b",
     "${filename}", "x" * (NAME_MAX + 1)],
)  # fmt: skip
def test_a_name_that_would_be_a_path_or_no_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_name(name)
    assert caught.value.reason_code() == "bad_name"


def test_a_partner_files_for_itself_only() -> None:
    ingest = Ingest()
    mine = claim("A-1", **{"Partner Id": "10002", "MediaPartnerId": "10002"})
    assert ingest.whole(Kind.INQUIRIES, mine)[0]["Result"] == "APPLIED"
    assert {each.partner_id for each in ingest.kept.inquiries.values()} == {"10001"}


def test_an_advertiser_decides_converts_and_changes_its_own_only() -> None:
    ingest = Ingest()
    ingest.whole(Kind.INQUIRIES, claim("A-1"))
    ingest.whole(Kind.CONVERSIONS, conversion("A-2"))
    (inquiry_id,), (action_id,) = ingest.kept.inquiries, ingest.kept.actions
    before = dict(ingest.kept.inquiries), dict(ingest.kept.actions)
    for kind, row in (
        (Kind.RESOLUTIONS, answer(inquiry_id, "VALID")),
        (Kind.CONVERSIONS, conversion("A-3")),
        (Kind.ACTIONS, {"Action Id": action_id, "Reason": "REJECTED"}),
    ):
        upload_id = ingest.send(kind, table(row), owner_id="8")
        (told,) = ingest.result(upload_id)
        assert (told["Result"], told["Code"], told["Uri"]) == ("REJECTED", "not_found", "")
    assert (ingest.kept.inquiries, ingest.kept.actions) == before
    assert builders.ADVERTISER != "8"


LIMITS = [
    ("makegood.files.csv_format.RECORDS_MAX", 3, "too_many_rows"),
    ("makegood.files.csv_format.RECORD_BYTES_MAX", 50, "record_too_long"),
    ("makegood.files.csv_format.COLUMNS_MAX", 4, "too_many_columns"),
    ("makegood.files.ingestion.EXPANDED_BYTES_MAX", 150, "too_large_decompressed"),
]


@pytest.mark.parametrize(("limit", "value", "code"), LIMITS, ids=[each[2] for each in LIMITS])
def test_a_file_over_a_limit_fails_as_a_whole_and_says_which(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, code: str
) -> None:
    monkeypatch.setattr(limit, value)
    ingest = Ingest()
    upload_id = ingest.send(Kind.INQUIRIES, table(*(claim(f"A-{at}") for at in range(3))))
    (told,) = ingest.result(upload_id)
    assert (told["Result"], told["Code"]) == ("REJECTED", code)
    assert ingest.kept.uploads[upload_id].state is UploadState.FAILED
    assert ingest.kept.inquiries == {}


def test_a_cell_over_its_limit_fails_its_row_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makegood.files.columns.CELL_CHARS_MAX", 30)
    rows = Ingest().whole(Kind.INQUIRIES, claim("A-1", Remark="x" * 31), claim("A-2", Remark="x"))
    assert [each["Code"] for each in rows] == ["too_long", "unresolved"]


@pytest.mark.parametrize("filling", [b"x", b"\n", b'"', b"1,2\n"], ids=["x", "lf", "quote", "rows"])
def test_a_bomb_is_left_where_it_is_known(monkeypatch: pytest.MonkeyPatch, filling: bytes) -> None:
    monkeypatch.setattr(ingestion, "EXPANDED_BYTES_MAX", 2**17)
    ingest = Ingest()
    bomb = gzip.compress(GOOD + filling * (2**22 // len(filling)), 1)
    upload_id = ingest.send(Kind.INQUIRIES, bomb)
    assert ingest.kept.uploads[upload_id].state is UploadState.FAILED
    assert ingest.inbox.blocks_read < len(bomb) / 4096 / 4
