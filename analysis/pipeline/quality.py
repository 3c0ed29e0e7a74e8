"""What each device delivered against what it should have, and which are silent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pilots.plan import Plan
from pilots.records import Assignment, Device
from store import DeviceQuality, HourCounts, TimeSeriesStore
from store.losses import Loss, losses

if TYPE_CHECKING:
    # Processes that compute know no registry, which takes half a second to load.
    from pilots.registry import Registry

HOUR_US = 3_600_000_000

SILENT_MINUTES = 120.0
"""Sensors that send an hour in one message are an hour behind by design; twice that is silence."""

SILENT_INTERVALS = 6
"""A sensor that reports seldom may miss a few readings before it is called silent."""

SILENT_STATUS_MINUTES = 1440.0
"""A device that only sends status should be heard once a day."""

MAIN_STREAM = {"bed": "bed", "gps": "gps"}
"""The stream that a kind of device is expected to send at its interval; of other kinds it is `status`."""

BEFORE_START_US = 7 * 24 * HOUR_US
"""Before the first phase devices are being set up: the last week is what one wants to see."""


@dataclass(frozen=True, slots=True)
class QualityItem:
    """One device in [start, end).

    `readings` are those of its main stream where it is expected to send at an interval, else of all its
    streams. `expected` is the time it stood with somebody over its interval; `coverage` the share of
    that, counted hour by hour so that a burst does not make up for a silence. `first` and `last` are of
    any stream, µs UTC. `silent_minutes` counts from the last reading, or from when it was first to send,
    to the end of the interval. `duplicates`, `dead_letters`, `unknown_fields` and `set_aside` (by reason,
    what it sent that is no reading) count since the device was first heard; `streams` counts the readings
    of each stream. None: not known, or not expected of this device.
    """

    device: str
    readings: int
    expected: int | None
    coverage: float | None
    first: int | None
    last: int | None
    silent_minutes: float | None
    lateness_p95_s: float | None
    clock_offset_s: float | None
    battery_pct: float | None
    duplicates: int
    dead_letters: int
    unknown_fields: Mapping[str, int]
    set_aside: Mapping[str, int]
    streams: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class QualitySummary:
    """All devices: readings over expected (None when nothing is expected), how many, how many silent.

    `broker_losses` are those of the whole installation: whose messages they were is not known.
    """

    coverage: float | None
    devices: int
    silent: int
    broker_losses: Sequence[Loss]


@dataclass(frozen=True, slots=True)
class Quality:
    """The summary and one item a device, by name."""

    summary: QualitySummary
    items: list[QualityItem]


def quality(
    registry: "Registry",
    store: TimeSeriesStore,
    pilot: str,
    *,
    start: int | None = None,
    end: int | None = None,
    now_us: int,
) -> Quality:
    """Every device of the pilot in [start, end) µs UTC.

    By default from the first phase's start to now, or to the end of the last phase when that is over and
    nothing has come since: a finished pilot is not silent for having finished. Before the first phase it
    is the last week.
    """
    plan = registry.pilot(pilot).plan
    opens = _opening(plan, now_us) if start is None else start
    closes = max(opens, now_us if end is None else min(end, now_us))
    devices = sorted(registry.devices(pilot), key=lambda device: device.device)
    names = [device.device for device in devices]
    stood: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    heard: dict[str, list[DeviceQuality]] = {name: [] for name in names}
    for found in store.quality(names, opens, closes):
        heard[found.device].append(found)
    if end is None and not _heard_since(_last_end(plan), heard):
        closes = max(opens, min(now_us, _last_end(plan)))
    for assignment in registry.assignments(pilot):
        span = _clipped(assignment, opens, closes)
        if span[1] > span[0]:
            stood[assignment.device].append(span)
    status = store.latest("status", names)
    duplicates, letters = store.duplicates(names), store.dead_letter_counts(names)
    fields, aside = store.unknown_fields(names), store.set_aside(names)

    main_stream = {
        device.device: MAIN_STREAM.get(device.kind, "status") for device in devices if device.interval_s
    }
    hours = {stream: store.hours_of(stream, names, opens, closes) for stream in set(main_stream.values())}
    items, silent, due, delivered = [], 0, 0.0, 0.0
    for device in devices:
        name = device.device
        streams = heard[name]
        main = main_stream.get(name)
        expected = _expected(stood[name], device.interval_s) if main else None
        counts = hours[main].get(name) if main else None
        got = _delivered(counts, device, stood[name]) if counts is not None and expected else 0.0
        if expected:
            due, delivered = due + expected, delivered + min(got, expected)
        last = max((each.last for each in streams if each.last is not None), default=None)
        quiet = _silent_minutes(device, last, stood[name], closes, name in status)
        silent += quiet is not None and quiet > _allowed_minutes(device)
        counted = [each for each in streams if main is None or each.stream == main]
        items.append(
            QualityItem(
                name,
                sum(each.readings for each in counted),
                None if expected is None else round(expected),
                min(1.0, got / expected) if expected else None,
                min((each.first for each in streams if each.first is not None), default=None),
                last,
                quiet,
                _largest([each.lateness_p95_s for each in counted]),
                _largest([each.clock_offset_s for each in counted]),
                _battery(store, name, status.get(name), opens),
                duplicates.get(name, 0),
                letters.get(name, 0),
                dict(fields.get(name, {})),
                dict(aside.get(name, {})),
                {each.stream: each.readings for each in streams},
            )
        )
    summary = QualitySummary(
        delivered / due if due else None, len(items), silent, losses(store, opens, closes)
    )
    return Quality(summary, items)


def _battery(
    store: TimeSeriesStore, device: str, newest: Mapping[str, Any] | None, since: int
) -> float | None:
    """The last charge told, in per cent; a status may tell of something else."""
    if newest is None:
        return None
    told = _known(newest.get("battery_pct"))
    if told is not None:
        return told
    charges = store.read("status", device, since, newest["time"] + 1, ["battery_pct"]).columns["battery_pct"]
    known = charges[~np.isnan(charges)]
    return float(known[-1]) if len(known) else None


def _opening(plan: Plan, now_us: int) -> int:
    first = min(plan.phase_start(phase) for phase in plan.phases)
    return first if first <= now_us else now_us - BEFORE_START_US


def _last_end(plan: Plan) -> int:
    return max(plan.phase_end(phase) for phase in plan.phases)


def _heard_since(time_us: int, heard: Mapping[str, Sequence[DeviceQuality]]) -> bool:
    """Some device has sent a reading of that time or later."""
    return any(
        each.last is not None and each.last >= time_us for streams in heard.values() for each in streams
    )


def _clipped(assignment: Assignment, start: int, end: int) -> tuple[int, int]:
    until = end if assignment.end_us is None else min(assignment.end_us, end)
    return max(assignment.start_us, start), until


def _expected(stood: Sequence[tuple[int, int]], interval_s: float | None) -> float:
    return sum(end - start for start, end in stood) / 1e6 / interval_s if interval_s else 0.0


def _delivered(counts: HourCounts, device: Device, stood: Sequence[tuple[int, int]]) -> float:
    """Readings that count towards the expected: of each hour no more than it asks for, and one to spare.

    The spare one is for a clock that drifts over the hour's edge.
    """
    total = 0.0
    for start, end in stood:
        first, past = np.searchsorted(counts.hour, [start // HOUR_US, -(-end // HOUR_US)])
        hour, readings = counts.hour[first:past], counts.readings[first:past]
        opens = np.maximum(hour * HOUR_US, start)
        closes = np.minimum((hour + 1) * HOUR_US, end)
        most = (closes - opens) / 1e6 / (device.interval_s or 1.0) + 1
        total += float(np.minimum(readings, most).sum())
    return total


def _silent_minutes(
    device: Device, last: int | None, stood: Sequence[tuple[int, int]], until: int, sends_status: bool
) -> float | None:
    """Minutes since the device was heard; None when it need not be, or stands with nobody at the end."""
    if not device.interval_s and not sends_status:
        return None
    if not stood or max(end for _, end in stood) < until:
        return None
    since = last if last is not None else min(start for start, _ in stood)
    return max(0.0, (until - since) / 6e7)


def _allowed_minutes(device: Device) -> float:
    if not device.interval_s:
        return SILENT_STATUS_MINUTES
    return max(SILENT_MINUTES, SILENT_INTERVALS * device.interval_s / 60)


def _largest(values: Sequence[float]) -> float | None:
    known = [value for value in values if np.isfinite(value)]
    return max(known, key=abs) if known else None


def _known(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
