"""What a client takes is read as it says it, and what it does not say is not guessed."""

import base64
import gzip
import json
import zlib
from typing import Any

import pytest
from makegood.api import bodies, http, negotiation, pagination
from makegood.api.cors import Origins
from makegood.api.negotiation import Accepted
from makegood.api.pagination import PageRequest, Total

from tests.unit.memory_lists import by_partner


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("GZIP, deflate, br", True),
        ("deflate, x-gzip;q=0.5", True),
        ("*", True),
        ("br, *;q=0.1", True),
        ("gzip ; q=1.000", True),
        ("identity;q=0.2, gzip;q=0.5", True),
        ("identity;q=0, gzip;q=0.001", True),
        ("", False),
        ("identity", False),
        ("br, deflate", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("identity;q=1, gzip;q=0.5", False),
        ("gzip;q=2", False),
        ("gzip;q=x", False),
        ("gzipped", False),
    ],
)
def test_an_answer_is_compressed_where_the_client_allows_it(header: str, taken: bool) -> None:
    assert negotiation.takes_gzip({"accept": "*/*", "accept-encoding": header}) is taken


def test_without_accept_the_gateway_may_not_pass_bytes() -> None:
    assert not negotiation.takes_gzip({"accept-encoding": "gzip"})


@pytest.mark.parametrize(
    ("accept", "suffix", "older", "xml"),
    [
        ("", "", False, False),
        ("*/*", "", False, False),
        ("application/xml", "", False, True),
        ("text/xml;q=0.5, text/html", "", False, True),
        ("application/xml, application/json;q=0.1", "", False, False),
        ("application/xml, application/json;q=0", "", False, True),
        ("application/xml;q=0", "", False, False),
        ("application/json", "xml", False, True),
        ("application/xml", "json", False, False),
        ("*/*", "", True, True),
        ("application/json", "", True, False),
        ("application/xml", "json", True, False),
    ],
)
def test_an_answer_is_xml_where_that_is_asked_for(
    accept: str, suffix: str, older: bool, xml: bool
) -> None:
    assert negotiation.takes_xml({"accept": accept}, suffix, default=older) is xml


@pytest.mark.parametrize(
    ("header", "has"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", W/"a"', True),
        ('"b,"a"', False),
        ("*", True),
        ('"b"', False),
        ("a", False),
        ("", False),
    ],
)
def test_a_client_has_what_one_of_its_tags_names(header: str, has: bool) -> None:
    assert negotiation.has_already(header, '"a"') is has


def test_headers_that_came_twice_are_one_list() -> None:
    event = {
        "headers": {"accept-encoding": "br", "Origin": "b"},
        "multiValueHeaders": {"accept-encoding": ["gzip", "br"], "Origin": ["a", "b"]},
    }
    assert negotiation.headers_of(event) == {"accept-encoding": "gzip, br", "origin": "b"}


def shown(count: int, text: str) -> list[dict[str, Any]]:
    return [{"Id": str(each), "Text": f"{each * 7919 % 10007}{text}"} for each in range(count)]


@pytest.mark.parametrize("accepted", [Accepted(), Accepted(gzip=True), Accepted(True, True)])
def test_a_page_of_many_is_the_same_compressed_or_not(accepted: Accepted) -> None:
    rows = bodies.rows(shown(1_300, "é"), accepted)
    body = bodies.written({"@page": "1", "Things": rows}, accepted)
    text = gzip.decompress(body).decode() if isinstance(body, bytes) else body
    assert isinstance(body, bytes) is accepted.gzip
    if not accepted.xml:
        assert json.loads(text) == {"@page": "1", "Things": shown(1_300, "é")}
    assert text.count("é") == 1_300


def test_a_short_answer_stays_as_it_is() -> None:
    assert bodies.written({"a": "b"}, Accepted(gzip=True)) == '{"a":"b"}'


def test_a_compressed_answer_travels_as_base64_and_says_so() -> None:
    answer = http.Reply({"a": "b" * 5_000}).render(accepted=Accepted(gzip=True))
    assert answer["headers"]["Content-Encoding"] == "gzip"
    assert answer["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert answer["isBase64Encoded"] is True
    assert json.loads(gzip.decompress(base64.b64decode(answer["body"]))) == {"a": "b" * 5_000}


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_page_has_as_many_as_an_answer_has_room_for(encoding: str) -> None:
    request = by_partner("/Actions?PageSize=20000")
    request = http.replace(request, accepted=Accepted(gzip=bool(encoding)))
    many = shown(20_000, "x" * 800)
    positions = [f"2026-01-01T00:00:00.000Z#{each}" for each in range(20_000)]
    asked = PageRequest(1, 20_000, None)
    total = Total(30_000)
    reply, *_ = pagination.reply("Actions", iter(many), request, asked, total, positions, "p")
    assert bodies.weight(reply.body) <= bodies.ANSWER_BYTES_MAX  # type: ignore[arg-type]
    raw = gzip.decompress(reply.body) if isinstance(reply.body, bytes) else str(reply.body)
    page = json.loads(raw)
    count = len(page["Actions"])
    assert (count == 20_000) is bool(encoding)
    assert count * 850 > bodies.ANSWER_BYTES_MAX * 0.9
    assert page["@pagesize"] == str(count)
    assert page["@end"] == str(count - 1)


def test_what_does_not_compress_still_fits() -> None:
    request = http.replace(by_partner("/Actions"), accepted=Accepted(gzip=True))
    noise = base64.b64encode(zlib.compress(bytes(range(256)) * 40, 0)).decode()
    many = [{"Id": str(each), "Text": noise[each:] + noise[:each]} for each in range(2_000)]
    salted = [{**each, "Text": _salted(each["Text"], int(each["Id"]))} for each in many]
    positions = [f"2026-01-01T00:00:00.000Z#{each}" for each in range(2_000)]
    asked = PageRequest(1, 2_000, None)
    reply = pagination.reply("Actions", salted, request, asked, Total(2_000), positions, None)[0]
    assert bodies.weight(reply.body) <= bodies.ANSWER_BYTES_MAX  # type: ignore[arg-type]
    page = json.loads(gzip.decompress(reply.body))  # type: ignore[arg-type]
    assert 0 < len(page["Actions"]) < 2_000
    assert page["@nextpageuri"]


def _salted(text: str, salt: int) -> str:
    """Text that compresses badly, always the same."""
    import random

    return random.Random(salt).randbytes(len(text) // 2).hex()


ORIGINS = Origins.parse("https://a.example, http://localhost:3000")


def test_a_page_of_a_named_origin_may_read_answers_and_no_other_may() -> None:
    told = ORIGINS.headers({"headers": {"Origin": "https://a.example"}})
    assert told["Access-Control-Allow-Origin"] == "https://a.example"
    assert "Origin" in told["Vary"]
    for origin in ("https://a.example.evil", "null", "*", "", "https://A.example"):
        refused = ORIGINS.headers({"headers": {"Origin": origin}})
        assert "Access-Control-Allow-Origin" not in refused
        assert "Origin" in refused["Vary"]
    for headers in (told, ORIGINS.preflight({"headers": {"origin": "http://localhost:3000"}})):
        assert "Access-Control-Allow-Credentials" not in headers
    assert Origins.parse("").headers({"headers": {"Origin": ""}}) == {}


def test_a_browser_asks_first_and_learns_what_it_may_send() -> None:
    allowed = ORIGINS.preflight({"headers": {"origin": "https://a.example"}})
    assert allowed["statusCode"] == 204
    assert "Idempotency-Key" in allowed["headers"]["Access-Control-Allow-Headers"]
    refused = ORIGINS.preflight({"headers": {"origin": "https://b.example"}})
    assert [name for name in refused["headers"] if name.startswith("Access-")] == []
    assert "DELETE" in refused["headers"]["Allow"]
