"""What a product must do, as the procurement will ask for it."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import Field

from pilots.plan.kinds import DeviceKind
from pilots.plan.part import Part, Text

Measure = Literal[
    "uptime_percent",
    "battery_days",
    "lateness_p95_s",
    "loss_percent",
    "weight_error_kg",
    "missed_alarms_percent",
    "false_alarms_per_device_day",
    "time_to_first_fix_s",
]

MEASURES: tuple[str, ...] = get_args(Measure)

_HEARD: tuple[DeviceKind, ...] = ("bed", "gps", "camera", "alarm")

KINDS_MEASURED: Mapping[str, tuple[DeviceKind, ...]] = {
    "uptime_percent": _HEARD,
    "battery_days": _HEARD,
    "lateness_p95_s": _HEARD,
    "loss_percent": _HEARD,
    "weight_error_kg": ("bed",),
    "missed_alarms_percent": _HEARD,
    "false_alarms_per_device_day": _HEARD,
    "time_to_first_fix_s": ("gps",),
}
"""The kinds of device that each measure is of; a visit log is no device that could fail."""

Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Requirement(Part):
    """One requirement on a product of the plan; `product` None: on every product it can be measured on.

    One of `at_most` and `at_least`, in the measure's unit.
    """

    requirement: Text
    measure: Measure
    product: Text | None = None
    at_most: Limit | None = None
    at_least: Limit | None = None
