"""Whether a product's devices served: heard, complete, in time, charged, and soon with a first fix."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.bed_reduction import BED_INTERVAL_S
from analysis.delivery import HOUR_S, Delivery, delivery
from analysis.gpsquality import battery_life, time_to_first_fix
from analysis.pipeline.delivered import MAIN_STREAM
from analysis.pipeline.measured import NO_DATA, NOT_REACHED
from analysis.pipeline.participant_values import mean_with_t_interval
from analysis.pipeline.product_figures import (
    INF,
    NAN,
    NO_DEVICES,
    TOO_FEW_DEVICES,
    ProductFigure,
    ProductStay,
    absent,
    of_share,
)
from analysis.pipeline.service_days import GPS_INTERVAL_S
from analysis.pipeline.stays import Stay
from analysis.pooled import pooled_share
from analysis.series import HOUR_US, SECOND_US, Times
from pilots.records import Device
from store import HourCounts, TimeSeriesStore

Flags = NDArray[np.bool_]

NO_INTERVAL = "no_interval"

IMPORTED = "imported"
"""All that was heard came a week late or more: it was brought in afterwards."""

FEWEST_LEVELS = 24
"""A day of hourly levels: a slope through fewer is the gauge's rounding."""

INTERVAL_S = {"bed": BED_INTERVAL_S, "gps": GPS_INTERVAL_S}
"""Where none was registered; of other kinds nothing is expected then."""


def uptime_percent(store: TimeSeriesStore, stays: Sequence[ProductStay]) -> ProductFigure:
    """The share of whole hours with at least half of the readings expected, pooled over residents."""
    by_code = _deliveries(store, stays)
    hours = sum(each.hours for own in by_code.values() for each in own)
    if not hours:
        return absent(_why_no_hours(stays))
    return _pooled(
        [(sum(each.up for each in own), sum(each.hours for each in own)) for own in by_code.values()], hours
    )


def loss_percent(store: TimeSeriesStore, stays: Sequence[ProductStay]) -> ProductFigure:
    """The share of the readings expected that are missing in the hours that count as up, over residents."""
    by_code = _deliveries(store, stays)
    expected = sum(each.expected for own in by_code.values() for each in own)
    if not expected:
        return absent(_why_no_hours(stays))
    return _pooled(
        [(sum(each.missing for each in own), sum(each.expected for each in own)) for own in by_code.values()],
        round(expected),
    )


def lateness_p95_s(
    store: TimeSeriesStore, stays: Sequence[ProductStay], start: int, end: int
) -> ProductFigure:
    """The mean over devices of their 95th percentile from measured to received, in [start, end) µs UTC."""
    devices = {each.stay.device.device: each.stay.device for each in stays}
    heard = [
        each
        for each in store.quality(list(devices), start, end)
        if each.stream == _stream(devices[each.device]) and each.readings
    ]
    late = {each.device: each.lateness_p95_s for each in heard if np.isfinite(each.lateness_p95_s)}
    codes = {each.code for each in stays if each.stay.device.device in late}
    return absent(IMPORTED) if heard and not late else _mean(list(late.values()), codes, stays)


def battery_days(store: TimeSeriesStore, stays: Sequence[ProductStay]) -> ProductFigure:
    """Days from full to empty at the devices' mean drain: 100 / mean, each by Theil-Sen between charges.

    Of the mean drain rather than the mean life: a device that never seems to drain would make that endless.
    """
    told = [
        (each.code, max(0.0, -24 * battery_life(time, level).percent_per_h))
        for each, time, level in _told(store, "status", "battery_pct", stays)
        if len(level) >= FEWEST_LEVELS
    ]
    drains = [drain for _, drain in told]
    drain = _mean(drains, {code for code, _ in told}, stays)
    if not drains:
        return drain
    if drain.value == 0:
        return absent(NOT_REACHED, n=drain.n, participants=drain.participants)
    return ProductFigure(
        100 / drain.value,
        100 / drain.ci_high if np.isfinite(drain.ci_high) else NAN,
        (100 / drain.ci_low if drain.ci_low > 0 else INF) if np.isfinite(drain.ci_low) else NAN,
        drain.n,
        drain.participants,
        drain.reason,
    )


def time_to_first_fix_s(store: TimeSeriesStore, stays: Sequence[ProductStay]) -> ProductFigure:
    """The median time from a start to its first fix, by Kaplan-Meier; starts count as independent.

    A start is when a tracker came to a participant, or online after it was offline. Without a fix before it
    goes offline, or the stay ends, it is censored.
    """
    counts = store.hours_of("gps", _names(stays), *_span(stays)) if stays else {}
    waits: list[tuple[float, bool]] = []
    codes = set()
    for (each, fix, _), (_, time, online) in zip(
        _told(store, "gps", "lat", stays), _told(store, "status", "online", stays), strict=True
    ):
        kept_from = _kept_from(counts.get(each.stay.device.device))
        own = list(_waits(each.stay, fix, time, online > 0, kept_from))
        waits += own
        codes |= {each.code} if own else set()
    if not waits:
        return absent(NO_DATA if stays else NO_DEVICES)
    waited, fixed = zip(*waits, strict=True)
    found = time_to_first_fix(np.array(waited), np.array(fixed))
    reason = None if np.isfinite(found.median_s) else NOT_REACHED
    # Where every start was fixed alike no limit is reached, and the interval would leave out its own median.
    low = min(found.ci_low_s, found.median_s)
    return ProductFigure(found.median_s, low, found.ci_high_s, found.n, len(codes), reason)


def _deliveries(store: TimeSeriesStore, stays: Sequence[ProductStay]) -> Mapping[str, list[Delivery]]:
    """By participant what their devices delivered in the whole hours of each stay."""
    found: dict[str, list[Delivery]] = {}
    if not stays:
        return found
    streams = {_stream(each.stay.device) for each in stays}
    counts = {stream: store.hours_of(stream, _names(stays), *_span(stays)) for stream in streams}
    for each in stays:
        device, interval_s = each.stay.device, _interval_s(each.stay.device)
        if interval_s is None:
            continue
        heard = counts[_stream(device)].get(device.device)
        readings = _readings(heard, each.stay)
        if len(readings):
            found.setdefault(each.code, []).append(delivery(readings, interval_s))
    return found


def _interval_s(device: Device) -> float | None:
    """How often it is to be heard; None where nothing is expected of each hour."""
    interval_s = device.interval_s or INTERVAL_S.get(device.kind)
    return interval_s if interval_s is not None and interval_s <= HOUR_S else None


def _why_no_hours(stays: Sequence[ProductStay]) -> str:
    if not stays:
        return NO_DEVICES
    return NO_DATA if any(_interval_s(each.stay.device) for each in stays) else NO_INTERVAL


def _readings(counts: HourCounts | None, stay: Stay) -> Times:
    """How many readings each whole hour of the stay holds (h,)."""
    first = max(-(-stay.start // HOUR_US), -(-_kept_from(counts) // HOUR_US))
    hours = np.zeros(max(stay.end // HOUR_US - first, 0), np.int64)
    if counts is not None:
        inside = slice(*np.searchsorted(counts.hour, (first, first + len(hours))).tolist())
        hours[counts.hour[inside] - first] = counts.readings[inside]
    return hours


def _kept_from(counts: HourCounts | None) -> int:
    """The first instant, µs UTC, that was not deleted: an hour that held readings and does no longer."""
    emptied = np.empty(0, np.int64) if counts is None else counts.hour[counts.readings == 0]
    return int((emptied.max() + 1) * HOUR_US) if len(emptied) else 0


def _waits(
    stay: Stay, fix: Times, time: Times, online: Flags, kept_from: int
) -> Iterator[tuple[float, bool]]:
    """Seconds waited from each start, and whether a fix came; `online` (n,) was told at `time` (n,)."""
    came = np.append(False, online[1:] & ~online[:-1])[: len(online)]
    ends = np.append(time[~online], stay.end)
    for start in [stay.start, *time[came].tolist()]:
        if start < kept_from:
            continue
        until = int(ends[np.searchsorted(ends, start, side="right")])
        place = int(np.searchsorted(fix, start))
        got = place < len(fix) and int(fix[place]) < until
        yield ((int(fix[place]) if got else until) - start) / SECOND_US, got


def _told(
    store: TimeSeriesStore, stream: str, column: str, stays: Sequence[ProductStay]
) -> Iterator[tuple[ProductStay, Times, NDArray[np.float64]]]:
    """Of each stay the values that its device told, with their times."""
    sent = store.read_of(stream, _names(stays), *_span(stays), [column]) if stays else {}
    for each in stays:
        readings = sent.get(each.stay.device.device)
        if readings is None:
            yield each, np.empty(0, np.int64), np.empty(0)
            continue
        part = slice(*np.searchsorted(readings.time, (each.stay.start, each.stay.end)).tolist())
        values = readings.columns[column][part]
        known = np.isfinite(values)
        yield each, readings.time[part][known], values[known]


def _pooled(parts: Sequence[tuple[float, float]], n: int) -> ProductFigure:
    return of_share(pooled_share(*np.array(parts, np.float64).T), n)


def _mean(values: Sequence[float], codes: Collection[str], stays: Sequence[ProductStay]) -> ProductFigure:
    """The mean over devices, those with `codes`, with a t interval that stays at 0 or over."""
    if not values:
        return absent(NO_DATA if stays else NO_DEVICES)
    mean, low, high = mean_with_t_interval(np.array(values, np.float64))
    if low is None or high is None:
        return ProductFigure(mean, NAN, NAN, len(values), len(codes), TOO_FEW_DEVICES)
    return ProductFigure(mean, max(low, 0.0), high, len(values), len(codes))


def _stream(device: Device) -> str:
    return MAIN_STREAM.get(device.kind, "status")


def _names(stays: Sequence[ProductStay]) -> list[str]:
    return sorted({each.stay.device.device for each in stays})


def _span(stays: Sequence[ProductStay]) -> tuple[int, int]:
    return min(each.stay.start for each in stays), max(each.stay.end for each in stays)
