import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.geo import haversine
from analysis.privacy import check_k, coarsen_location, is_small, suppress_small_cells, suppress_table


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


def test_a_table_with_one_three_hides_its_partners_in_the_row_and_in_the_column():
    table = suppress_table([[10, 3, 40], [20, 30, 50], [60, 70, 80]])
    assert table.cells.tolist() == [[True, True, False], [True, True, False], [False] * 3]
    assert not table.row_totals.any()
    assert not table.column_totals.any()
    assert (table.total, table.primary, table.secondary) == (False, 1, 3)


def test_a_table_without_small_cells_is_shown_whole():
    table = suppress_table([[10, 0], [20, 30]])
    assert not table.cells.any()
    assert (table.primary, table.secondary) == (0, 0)


def test_a_small_cell_without_a_partner_hides_the_totals():
    table = suppress_table([[3], [20]])
    assert table.cells[0, 0]
    assert table.row_totals[0]


def test_a_group_of_few_is_protected_as_one_cell_is():
    table = suppress_table([[1, 2, 30], [40, 50, 60], [70, 80, 90]])
    assert table.cells[0].tolist() == [True, True, True]


def test_what_is_no_table_is_an_error_that_says_the_shape():
    with pytest.raises(ValueError, match="no table of participants"):
        suppress_table([1, 2, 3])


def published(counts, table):
    """Sums that a reader has: one equation a row and column, over cells and totals not shown."""
    rows, columns = counts.shape
    hidden = np.zeros((rows + 1, columns + 1), bool)
    hidden[:-1, :-1], hidden[:-1, -1] = table.cells, table.row_totals
    hidden[-1, :-1], hidden[-1, -1] = table.column_totals, table.total
    equations = []
    for line in range(rows + 1):
        signs = np.zeros(hidden.shape)
        signs[line] = [1] * columns + [-1]
        equations.append((signs * hidden).ravel())
    for line in range(columns + 1):
        signs = np.zeros(hidden.shape)
        signs[:, line] = [1] * rows + [-1]
        equations.append((signs * hidden).ravel())
    return np.array(equations), hidden


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.data())
def test_no_small_number_follows_from_what_is_shown(rows, columns, data):
    cell = st.one_of(st.integers(0, 6), st.integers(0, 60))
    counts = np.array([[data.draw(cell) for _ in range(columns)] for _ in range(rows)])
    table = suppress_table(counts)
    assert table.cells[(counts > 0) & (counts < 5)].all()
    equations, hidden = published(counts, table)
    rank = np.linalg.matrix_rank(equations)
    for row, column in np.argwhere((counts > 0) & (counts < 5)):
        wanted = np.zeros(hidden.shape)
        wanted[row, column] = 1
        assert np.linalg.matrix_rank(np.vstack([equations, wanted.ravel()])) > rank
    for line in range(rows):
        if not table.row_totals[line]:
            assert not is_small(int(counts[line][table.cells[line]].sum()))


@given(st.floats(-80, 80), st.floats(-180, 180))
def test_a_coarse_position_is_within_its_cell_and_stays_where_it_is(lat, lon):
    coarse = coarsen_location(np.array([lat]), np.array([lon]))
    assert haversine(lat, lon, *coarse)[0] <= 500 / np.sqrt(2) * 1.01
    np.testing.assert_allclose(coarsen_location(*coarse), coarse)


def test_neighbours_come_to_lie_on_one_point():
    lat, _ = coarsen_location(59.33 + np.arange(200) * 1e-4, np.full(200, 18.06))
    assert len(set(lat)) in {5, 6}
    assert np.isnan(coarsen_location(np.array([np.nan]), np.array([np.nan]))).all()


def test_a_grid_finer_than_a_quarter_is_refused():
    with pytest.raises(ValueError, match="cell_m 100"):
        coarsen_location(np.zeros(1), np.zeros(1), cell_m=100)


def test_a_cell_is_shown_when_five_contribute_and_none_more_than_half():
    cell = np.repeat(["few", "fine", "one"], [4, 6, 12])
    person = np.array([*"abcd", *"abcdea", *"abcdefaaaaaa"])
    checked = check_k(cell, person)
    assert checked.cell.tolist() == ["few", "fine", "one"]
    assert checked.persons.tolist() == [4, 5, 6]
    assert checked.largest == pytest.approx([1 / 4, 2 / 6, 7 / 12])
    assert checked.shown.tolist() == [False, True, False]
    assert checked.withheld == pytest.approx(16 / 22)


def test_half_is_not_more_than_half_and_no_contributions_show_nothing():
    assert check_k(np.zeros(10, int), np.array([*"aaaaabcdef"])).shown.all()
    assert len(check_k(np.empty(0, int), np.empty(0, int)).shown) == 0
