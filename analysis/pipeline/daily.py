"""Daily values of a pilot: only what new readings, stays or methods have touched is computed again."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from analysis.pipeline.families import FAMILIES, Family
from analysis.pipeline.measured import NO_DATA, PURGED, Measured, absent
from analysis.pipeline.staleness import NOT_HERE, Revisions, weights_fingerprint, window_input
from analysis.pipeline.stays import Stay, stays_by_participant
from analysis.pipeline.units import Stale, figures
from analysis.pipeline.weights import REACH_NIGHTS, WEIGHT_METRICS, valid_weights, weight_night
from analysis.pipeline.windows import Window, days, nights
from analysis.series import HOUR_US
from pilots.civil_time import now
from pilots.plan import Plan
from pilots.records import DailyValue
from pilots.registry import Registry
from store import KINDS, TimeSeriesStore

Progress = Callable[[int, int], None]

POOL_FROM_WINDOWS = 300
"""Starting processes takes about as long as this many nights."""

VALUES_A_WRITE = 2000

WIDEST_MARGIN_US = 48 * HOUR_US


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What a recomputation did: windows (a participant's day or night of one family) made anew, daily
    values written, and windows left alone because nothing they rest on had changed."""

    days: int
    values: int
    unchanged: int


@dataclass(slots=True)
class _Writer:
    """Collects daily values and writes them some thousand at a time, a window's values always together."""

    registry: Registry
    pilot: str
    waiting: list[DailyValue] = field(default_factory=list)
    written: int = 0

    def put(self, values: Iterable[DailyValue]) -> None:
        self.waiting.extend(values)
        if len(self.waiting) >= VALUES_A_WRITE:
            self.flush()

    def flush(self) -> None:
        if self.waiting:
            self.registry.put_daily_values(self.pilot, self.waiting)
            self.written += len(self.waiting)
            self.waiting = []


def recompute(
    registry: Registry,
    store: TimeSeriesStore,
    pilot: str,
    *,
    workers: int = 1,
    progress: Progress | None = None,
    now_us: int | None = None,
) -> Recomputed:
    """Bring the pilot's daily values up to its readings; what is up to date is left alone.

    Every local day and night of the plan that is over by `now_us` (default: now) and in which a device of
    the right kind stood with the participant gets a value or a reason. A day of which readings have been
    purged keeps the values it has. Reads happen in this process; with `workers` above 1 and enough to do,
    nights in bed are computed in that many others. `progress(done, of)` counts windows. Raises
    `UnknownPilot`, `StoreUnavailable`.
    """
    plan = registry.pilot(pilot).plan
    moment = now() if now_us is None else now_us
    known = registry.daily_fingerprints(pilot)
    writer = _Writer(registry, pilot)
    stale, unchanged = _stale(registry, store, plan, moment, known, writer)
    total = sum(len(each.windows) for each in stale)
    done = 0
    for unit, fingerprints, made in figures(store, stale, workers if total >= POOL_FROM_WINDOWS else 1):
        for window, measured in zip(unit.windows, made, strict=True):
            family = FAMILIES[unit.family]
            writer.put(_values(family, unit.participant, window.day, measured, fingerprints, known))
        done += len(unit.windows)
        if progress is not None:
            progress(done, total)
    writer.flush()
    derived, derived_unchanged = _derive(registry, pilot, known, writer)
    writer.flush()
    return Recomputed(total + derived, writer.written, unchanged + derived_unchanged)


def _stale(
    registry: Registry,
    store: TimeSeriesStore,
    plan: Plan,
    moment: int,
    known: Mapping[tuple[str, date, str], str],
    writer: _Writer,
) -> tuple[list[Stale], int]:
    over = {"night": nights(plan, moment), "day": days(plan, moment)}
    if not over["day"]:
        return [], 0
    first = min(windows[0].start for windows in over.values() if windows)
    last = max(windows[-1].end for windows in over.values() if windows)
    revisions = Revisions(store, first - WIDEST_MARGIN_US, last + WIDEST_MARGIN_US)
    homes = registry.homes(plan.pilot)
    everyone = stays_by_participant(registry, plan.pilot)
    stale: list[Stale] = []
    unchanged = 0
    for family in FAMILIES.values():
        stood: set[tuple[str, date]] = set()
        for participant, all_stays in everyone.items():
            stays = [stay for stay in all_stays if _counts(family, stay, revisions)]
            home = homes.get(participant)
            windows: list[Window] = []
            fingerprints: dict[date, str] = {}
            for window in over[family.period]:
                here = [stay for stay in stays if stay.start < window.end and stay.end > window.start]
                if not here:
                    continue
                stood.add((participant, window.day))
                found = window_input(family, window, here, home, revisions)
                before = known.get((participant, window.day, family.metrics[0]))
                if before == found.fingerprint or (found.purged and before is not None):
                    unchanged += 1
                elif found.purged:
                    unchanged += 1
                    writer.put(
                        _value(participant, window.day, absent(metric, PURGED), found.fingerprint)
                        for metric in family.metrics
                    )
                else:
                    windows.append(window)
                    fingerprints[window.day] = found.fingerprint
            if windows:
                stale.append(Stale(family, participant, home, stays, windows, fingerprints))
        covered = {window.day for window in over[family.period]}
        writer.put(
            _value(participant, day, absent(metric, NO_DATA), NOT_HERE)
            for (participant, day, metric), fingerprint in known.items()
            if metric in family.metrics
            and day in covered
            and (participant, day) not in stood
            and fingerprint != NOT_HERE
        )
    return stale, unchanged


def _counts(family: Family, stay: Stay, revisions: Revisions) -> bool:
    """Whether a stay bears on the family: the device can send its stream.

    Many kinds can send alarms and most never do: a bed that only weighs would dilute the alarms of a
    device-day, so it counts from its first alarm on, for all its days; an alarm button counts always.
    """
    device = stay.device
    if family.stream not in KINDS[device.kind]:
        return False
    return family.stream != "alarm" or device.kind == "alarm" or revisions.has("alarm", device.device)


def _values(
    family: Family,
    participant: str,
    day: date,
    measured: Sequence[Measured],
    fingerprints: Mapping[date, str],
    known: Mapping[tuple[str, date, str], str],
) -> Iterator[DailyValue]:
    for figure in measured:
        yield _value(participant, day, figure, fingerprints[day])
    made = {figure.metric for figure in measured}
    for metric in family.metrics:
        if metric not in made and (participant, day, metric) in known:
            yield _value(participant, day, absent(metric, NO_DATA), fingerprints[day])


def _value(participant: str, day: date, figure: Measured, fingerprint: str) -> DailyValue:
    return DailyValue(
        participant=participant,
        day=day,
        metric=figure.metric,
        value=figure.value,
        ci_low=figure.ci_low,
        ci_high=figure.ci_high,
        n=figure.n,
        coverage=figure.coverage,
        reason=figure.reason,
        fingerprint=fingerprint,
    )


def _derive(
    registry: Registry, pilot: str, known: Mapping[tuple[str, date, str], str], writer: _Writer
) -> tuple[int, int]:
    """Trend and change of every night with a row of weight, from the nightly weights as they stand now."""
    made = unchanged = 0
    rows = registry.daily_values(pilot, metric="weight_kg")
    for participant, of_one in groupby(rows, key=lambda row: row.participant):
        nightly = list(of_one)
        valid = valid_weights(nightly)
        ordinals = [weight.day.toordinal() for weight in valid]
        for night in nightly:
            today = night.day.toordinal()
            reach = valid[bisect_right(ordinals, today - REACH_NIGHTS - 1) : bisect_right(ordinals, today)]
            fingerprint = weights_fingerprint(reach)
            if known.get((participant, night.day, WEIGHT_METRICS[0])) == fingerprint:
                unchanged += 1
                continue
            made += 1
            writer.put(
                _value(participant, night.day, figure, fingerprint)
                for figure in weight_night(night.day, reach)
            )
    return made, unchanged
