"""What wants attention, in a leader's words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from analysis.pipeline.attention import (
    CLOCK_OFF_S,
    ENOUGH,
    LOW_BATTERY_PCT,
    RECENT_US,
    Attention,
    Kind,
    attention,
)
from api.quality_state import MINUTE_US, quality_state
from api.results import Results
from api.standing import ShownStep
from api.wording import Wording

MOST_DEVICES = 5
"""So many are named, the worst; quality lists them all."""


@dataclass(frozen=True, slots=True)
class ShownAttention:
    """One thing to see to: how urgent (1 to 3), how many it is, what it is, and the way out."""

    kind: str
    level: int
    count: int
    text: str
    way_out: str


def shown_attention(
    results: Results, pilot: str, say: Wording, *, now_us: int, by_device: bool, next_step: ShownStep | None
) -> list[ShownAttention]:
    """What wants attention in a pilot, the worst first.

    Without `by_device` neither single alarms nor names of devices are told; `next_step` is what the next
    stage asks for, None where that is not to be told.
    """
    store = results.store
    names = [device.device for device in results.registry.devices(pilot)]
    now_us -= now_us % MINUTE_US
    recent = results.remembered.get(
        ("recent quality", pilot, quality_state(results, pilot, now_us)),
        lambda: results.quality(pilot, start=now_us - RECENT_US, now_us=now_us),
    )
    found = attention(
        recent,
        results.open_alarms(pilot, now_us=now_us) if by_device else (),
        dead_letters=sum(store.dead_letter_counts(names).values()),
        unmet_gates=len(next_step.unmet) if next_step else 0,
    )
    return _worded(found, say, next_step, name_devices=by_device)


def _worded(
    found: Sequence[Attention], say: Wording, next_step: ShownStep | None, *, name_devices: bool
) -> list[ShownAttention]:
    return [
        ShownAttention(
            each.kind,
            each.level,
            each.count,
            _text(each, say, next_step, name_devices=name_devices),
            say.text(f"attention.{each.kind}.way_out"),
        )
        for each in found
    ]


def _text(each: Attention, say: Wording, next_step: ShownStep | None, *, name_devices: bool) -> str:
    values: dict[str, object] = {"count": say.number(each.count, 0)}
    if each.kind in _LIMITS:
        values["limit"] = _FIGURES[each.kind](say, _LIMITS[each.kind])
    if each.kind == "gate" and next_step is not None:
        values |= {"stage": next_step.title, "asks": "; ".join(gate.asks for gate in next_step.unmet)}
    text = say.text(f"attention.{each.kind}.text", **values)
    if not (name_devices and each.devices):
        return text
    named = ", ".join(
        say.text("attention.device", device=device, figure=_FIGURES[each.kind](say, figure))
        for device, figure in each.devices[:MOST_DEVICES]
    )
    if len(each.devices) > MOST_DEVICES:
        named = say.text("attention.more", devices=named, n=len(each.devices) - MOST_DEVICES)
    return say.text("attention.named", text=text, devices=named)


def _minutes(say: Wording, minutes: float) -> str:
    return say.silence(minutes)


def _seconds(say: Wording, seconds: float) -> str:
    return say.duration_s(seconds) if seconds < 7200 else say.silence(seconds / 60)


_LIMITS: Mapping[Kind, float] = {
    "low_coverage": ENOUGH,
    "battery_low": LOW_BATTERY_PCT,
    "clock_off": CLOCK_OFF_S,
}

_FIGURES: Mapping[Kind, Callable[[Wording, float], str]] = {
    "alarm_over_target": _seconds,
    "device_silent": _minutes,
    "low_coverage": lambda say, share: say.percent(share),
    "battery_low": lambda say, charge: say.percent(charge / 100),
    "clock_off": _seconds,
}
