from hypothesis import given
from hypothesis import strategies as st

from api.tables import csv_table


def test_text_that_starts_a_formula_is_escaped_and_numbers_are_not() -> None:
    table = csv_table(["=a", "b"], [["=1+1", -2.5], ["+46", "@x"], ["-rm", "\tx"], ["safe", None], [True, 3]])
    assert table == b"'=a,b\r\n'=1+1,-2.5\r\n'+46,'@x\r\n'-rm,'\tx\r\nsafe,\r\ntrue,3\r\n"


@given(st.text())
def test_no_text_reaches_a_spreadsheet_as_a_formula(text: str) -> None:
    cell = csv_table(["column"], [[text, "end"]]).decode().split("\r\n", 1)[1].lstrip('"')
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
