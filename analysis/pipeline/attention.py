"""What in a pilot somebody should look at, the worst first. Pure: what was found goes in."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from analysis.pipeline.alarm_list import AlarmRow
from analysis.pipeline.quality import Quality, QualityItem

Kind = Literal[
    "alarm_over_target",
    "broker_loss",
    "device_silent",
    "low_coverage",
    "battery_low",
    "clock_off",
    "dead_letters",
    "gate",
]

KINDS: tuple[Kind, ...] = get_args(Kind)
"""In the order in which to see to them, among those of one level."""

Level = Literal[1, 2, 3]

LEVEL: Mapping[Kind, Level] = {
    "alarm_over_target": 3,
    "broker_loss": 3,
    "device_silent": 2,
    "low_coverage": 2,
    "battery_low": 2,
    "clock_off": 2,
    "dead_letters": 1,
    "gate": 1,
}
"""1 is a note, 2 is to be looked at today, 3 is to be acted on now."""

ENOUGH = 0.7
"""Below this share of what was expected a device wants attention: most metrics have their floor there."""

LOW_BATTERY_PCT = 20.0
"""Most trackers then have about a day left."""

CLOCK_OFF_S = 300.0
"""More ahead than this a message is refused; as much behind, it may fall on the wrong night."""

RECENT_US = 7 * 86_400_000_000
"""Attention is for what goes on: a week in which much was missing, not a month ago."""


@dataclass(frozen=True, slots=True)
class Attention:
    """One thing to see to: `count` devices, alarms, losses, letters or gates.

    `devices` are those it is about with a figure, the worst first: minutes silent, coverage (0 to 1), per
    cent of charge, seconds that the clock is off, seconds that an alarm is over its target.
    """

    kind: Kind
    count: int
    devices: tuple[tuple[str, float], ...] = ()

    @property
    def level(self) -> Level:
        return LEVEL[self.kind]


def attention(
    recent: Quality, open_alarms: Iterable[AlarmRow], *, dead_letters: int, unmet_gates: int
) -> list[Attention]:
    """What wants attention, the worst first; [] when nothing does.

    `recent` is the quality of the last days, `dead_letters` counts those that wait to be replayed or dropped,
    `unmet_gates` those of the pilot's next stage.
    """
    found = [
        *_of_alarms(open_alarms),
        *_of_devices(recent.items),
        *_counted("broker_loss", len(recent.summary.broker_losses)),
        *_counted("dead_letters", dead_letters),
        *_counted("gate", unmet_gates),
    ]
    return sorted(found, key=lambda each: (-each.level, KINDS.index(each.kind)))


def is_silent(item: QualityItem) -> bool:
    """Whether a device has not been heard for longer than devices of its sort may be."""
    return item.silent_over_minutes is not None and item.silent_over_minutes > 0


def _of_alarms(alarms: Iterable[AlarmRow]) -> Iterator[Attention]:
    over = [(row.device, row.over_target_s) for row in alarms if row.over_target_s is not None]
    over = [(device, seconds) for device, seconds in over if seconds > 0]
    if over:
        longest: dict[str, float] = {}
        for device, seconds in over:
            longest[device] = max(seconds, longest.get(device, 0.0))
        yield Attention("alarm_over_target", len(over), _falling(longest.items()))


def _of_devices(items: Sequence[QualityItem]) -> Iterator[Attention]:
    silent = [(each.device, each.silent_minutes or 0.0) for each in items if is_silent(each)]
    yield from _listed("device_silent", _falling(silent))
    # A device that is silent delivers too little by that alone: it is named once.
    quiet = {name for name, _ in silent}
    covered = [(each.device, each.coverage) for each in items if each.coverage is not None]
    poor = [(name, share) for name, share in covered if share < ENOUGH and name not in quiet]
    yield from _listed("low_coverage", _rising(poor))
    charged = [(each.device, each.battery_pct) for each in items if each.battery_pct is not None]
    flat = [(name, charge) for name, charge in charged if charge < LOW_BATTERY_PCT]
    yield from _listed("battery_low", _rising(flat))
    clocks = [(each.device, abs(each.clock_offset_s)) for each in items if each.clock_offset_s is not None]
    yield from _listed("clock_off", _falling([each for each in clocks if each[1] > CLOCK_OFF_S]))


def _rising(found: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(found, key=lambda each: (each[1], each[0])))


def _falling(found: Iterable[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(found, key=lambda each: (-each[1], each[0])))


def _listed(kind: Kind, devices: tuple[tuple[str, float], ...]) -> Iterator[Attention]:
    if devices:
        yield Attention(kind, len(devices), devices)


def _counted(kind: Kind, count: int) -> Iterator[Attention]:
    if count:
        yield Attention(kind, count)
