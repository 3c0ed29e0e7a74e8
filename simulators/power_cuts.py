"""Power cuts in a house: every alarm button tells of it within minutes, and staff are flooded."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from simulators.alarms import Alarm
from simulators.draws import Purpose, draws
from simulators.timing import HOUR, MINUTE, SECOND, wall_clock

CUT_SHARE = 0.2
"""Days with a cut."""

WHOLE_HOUSE_SHARE = 0.6
IN_PART_SHARE = 0.4
"""Cuts of the whole house, and the share of residents whom another one touches."""

GONE_WITHIN, BACK_AFTER, BACK_WITHIN = 3 * MINUTE, 5 * MINUTE, 3 * MINUTE
"""All that one cut raises comes within eight minutes."""

FLOOD_FROM = 10


def power_cut(seed: int, day: date, residents: Sequence[int], zone: ZoneInfo) -> dict[int, tuple[Alarm, ...]]:
    """The alarms that a cut on this day raises, by resident; empty without one."""
    rng = draws(seed, Purpose.POWER_CUTS, day=day)
    happens, when, how = rng.random(3)
    if happens >= CUT_SHARE:
        return {}
    start = wall_clock(day, 0.0, zone) + round(when * 21 * HOUR)
    share = 1.0 if how < WHOLE_HOUSE_SHARE else IN_PART_SHARE
    touched = [resident for resident in residents if rng.random() < share]
    return {
        resident: (
            _alarm(resident, day, "gone", start + round(rng.random() * GONE_WITHIN)),
            _alarm(resident, day, "back", start + BACK_AFTER + round(rng.random() * BACK_WITHIN)),
        )
        for resident in touched
    }


def floods_of(
    cuts: Iterable[Mapping[int, tuple[Alarm, ...]]], groups: Mapping[int, str]
) -> dict[str, tuple[int, ...]]:
    """When each group's staff were flooded, µs UTC: cuts that raised ten alarms or more in it."""
    floods: dict[str, list[int]] = {group: [] for group in groups.values()}
    for cut in cuts:
        for group, begun in floods.items():
            raised = [alarm.raised for who, alarms in cut.items() if groups[who] == group for alarm in alarms]
            if len(raised) >= FLOOD_FROM:
                begun.append(min(raised))
    return {group: tuple(begun) for group, begun in floods.items()}


def _alarm(resident: int, day: date, what: str, at: int) -> Alarm:
    raised = at // SECOND * SECOND
    return Alarm(
        f"{resident + 1:02d}-{day}-{what}",
        "technical",
        raised,
        raised + 2 * SECOND,
        acknowledged=raised + 4 * MINUTE,
        closed=raised + 30 * MINUTE,
        outcome="real",
    )
