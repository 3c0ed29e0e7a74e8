import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.privacy import is_small, suppress_small_cells


@pytest.mark.parametrize(("n", "small"), [(0, False), (1, True), (4, True), (5, False)])
def test_one_to_four_are_few_and_nobody_gives_nobody_away(n, small):
    assert is_small(n) is small


def test_a_table_with_one_cell_of_three_hides_the_total_too():
    assert suppress_small_cells([24, 3], total=27) == ([False, True], True)


def test_without_a_published_total_only_the_small_cell_is_hidden():
    assert suppress_small_cells([24, 3]) == ([False, True], False)


def test_a_rest_of_nobody_or_of_five_leaves_the_total():
    assert suppress_small_cells([24, 12], total=36) == ([False, False], False)
    assert suppress_small_cells([24, 3, 3], total=30) == ([False, True, True], False)


def test_a_rest_that_stands_in_no_cell_counts_as_well():
    assert suppress_small_cells([24], total=26) == ([False], True)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_nothing_shown_gives_one_to_four_away(counts):
    hidden, total_hidden = suppress_small_cells(counts, total=sum(counts))
    shown = [count for count, hide in zip(counts, hidden, strict=True) if not hide]
    assert not any(is_small(count) for count in shown)
    assert total_hidden or not is_small(sum(counts) - sum(shown))
