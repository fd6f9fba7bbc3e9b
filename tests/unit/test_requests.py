"""A request means the same however its client spells it."""

from typing import Any

import pytest
from makegood.api.http import read_request
from makegood.domain.parties import Role
from makegood.domain.problems import Invalid, UnsupportedMedia

from tests.unit.memory_lists import an_event

FORM = "application/x-www-form-urlencoded"


def event(**changes: Any) -> dict[str, Any]:
    return {**an_event(Role.PARTNER, "10001", "/ActionInquiries"), **changes}


def posted(body: str, content_type: str = FORM) -> dict[str, Any]:
    return event(httpMethod="POST", body=body, headers={"Content-Type": content_type})


def code_of(asked: dict[str, Any]) -> str:
    with pytest.raises(Invalid) as caught:
        read_request(asked)
    return caught.value.faults[0].code


def test_a_parameter_has_its_name_in_any_case() -> None:
    many = {"page": ["2"], "PAGESIZE": ["9"], "actiondatestart": ["2026-01-01"], "unKnown": ["1"]}
    request = read_request(event(multiValueQueryStringParameters=many))
    assert request.query == {
        "Page": "2",
        "PageSize": "9",
        "ActionDateStart": "2026-01-01",
        "unKnown": "1",
    }
    assert "Page=3" in request.uri(Page="3")
    assert "page=" not in request.uri(Page="3")


def test_a_body_without_a_type_is_a_form_if_it_can_be_nothing_else() -> None:
    assert read_request(posted("OrderId=A%20B&Comment=a+b", "")).fields == {
        "OrderId": "A B",
        "Comment": "a b",
    }
    for body in ('{"a": "b=c"}', '"a=b"', "a", "<a b=c/>", "a=b c", "a: b=c", "=a"):
        with pytest.raises(UnsupportedMedia):
            read_request(posted(body, ""))


@pytest.mark.parametrize(
    ("headers", "query", "method"),
    [
        ({"X-HTTP-Method-Override": "put"}, {}, "PUT"),
        ({"x-http-method-override": "DELETE"}, {"_method": ["DELETE"]}, "DELETE"),
        ({}, {"_Method": ["Put"]}, "PUT"),
    ],
)
def test_a_post_may_name_another_method_in_a_header_or_its_query(
    headers: dict[str, str], query: dict[str, list[str]], method: str
) -> None:
    asked = event(httpMethod="POST", headers=headers, multiValueQueryStringParameters=query)
    request = read_request(asked)
    assert (request.method, request.query) == (method, {})
    for other in ("GET", "PUT"):
        assert read_request({**asked, "httpMethod": other}).method == other


def test_a_post_that_names_two_methods_or_a_third_is_refused() -> None:
    asked = posted("_method=PUT")
    override = {**asked["headers"], "X-HTTP-Method-Override": "DELETE"}
    assert code_of({**asked, "headers": override}) == "bad_method"
    for method in ("GET", "PATCH", ""):
        headers = {"X-HTTP-Method-Override": method}
        assert code_of(event(httpMethod="POST", headers=headers)) == "bad_method"
