"""What partners get by HTTP of files: uploads announced, looked at and listed."""

import base64
import json
from datetime import timedelta

import pytest
from makegood.store.store import Store

from tests.integration import market
from tests.integration.gateway import OTHER_PARTNER, PARTNER
from tests.integration.market import CASHBACK


def test_an_upload_is_announced_and_looked_at(live: Store) -> None:
    name = "Größe (1), O'Neill \U0001f600.csv"
    asked = {"Kind": "Inquiries", "Name": name, "Size": "100", "TimeZone": "Europe/Paris"}
    opened = PARTNER.post("/Files", asked)
    form = opened.body["Upload"]["Fields"]
    assert form["key"] == f"partners/{CASHBACK}/inquiries/{opened.id}/{name}"
    policy = json.loads(base64.b64decode(form["policy"]))
    assert {"key": form["key"]} in policy["conditions"]
    assert {"Content-Type": "text/csv"} in policy["conditions"]
    assert ["content-length-range", 1, 100] in policy["conditions"]
    seen = PARTNER.get(f"/Files/{opened.id}").body
    assert (seen["Name"], seen["TimeZone"], seen["Currency"]) == (name, "Europe/Paris", "")
    assert (seen["Status"], seen["Size"], seen["ResultUri"]) == ("AWAITED", "100", "")


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"Kind": "conversions"}, "Kind", "unknown_kind"),
        ({"Name": "../a.csv"}, "Name", "bad_name"),
        ({"Name": ".."}, "Name", "bad_name"),
        ({"Name": "a%2F..%2Fb.csv"}, "Name", "bad_name"),
        ({"Name": "a\\b.csv"}, "Name", "bad_name"),
        ({"Name": "a\r\nb.csv"}, "Name", "bad_name"),
        ({"Name": "a" * 101}, "Name", "bad_name"),
        ({"Size": "536870913"}, "Size", "bad_size"),
        ({"Size": "-1"}, "Size", "bad_size"),
        ({"Size": "1" * 5_000}, "Size", "bad_size"),
        ({"Sise": "1"}, "Sise", "unknown_field"),
        ({"TimeZone": "Mars"}, "TimeZone", "unknown_time_zone"),
    ],
)
def test_an_upload_that_is_not_taken_says_why(
    live: Store, fields: dict[str, str], field: str, code: str
) -> None:
    answer = PARTNER.post("/Files", {"Kind": "inquiries", "Name": "a", "Size": "9", **fields})
    assert (answer.status, answer.faults) == (400, [(field, code)])


def test_the_same_key_announces_the_same_upload(live: Store) -> None:
    fields = {"Kind": "inquiries", "Name": "a.csv", "Size": "9"}
    first, again = (PARTNER.post("/Files", fields, Idempotency_Key="k") for _ in range(2))
    assert first.body["Uri"] == again.body["Uri"]
    assert first.body["Upload"]["Fields"]["key"] == again.body["Upload"]["Fields"]["key"]
    other = PARTNER.post("/Files", {**fields, "Size": "8"}, Idempotency_Key="k")
    assert (other.status, other.body["code"]) == (409, "idempotency_key_reused")
    claim = PARTNER.post("/ActionInquiries", market.claimed("A-1"), Idempotency_Key="k")
    assert claim.status == 409
    assert PARTNER.post("/Files", fields, Idempotency_Key="k-2").id != first.id


def test_files_are_listed_newest_first_and_to_their_owner_alone(live: Store) -> None:
    made = []
    for minute in range(3):
        live.set_clock(market.NOW + timedelta(minutes=minute))
        fields = {"Kind": "inquiries", "Name": f"{minute}.csv", "Size": "9"}
        made.append(PARTNER.post("/Files", fields).id)
    first = PARTNER.get("/Files?PageSize=2").body
    second = PARTNER.get(first["@nextpageuri"]).body
    assert [each["Id"] for each in (*first["Files"], *second["Files"])] == made[::-1]
    assert (first["@total"], second["@nextpageuri"]) == ("3", "")
    assert first["Files"][0] == PARTNER.get(f"/Files/{made[2]}").body
    assert OTHER_PARTNER.get("/Files").body["Files"] == []
