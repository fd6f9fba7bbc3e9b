"""The sample files, read as they are: what they hold, and the rows with one fault each."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from makegood.domain.parties import Campaign
from makegood.domain.problems import Invalid
from makegood.domain.uploads import Kind
from makegood.files import csv_format
from makegood.files.columns import Columns
from makegood.files.csv_format import Cutter
from makegood.forms.claims import ClaimRequest
from makegood.forms.conversions import ConversionRequest

SAMPLES = Path(__file__).parents[2] / "infra" / "local" / "samples"
CAMPAIGN = Campaign("1000", "1", "Shop", "America/New_York", "USD", ())
CODES = {
    "formula": "formula",
    "amount_too_large": "amount_too_large",
    "not_a_date": "not_a_date",
    "unknown_type": "unknown_type",
    "negative_amount": "not_positive",
}
"""The code that each fault of form is told by; the other truths are for the decision to find."""


def rows(name: str) -> tuple[Columns, list[list[str]]]:
    kind = Kind(name.split("-")[0].removesuffix(".csv"))
    with (SAMPLES / name).open("rb") as file:
        cutter = Cutter(iter(lambda: file.read(4096), b""), 64 * 1024, 100)
        found = Columns.match(cutter.header, kind)
        return found, [
            cells
            for chunk in cutter
            for _, cells in csv_format.records(chunk.data, cutter.layout, chunk.first_line)
        ]


def code_of(found: Columns, cells: list[str], partner_id: str) -> str:
    try:
        if faults := found.faults(cells):
            raise Invalid(faults=faults)
        ClaimRequest.read(found.fields(cells)).claim(CAMPAIGN, partner_id)
    except Invalid as problem:
        return ",".join(fault.code for fault in problem.faults)
    return ""


@pytest.mark.parametrize("partner_id", ["10001", "10002"])
def test_every_claim_is_read_and_every_row_with_a_fault_says_which(partner_id: str) -> None:
    with (SAMPLES / "truth.csv").open(newline="") as file:
        truths = [
            each["Truth"] for each in csv.DictReader(file) if each["Partner Id"] == partner_id
        ]
    found, cells = rows(f"inquiries-{partner_id}.csv")
    told = [code_of(found, each, partner_id) for each in cells]
    assert told == [CODES.get(truth, "") for truth in truths]


def test_every_conversion_is_read_to_the_cent() -> None:
    found, cells = rows("conversions.csv")
    read = [
        ConversionRequest.read(found.fields(each)).conversion(CAMPAIGN)
        for each in cells
        if not found.faults(each)
    ]
    assert len(read) == len(cells) == 6449
    assert [str(each.order_amount) for each in read] == [each[4] for each in cells]
    assert Counter(each.partner_id for each in read).keys() == {"10001", "10002"}
