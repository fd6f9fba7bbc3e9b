"""HEAD, tags, spellings of paths, and XML, as a function answers them."""

import gzip
import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from makegood.api.app import Api
from makegood.api.cors import Origins
from makegood.api.http import Reply, Request
from makegood.domain.parties import Role
from makegood.domain.problems import Conflict

from tests.unit.memory_lists import Lists, an_event, sid_of
from tests.unit.xml_reading import read

ORIGIN = "https://reports.example"
LONG = {"Id": "1", "Note": "é" * 2_000}


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Api]:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "makegood")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Makegood")
    api = Api(Role.PARTNER, Lists(), Origins.parse(ORIGIN))

    @api.route("GET", "/Actions/<action_id>")
    def thing(request: Request, action_id: str) -> Reply:
        return Reply(LONG if action_id == "1" else {"Id": action_id})

    @api.route("GET", "/Actions")
    def things(request: Request) -> Reply:
        return Reply({"@page": "1", "@uri": request.uri(), "Actions": [{"Id": "2"}]})

    @api.route("POST", "/Actions")
    def refuse(request: Request) -> Reply:
        raise Conflict("Not <now>", code="version_conflict")

    yield api
    capsys.readouterr()


def ask(api: Api, uri: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    event = an_event(Role.PARTNER, "10001", uri, method, **headers)
    return api.handle(event, None)


def spelled(api: Api, prefix: str, rest: str, **headers: str) -> dict[str, Any]:
    """As the gateway hands on a path that begins so."""
    proxy = f"{sid_of(Role.PARTNER, '10001')}{rest}"
    event = an_event(Role.PARTNER, "10001", "/Actions", **headers)
    place = {"resource": f"{prefix}/{{proxy+}}", "path": f"{prefix}/{proxy}"}
    return api.handle({**event, **place, "pathParameters": {"proxy": proxy}}, None)


def test_head_answers_as_get_does_without_the_body(api: Api) -> None:
    got, head = ask(api, "/Actions/2"), ask(api, "/Actions/2", "HEAD")
    assert (head["statusCode"], head["body"]) == (200, "")
    assert head["headers"]["ETag"] == got["headers"]["ETag"]
    assert head["headers"].keys() == got["headers"].keys()
    assert ask(api, "/Unknown", "HEAD")["statusCode"] == 403
    zipped = ask(api, "/Actions/1", "HEAD", Accept="*/*", Accept_Encoding="gzip")
    assert (zipped["body"], zipped["isBase64Encoded"]) == ("", False)
    assert "Content-Encoding" not in zipped["headers"]


def test_an_object_that_is_still_the_same_is_not_sent_again(api: Api) -> None:
    tag = ask(api, "/Actions/2")["headers"]["ETag"]
    assert tag[0] == tag[-1] == '"'
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = ask(api, "/Actions/2", If_None_Match=known)
        assert (again["statusCode"], again["body"], again["headers"]["ETag"]) == (304, "", tag)
    assert ask(api, "/Actions/3", If_None_Match=tag)["statusCode"] == 200
    assert "ETag" not in ask(api, "/Actions")["headers"]


def test_each_form_of_an_object_has_its_own_tag(api: Api) -> None:
    forms = ({}, {"Accept_Encoding": "gzip"}, {"Accept": "text/xml"})
    answers = [ask(api, "/Actions/1", **{"Accept": "*/*", **each}) for each in forms]
    assert len({each["headers"]["ETag"] for each in answers}) == len(forms)
    plain, zipped, xml = answers
    assert zipped["headers"]["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(b64decode(zipped["body"]))) == json.loads(plain["body"])
    assert read(xml["body"]).findtext("Action/Note") == LONG["Note"]
    assert all("Accept-Encoding" in each["headers"]["Vary"] for each in answers)


@pytest.mark.parametrize("name", ["Mediapartners", "MediaPartners"])
@pytest.mark.parametrize("older", ["", "/2010-09-01"])
def test_a_path_is_found_as_clients_spell_it(api: Api, name: str, older: str) -> None:
    answer = spelled(api, f"{older}/{name}", "/Actions", Accept="application/json")
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["@uri"].startswith(f"{older}/{name}/")


def test_the_older_api_answers_in_xml_unless_json_is_asked_for(api: Api) -> None:
    older = "/2010-09-01/Mediapartners"
    answer = spelled(api, older, "/Actions")
    assert answer["headers"]["Content-Type"] == "application/xml; charset=utf-8"
    root = read(answer["body"])
    assert root.findtext("Actions/Action/Id") == "2"
    assert json.loads(spelled(api, older, "/Actions.json")["body"])["Actions"]
    assert spelled(api, "/Mediapartners", "/Actions.xml")["body"].startswith("<?xml")
    assert spelled(api, "/2010-09-01/Advertisers", "/Actions")["statusCode"] == 403


def test_an_error_is_xml_too_and_a_named_origin_may_read_it(api: Api) -> None:
    answer = ask(api, "/Actions.xml", "POST", Origin=ORIGIN)
    root = read(answer["body"])
    assert (answer["statusCode"], root.findtext("Message")) == (409, "Not <now>")
    assert answer["headers"]["Access-Control-Allow-Origin"] == ORIGIN
    other = ask(api, "/Unknown", Origin="https://other.example")
    assert "Access-Control-Allow-Origin" not in other["headers"]
