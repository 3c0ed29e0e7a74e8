"""What each device delivered against what it should have, and which are silent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.pipeline.delivered import HOUR_US, clipped, delivered, expected, main_streams
from pilots.plan import Plan
from pilots.records import Device
from store import DeviceQuality, HourCounts, TimeSeriesStore
from store.losses import Loss, losses

if TYPE_CHECKING:
    # Processes that compute know no registry, which takes half a second to load.
    from pilots.registry import Registry

SILENT_MINUTES = 120.0
"""Sensors that send an hour in one message are an hour behind by design; twice that is silence."""

SILENT_INTERVALS = 6
"""A sensor that reports seldom may miss a few readings before it is called silent."""

SILENT_STATUS_MINUTES = 1440.0
"""A device that only sends status should be heard once a day."""

BEFORE_START_US = 7 * 24 * HOUR_US
"""Before the first phase devices are being set up: the last week is what one wants to see."""


@dataclass(frozen=True, slots=True)
class QualityItem:
    """One device in [start, end).

    `readings` are those of its main stream where it is expected to send at an interval, else of all its
    streams. `expected` is the time it stood with somebody over its interval; `coverage` the share of
    that, counted hour by hour so that a burst does not make up for a silence. `first` and `last` are of
    any stream, µs UTC. `silent_minutes` counts from the last reading, or from when it was first to send,
    to the end of the interval; `silent_over_minutes` is by how much that is longer than a device of its sort
    may be silent, negative where it is not. `duplicates`, `dead_letters`, `unknown_fields` and
    `set_aside` (by reason, what it sent that is no reading) count since the device was first heard;
    `streams` counts the readings of each stream. None: not known, or not expected of this device.
    """

    device: str
    kind: str
    readings: int
    expected: int | None
    coverage: float | None
    first: int | None
    last: int | None
    silent_minutes: float | None
    silent_over_minutes: float | None
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

    By default from the first phase's start, or the last week before it, to now; never beyond now, nor the
    end of the last phase when nothing has come since: a finished pilot is not silent for having finished.
    """
    plan = registry.pilot(pilot).plan
    opens = default_start(plan, now_us) if start is None else start
    closes = max(opens, now_us if end is None else min(end, now_us))
    lost = losses(store, opens, closes)
    devices = sorted(registry.devices(pilot), key=lambda device: device.device)
    names = [device.device for device in devices]
    stood: dict[str, list[tuple[int, int]]] = {name: [] for name in names}
    heard: dict[str, list[DeviceQuality]] = {name: [] for name in names}
    for found in store.quality(names, opens, closes):
        heard[found.device].append(found)
    if not _heard_since(last_end(plan), heard):
        closes = max(opens, min(closes, last_end(plan)))
    for assignment in registry.assignments(pilot):
        span = clipped(assignment, opens, closes)
        if span[1] > span[0]:
            stood[assignment.device].append(span)
    status = store.latest("status", names)
    batteries = _batteries(store, status, opens)
    duplicates, letters = store.duplicates(names), store.dead_letter_counts(names)
    fields, aside = store.unknown_fields(names), store.set_aside(names)

    main_stream = main_streams(devices)
    hours = {stream: store.hours_of(stream, names, opens, closes) for stream in set(main_stream.values())}
    items, silent, due, came = [], 0, 0.0, 0.0
    for device in devices:
        name = device.device
        streams = heard[name]
        main = main_stream.get(name)
        counts = hours[main].get(name) if main else None
        asked, got = _delivery(counts, stood[name], device.interval_s) if main else (None, 0.0)
        if asked:
            due, came = due + asked, came + min(got, asked)
        last = max((each.last for each in streams if each.last is not None), default=None)
        quiet = _silent_minutes(device, last, stood[name], closes, name in status)
        silent += quiet is not None and quiet > _allowed_minutes(device)
        counted = [each for each in streams if main is None or each.stream == main]
        items.append(
            QualityItem(
                name,
                device.kind,
                sum(each.readings for each in counted),
                None if asked is None else round(asked),
                min(1.0, got / asked) if asked else None,
                min((each.first for each in streams if each.first is not None), default=None),
                last,
                quiet,
                None if quiet is None else quiet - _allowed_minutes(device),
                _largest([each.lateness_p95_s for each in counted]),
                _largest([each.clock_offset_s for each in counted]),
                batteries.get(name),
                duplicates.get(name, 0),
                letters.get(name, 0),
                dict(fields.get(name, {})),
                dict(aside.get(name, {})),
                {each.stream: each.readings for each in streams},
            )
        )
    summary = QualitySummary(came / due if due else None, len(items), silent, lost)
    return Quality(summary, items)


def _batteries(
    store: TimeSeriesStore, status: Mapping[str, Mapping[str, Any]], since: int
) -> dict[str, float]:
    """The last charge told by each device, in per cent; its newest status may tell of something else."""
    told = {
        device: charge
        for device, newest in status.items()
        if (charge := _known(newest.get("battery_pct"))) is not None
    }
    silent = [device for device in status if device not in told]
    if not silent:
        return told
    until = max(status[device]["time"] for device in silent) + 1
    for device, before in store.read_of("status", silent, since, until, ["battery_pct"]).items():
        charges = before.columns["battery_pct"]
        known = charges[~np.isnan(charges)]
        if len(known):
            told[device] = float(known[-1])
    return told


def default_start(plan: Plan, now_us: int) -> int:
    """Where nobody says from when: the first phase's start, before that the last week."""
    first = min(plan.phase_start(phase) for phase in plan.phases)
    return first if first <= now_us else now_us - BEFORE_START_US


def last_end(plan: Plan) -> int:
    """When the last phase is over, µs UTC."""
    return max(plan.phase_end(phase) for phase in plan.phases)


def _heard_since(time_us: int, heard: Mapping[str, Sequence[DeviceQuality]]) -> bool:
    """Some device has sent a reading of that time or later."""
    return any(
        each.last is not None and each.last >= time_us for streams in heard.values() for each in streams
    )


def _delivery(
    counts: HourCounts | None, stood: Sequence[tuple[int, int]], interval_s: float | None
) -> tuple[float, float]:
    """Readings that were expected, and those of them that came."""
    if not stood or not interval_s:
        return 0.0, 0.0
    start, end = np.array(stood, np.int64).T
    asked = float(expected(start, end, interval_s).sum())
    return asked, 0.0 if counts is None else float(delivered(counts, start, end, interval_s).sum())


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
