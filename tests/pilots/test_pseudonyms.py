import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilots.errors import PseudonymError
from pilots.pseudonyms import ALPHABET, is_code, new_code, parse_code

codes = st.builds(new_code)
places = st.sampled_from([0, 1, 2, 4, 5, 6])
neighbours = st.sampled_from([(0, 1), (1, 2), (2, 4), (4, 5), (5, 6)])


def test_the_documented_code_is_a_code() -> None:
    assert is_code("K7Q-4TD")


@given(codes)
def test_a_new_code_is_a_code(code: str) -> None:
    assert is_code(code)
    assert parse_code(code) == code


@given(codes, places, st.sampled_from(ALPHABET))
def test_every_wrong_symbol_is_noticed(code: str, place: int, symbol: str) -> None:
    wrong = code[:place] + symbol + code[place + 1 :]
    assert is_code(wrong) == (wrong == code)


@given(codes, neighbours)
def test_every_swap_of_neighbours_is_noticed(code: str, pair: tuple[int, int]) -> None:
    symbols = list(code)
    symbols[pair[0]], symbols[pair[1]] = symbols[pair[1]], symbols[pair[0]]
    swapped = "".join(symbols)
    assert is_code(swapped) == (swapped == code)


def test_a_code_may_be_typed_in_any_case_and_spacing() -> None:
    for typed in ("k7q-4td", " K7Q 4TD ", "k7q4td", "K 7 Q - 4 T D"):
        assert parse_code(typed) == "K7Q-4TD"
        assert not is_code(typed)


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("K7Q-4T", "5 of 6 symbols"),
        ("", "0 of 6 symbols"),
        ("K0Q-4TD", "0 is not among its symbols"),
        ("K7Q-4TÅ", "Å is not among its symbols"),
        ("K7Q-4TE", "a symbol is wrong or two have changed places"),
    ],
)
def test_what_is_not_a_code_is_refused_with_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(PseudonymError, match=f'"{typed}" is not a participant code: .*{reason}'):
        parse_code(typed)


def test_a_code_that_is_taken_is_not_given_again() -> None:
    taken: set[str] = set()
    for _ in range(500):
        code = new_code(taken)
        assert code not in taken
        taken.add(code)
