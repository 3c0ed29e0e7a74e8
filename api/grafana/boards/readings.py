"""Raw readings of a bed and a device's own condition, straight from InfluxDB: for leaders and administrators.

Nothing is suppressed on this way. Positions, camera events, alarms and visits are left out: they tell of a
person more than a device's work asks for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from api.grafana.parts.dashboard import HALF, WIDTH, Dashboard, dashboard
from api.grafana.parts.panels import Override, Panel, footnotes, named, override, panel, said
from api.grafana.parts.query import Query
from api.grafana.parts.trends import plain
from api.wording import Wording
from pilots.plan import Plan

INFLUX = {"type": "influxdb", "uid": "pilotbed-influx"}

_SILENT_MS = 900_000


def readings(wording: Wording, plan: Plan | None, pages_url: str) -> Dashboard:
    del plan  # InfluxDB knows devices, not pilots
    return dashboard(
        wording,
        "readings",
        [
            (9, [(HALF, _weight(wording)), (HALF, _movement(wording))]),
            (5, [(WIDTH, _occupied(wording))]),
            (
                7,
                [
                    (HALF, _status(wording, "battery", "battery_pct", "percent")),
                    (HALF, _status(wording, "signal", "rssi_dbm", "dBm")),
                ],
            ),
            (5, [(WIDTH, footnotes(wording, "readings"))]),
        ],
        pages_url=pages_url,
        of_pilot=False,
        variables=[_devices(wording)],
        start="now-24h",
    )


def _weight(wording: Wording) -> Panel:
    legs = " + ".join(f'mean("load{leg}_kg")' for leg in (1, 2, 3, 4))
    loads = {"weight_kg": 'mean("weight_kg")', "load_kg": 'mean("load_kg")', "load_of_legs_kg": legs}
    return _drawn(wording, "weight", "bed", loads, unit="suffix:kg")


def _movement(wording: Wording) -> Panel:
    raw = override(_field(wording, "movement_raw"), unit="none", custom__axisPlacement="right")
    movements = {"movement": 'mean("movement")', "movement_raw": 'mean("movement_raw")'}
    return _drawn(wording, "movement", "bed", movements, [raw], unit="percentunit")


def _status(wording: Wording, name: str, field: str, unit: str) -> Panel:
    return _drawn(wording, name, "status", {field: f'mean("{field}")'}, unit=unit)


def _drawn(
    wording: Wording,
    name: str,
    stream: str,
    selected: Mapping[str, str],
    overrides: Sequence[Override] = (),
    *,
    unit: str,
) -> Panel:
    targets = [
        influxql(chr(ord("A") + place), _select(what, stream, fill="null"), _field(wording, field))
        for place, (field, what) in enumerate(selected.items())
    ]
    return plain(said(wording, f"readings.{name}"), targets, overrides, unit=unit, datasource=INFLUX)


def _occupied(wording: Wording) -> Panel:
    """A bar ends where the device fell silent, not where it spoke again."""
    states = {
        "true": (wording.text("grafana.readings.in_bed"), "blue"),
        "false": (wording.text("grafana.readings.out_of_bed"), "transparent"),
    }
    select = _select('last("occupied")', "bed", fill="none")
    return panel(
        said(wording, "readings.occupied"),
        "state-timeline",
        [influxql("A", select, _field(wording, "occupied"))],
        defaults={
            "mappings": named(states),
            "custom": {"fillOpacity": 70, "lineWidth": 0, "insertNulls": _SILENT_MS, "spanNulls": False},
        },
        options={
            "mergeValues": True,
            "showValue": "never",
            "rowHeight": 0.9,
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "single", "sort": "none"},
        },
        datasource=INFLUX,
    )


def _field(wording: Wording, name: str) -> str:
    return wording.text(f"grafana.readings.fields.{name}")


def _select(what: str, stream: str, *, fill: str) -> str:
    readings = f'FROM "{stream}" WHERE "device" =~ /^${{device:regex}}$/ AND $timeFilter'
    return f"SELECT {what} {readings} GROUP BY time($__interval) fill({fill})"


def _devices(wording: Wording) -> dict[str, Any]:
    return {
        "type": "query",
        "name": "device",
        "label": wording.text("grafana.columns.device"),
        "datasource": dict(INFLUX),
        "refresh": 1,
        "sort": 1,
        "multi": False,
        "includeAll": False,
        "hide": 0,
        "query": 'SHOW TAG VALUES FROM "bed" WITH KEY = "device"',
    }


def influxql(ref: str, select: str, alias: str) -> Query:
    return {
        "refId": ref,
        "datasource": dict(INFLUX),
        "query": select,
        "rawQuery": True,
        "resultFormat": "time_series",
        "alias": alias,
    }
