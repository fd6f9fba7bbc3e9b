"""Evidence: what may be added, what becomes of it after a scan, and what may be read."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.domain import exhibits
from makegood.domain.exhibits import (
    AWAITED_FOR,
    BYTES_MAX,
    CLEAN_RESULT,
    FILES_MAX,
    SENT_FOR_MAX,
    TRIES_MAX,
    Announced,
    Exhibit,
    ExhibitState,
    ExhibitType,
    SentFile,
)
from makegood.domain.inquiries import Appealed, AppealState, InquiryState
from makegood.domain.parties import Role
from makegood.domain.problems import Forbidden, Invalid, NotFound, RuleForbids
from makegood.forms.exhibits import EvidenceRequest

from tests.builders import A_MOMENT, a_claim, an_inquiry, at

NOW = at("2026-03-20 12:00")
FIRST = {
    "application/pdf": b"%PDF-1.7",
    "image/jpeg": b"\xff\xd8\xff\xe0",
    "image/png": b"\x89PNG\r\n\x1a\n",
}


def said(size: int = 100, content_type: str = "application/pdf") -> Announced:
    return Announced(
        exhibit_type=ExhibitType.RECEIPT, name="Receipt.pdf", size=size, content_type=content_type
    )


def announce(known=(), size: int = 100, inquiry=None, side=Role.PARTNER, now=NOW) -> Exhibit:
    inquiry = inquiry or an_inquiry()
    exhibit_id = f"e{len(known) + 1}"
    return exhibits.announce(inquiry, known, side, "Refund Club", said(size), exhibit_id, now)


def several(*sizes: int) -> list[Exhibit]:
    known: list[Exhibit] = []
    for size in sizes:
        known.append(announce(known, size))
    return known


def scanned(exhibit: Exhibit, result=CLEAN_RESULT, first=FIRST["application/pdf"], now=NOW):
    return exhibits.settled(exhibit, result, "v1", "ab" * 32, first, now)


# How many


def test_five_files_and_no_sixth() -> None:
    with pytest.raises(RuleForbids, match="has 5 files") as caught:
        announce(several(*[1] * FILES_MAX))
    assert caught.value.code == "evidence_full"


def test_neither_side_takes_the_other_s_places() -> None:
    theirs = several(*[BYTES_MAX] * 2, *[1] * (FILES_MAX - 2))
    own = announce(theirs, BYTES_MAX, side=Role.ADVERTISER)
    assert (own.side, own.number) == (Role.ADVERTISER, FILES_MAX + 1)
    with pytest.raises(RuleForbids):
        announce([*theirs, own])


def test_as_many_bytes_as_are_left_of_25_mb_and_not_one_more() -> None:
    known = several(BYTES_MAX, BYTES_MAX)
    left = 5 * 1024 * 1024
    assert announce(known, left).number == 3
    with pytest.raises(RuleForbids, match=f"of which {left} are left"):
        announce(known, left + 1)


def test_what_was_refused_erased_or_never_came_leaves_its_place() -> None:
    known = several(*[1] * FILES_MAX)
    for freed in (
        scanned(known[0], "THREATS_FOUND"),
        exhibits.erased(known[0]),
        replace(known[0], made_at=NOW - AWAITED_FOR),
    ):
        assert announce([freed, *known[1:]]).number == FILES_MAX + 1
    with pytest.raises(RuleForbids):
        announce([replace(known[0], made_at=NOW - AWAITED_FOR + A_MOMENT), *known[1:]])
    with pytest.raises(RuleForbids):
        announce([scanned(known[0]), *known[1:]])


def test_files_that_are_refused_are_not_sent_for_ever() -> None:
    refused = scanned(announce(), "THREATS_FOUND")
    with pytest.raises(RuleForbids):
        announce([refused] * TRIES_MAX)


# When


@pytest.mark.parametrize("side", Role)
@pytest.mark.parametrize("state", InquiryState)
def test_evidence_is_for_a_decision_that_is_to_come(state: InquiryState, side: Role) -> None:
    inquiry = an_inquiry(state=state)
    appeals = state is InquiryState.DECLINED and side is Role.PARTNER
    if inquiry.is_live or appeals:
        assert announce(inquiry=inquiry, side=side).side is side
        return
    with pytest.raises(RuleForbids) as caught:
        announce(inquiry=inquiry, side=side)
    assert caught.value.code == "evidence_closed"


def test_a_decline_that_was_appealed_and_the_decline_of_an_appeal_take_no_more() -> None:
    made = Appealed("901", AppealState.OPEN, NOW, 2)
    for inquiry in (
        an_inquiry(state=InquiryState.DECLINED, appealed=made),
        an_inquiry(a_claim(appeal_of="800"), state=InquiryState.DECLINED),
    ):
        with pytest.raises(RuleForbids):
            announce(inquiry=inquiry)


# After the scan


@pytest.mark.parametrize("content_type", FIRST)
@pytest.mark.parametrize("first", [*FIRST.values(), b"", b"<html>", b"MZ", b"%PDF", b" %PDF-1"])
def test_a_file_is_what_its_first_bytes_say(content_type: str, first: bytes) -> None:
    exhibit = replace(announce(), said=said(content_type=content_type))
    after = scanned(exhibit, first=first)
    agrees = first == FIRST[content_type]
    assert after.state is (ExhibitState.CLEAN if agrees else ExhibitState.REFUSED)
    assert after.fault == ("" if agrees else "not_its_type")


@pytest.mark.parametrize("result", ["UNSUPPORTED", "ACCESS_DENIED", "FAILED", "", "CLEAN"])
def test_only_the_one_result_makes_a_file_readable(result: str) -> None:
    after = scanned(announce(), result)
    assert (after.state, after.fault) == (ExhibitState.REFUSED, "not_scanned")
    assert scanned(announce(), "THREATS_FOUND").fault == "threats_found"


def test_a_file_that_comes_after_its_place_was_given_away_is_too_late() -> None:
    late = announce(now=NOW - AWAITED_FOR)
    assert scanned(late).fault == "too_late"


def test_what_is_settled_stays_so() -> None:
    clean = scanned(announce())
    assert scanned(clean, "THREATS_FOUND") == clean
    refused = scanned(announce(), "THREATS_FOUND")
    assert scanned(refused) == refused
    gone = exhibits.erased(announce())
    assert scanned(gone) == gone


# Reading


def test_only_a_clean_file_is_read_and_the_others_say_why_not() -> None:
    clean = scanned(announce())
    assert exhibits.readable([clean], "e1") == clean
    for other, code in (
        (announce(), "not_scanned_yet"),
        (scanned(announce(), "THREATS_FOUND"), "threats_found"),
        (scanned(announce(), "FAILED"), "not_scanned"),
    ):
        with pytest.raises(Forbidden) as caught:
            exhibits.readable([other], "e1")
        assert caught.value.code == code
    for known in ([], [exhibits.erased(clean)], [replace(clean, exhibit_id="e2")]):
        with pytest.raises(NotFound):
            exhibits.readable(known, "e1")


def test_erasing_leaves_nothing_that_a_person_wrote() -> None:
    gone = exhibits.erased(replace(scanned(announce()), user="Ann"))
    assert (gone.user, gone.said.name, gone.sha256) == ("", "", "")
    assert (gone.number, gone.said.size, gone.key) == (1, 100, announce().key)


def test_a_key_names_its_inquiry_and_its_exhibit() -> None:
    for side, folder in ((Role.PARTNER, "partners"), (Role.ADVERTISER, "advertisers")):
        exhibit = announce(side=side)
        assert exhibit.key == f"{folder}/900/e1"
        assert exhibits.inquiry_of(exhibit.key) == ("900", "e1")
        assert any(exhibit.key.startswith(each) for each in exhibits.folders("900"))
    for other in ("", "partners/900", "others/900/e1", "partners/900/e1/x"):
        assert exhibits.inquiry_of(other) == ("", "")


def test_new_evidence_of_an_appeal_is_the_partner_s_clean_and_later_than_the_decline() -> None:
    declined = an_inquiry(state=InquiryState.DECLINED, resolved_at=NOW)
    clean = scanned(announce())
    assert exhibits.newer_than([clean], declined)
    for other in (
        announce(),
        replace(clean, side=Role.ADVERTISER),
        replace(clean, made_at=NOW - A_MOMENT),
        exhibits.erased(clean),
    ):
        assert not exhibits.newer_than([other], declined)


# The form

FIELDS = {
    "Id": "900",
    "Type": "receipt",
    "Name": "Receipt of Zoë.pdf",
    "Size": "10485760",
    "ContentType": "application/pdf",
}


def test_a_file_is_announced_by_four_fields() -> None:
    read = EvidenceRequest.read(FIELDS)
    assert (read.inquiry_id, read.said.size) == ("900", BYTES_MAX)
    assert read.said.name == "Receipt of Zoë.pdf"


@pytest.mark.parametrize(
    ("field", "text", "code"),
    [
        ("Type", "", "required"),
        ("Type", "video", "unknown_type"),
        ("Name", "", "required"),
        ("Name", "../a.pdf", "bad_name"),
        ("Name", 'a".pdf', "bad_name"),
        ("Name", "a\r\nb.pdf", "bad_name"),
        ("Name", "a\u202egpj.exe", "bad_name"),
        ("Name", "...", "bad_name"),
        ("Name", "x" * 101, "bad_name"),
        ("Size", "0", "bad_size"),
        ("Size", "-1", "bad_size"),
        ("Size", "10485761", "bad_size"),
        ("Size", "9" * 5000, "bad_size"),
        ("ContentType", "text/html", "unknown_content_type"),
        ("ContentType", "image/svg+xml", "unknown_content_type"),
    ],
)
def test_a_fault_of_what_is_announced_names_its_field(field: str, text: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        EvidenceRequest.read({**FIELDS, field: text})
    assert [(each.field, each.code) for each in caught.value.faults] == [(field, code)]


def test_late_and_awaited_agree() -> None:
    exhibit = announce()
    for at_ in (NOW, NOW + AWAITED_FOR - A_MOMENT, NOW + AWAITED_FOR, NOW + timedelta(days=1)):
        assert exhibit.counts(at_) == (scanned(exhibit, now=at_).state is ExhibitState.CLEAN)


# One file on two claims


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 70)), max_size=150))
def test_a_file_knows_the_latest_claims_that_it_was_sent_for(steps: list[tuple[bool, int]]) -> None:
    file = SentFile(advertiser_id="500", sha256="ab" * 32, expires_at=NOW)
    kept: list[str] = []
    for is_sent, number in steps:
        inquiry_id = str(number)
        file = file.with_claim(inquiry_id) if is_sent else file.without(inquiry_id)
        kept = [each for each in kept if each != inquiry_id] + [inquiry_id] * is_sent
        kept = kept[-SENT_FOR_MAX:]
    assert file.inquiry_ids == tuple(kept)
    assert file.version == len(steps)


def other(state=InquiryState.UNRESOLVED, **changes):
    return an_inquiry(a_claim(**changes), inquiry_id="901", state=state)


@pytest.mark.parametrize(
    ("claimed", "shown"),
    [
        (other(order_id="B-2"), True),
        (other(order_id="B-2", state=InquiryState.DECLINED), True),
        (other(order_id="B-2", state=InquiryState.WITHDRAWN), False),
        (other(partner_id="10002"), True),
        (other(campaign_id="1001"), True),
        (other(), False),
        (other(appeal_of="900"), False),
    ],
)
def test_another_claim_is_of_another_order_or_partner_and_stands(claimed, shown: bool) -> None:
    inquiry, clean = an_inquiry(), scanned(announce())
    found = exhibits.same_files(inquiry, [clean], {clean.sha256: [claimed]})
    assert found == ({"e1": (claimed,)} if shown else {})


def test_only_a_partner_s_file_that_can_be_read_is_compared() -> None:
    inquiry, claimed = an_inquiry(), other(order_id="B-2")
    clean = scanned(announce())
    for each in (
        announce(),
        scanned(announce(), result="THREATS_FOUND"),
        scanned(announce(side=Role.ADVERTISER)),
        exhibits.erased(clean),
    ):
        assert exhibits.same_files(inquiry, [each], {clean.sha256: [claimed]}) == {}
