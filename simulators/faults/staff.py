"""What staff and their systems log, with faults: the rooms' visit logs and the stages of alarms."""

from dataclasses import replace
from datetime import date

import numpy as np

from simulators.alarms import Alarm
from simulators.draws import fault_draws
from simulators.faults.names import Fault, Faults
from simulators.staff import Visit
from simulators.timing import MINUTE, SECOND

SHIFT_LEFT_OPEN, ALARM_LEFT_OPEN = 0.25, 0.3
AUTO_CANCEL_AFTER = 5 * MINUTE
SEVERAL_SHARE = 0.25
FURTHER_CAUSES = ("button", "bed_exit", "fall")


def visits_with(
    faults: Faults, seed: int, resident: int, night: date, visits: tuple[Visit, ...]
) -> tuple[Visit, ...]:
    """The log of the night of `night` with faults."""
    if Fault.FORGOTTEN_CLOSE not in faults:
        return visits
    if fault_draws(seed, Fault.FORGOTTEN_CLOSE, resident, night).random() >= SHIFT_LEFT_OPEN:
        return visits
    return tuple(visit for visit in visits if visit.mode != "shift_closed")


def alarms_with(
    faults: Faults, seed: int, resident: int, day: date, alarms: tuple[Alarm, ...]
) -> tuple[Alarm, ...]:
    """The alarms raised on one local day with faults, by time of their raise."""
    if Fault.AUTO_CANCEL in faults:
        alarms = tuple(_cancelled_late(alarm) for alarm in alarms)
    if Fault.FORGOTTEN_CLOSE in faults:
        rng = fault_draws(seed, "forgotten_close of alarms", resident, day)
        alarms = tuple(_left_open(rng, alarm) for alarm in alarms)
    if Fault.SEVERAL_AT_ONCE in faults:
        rng = fault_draws(seed, Fault.SEVERAL_AT_ONCE, resident, day)
        several = [each for alarm in alarms for each in (alarm, *_further(rng, alarm))]
        alarms = tuple(sorted(several, key=lambda alarm: alarm.raised))
    return alarms


def _cancelled_late(alarm: Alarm) -> Alarm:
    cancelled = alarm.raised + AUTO_CANCEL_AFTER
    if alarm.cancelled is not None or (alarm.acknowledged is not None and alarm.acknowledged <= cancelled):
        return alarm
    return replace(alarm, acknowledged=None, arrived=None, closed=None, cancelled=cancelled, outcome=None)


def _left_open(rng: np.random.Generator, alarm: Alarm) -> Alarm:
    forgotten = rng.random() < ALARM_LEFT_OPEN
    return replace(alarm, closed=None, outcome=None) if forgotten and alarm.closed is not None else alarm


def _further(rng: np.random.Generator, alarm: Alarm) -> list[Alarm]:
    happens, count = rng.random(), int(rng.integers(1, 4))
    seconds, causes = rng.integers(5, 60, 3), rng.choice(FURTHER_CAUSES, 3)
    if happens >= SEVERAL_SHARE or alarm.cause == "test":
        return []
    further = []
    for number in range(count):
        raised = alarm.raised + int(seconds[number]) * SECOND
        ended = alarm.closed if alarm.closed is not None else alarm.cancelled
        further.append(
            Alarm(
                f"{alarm.alarm}+{number + 1}",
                str(causes[number]),
                raised,
                raised + SECOND,
                closed=None if ended is None else max(ended, raised + 2 * SECOND),
                outcome=None if ended is None else "nuisance",
            )
        )
    return further
