"""The pipeline's results, remembered by the fingerprint of the data they are made from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Request

from analysis.pipeline import (
    AlarmRow,
    Evaluation,
    MetricRow,
    PilotData,
    Quality,
    ResponsePart,
    ResponseRow,
    RestHoursRow,
    ScoreRow,
    alarms,
    evaluate,
    latest_values,
    metric_rows,
    quality,
    response_parts,
    response_rows,
    rest_hour_rows,
    score_rows,
)
from analysis.pipeline.divided_response import Division
from analysis.pipeline.product_comparison import ProductComparison, compare_products
from analysis.pipeline.product_measures import ProductData
from analysis.pipeline.requirements import RequirementRow, requirement_rows
from api.remembered import Newest, Remembered
from pilots.registry import Registry
from store import TimeSeriesStore

By = Literal["day", "week", "phase"]

Row = TypeVar("Row", MetricRow, RestHoursRow)


@dataclass(frozen=True, slots=True)
class Results:
    """What the analysis says of pilots, asked for as often as one likes."""

    registry: Registry
    store: TimeSeriesStore
    remembered: Remembered
    read: Newest = field(default_factory=Newest)

    def now(self, pilot: str) -> "Snapshot":
        """The results on the data as they are now.

        The fingerprint reads every alarm; while nothing has changed, the revisions say so at once, and what
        has been read is not read again. Nor are the alarms where others than they have changed.
        """
        state = (self.registry.figures_revision(), self.store.revision("alarm"))

        def read(before: Snapshot | None) -> Snapshot:
            data = PilotData(self.registry, self.store, pilot, before=None if before is None else before.data)
            return Snapshot(self, data, data.fingerprint)

        return self.read.get(pilot, state, read)

    def quality(
        self, pilot: str, *, now_us: int, start: int | None = None, end: int | None = None
    ) -> Quality:
        """Not remembered: silence grows by the minute."""
        return quality(self.registry, self.store, pilot, start=start, end=end, now_us=now_us)

    def open_alarms(self, pilot: str, *, now_us: int) -> list[AlarmRow]:
        """Not closed yet, each with how long it has waited by now."""
        return alarms(self.now(pilot).data, open_only=True, now_us=now_us)

    def requirements(self, pilot: str, *, suppress: bool) -> tuple[RequirementRow, ...]:
        """As `analysis.pipeline.requirements.requirement_rows`."""
        return self.remembered.get(
            ("requirements", pilot, self._products_state(), suppress),
            lambda: requirement_rows(self._product_data(pilot), suppress=suppress),
        )

    def compared(self, asked: Sequence[tuple[str, str | None]], *, suppress: bool) -> ProductComparison:
        """As `analysis.pipeline.product_comparison.compare_products`, of pilots and products by name."""
        return self.remembered.get(
            ("compared", *asked, self._products_state(), suppress),
            lambda: compare_products(
                [(self._product_data(pilot), product) for pilot, product in asked], suppress=suppress
            ),
        )

    def _product_data(self, pilot: str) -> ProductData:
        return ProductData(self.registry, self.store, PilotData(self.registry, self.store, pilot))

    def _products_state(self) -> tuple[object, ...]:
        """What products are judged by beside the clock: everything registered, and everything received."""
        return self.registry.figures_revision(), *self.store.revisions()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The results of one pilot; `fingerprint` names the data, of which what was read is read once."""

    results: Results
    data: PilotData
    fingerprint: str

    @property
    def pilot(self) -> str:
        return self.data.pilot

    def metric_rows(
        self,
        metric: str,
        *,
        by: By,
        suppress: bool,
        start: int | None = None,
        end: int | None = None,
        **question: Any,
    ) -> list[MetricRow]:
        """As `analysis.pipeline.metric_rows`.

        Every period is remembered, and [start, end) cut from them: a dashboard's range moves with the clock.
        """
        rows = self.results.remembered.get(
            ("metric", self.fingerprint, self.pilot, metric, by, suppress, *sorted(question.items())),
            lambda: metric_rows(self.data, metric, by=by, suppress=suppress, **question),
        )
        return _opening_within(rows, start, end)

    def latest(self, *, suppress: bool) -> dict[str, MetricRow]:
        """As `analysis.pipeline.latest_values`."""
        return self.results.remembered.get(
            ("latest", self.fingerprint, self.pilot, suppress),
            lambda: latest_values(self.data, suppress=suppress),
        )

    def rest_hour_rows(
        self, *, by: By, suppress: bool, start: int | None = None, end: int | None = None, **question: Any
    ) -> list[RestHoursRow]:
        """As `analysis.pipeline.rest_hour_rows`, remembered as `metric_rows`."""
        rows = self.results.remembered.get(
            ("rest hours", self.fingerprint, self.pilot, by, suppress, *sorted(question.items())),
            lambda: rest_hour_rows(self.data, by=by, suppress=suppress, **question),
        )
        return _opening_within(rows, start, end)

    def response_rows(
        self, *, suppress: bool, start: int | None = None, end: int | None = None, **question: Any
    ) -> list[ResponseRow]:
        """As `analysis.pipeline.response_rows`; with `suppress`, cut from remembered rows of all phases."""
        window = (None, None) if suppress else (start, end)
        rows = self.results.remembered.get(
            ("response", self.fingerprint, self.pilot, suppress, window, *sorted(question.items())),
            lambda: response_rows(self.data, suppress=suppress, start=window[0], end=window[1], **question),
        )
        opens = {phase.name: self.data.plan.phase_start(phase) for phase in self.data.plan.phases}
        return [row for row in rows if not suppress or _is_within(opens[row.phase], start, end)]

    def response_parts(
        self,
        *,
        by: Division,
        suppress: bool,
        start: int | None = None,
        end: int | None = None,
        **question: Any,
    ) -> list[ResponsePart]:
        """As `analysis.pipeline.response_parts`, of weeks those that open in [start, end) µs UTC."""
        window = (None, None) if suppress or by == "week" else (start, end)
        rows = self.results.remembered.get(
            ("response parts", self.fingerprint, self.pilot, by, suppress, window, *sorted(question.items())),
            lambda: response_parts(self.data, by=by, suppress=suppress, window=window, **question),
        )
        return [row for row in rows if row.time_us is None or _is_within(row.time_us, start, end)]

    def score_rows(self, *, suppress: bool) -> list[ScoreRow]:
        """As `analysis.pipeline.score_rows`."""
        return self.results.remembered.get(
            ("scores", self.fingerprint, self.pilot, suppress),
            lambda: score_rows(self.data, suppress=suppress),
        )

    def evaluation(self, *, suppress: bool) -> Evaluation:
        """As `analysis.pipeline.evaluate`."""
        return self.results.remembered.get(
            ("evaluation", self.fingerprint, self.pilot, suppress),
            lambda: evaluate(self.data, suppress=suppress),
        )


def _opening_within(rows: Sequence[Row], start: int | None, end: int | None) -> list[Row]:
    """Those whose period opens in [start, end) µs UTC."""
    return [row for row in rows if _is_within(row.time_us, start, end)]


def _is_within(time_us: int, start: int | None, end: int | None) -> bool:
    return (start is None or time_us >= start) and (end is None or time_us < end)


def _results(request: Request) -> Results:
    results: Results = request.app.state.results
    return results


InResults = Annotated[Results, Depends(_results)]
