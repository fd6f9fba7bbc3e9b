"""The undecided inquiries on their way to a spreadsheet and back."""

from makegood.tabular import BOM, Kind

from tests.room import Room, answer, claim, table


def waiting(room: Room, count: int) -> list[str]:
    room.whole(Kind.INQUIRIES, *(claim(f"A-{at}") for at in range(count)))
    return list(room.kept.inquiries)


def test_what_a_reviewer_left_undecided_is_unchanged_and_counted_apart() -> None:
    room = Room()
    ids = waiting(room, 3)
    untouched = answer(ids[1], "") | {"Transaction Date": "2026-03-05", "Action Tracker": "4000"}
    rows = room.whole(Kind.RESOLUTIONS, answer(ids[0], "VALID"), untouched, answer(ids[2], ""))
    assert [(each["Result"], each["Code"]) for each in rows] == [
        ("APPLIED", "valid"),
        ("UNCHANGED", "not_decided"),
        ("UNCHANGED", "not_decided"),
    ]
    summary = room.summary("U2")
    results = summary["results"]
    assert [results[name]["rows"] for name in ("APPLIED", "UNCHANGED", "REJECTED")] == [1, 2, 0]
    assert summary["not_decided"] == 2


def test_an_answer_without_its_status_is_a_fault() -> None:
    room = Room()
    (inquiry_id,) = waiting(room, 1)
    for told in (
        {"Resolution Reason": "Other"},
        {"Final Payout": "1.00"},
        {"Resolution Notes": "?"},
        {"Id": ""},
    ):
        (row,) = room.whole(Kind.RESOLUTIONS, answer(inquiry_id, "") | told)
        assert (row["Result"], row["Code"]) == ("REJECTED", "required")


def test_a_result_opens_as_utf8_in_a_spreadsheet_and_can_be_sent_again() -> None:
    room = Room()
    upload_id = room.send(Kind.INQUIRIES, table(claim("A-1", Notes="Größe L")))
    sheet = room.results.kept[room.kept.uploads[upload_id].place.result_key("result.csv")]
    assert sheet.startswith(BOM)
    assert sheet.count(BOM) == 1
    again = room.send(Kind.INQUIRIES, sheet)
    assert [each["Result"] for each in room.result(again)] == ["UNCHANGED"]
