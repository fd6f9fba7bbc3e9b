"""What the header of a file means, and what can be wrong with it or with a row under it."""

import pytest
from makegood.domain.problems import Invalid
from makegood.domain.uploads import Kind
from makegood.files import columns, layouts
from makegood.files.columns import Columns


class TestColumns:
    def test_headers_match_whatever_their_case_spaces_underscores_and_hyphens(self) -> None:
        for written in (
            "Resolution Status",
            "resolution_status",
            "RESOLUTION-STATUS",
            " resolutionstatus ",
        ):
            found = Columns.match(["id", written], Kind.RESOLUTIONS)
            assert found.fields(["7", "valid"]) == {"Id": "7", "ResolutionStatus": "valid"}

    @pytest.mark.parametrize("kind", list(Kind))
    def test_every_column_of_every_kind_is_known_by_its_title(self, kind: Kind) -> None:
        found = Columns.match(list(layouts.LAYOUTS[kind].columns), kind)
        assert [wire for _, wire in found.places] == list(layouts.LAYOUTS[kind].columns.values())

    @pytest.mark.parametrize("kind", list(Kind))
    def test_every_missing_column_is_named_with_what_the_file_has(self, kind: Kind) -> None:
        with pytest.raises(Invalid) as caught:
            Columns.match(["Colour"], kind)
        assert [each.field for each in caught.value.faults] == list(layouts.LAYOUTS[kind].required)
        for fault in caught.value.faults:
            assert (fault.code, "Colour" in fault.message) == ("missing_column", True)

    def test_two_columns_that_mean_the_same_are_refused(self) -> None:
        with pytest.raises(Invalid) as caught:
            Columns.match(["Id", "Resolution Status", "resolution_status"], Kind.RESOLUTIONS)
        (fault,) = caught.value.faults
        assert (fault.field, fault.code) == ("resolution_status", "duplicate_column")
        assert "Resolution Status" in fault.message

    def test_unknown_columns_are_no_fault_even_twice(self) -> None:
        found = Columns.match(["Id", "X", "Resolution Status", "X", ""], Kind.RESOLUTIONS)
        assert found.fields(["1", "x", "VALID", "y", "z"]) == {
            "Id": "1",
            "ResolutionStatus": "VALID",
        }

    def test_items_are_known_by_their_number_where_a_kind_has_items(self) -> None:
        header = ["Id", "Resolution Status", "item_sub_category_12", "Item MPN 1", "Item Sku 01"]
        found = Columns.match(header, Kind.RESOLUTIONS)
        fields = found.fields(["1", "VALID", "shoes", "M-1", "no"])
        assert fields == {
            "Id": "1",
            "ResolutionStatus": "VALID",
            "ItemSubCategory12": "shoes",
            "ItemMPN1": "M-1",
        }
        required = list(layouts.LAYOUTS[Kind.INQUIRIES].required)
        inquiries = Columns.match([*required, "Item Sku 1"], Kind.INQUIRIES)
        assert "ItemSku1" not in inquiries.names

    def test_messages_name_a_field_as_the_file_does_else_as_the_format_does(self) -> None:
        found = Columns.match(["ID", "resolution_status", "item sku 1"], Kind.RESOLUTIONS)
        assert found.header_of("ResolutionStatus") == "resolution_status"
        assert found.header_of("ItemSku1") == "item sku 1"
        assert found.header_of("RejectReason") == "Resolution Reason"
        assert found.header_of("TransactionAmount") == "Sale Amount"
        assert found.header_of("ItemSubCategory3") == "Item Sub Category 3"
        assert found.header_of("ItemMPN1") == "Item MPN 1"
        assert found.header_of("row") == "row"

    def test_blank_and_absent_cells_are_left_out(self) -> None:
        found = Columns.match(["Id", "Resolution Status", "Promo Code"], Kind.RESOLUTIONS)
        assert found.fields([" 7 ", "\t"]) == {"Id": "7"}


class TestRowFaults:
    found = Columns.match(["Id", "resolution_status", "Colour"], Kind.RESOLUTIONS)

    def test_a_row_may_be_short_but_not_long(self) -> None:
        assert self.found.faults(["1"]) == self.found.faults(["1", "VALID", "red"]) == ()
        assert self.found.faults(["1", "VALID", "red", "", " ", "\u00a0"]) == ()
        (fault,) = self.found.faults(["1", "VALID", "red", "", "50", ""])
        assert (fault.field, fault.code) == ("row", "too_many_cells")
        assert "5 cells" in fault.message
        assert '"50"' in fault.message

    def test_every_formula_of_a_row_is_named_in_unknown_columns_too(self) -> None:
        faults = self.found.faults(["=1+1", "VALID", "@x"])
        assert [(each.field, each.code) for each in faults] == [
            ("Id", "formula"),
            ("Colour", "formula"),
        ]

    def test_a_cell_may_have_its_most_characters_and_not_one_more(self) -> None:
        assert self.found.faults(["1", "x" * columns.CELL_CHARS_MAX]) == ()
        (fault,) = self.found.faults(["1", "x" * (columns.CELL_CHARS_MAX + 1)])
        assert (fault.field, fault.code) == ("ResolutionStatus", "too_long")
