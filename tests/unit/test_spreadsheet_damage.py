"""What a spreadsheet makes of ids: named and refused in every column of a key, real ids stay."""

from collections.abc import Mapping

import pytest
from makegood.domain import spreadsheet_damage
from makegood.domain.problems import Invalid, Malformed
from makegood.domain.uploads import Kind
from makegood.files.columns import Columns
from makegood.files.export_rows import RESOLUTION_HEADER, resolution_row
from makegood.files.layouts import LAYOUTS, NOTES, with_whole_id
from makegood.forms import reading
from makegood.forms.claims import ClaimRequest
from makegood.forms.fields import is_id
from makegood.operator.arguments import text

from tests import builders
from tests.memory_ingest import Ingest, answer, claim, conversion

ERRORS = [
    *("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"),
    *("#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#ERROR!", "#N/A Requesting Data...", "#n/a"),
    *("#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#NOM?", "#VALEUR!", "#NOMBRE!", "#NUL!"),
    *("#¿NOMBRE?", "#¡REF!", "#¡VALOR!", "#¡DIV/0!", "#¡NUM!", "#NOME?", "#RIF!", "#VALORE!"),
    *("#N/D", "#N/D!", "#NAAM?", "#VERW!", "#WAARDE!", "#DEEL/0!", "#LEEG!", "#N/B", "#NÚM!"),
    *("#ADR!", "#ARG!", "#DZIEL/0!", "#LICZBA!", "#NAZWA?", "#SAKNAS!", "#VÄRDEFEL!", "#I/T"),
    *("#\u041d/\u0414", "#ЗНАЧ!", "#ССЫЛКА!", "#ИМЯ?", "#ДЕЛ/0!", "#Δ/\u03a5", "#ΔΙΑΙΡ./0!"),
    *("#HIÁNYZIK", "#ÉRTÉK!", "#ZÉRÓOSZTÓ!", "#PUUTTUU!", "#TYHJÄ!", "#BAŞV!", "#DIVISION/0!"),
    *("#NENÍ_K_DISPOZICI", "#DĚLENÍ_NULOU!", "#NEDOSTUPNÝ", "#N/V", "#YOK", "#SAYI/0!"),
    *("Err:502", "Err:508", "Fehler:502", "####", "##"),
]
ROUNDED = ["1.6E+13", "2,71E+15", "2.71345E+015", "1.6e13", "1.E+13", "2E+15", "-1.6E+13", "1.5E-7"]
NUMBERS = ["12345.0", "12345,0", "0012345.00", "12345,000"]
REAL = ["219E01", "1E5", "1E-5", "#1001", "#A1", "1.5.2", "1.5", "12-3", "N/A1", "A.0",
        "CD100.0a", "0012345", "1000.4000.8584050689442330", "E+13", "#", "Err:",
        "2026/03", "12E45"]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "code"),
    [(ERRORS, "spreadsheet_error"), (ROUNDED, "rounded_id"), (NUMBERS, "id_as_number")],
)
def test_what_a_spreadsheet_made_of_an_id_is_refused_by_its_name(
    texts: list[str], code: str
) -> None:
    for written in texts:
        with pytest.raises(Malformed) as caught:
            spreadsheet_damage.check(written)
        assert (caught.value.code, f'"{written}"' in caught.value.message) == (code, True)
        assert spreadsheet_damage.is_suspect(["x", f" {written} "], [1])


def test_real_ids_stay_as_they_are() -> None:
    for written in REAL:
        assert spreadsheet_damage.check(written) == written
        assert not spreadsheet_damage.is_suspect(["x", written], [1]) or written.startswith("0")


def row_of(kind: Kind) -> dict[str, str]:
    ingest = Ingest()
    if kind is Kind.INQUIRIES:
        return claim("A-1")
    if kind is Kind.CONVERSIONS:
        return conversion("B-1")
    if kind is Kind.ORDERS:
        return {"Order Id": "C-1", "Order Date": "2026-03-05T10:00:00Z", "Amount": "9.99"}
    ingest.whole(Kind.INQUIRIES, claim("A-1"))
    (inquiry_id,) = ingest.kept.inquiries
    if kind is Kind.RESOLUTIONS:
        return answer(inquiry_id, "VALID")
    return {"Action Id": "1000.4000.1", "Reason": "REJECTED"}


def told(kind: Kind, fields: Mapping[str, str]) -> list[dict[str, str]]:
    ingest = Ingest()
    ingest.whole(Kind.INQUIRIES, claim("A-1"))
    given = {"Currency": "USD"} if kind is Kind.ORDERS else {}
    return ingest.whole(kind, dict(fields), given=given)


COLUMNS_OF = [
    (kind, title, wire)
    for kind, layout in LAYOUTS.items()
    for title, wire in layout.columns.items()
] + [
    (kind, title, wire)
    for kind in (Kind.RESOLUTIONS, Kind.CONVERSIONS)
    for title, wire in (("Item Sku 1", "ItemSku1"), ("Item MPN 1", "ItemMPN1"))
]  # fmt: skip


@pytest.mark.parametrize(("kind", "title", "wire"), COLUMNS_OF)
def test_every_column_that_is_read_refuses_errors_and_every_id_what_is_rounded(
    kind: Kind, title: str, wire: str
) -> None:
    for written, codes in (
        ("#REF!", {"spreadsheet_error"}),
        ("1.6E+13", {"rounded_id"}),
        ("16.0", {"id_as_number"}),
    ):
        row = {**row_of(kind), **({"Item Sku 1": "A"} if "Item" in title else {}), title: written}
        (result,) = told(kind, row)
        if wire in NOTES or (written != "#REF!" and not is_id(wire)):
            assert result["Code"] not in {"spreadsheet_error", "rounded_id", "id_as_number"}
        else:
            assert (result["Result"], result["Code"]) == ("REJECTED", *codes)
            assert title in result["Message"]
            assert written in result["Message"]


class TestLostZeros:
    HEADER = ("Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type", "Order Number")
    FOUND = Columns.match(HEADER, Kind.INQUIRIES)

    def codes(self, order_id: str, beside: str, amount: str = "5.00") -> list[tuple[str, str]]:
        row = ["1000", order_id, amount, "2026-03-05", "UNTRACKED", beside]
        return [(each.field, each.code) for each in self.FOUND.damages(row)]

    @pytest.mark.parametrize("beside", ["0012345", "#0012345", "'0012345", " 012345 "])
    def test_an_id_whose_zeros_another_column_still_has_is_refused(self, beside: str) -> None:
        assert self.codes("12345", beside) == [("OrderId", "lost_zeros")]

    @pytest.mark.parametrize("beside", ["0012346", "0012345-1", "12345", "00012345A", "", "00"])
    def test_what_is_not_just_the_same_number_shows_nothing(self, beside: str) -> None:
        assert self.codes("12345", beside) == []

    def test_neither_a_whole_id_nor_a_short_number_nor_an_amount_has_lost_anything(self) -> None:
        assert self.codes("0012345", "0012345") == self.codes("123", "00123") == []
        assert self.codes("12345", "x", amount="0012345") == []


def test_one_apostrophe_before_digits_is_taken_off_in_columns_of_ids_alone() -> None:
    header = ("Campaign Id", "Order Id", "Sale Amount", "Transaction Date", "Type", "Notes")
    found = Columns.match(header, Kind.INQUIRIES)
    for written, read in (
        ("'0012345", "0012345"),
        ("''0012345", "'0012345"),
        ("'A-1", "'A-1"),
        ("'=1", "=1"),
        ("O'Neill 5", "O'Neill 5"),
    ):
        fields = found.fields(["'1000", written, "5", "2026-03-05", "UNTRACKED", "'5 pieces"])
        assert (fields["CampaignId"], fields["OrderId"]) == ("1000", read)
        assert fields["InquiryNotes"] == "'5 pieces"


def test_a_customer_of_an_apostrophe_comes_back_from_a_sheet_as_it_is() -> None:
    ingest = Ingest()
    ingest.whole(Kind.INQUIRIES, claim("A-1", **{"Customer Id": "''0012345"}))
    (inquiry,) = ingest.kept.inquiries.values()
    assert inquiry.claim.customer_id == "'0012345"
    row = resolution_row(inquiry, builders.a_campaign(), "Refund Club")
    named = dict(zip(RESOLUTION_HEADER, row, strict=True))
    ingest.whole(Kind.RESOLUTIONS, named | {"Resolution Status": "VALID", "Action Tracker": "4000"})
    (action,) = ingest.kept.actions.values()
    assert action.order.customer_id == "'0012345"


@pytest.mark.parametrize("written", ["#N/A", "1.6E+13", "12345.0"])
def test_forms_and_commands_refuse_the_same(written: str) -> None:
    campaign = builders.a_campaign()
    asked = {
        "CampaignId": "1000",
        "OrderId": written,
        "CustomerId": written,
        "MediaPartnerInquiryId": written,
        "AppealOf": written,
        "TransactionAmount": "5.00",
        "TransactionDate": "2026-03-05",
        "InquiryType": "UNTRACKED",
    }
    with pytest.raises(Invalid) as caught:
        ClaimRequest("1000", asked).claim(campaign, "10001")
    damaged = {each.field for each in caught.value.faults}
    assert damaged == {"OrderId", "CustomerId", "MediaPartnerInquiryId", "AppealOf"}
    for name in ("Id", "CampaignId"):
        with pytest.raises(Invalid) as caught:
            (reading.inquiry_id if name == "Id" else reading.campaign_id)({name: written})
        assert written in caught.value.explain()
    for name in ("reference", "partner_id"):
        with pytest.raises(Invalid) as caught:
            text({name: written}, name)
        assert caught.value.faults[0].field == name


ID = "2713454630680445"


@pytest.mark.parametrize(
    "written",
    ["2.71345E+015", "2,71345e+15", "2.71345E15", "2.713454630680440E+15", "2.71345463068044E+15",
     "2713454630680445.0", "2713454630680440.00", "2713454630680440,0", "2,713,454,630,680,445",
     "2.713.454.630.680.440", "2 713 454 630 680 445",
     "2\u202f713\u202f454\u202f630\u202f680\u202f440",
     "2'713'454'630'680'440", "2\u2019713\u2019454\u2019630\u2019680\u2019440,00", f"#{ID}",
     "27,13,45,46,30,68,0445", "2713454630680450"],
)  # fmt: skip
def test_an_id_that_came_back_in_any_spelling_is_known_beside_its_text(written: str) -> None:
    fields = {"Id": written, "Inquiry": f"#{ID}"}
    assert with_whole_id(fields)["Id"] == ID


@pytest.mark.parametrize(
    "written",
    ["2713454630680446", "2713454630680444", "2713454630680435", "2.71346E+15", "2.71344E+15",
     "2.71E+15", "2.71345E+14", "2.71345E+16", "2.71345E-15", "2,713,454,630,680,446", "27.0",
     "271345463068044", "2713454630680445.5", "2.7134546306804459E+16", "\u0662713454630680445"],
)  # fmt: skip
def test_what_a_spreadsheet_would_not_make_of_the_id_is_another_s(written: str) -> None:
    with pytest.raises(Invalid) as caught:
        with_whole_id({"Id": written, "Inquiry": f"#{ID}"})
    assert caught.value.reason_code() == "ids_differ"


def test_a_rounded_id_alone_is_refused_with_what_to_do() -> None:
    (result,) = told(Kind.RESOLUTIONS, {**answer("2.71345E+15", "VALID"), "Inquiry": ""})
    assert (result["Result"], result["Code"]) == ("REJECTED", "rounded_id")
    assert "format the column as text" in result["Message"]


@pytest.mark.parametrize("text", ["12345.", "12345.0", "12345,00", "-7."])
def test_a_number_with_nothing_behind_its_mark_is_no_id(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        spreadsheet_damage.check(text)
    assert refused.value.code == "id_as_number"


@pytest.mark.parametrize("unseen", ["\xad", "\u200b", "\ufe0f", "\x07", " \u3164"])
@pytest.mark.parametrize("cell", ["#REF!", "#DEE\u0130L/0!", "1.6E+13", "12345.0"])
def test_what_cannot_be_seen_around_damage_hides_none(cell: str, unseen: str) -> None:
    assert spreadsheet_damage.is_suspect(["a", f"{unseen}{cell}{unseen}"], [0, 1])
