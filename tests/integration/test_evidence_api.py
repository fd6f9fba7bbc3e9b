"""Evidence by HTTP: sent by a form, scanned, and read by a link of five minutes; by both sides."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makegood.aws.s3 import Bucket
from makegood.jobs.evidence_scans import erase_evidence
from makegood.store.store import Store

from tests.integration import evidence, market, stack
from tests.integration.evidence import EICAR, JPEG, PDF, PNG, announced, scan, send, tell
from tests.integration.gateway import (
    ADVERTISER,
    FUNCTIONS,
    OTHER_ADVERTISER,
    OTHER_PARTNER,
    PARTNER,
    Client,
    function,
)
from tests.integration.market import NOW, accepted, declined

SIDES = (PARTNER, ADVERTISER)


@pytest.fixture
def path(live: Store) -> str:
    return f"/ActionInquiries/{market.file(live, 'A-1').inquiry_id}"


def listed(path: str, client: Client = PARTNER) -> list[dict[str, str]]:
    answer = client.get(f"{path}/Evidence")
    assert answer.status == 200, answer.text
    return answer.body["Evidence"]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")],
)
def test_a_clean_file_is_read_by_both_sides_as_an_attachment(path, content, content_type) -> None:
    sent = send(PARTNER, path, content, ContentType=content_type, Name="Receipt of Zoë")
    scan(sent)
    for client in SIDES:
        (shown,) = listed(path, client)
        assert (shown["Status"], shown["Side"], shown["User"]) == (
            "CLEAN",
            "PARTNER",
            "Cashback Club",
        )
        assert len(shown["Sha256"]) == 64
        answer = client.get(shown["LinkUri"])
        assert (answer.status, answer.body["Sha256"]) == (200, shown["Sha256"])
        asked = {
            name: each[0] for name, each in parse_qs(urlsplit(answer.body["Url"]).query).items()
        }
        assert asked["X-Amz-Expires"] == "300"
        assert asked["versionId"] == sent.version
        assert asked["response-content-type"] == content_type
        how, _, name = asked["response-content-disposition"].partition("; ")
        assert (how, unquote(name)) == ("attachment", "filename*=UTF-8''Receipt of Zoë")


def test_nobody_reads_what_was_not_scanned(path: str) -> None:
    sent = send(PARTNER, path)
    (shown,) = listed(path, ADVERTISER)
    assert (shown["Status"], shown["LinkUri"], shown["Sha256"]) == ("AWAITED", "", "")
    answer = ADVERTISER.get(f"{path}/Evidence/{shown['Id']}/Link")
    assert (answer.status, answer.body["code"]) == (403, "not_scanned_yet")
    assert tell(sent) == [{"itemIdentifier": "m"}], "the tag is not there yet"
    assert listed(path)[0]["Status"] == "AWAITED"
    scan(sent)
    assert listed(path)[0]["Status"] == "CLEAN"


@pytest.mark.parametrize(
    ("content", "fields", "code"),
    [
        (EICAR, {}, "threats_found"),
        (b"<script>", {}, "not_its_type"),
        (PNG, {}, "not_its_type"),
        (PDF, {"ContentType": "image/png"}, "not_its_type"),
    ],
)
def test_what_is_refused_is_deleted_and_says_why(path, content, fields, code) -> None:
    scan(send(PARTNER, path, content, **fields))
    assert evidence.versions() == set()
    (shown,) = listed(path, ADVERTISER)
    assert (shown["Status"], shown["LinkUri"]) == ("REFUSED", "")
    assert shown["Fault"]
    answer = ADVERTISER.get(f"{path}/Evidence/{shown['Id']}/Link")
    assert (answer.status, answer.body["code"]) == (403, code)


def test_a_result_that_is_told_twice_or_of_something_else_changes_nothing(path: str) -> None:
    sent = send(PARTNER, path)
    scan(sent)
    done = stack.contents(), evidence.versions()
    scan(sent)
    assert tell(replace(sent, result="THREATS_FOUND")) == []
    assert tell(sent, bucket="another") == []
    assert (stack.contents(), evidence.versions()) == done


def test_a_form_that_is_used_again_replaces_nothing(path: str) -> None:
    opened = PARTNER.post(f"{path}/Evidence", announced()).body
    first = evidence.put(opened, PDF)
    scan(first)
    for content in (b"%PDF-1.7 another", EICAR):
        scan(evidence.put(opened, content))
        (shown,) = listed(path, ADVERTISER)
        link = ADVERTISER.get(shown["LinkUri"]).body["Url"]
        assert parse_qs(urlsplit(link).query)["versionId"] == [first.version]
    found = stack.client("s3").list_object_versions(Bucket=stack.EVIDENCE)["Versions"]
    assert [each["VersionId"] for each in found] == [first.version]


def test_a_link_asks_the_tag_again(path: str) -> None:
    sent = send(PARTNER, path)
    scan(sent)
    (shown,) = listed(path, ADVERTISER)
    evidence.tag(replace(sent, result="THREATS_FOUND"))
    answer = ADVERTISER.get(shown["LinkUri"])
    assert (answer.status, answer.body["code"]) == (403, "not_clean")


def test_a_form_takes_one_key_one_type_and_no_more_than_was_said(path: str) -> None:
    opened = PARTNER.post(f"{path}/Evidence", announced(Size="1000")).body["Upload"]["Fields"]
    assert set(opened) <= {
        *("key", "Content-Type", "policy", "x-amz-algorithm", "x-amz-credential"),
        *("x-amz-date", "x-amz-signature", "x-amz-security-token"),
    }, "nothing that the policy does not name is taken, and a tag is not"
    assert opened["key"].startswith("partners/")
    key = ADVERTISER.post(f"{path}/Evidence", announced()).body["Upload"]["Fields"]["key"]
    assert key.startswith("advertisers/")


def test_evidence_is_of_its_two_sides_alone(path: str) -> None:
    scan(send(PARTNER, path))
    (shown,) = listed(path)
    for stranger in (OTHER_PARTNER, OTHER_ADVERTISER):
        assert stranger.get(f"{path}/Evidence").status == 404
        assert stranger.post(f"{path}/Evidence", announced()).status == 404
        assert stranger.get(f"{path}/Evidence/{shown['Id']}/Link").status == 404
    assert PARTNER.get(f"{path}/Evidence/none/Link").status == 404


def test_a_decided_inquiry_takes_no_more_but_for_an_appeal(live: Store) -> None:
    paid, refused = (market.file(live, each).inquiry_id for each in ("A-1", "A-2"))
    market.resolve(live, accepted(paid))
    market.resolve(live, declined(refused))
    closed = [(PARTNER, paid), (ADVERTISER, paid), (ADVERTISER, refused)]
    for client, inquiry_id in closed:
        answer = client.post(f"/ActionInquiries/{inquiry_id}/Evidence", announced())
        assert (answer.status, answer.body["code"]) == (422, "evidence_closed")
    path = f"/ActionInquiries/{refused}"
    sent = send(PARTNER, path)
    assert PARTNER.post(f"{path}/Appeal", {}).body["code"] == "nothing_new"
    scan(sent)
    made = PARTNER.post(f"{path}/Appeal", {})
    assert (made.status, made.body["State"]) == (200, "UNRESOLVED")
    scan(send(PARTNER, f"/ActionInquiries/{made.id}"))
    for client in SIDES:
        shown = listed(f"/ActionInquiries/{made.id}", client)
        assert [each["InquiryId"] for each in shown] == [refused, made.id]
        assert [client.get(each["LinkUri"]).status for each in shown] == [200, 200]


def test_the_limits_hold_when_many_come_at_once(path: str) -> None:
    """Each has read that there is room; a condition on the write lets five in."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: PARTNER.post(f"{path}/Evidence", announced()), range(8)))
    codes = sorted((each.status, each.body.get("code", "")) for each in answers)
    assert codes == [(200, "")] * 5 + [(422, "evidence_full")] * 3
    assert len(listed(path)) == 5


@pytest.fixture
def switched_off(live: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for client in SIDES:
        routes = function(FUNCTIONS[client.role]).ROUTES
        off = replace(routes.settings, evidence_scanned=False)
        monkeypatch.setattr(routes, "settings", off)


def test_without_a_scanner_there_is_no_evidence(path: str, switched_off: None) -> None:
    for client in SIDES:
        for answer in (
            client.post(f"{path}/Evidence", announced()),
            client.get(f"{path}/Evidence"),
            client.get(f"{path}/Evidence/any/Link"),
        ):
            assert (answer.status, answer.body["code"]) == (403, "evidence_disabled")


def test_erasing_deletes_every_version_and_what_people_wrote(live: Store, path: str) -> None:
    inquiry_id = path.rpartition("/")[2]
    opened = PARTNER.post(f"{path}/Evidence", announced(Name="Ann Smith.pdf")).body
    scan(evidence.put(opened, PDF))
    unscanned = evidence.put(opened, PDF)
    send(ADVERTISER, path, Name="Ann Smith again.pdf")
    other = send(PARTNER, f"/ActionInquiries/{market.file(live, 'A-2').inquiry_id}")
    bucket = Bucket(stack.EVIDENCE)
    assert erase_evidence(live, bucket, inquiry_id) == 2
    assert erase_evidence(live, bucket, inquiry_id) == 0
    assert evidence.versions() == {other.key}
    assert listed(path) == []
    items = {
        place: item for place, item in stack.everything("inquiries").items() if "X#" in place[1]
    }
    assert "Smith" not in json.dumps([str(each) for each in items.values()])
    late = evidence.put(opened, PDF)
    scan(late)
    assert tell(unscanned) == []
    assert evidence.versions() == {other.key}


ORDERS = count()
STEPS = st.lists(
    st.sampled_from(
        ["announce", "put clean", "put bad", "put other", "tag", "tell", "scan", "hour", "untag"]
    ),
    max_size=14,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, order=st.integers(0, 20))
def test_nobody_ever_reads_what_is_not_clean(live: Store, steps: list[str], order: int) -> None:
    """Whatever is sent, tagged and told in whatever order: a link is to a version that the scanner
    called clean when it was told of, and to no other.
    """
    live.set_clock(NOW)
    place = f"/ActionInquiries/{market.file(live, f'P-{next(ORDERS)}').inquiry_id}"
    opened: list[dict[str, str]] = []
    sent: list[evidence.Sent] = []
    results: dict[str, str] = {}
    clean: set[str] = set()
    for step in steps:
        if step == "announce":
            answer = PARTNER.post(f"{place}/Evidence", announced())
            opened += [answer.body] if answer.status == 200 else []
        elif step == "hour":
            live.set_clock(live.adjusted_clock() + timedelta(minutes=50))
        elif step.startswith("put") and opened:
            content = {"clean": PDF, "bad": EICAR, "other": PNG}[step.split()[1]]
            sent.append(evidence.put(opened[order % len(opened)], content))
        elif sent:
            last = sent[order % len(sent)]
            if step in ("tag", "scan"):
                evidence.tag(last)
                results[last.version] = last.result
            if step == "untag":
                evidence.tag(replace(last, result="FAILED"))
                results[last.version] = "FAILED"
            if step in ("tell", "scan"):
                tell(last)
                clean |= {last.version} if results.get(last.version) == evidence.CLEAN else set()
    for each in listed(place, ADVERTISER):
        answer = ADVERTISER.get(f"{place}/Evidence/{each['Id']}/Link")
        if answer.status == 200:
            asked = parse_qs(urlsplit(answer.body["Url"]).query)
            assert asked["versionId"][0] in clean
