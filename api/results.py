"""The pipeline's results, remembered by the fingerprint of the data they are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Request

from analysis.pipeline import (
    Evaluation,
    MetricRow,
    PilotData,
    Quality,
    ResponseRow,
    ScoreRow,
    evaluate,
    latest_values,
    metric_rows,
    quality,
    response_rows,
    score_rows,
)
from analysis.pipeline.product_comparison import ProductComparison, compare_products
from analysis.pipeline.product_measures import ProductData
from analysis.pipeline.requirements import RequirementRow, requirement_rows
from api.remembered import Remembered
from pilots.registry import Registry
from store import STREAMS, TimeSeriesStore

By = Literal["day", "week", "phase"]


@dataclass(frozen=True, slots=True)
class Results:
    """What the analysis says of pilots, asked for as often as one likes."""

    registry: Registry
    store: TimeSeriesStore
    remembered: Remembered

    def now(self, pilot: str) -> "Snapshot":
        """The results on the data as they are now.

        The fingerprint reads every alarm; while nothing has changed, the revisions say so at once.
        """
        state = (self.registry.figures_revision(), self.store.revision("alarm"))
        data = PilotData(self.registry, self.store, pilot)
        fingerprint = self.remembered.get(("fingerprint", pilot, state), lambda: data.fingerprint)
        return Snapshot(self, data, fingerprint)

    def quality(
        self, pilot: str, *, now_us: int, start: int | None = None, end: int | None = None
    ) -> Quality:
        """Not remembered: silence grows by the minute."""
        return quality(self.registry, self.store, pilot, start=start, end=end, now_us=now_us)

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
        return self.registry.figures_revision(), *(self.store.revision(stream) for stream in STREAMS)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The results of one pilot; `fingerprint` names the data, of which what was read is read once."""

    results: Results
    data: PilotData
    fingerprint: str

    @property
    def pilot(self) -> str:
        return self.data.pilot

    def metric_rows(self, metric: str, *, by: By, suppress: bool, **question: Any) -> list[MetricRow]:
        """As `analysis.pipeline.metric_rows`."""
        return self.results.remembered.get(
            ("metric", self.fingerprint, self.pilot, metric, by, suppress, *sorted(question.items())),
            lambda: metric_rows(self.data, metric, by=by, suppress=suppress, **question),
        )

    def latest(self, *, suppress: bool) -> dict[str, MetricRow]:
        """As `analysis.pipeline.latest_values`."""
        return self.results.remembered.get(
            ("latest", self.fingerprint, self.pilot, suppress),
            lambda: latest_values(self.data, suppress=suppress),
        )

    def response_rows(self, *, suppress: bool, **question: Any) -> list[ResponseRow]:
        """As `analysis.pipeline.response_rows`."""
        return self.results.remembered.get(
            ("response", self.fingerprint, self.pilot, suppress, *sorted(question.items())),
            lambda: response_rows(self.data, suppress=suppress, **question),
        )

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


def _results(request: Request) -> Results:
    results: Results = request.app.state.results
    return results


InResults = Annotated[Results, Depends(_results)]
