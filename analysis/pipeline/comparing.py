"""What was computed before beside what would be computed now, for many participants at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.due import DAYS_OF_A_MONTH, Sources, Windows
from analysis.pipeline.families import FAMILIES
from analysis.pipeline.fingerprints import Int64
from analysis.pipeline.stays import Stay
from pilots.plan import Costs
from pilots.records import Home, Inputs

WEIGHTS = "weights"
"""The family of what is derived from nightly weights."""

BED = "bed"
"""The family whose nights carry weights."""

NOT_MADE, SEALED = 0, 1
"""No fingerprints: of a day without values, and of one of which something has been purged since it was made:
what comes later cannot make it anew."""

PARTICIPANTS_AT_ONCE = 64
"""Of a year that is some 20 MB, and hardly longer for each than with more of them."""

NO_INPUTS: Sequence[int | None] = [None] * DAYS_OF_A_MONTH


@dataclass(frozen=True, slots=True)
class Person:
    """A participant's devices and home, and by first day of a month what its values were made from."""

    code: str
    stays: Sequence[Stay]
    home: Home | None
    known: Mapping[date, Inputs]


@dataclass(frozen=True, slots=True)
class Compared:
    """Of the windows of one family for one participant, by index: which are `due` (d,); which of these are
    `stale`, to be made of readings, and what each is `made_from` then, both (s,); of which something has been
    `purged` since, those that never had values `unmade`; and which have values and are due `no_more`.

    Of nights in bed `weights_made_from` (d,) says what trend and change of those due were made from.
    """

    due: Int64
    stale: Int64
    made_from: Int64
    purged: Int64
    unmade: Int64
    no_more: Int64
    weights_made_from: Int64


def compared(
    people: Sequence[Person], sources: Sources, costs: Costs
) -> Iterator[tuple[Person, dict[str, Compared]]]:
    """Each of the people with what is to be done of every family."""
    for first in range(0, len(people), PARTICIPANTS_AT_ONCE):
        some = people[first : first + PARTICIPANTS_AT_ONCE]
        by_family = {name: _compared(name, some, sources, costs) for name in FAMILIES}
        for number, person in enumerate(some):
            yield person, {name: found[number] for name, found in by_family.items()}


def _compared(name: str, people: Sequence[Person], sources: Sources, costs: Costs) -> list[Compared]:
    family = FAMILIES[name]
    windows = sources.windows_of(family)
    now = sources.due(family, [each.stays for each in people], [each.home for each in people], costs)
    before = _before(name, windows, people)
    sealed = before == SEALED
    same = (before == now.made_from) & ~now.purged
    stale = now.due & ~(same | now.purged | sealed)
    purged = now.due & now.purged & ~sealed
    weights = _before(WEIGHTS, windows, people) if name == BED else np.empty(before.shape, np.int64)
    columns = (
        _indices(now.due),
        _indices(stale),
        np.split(now.made_from[stale], np.cumsum(stale.sum(axis=1))[:-1]),
        _indices(purged),
        _indices(purged & (before == NOT_MADE)),
        _indices(~now.due & (before != NOT_MADE)),
        np.split(weights[now.due], np.cumsum(now.due.sum(axis=1))[:-1]),
    )
    return [Compared(*each) for each in zip(*columns, strict=True)]


def _before(family: str, windows: Windows, people: Sequence[Person]) -> Int64:
    """What the values of each window were made from (p, w), `NOT_MADE` where there are none."""
    prints = [
        [
            made_from or NOT_MADE
            for month in windows.months
            for made_from in person.known.get(month, {}).get(family, NO_INPUTS)
        ]
        for person in people
    ]
    return np.array(prints, np.int64)[:, windows.place]


def _indices(chosen: NDArray[np.bool_]) -> list[Int64]:
    """Where it is so in each row of (p, w)."""
    return np.split(np.nonzero(chosen)[1], np.cumsum(chosen.sum(axis=1))[:-1])
