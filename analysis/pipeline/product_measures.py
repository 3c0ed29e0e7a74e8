"""What can be measured of a product, and from what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from analysis.pipeline.pilot_data import PilotData
from analysis.pipeline.product_checks import (
    false_alarms_per_device_day,
    missed_alarms_percent,
    weight_error_kg,
)
from analysis.pipeline.product_figures import ProductFigure, ProductStay, product_stays
from analysis.pipeline.product_service import (
    battery_days,
    lateness_p95_s,
    loss_percent,
    time_to_first_fix_s,
    uptime_percent,
)
from pilots.plan import Plan
from pilots.plan.requirements import KINDS_MEASURED, Measure
from pilots.records import LoggedEvent
from pilots.registry import Registry
from store import STREAMS, TimeSeriesStore


class ProductData:
    """What the figures of a pilot's products are made from, in the time [`start`, `end`) µs UTC that its
    phases and the data have in common; each figure is made once. Raises `UnknownPilot`.
    """

    def __init__(self, registry: Registry, store: TimeSeriesStore, data: PilotData) -> None:
        self.registry, self.store, self.data = registry, store, data
        self.plan: Plan = data.plan
        self.start = min(self.plan.phase_start(phase) for phase in self.plan.phases)
        closes = max(self.plan.phase_end(phase) for phase in self.plan.phases)
        names = [device.device for device in registry.devices(data.pilot)]
        heard = [newest["time"] for stream in STREAMS for newest in store.latest(stream, names).values()]
        # Until any of them was heard last: one that is silent then was still to be heard.
        self.end = min(closes, max(heard, default=self.start) + 1)
        self._figures: dict[tuple[Measure, str | None], ProductFigure] = {}

    def products(self, measure: Measure) -> Sequence[str | None]:
        """The plan's products of the measure's kinds; of a plan without products all devices as one."""
        if not self.plan.products:
            return [None]
        return [each.name for each in self.plan.products if each.kind in KINDS_MEASURED[measure]]

    def figure(self, measure: Measure, product: str | None) -> ProductFigure:
        """The measure of one product, or with None of all devices of the measure's kinds."""
        if (measure, product) not in self._figures:
            kinds = KINDS_MEASURED[measure]
            stays = product_stays(self.registry, self.plan, product, kinds, self.start, self.end)
            self._figures[measure, product] = MEASURES[measure].compute(self, stays)
        return self._figures[measure, product]

    @cached_property
    def log(self) -> Sequence[LoggedEvent]:
        return self.registry.logged_events(self.data.pilot)


@dataclass(frozen=True, slots=True)
class ProductMeasure:
    """Its unit, what `n` counts, and how it is made."""

    unit: str
    counted: str
    compute: Callable[[ProductData, Sequence[ProductStay]], ProductFigure]


MEASURES: Mapping[Measure, ProductMeasure] = {
    "uptime_percent": ProductMeasure("%", "hours", lambda data, stays: uptime_percent(data.store, stays)),
    "battery_days": ProductMeasure("d", "devices", lambda data, stays: battery_days(data.store, stays)),
    "lateness_p95_s": ProductMeasure(
        "s",
        "devices",
        lambda data, stays: lateness_p95_s(data.store, stays, data.start, data.end),
    ),
    "loss_percent": ProductMeasure("%", "readings", lambda data, stays: loss_percent(data.store, stays)),
    "weight_error_kg": ProductMeasure(
        "kg",
        "pairs",
        lambda data, stays: weight_error_kg(
            data.plan, data.data.days("weight_kg"), data.registry.weighings(data.data.pilot), stays
        ),
    ),
    "missed_alarms_percent": ProductMeasure(
        "%",
        "events",
        lambda data, stays: missed_alarms_percent(data.plan, data.data.alarms, data.log, stays),
    ),
    "false_alarms_per_device_day": ProductMeasure(
        "1/d",
        "device_days",
        lambda data, stays: false_alarms_per_device_day(data.plan, data.data.alarms, data.log, stays),
    ),
    "time_to_first_fix_s": ProductMeasure(
        "s", "starts", lambda data, stays: time_to_first_fix_s(data.store, stays)
    ),
}
