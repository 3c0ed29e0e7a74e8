"""Epochs are cut, joined and kept without losing anything."""

from dataclasses import astuple, fields, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.epoch_bytes import packed, unpacked
from analysis.epochs import BedEpochs, Reduction, joined, nothing_of
from analysis.occupancy import IN_BED, OUT, UNKNOWN
from analysis.series import MINUTE_US, SECOND_US

OPENS = 1_768_215_600 * SECOND_US
NAN = float("nan")

few = settings(max_examples=50, deadline=None)


@st.composite
def epochs(draw: st.DrawFn, *, start: int = OPENS) -> BedEpochs:
    """Up to two hours of a bed, from a whole minute or from within one."""
    start += draw(st.sampled_from([0, 1, 25 * SECOND_US]))
    minutes = draw(st.integers(1, 120))
    end = OPENS + minutes * MINUTE_US + draw(st.sampled_from([0, 7 * SECOND_US]))
    whole = max((end - -(-start // MINUTE_US) * MINUTE_US) // MINUTE_US, 0)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))

    def instants(most: int) -> np.ndarray:
        return np.unique(rng.integers(start, end, int(rng.integers(0, most + 1))))

    changes = np.unique(np.append(start, instants(6)))
    states = (IN_BED + np.arange(len(changes)) + int(rng.integers(3))) % 3 - 1
    seen = np.unique(rng.integers(start, end, 2 * int(rng.integers(0, 4))))
    away = np.unique(rng.integers(start, end, 2 * int(rng.integers(0, 4))))
    still = instants(8)
    return BedEpochs(
        start=start,
        end=end,
        seen=seen[: len(seen) // 2 * 2].reshape(-1, 2),
        since=changes,
        state=states.astype(np.int8),
        away=away[: len(away) // 2 * 2].reshape(-1, 2),
        samples=rng.integers(0, 7, whole).astype(np.uint16),
        moving=rng.integers(-1, 2, whole).astype(np.int8),
        in_bed=rng.choice([0.0, 0.5, 1.0, NAN], whole).astype(np.float32),
        still_at=still,
        still_kg=np.where(rng.random(len(still)) < 0.2, NAN, rng.normal(70, 1, len(still))).astype(
            np.float32
        ),
        turned_at=instants(5),
        reductions=(
            Reduction(start, end, 60 * SECOND_US, bool(rng.integers(2)), float(rng.choice([NAN, 3.0])), NAN),
        ),
    )


def same(one: BedEpochs, other: BedEpochs) -> bool:
    """Equal bit by bit, types of arrays included."""
    pairs = [
        (getattr(one, field.name), getattr(other, field.name))
        for field in fields(one)
        if field.name not in ("start", "end", "reductions")
    ]
    return (
        (one.start, one.end) == (other.start, other.end)
        and all(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes() for a, b in pairs)
        and repr([astuple(each) for each in one.reductions])
        == repr([astuple(each) for each in other.reductions])
    )


@few
@given(epochs())
def test_packed_and_unpacked_they_are_the_same_bit_by_bit(bed: BedEpochs) -> None:
    assert same(unpacked(packed(bed)), bed)


def test_nothing_can_be_kept_too() -> None:
    assert same(unpacked(packed(nothing_of(OPENS))), nothing_of(OPENS))


def test_bytes_of_another_version_are_refused_by_their_number() -> None:
    content = packed(nothing_of(OPENS))
    with pytest.raises(ValueError, match="version 9"):
        unpacked(b"\x09" + content[1:])


@few
@given(epochs(), st.lists(st.integers(-10, 8000), min_size=4, max_size=4))
def test_a_part_of_a_part_is_that_part_of_the_whole(bed: BedEpochs, seconds: list[int]) -> None:
    first, second, third, fourth = (OPENS + each * SECOND_US for each in sorted(seconds))
    assert same(bed.within(first, fourth).within(second, third), bed.within(second, third))


@few
@given(epochs())
def test_the_part_that_is_everything_is_the_whole(bed: BedEpochs) -> None:
    assert bed.within(bed.start - MINUTE_US, bed.end + MINUTE_US) is bed


@few
@given(epochs(), st.lists(st.integers(1, 119), max_size=4))
def test_joined_again_wherever_it_was_split_on_a_minute_it_is_the_whole(
    bed: BedEpochs, minutes: list[int]
) -> None:
    splits = [OPENS + minute * MINUTE_US for minute in sorted(set(minutes))]
    bounds = [bed.start, *(at for at in splits if bed.start < at < bed.end), bed.end]
    parts = [bed.within(start, end) for start, end in pairwise(bounds)]
    assume(all(len(part.moving) for part in parts))  # what holds no whole minute holds nothing
    broken = [any(left < at <= back for at in splits) for left, back in bed.away.tolist()]
    whole = replace(bed, away=bed.away[~np.array(broken, bool)])
    assert same(joined(parts, bed.start, bed.end), whole)


@few
@given(epochs(), st.data())
def test_stretches_fill_the_time_without_overlap_and_change_state(
    bed: BedEpochs, data: st.DataObject
) -> None:
    start = bed.start + data.draw(st.integers(0, bed.end - bed.start - 1))
    part = bed.within(start, bed.end)
    assert part.since[0] == start
    assert (part.until > part.since).all()
    assert part.until[-1] == bed.end
    assert (np.diff(part.state) != 0).all()


def _still(start: int, end: int, reduction: Reduction) -> BedEpochs:
    minutes = (end - start) // MINUTE_US
    nothing = nothing_of(start)
    return BedEpochs(
        start=start,
        end=end,
        seen=np.array([[start, end]]),
        since=np.array([start]),
        state=np.array([IN_BED], np.int8),
        away=nothing.away,
        samples=np.full(minutes, 6, np.uint16),
        moving=np.zeros(minutes, np.int8),
        in_bed=np.ones(minutes, np.float32),
        still_at=nothing.still_at,
        still_kg=nothing.still_kg,
        turned_at=nothing.turned_at,
        reductions=(reduction,),
    )


HOUR_US = 60 * MINUTE_US
SECOND_HOUR, THIRD_HOUR, FOURTH_HOUR = (OPENS + hour * HOUR_US for hour in (1, 2, 3))
FINE = Reduction(OPENS, SECOND_HOUR, 60 * SECOND_US, True, 4.0, 1.0)
POOR = Reduction(THIRD_HOUR, FOURTH_HOUR, 90 * SECOND_US, False, 900.0, -240.0)


def test_what_no_part_holds_is_unknown_and_unseen() -> None:
    parts = [_still(OPENS, SECOND_HOUR, FINE), _still(THIRD_HOUR, FOURTH_HOUR, POOR)]
    bed = joined(parts, OPENS, FOURTH_HOUR)
    assert bed.since.tolist() == [OPENS, SECOND_HOUR, THIRD_HOUR]
    assert bed.state.tolist() == [IN_BED, UNKNOWN, IN_BED]
    assert np.isnan(bed.in_bed[60:120]).all()
    assert bed.samples[60:120].sum() == 0
    assert (bed.moving[60:120] == -1).all()
    assert bed.seen.tolist() == [[OPENS, SECOND_HOUR], [THIRD_HOUR, FOURTH_HOUR]]


def test_a_night_says_of_itself_what_it_said_before_it_was_joined_to_others() -> None:
    parts = [_still(OPENS, SECOND_HOUR, FINE), _still(THIRD_HOUR, FOURTH_HOUR, POOR)]
    bed = joined(parts, OPENS, FOURTH_HOUR)
    first, gap, last = (bed.within(start, start + HOUR_US) for start in (OPENS, SECOND_HOUR, THIRD_HOUR))
    assert (first.turns_known, first.late_s, first.clock_s, first.still_us) == (
        True,
        4.0,
        1.0,
        60 * SECOND_US,
    )
    assert (last.turns_known, last.late_s, last.clock_s, last.still_us) == (
        False,
        900.0,
        -240.0,
        90 * SECOND_US,
    )
    assert not gap.turns_known
    assert np.isnan(gap.late_s)
    assert (bed.turns_known, bed.late_s, bed.clock_s) == (False, 900.0, -240.0)


def test_joined_of_nothing_is_an_unknown_stretch() -> None:
    bed = joined([], OPENS, SECOND_HOUR)
    assert (bed.since.tolist(), bed.state.tolist()) == ([OPENS], [UNKNOWN])
    assert len(bed.seen) == 0
    assert not bed.turns_known


def test_a_stay_that_is_over_within_a_minute_holds_no_minute() -> None:
    bed = joined([_still(OPENS, SECOND_HOUR, FINE)], OPENS + SECOND_US, OPENS + 30 * SECOND_US)
    assert len(bed.moving) == len(bed.in_bed) == len(bed.samples) == 0
    assert OUT not in bed.state


def test_too_few_bytes_are_no_epochs() -> None:
    with pytest.raises(ValueError, match="0 bytes are no epochs"):
        unpacked(b"")
