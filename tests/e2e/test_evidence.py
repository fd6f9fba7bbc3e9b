"""Evidence on the whole stack: sent by a form, scanned by what stands in for GuardDuty, read."""

import time

import pytest
import urllib3
from makegood_cli.client import Client

from tests.e2e.test_http import CLAIM, World, refused, world  # noqa: F401

PDF = b"%PDF-1.7 a receipt"
EICAR = b"%PDF-1.7 $EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
CLEAN_TAG = (
    "<Tagging><TagSet><Tag><Key>GuardDutyMalwareScanStatus</Key>"
    "<Value>NO_THREATS_FOUND</Value></Tag></TagSet></Tagging>"
)
SCANNED_WITHIN_SECONDS = 60


@pytest.fixture
def path(world: World) -> str:  # noqa: F811
    claim = {**CLAIM, "OrderId": "E-1"}
    made = world.partner.call("POST", f"{world.partner.root}/ActionInquiries", claim)
    return f"ActionInquiries/{made['Uri'].rpartition('/')[2]}/Evidence"


def send(client: Client, path: str, content: bytes) -> list[int]:
    """Sends a file by its form, and again with a tag that the form does not have."""
    said = {"Type": "receipt", "Name": "R.pdf", "ContentType": "application/pdf"}
    size = {"Size": str(len(content))}
    form = client.call("POST", f"{client.root}/{path}", {**said, **size})["Upload"]
    file = {"file": ("r.pdf", content, "application/pdf")}
    return [
        client.http.request("POST", form["Url"], fields={**form["Fields"], **more, **file}).status
        for more in ({}, {"tagging": CLEAN_TAG})
    ]


def test_a_file_is_read_once_it_was_scanned_and_a_harmful_one_never(
    world: World,  # noqa: F811
    path: str,
) -> None:
    for content in (PDF, EICAR):
        assert send(world.partner, path, content) == [204, 403]
    until = time.monotonic() + SCANNED_WITHIN_SECONDS
    while True:
        found = world.advertiser.get(path)["Evidence"]
        if all(each["Status"] != "AWAITED" for each in found) or time.monotonic() > until:
            break
        time.sleep(1)
    clean, harmful = found
    assert (clean["Status"], harmful["Status"]) == ("CLEAN", "REFUSED")
    link = world.advertiser.call("GET", clean["LinkUri"])
    answer = urllib3.request("GET", link["Url"])
    assert (answer.status, answer.data) == (200, PDF)
    assert answer.headers["Content-Type"] == "application/pdf"
    never = refused(world.advertiser, "GET", f"/{path}/{harmful['Id']}/Link")
    assert (never.status, never.body["code"]) == (403, "threats_found")
