"""XML says what JSON says, in the field's form, and can be read by any parser."""

from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makegood.api import bodies, xml_form
from makegood.api.negotiation import Accepted

from tests.unit.xml_reading import read


def written(body: dict[str, Any], resource: str = "") -> Element:
    return read(str(bodies.written(body, Accepted(xml=True), resource)))


@pytest.mark.parametrize("ready", [True, False])
def test_a_list_has_its_paging_as_attributes_and_an_element_for_each_thing(ready: bool) -> None:
    things: list[dict[str, Any]] = [{"Id": "1", "Note": ""}, {"Id": "<&>", "Note": 'a"b'}]
    rows = bodies.rows(things, Accepted(xml=True)) if ready else things
    root = written(
        {"@page": "1", "@nextpageuri": "/x?a=1&b=2", "ActionInquiries": rows, "W": ["é"]}
    )
    assert root.tag == "ImpactRadiusResponse"
    listed = root.find("ActionInquiries")
    assert listed is not None
    assert listed.attrib == {"page": "1", "nextpageuri": "/x?a=1&b=2"}
    assert [each.tag for each in listed] == ["ActionInquiry", "ActionInquiry"]
    assert [each.findtext("Id") for each in listed] == ["1", "<&>"]
    assert [each.findtext("Note") for each in listed] == ["", 'a"b']
    assert [each.text for each in root.findall("W/*")] == ["é"]


def test_an_empty_list_keeps_its_paging() -> None:
    listed = written({"@total": "0", "Actions": []}).find("Actions")
    assert listed is not None
    assert (listed.attrib, list(listed)) == ({"total": "0"}, [])


def test_an_object_is_an_element_named_after_its_resource() -> None:
    body = {"Id": "1", "Comments": [{"User": "a"}], "Categories": {"Shoes & more": True}, "N": None}
    root = written(body, "/Campaigns/<campaign_id>")
    assert [each.tag for each in root] == ["Campaign"]
    assert root.findtext("Campaign/Comments/Comment/User") == "a"
    assert root.findtext("Campaign/Categories/Shoes___more") == "true"
    assert root.findtext("Campaign/N") == ""
    assert written({"Id": "1"}, "/CompanyInformation").findtext("CompanyInformation/Id") == "1"


def test_an_error_and_a_write_have_their_fields_at_the_root() -> None:
    fault = {"Field": "A", "Message": "No", "Code": "bad"}
    root = written({"Status": "ERROR", "Message": "x", "Errors": [fault], "status": 400})
    assert (root.findtext("Status"), root.findtext("status")) == ("ERROR", "400")
    assert root.findtext("Errors/Error/Code") == "bad"


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("Actions", "Action"),
        ("ActionInquiries", "ActionInquiry"),
        ("Entries", "Entry"),
        ("Addresses", "Address"),
        ("Statuses", "Status"),
        ("Branches", "Branch"),
        ("APISubmission", "APISubmission"),
        ("Address", "Address"),
        ("MediaPartners", "MediaPartner"),
    ],
)
def test_one_thing_of_a_list_is_named_in_the_singular(plural: str, singular: str) -> None:
    assert xml_form.singular(plural) == singular


@given(st.text(), st.text(min_size=1))
def test_any_text_can_be_read_back_but_for_what_xml_forbids(text: str, key: str) -> None:
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    plain = xml_form.FORBIDDEN.sub("\ufffd", whole)
    name = key.lstrip("@") or "x"
    root = written({"@uri": whole, "Things": [{name: whole}]})
    assert [each.text or "" for each in root.findall("Things/Thing/*")] == [plain]
    assert root[0].attrib["uri"] == plain
