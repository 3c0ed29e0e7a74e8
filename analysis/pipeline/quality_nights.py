"""How much of each night, or day, every device delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.pipeline.delivered import clipped, delivered, expected, main_streams, sums
from analysis.pipeline.quality import default_start, last_end
from analysis.series import HOUR_US
from pilots.civil_time import local_date, midnight, night_date, noon
from pilots.plan import Plan
from store import TimeSeriesStore

if TYPE_CHECKING:
    from pilots.registry import Registry


@dataclass(frozen=True, slots=True)
class DeviceNight:
    """One device in one night or day: `time` is the local midnight that opens `day`, µs UTC; `coverage` the
    share of the readings expected then, 0 to 1."""

    time: int
    day: date
    device: str
    coverage: float


_Parts = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class _Covered:
    """A device's days on which something was expected, and how much of it came."""

    days: Sequence[date]
    expected: NDArray[np.float64]
    delivered: NDArray[np.float64]

    @property
    def coverage(self) -> float:
        return float(self.delivered.sum() / self.expected.sum())


def quality_nights(
    registry: "Registry",
    store: TimeSeriesStore,
    pilot: str,
    *,
    start: int | None = None,
    end: int | None = None,
    now_us: int,
    worst: int,
) -> list[DeviceNight]:
    """Coverage in [start, end) µs UTC of the `worst` devices by their coverage in it, by time and device.

    Beds have nights, from noon to noon, labelled with the date on which they begin; other devices have days.
    Of a night that reaches out of the interval, the part within counts. Where nothing was expected there is
    no row. By default from the first phase's start, or the last week before it, to now; never beyond now, nor
    the end of the last phase when no such reading has come since.
    """
    plan = registry.pilot(pilot).plan
    opens = default_start(plan, now_us) if start is None else start
    closes = now_us if end is None else min(end, now_us)
    if opens >= closes:
        return []
    devices = [device for device in registry.devices(pilot) if device.interval_s]
    main_stream = main_streams(devices)
    hours = {
        stream: store.hours_of(stream, [device.device for device in devices], opens, closes)
        for stream in set(main_stream.values())
    }
    over = last_end(plan)
    if not any(counts.hour[-1] * HOUR_US >= over for of in hours.values() for counts in of.values()):
        closes = min(closes, over)
        if opens >= closes:
            return []
    stood: dict[str, list[tuple[int, int]]] = {device.device: [] for device in devices}
    for assignment in registry.assignments(pilot):
        span = clipped(assignment, opens, closes)
        if assignment.device in stood and span[1] > span[0]:
            stood[assignment.device].append(span)
    bounds = {is_bed: _bounds(plan, opens, closes, nights=is_bed) for is_bed in (True, False)}
    # Most devices stood in one place all the time, and so have the same nights.
    parts: dict[tuple[bool, tuple[tuple[int, int], ...]], _Parts] = {}
    covered: dict[str, _Covered] = {}
    for device in devices:
        name = device.device
        if not stood[name]:
            continue
        is_bed = device.kind == "bed"
        days, edges = bounds[is_bed]
        cut = is_bed, tuple(stood[name])
        if cut not in parts:
            parts[cut] = _parts(stood[name], edges)
        day, starts, ends = parts[cut]
        interval_s = device.interval_s or 1.0
        asked = sums(day, expected(starts, ends, interval_s), len(days))
        counts = hours[main_stream[name]].get(name)
        got = np.zeros(len(days))
        if counts is not None:
            came = delivered(counts, starts, ends, interval_s)
            got = np.minimum(sums(day, came, len(days)), asked)
        due = np.flatnonzero(asked > 0)
        covered[name] = _Covered([days[each] for each in due], asked[due], got[due])
    chosen = sorted(covered, key=lambda name: (covered[name].coverage, name))[:worst]
    opening = {day: midnight(day, plan.zone) for days, _ in bounds.values() for day in days}
    nights = [
        DeviceNight(opening[day], day, name, float(share))
        for name in chosen
        for day, share in zip(
            covered[name].days, covered[name].delivered / covered[name].expected, strict=True
        )
    ]
    return sorted(nights, key=lambda night: (night.time, night.device))


def _bounds(plan: Plan, opens: int, closes: int, *, nights: bool) -> tuple[list[date], NDArray[np.int64]]:
    """The dates (n,) that [opens, closes) touches and their edges (n + 1,), µs UTC."""
    edge, dated = (noon, night_date) if nights else (midnight, local_date)
    first, last = dated(opens, plan.zone), dated(closes - 1, plan.zone)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    edges = [edge(day, plan.zone) for day in (*days, last + timedelta(days=1))]
    return days, np.array(edges, np.int64)


def _parts(stood: Sequence[tuple[int, int]], edges: NDArray[np.int64]) -> _Parts:
    """The spans cut at the edges: which day each part is of, its start and its end."""
    day: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    for opens, closes in stood:
        first = int(np.searchsorted(edges, opens, side="right"))
        past = int(np.searchsorted(edges, closes))
        cuts = [opens, *edges[first:past].tolist(), closes]
        day += range(first - 1, first - 1 + len(cuts) - 1)
        for part in pairwise(cuts):
            starts.append(part[0])
            ends.append(part[1])
    return np.array(day, np.int64), np.array(starts, np.int64), np.array(ends, np.int64)
