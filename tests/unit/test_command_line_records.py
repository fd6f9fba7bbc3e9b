"""The records of commands as `makegood audit` shows them."""

from typing import Any

from makegood_cli.audit import rows

ASKED = {
    "caller": "arn:aws:iam::1:user/alice",
    "address": "10.0.0.1",
    "command": "withdraw",
    "request_id": "r1",
    "at": "2026-11-28T08:30:00+00:00",
    "about": {"partner_id": "10001"},
}


def answered(**more: Any) -> dict[str, Any]:
    return {**ASKED, "answered_at": "2026-11-28T08:30:01+00:00", **more}


def test_a_command_is_one_row_whichever_of_its_records_is_read_first() -> None:
    answer = answered(result={"state": "WAITING", "proposal_id": "p1"})
    for records in ([ASKED, answer], [answer, ASKED]):
        (row,) = rows(records)
        assert (row["caller"], row["about"], row["outcome"]) == (
            ASKED["caller"],
            "10001",
            "WAITING",
        )
        assert row["ids"] == ["10001", "p1"]


def test_what_was_refused_and_what_never_ended_is_told() -> None:
    refused = answered(request_id="r2", refused={"code": "nothing_owed", "status": 422})
    asked = {**ASKED, "request_id": "r2"}
    assert [each["outcome"] for each in rows([asked, refused, ASKED])] == [
        "refused: nothing_owed",
        "unanswered",
    ]


def test_a_record_from_before_they_named_accounts_is_found_by_what_was_answered() -> None:
    old = answered(result={"advertiser_id": "500"})
    del old["about"]
    (row,) = rows([old])
    assert (row["ids"], row["outcome"]) == (["500"], "done")
