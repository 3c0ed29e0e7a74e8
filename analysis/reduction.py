"""A signal sampled at regular steps, reduced to epochs or smoothed over a moving window.

In pieces that stay in the processor's cache: a pass over months of seconds then costs little more than
reading them once.
"""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Statistic = Literal["mean", "sum", "std", "min", "max", "range"]
Kernel = Callable[[NDArray[Any], Floats], None]

IN_CACHE = 65_536
"""Samples taken at a time: half a megabyte of float64 stays in a core's own cache."""


def epoch_reduce(
    values: NDArray[Any],
    per_epoch: int,
    statistic: Statistic = "mean",
    *,
    at_least: int = 1,
    ddof: int = 0,
) -> Floats:
    """One figure (n // per_epoch,) for every whole epoch of `per_epoch` samples of `values` (n,).

    In the unit of the values, computed in float64 from any number type. NaN is left out: an epoch with
    fewer than `at_least` samples is NaN, and so is a "std" without more than `ddof`. A "sum" is that of the
    samples there are. What is left over after the last whole epoch is not used. ValueError for an epoch
    without samples, or an unknown statistic.
    """
    if per_epoch < 1:
        raise ValueError(f"per_epoch is {per_epoch}: give the number of samples in an epoch, 1 or more")
    if statistic not in _KERNELS:
        raise ValueError(f'statistic is "{statistic}": choose one of {", ".join(_KERNELS)}')
    number = len(values) // per_epoch
    epochs = values[: number * per_epoch].reshape(number, per_epoch)
    reduced = np.empty(number)
    at_a_time = max(IN_CACHE // per_epoch, 1)
    for first in range(0, number, at_a_time):
        part, into = epochs[first : first + at_a_time], reduced[first : first + at_a_time]
        _KERNELS[statistic](part, into)
        if statistic == "mean":
            into /= per_epoch
        elif statistic == "std":
            into /= per_epoch - ddof if per_epoch > ddof else np.nan
            np.sqrt(into, out=into)
        # A missing sample has made its epoch NaN; only those are gone over again.
        lacking = np.flatnonzero(np.isnan(into))
        if len(lacking):
            into[lacking] = _of_the_known(part[lacking].astype(np.float64), statistic, at_least, ddof)
    return reduced


def epoch_extremes(values: NDArray[Any], per_epoch: int) -> tuple[Floats, Floats]:
    """Lowest and highest (n // per_epoch,) of every whole epoch of `values` (n,), none of which is NaN."""
    number = len(values) // per_epoch
    epochs = values[: number * per_epoch].reshape(number, per_epoch)
    low, high = np.empty(number), np.empty(number)
    at_a_time = max(IN_CACHE // per_epoch, 1)
    for first in range(0, number, at_a_time):
        part = slice(first, first + at_a_time)
        columns = _side_by_side(epochs[part])
        low[part], high[part] = columns.min(axis=0), columns.max(axis=0)
    return low, high


def segment_means(values: NDArray[Any], first: NDArray[np.int64]) -> Floats:
    """Means (k,) of `values` (n,) from each place in `first` (k,), which is ascending, to the next."""
    mean = np.empty(len(first))
    stops = np.concatenate((first[1:], [len(values)]))
    at_a_time = max(IN_CACHE * len(first) // max(len(values), 1), 1)
    for at in range(0, len(first), at_a_time):
        part = slice(at, at + at_a_time)
        opens, closes = int(first[part][0]), int(stops[part][-1])
        piece = values[opens:closes].astype(np.float64)
        np.divide(np.add.reduceat(piece, first[part] - opens), stops[part] - first[part], out=mean[part])
    return mean


def median(values: NDArray[Any]) -> float:
    """The median of `values` (n,), at least one and none NaN: by sorting, which is faster than selecting."""
    ordered = values.copy()
    ordered.sort()
    half = len(ordered) // 2
    return float(ordered[half]) if len(ordered) % 2 else float(ordered[half - 1] + ordered[half]) / 2


def rolling_mean(values: NDArray[Any], window: int, *, at_least: int | None = None) -> Floats:
    """Mean (n,) of each sample of `values` (n,) and the `window` - 1 before it, in their unit.

    NaN is left out; NaN where fewer than `at_least` samples (default: all of the window) are there, so also
    at the start. Running sums start anew every few thousand samples: the error stays at 1e-12 of the values'
    spread there. ValueError for a window without samples.
    """
    return _rolled(values, window, at_least, None)


def rolling_std(values: NDArray[Any], window: int, *, at_least: int | None = None, ddof: int = 0) -> Floats:
    """Standard deviation (n,) of each sample and the `window` - 1 before it; as `rolling_mean`.

    From sums of squares about a mean nearby: a window of equal values beside a jump of the signal may show
    about 1e-6 of that jump instead of 0.
    """
    return _rolled(values, window, at_least, ddof)


def _rolled(values: NDArray[Any], window: int, at_least: int | None, ddof: int | None) -> Floats:
    if window < 1:
        raise ValueError(f"window is {window}: give the number of samples in it, 1 or more")
    number = len(values)
    needed = window if at_least is None else max(at_least, 1)
    if ddof is not None:
        needed = max(needed, ddof + 1)
    rolled = np.full(number, np.nan)
    at_a_time = max(IN_CACHE // 4, 4 * window)
    for first in range(0, number, at_a_time):
        last = min(first + at_a_time, number)
        opens = max(first - window, 0)  # one more than the window: its sum is what is taken off first
        near = values[opens:last].astype(np.float64)
        missing = np.isnan(near)
        some_missing = bool(missing.any())
        if some_missing:
            middle = float(np.nanmean(near)) if not missing.all() else 0.0
            near[missing] = middle
        else:
            middle = float(near.mean())
        near -= middle
        span = last - first, first - opens, window
        count: Any = (
            _window_sums((~missing).astype(np.float64), *span) if some_missing or opens == 0 else window
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            total = _window_sums(near, *span)
            if ddof is None:
                figure = total / count + middle
            else:
                squares = _window_sums(near * near, *span)
                figure = np.sqrt(np.maximum(squares - total * total / count, 0.0) / (count - ddof))
        rolled[first:last] = np.where(count >= needed, figure, np.nan)
    return rolled


def _window_sums(near: Floats, number: int, before: int, window: int) -> Floats:
    """Sums over the windows that end at each of the last `number` of `near`."""
    running = np.cumsum(near)
    sums = running[before:].copy()
    # Where the record is younger than the window there is nothing to take off.
    whole = max(window - before, 0)
    if whole < number:
        sums[whole:] -= running[before + whole - window : len(running) - window]
    return sums


def _of_the_known(epochs: Floats, statistic: Statistic, at_least: int, ddof: int) -> Floats:
    missing = np.isnan(epochs)
    count = epochs.shape[1] - missing.sum(axis=1)
    total = np.where(missing, 0.0, epochs).sum(axis=1)
    low = np.where(missing, np.inf, epochs).min(axis=1)
    high = np.where(missing, -np.inf, epochs).max(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / count
        off = np.where(missing, 0.0, epochs - mean[:, None])
        figures = {
            "mean": mean,
            "sum": total,
            "std": np.sqrt((off * off).sum(axis=1) / (count - ddof)),
            "min": low,
            "max": high,
            "range": high - low,
        }
    needed = max(at_least, 1, ddof + 1 if statistic == "std" else 1)
    return np.where(count >= needed, figures[statistic], np.nan)


def _sum(epochs: NDArray[Any], into: Floats) -> None:
    np.einsum("ij->i", epochs.astype(np.float64, copy=False), out=into)


def _squares(epochs: NDArray[Any], into: Floats) -> None:
    off = epochs.astype(np.float64)
    off -= (np.einsum("ij->i", off) / off.shape[1])[:, None]
    np.einsum("ij,ij->i", off, off, out=into)


def _low(epochs: NDArray[Any], into: Floats) -> None:
    into[:] = _side_by_side(epochs).min(axis=0)


def _high(epochs: NDArray[Any], into: Floats) -> None:
    into[:] = _side_by_side(epochs).max(axis=0)


def _range(epochs: NDArray[Any], into: Floats) -> None:
    columns = _side_by_side(epochs)
    into[:] = columns.max(axis=0)
    into -= columns.min(axis=0)


def _side_by_side(epochs: NDArray[Any]) -> NDArray[Any]:
    """Epochs as columns: over a short inner axis a reduction spends its time on starting."""
    return epochs.T if epochs.shape[1] > len(epochs) else np.ascontiguousarray(epochs.T)


_KERNELS: dict[str, Kernel] = {
    "mean": _sum,
    "sum": _sum,
    "std": _squares,
    "min": _low,
    "max": _high,
    "range": _range,
}
