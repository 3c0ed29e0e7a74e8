"""Medians over repeats: a single run on a shared machine is a matter of luck."""

import statistics
import time
from collections.abc import Callable


def median_s(work: Callable[[], object], repeats: int) -> float:
    """Median wall-clock seconds of one call, after one call that is not counted."""
    work()
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def percentile(values: list[float], percent: int) -> float:
    """The value that `percent` of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
