"""Tables of devices from the API's data quality."""

from collections.abc import Sequence
from typing import Any

from api.grafana.parts.limits import BATTERY_STEPS, CLOCK_STEPS, LATE_STEPS, coverage_steps
from api.grafana.parts.panels import (
    Override,
    Panel,
    coloured,
    column,
    named,
    override,
    said,
    table,
    thresholds,
    within,
)
from api.grafana.parts.query import NUMBER, PILOT, SHOWN_TIMES, TEXT, query
from api.wording import Wording
from pilots.plan import DEVICE_KINDS, Plan

_TEXTS = frozenset({"device", "kind"})


def device_table(
    wording: Wording,
    key: str,
    plan: Plan | None,
    columns: Sequence[str],
    *,
    kind: str | None = None,
    **more: Any,
) -> Panel:
    """One device a row, those first that have been silent too long; `kind` keeps those of one kind."""
    shown = [(name, column(wording, name), TEXT if name in _TEXTS else NUMBER) for name in columns]
    hidden = [("kind", "kind", TEXT)] if kind else []
    return table(
        said(wording, key),
        query(
            "A",
            f"{PILOT}/quality",
            [*shown, *hidden],
            where=f'kind == "{kind}"' if kind else "",
            params=SHOWN_TIMES,
        ),
        hidden=["kind"] if kind else [],
        sort=(column(wording, "silent_over_minutes"), True),
        overrides=[
            each for name in columns for each in [_shown(wording, column(wording, name), name, plan)] if each
        ],
        **more,
    )


def _shown(wording: Wording, title: str, name: str, plan: Plan | None) -> Override | None:
    match name:
        case "kind":
            kinds = {kind: (wording.name("devices.kinds", kind), None) for kind in DEVICE_KINDS}
            return override(title, mappings=named(kinds))
        case "coverage":
            steps = thresholds(coverage_steps(plan))
            return coloured(title, unit="percentunit", decimals=0, thresholds=steps)
        case "battery_pct":
            return coloured(title, unit="percent", decimals=0, thresholds=thresholds(BATTERY_STEPS))
        case "silent_minutes":
            return override(title, unit="suffix:min", decimals=0)
        case "silent_over_minutes":
            return coloured(
                title,
                unit="suffix:min",
                decimals=0,
                thresholds=thresholds(LATE_STEPS),
                mappings=within(wording.text("grafana.within.silence")),
            )
        case "clock_offset_s":
            return coloured(title, unit="suffix:s", decimals=0, thresholds=thresholds(CLOCK_STEPS))
        case "lateness_p95_s":
            return override(title, unit="suffix:s", decimals=0)
        case _:
            return None
