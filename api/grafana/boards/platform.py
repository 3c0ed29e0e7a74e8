"""Whether the service itself runs: intake, store, and how fast the API answers. From Prometheus."""

from collections.abc import Sequence

from api.grafana.parts.dashboard import HALF, WIDTH, Dashboard, dashboard
from api.grafana.parts.panels import Panel, footnotes, named, said, stat
from api.grafana.parts.query import Query
from api.grafana.parts.trends import plain
from api.wording import Wording
from pilots.plan import Plan

PROMETHEUS = {"type": "prometheus", "uid": "pilotbed-prometheus"}

_INGEST = '{job="pilotbed-ingest"}'
"""The API exposes the same names, without anything to say of intake."""


def platform(wording: Wording, plan: Plan | None, pages_url: str) -> Dashboard:
    del plan  # one service for all pilots
    return dashboard(
        wording,
        "platform",
        [
            (
                4,
                [
                    (6, _works(wording, "connected", f"min(pilotbed_ingest_connected{_INGEST})")),
                    (6, _works(wording, "stores", f"min(pilotbed_ingest_store_available{_INGEST})")),
                    (6, _waits(wording)),
                    (6, _lost(wording)),
                ],
            ),
            (
                8,
                [
                    (HALF, _drawn(wording, "messages", _MESSAGES, unit="none")),
                    (HALF, _drawn(wording, "commit", _COMMIT, unit="suffix:s")),
                ],
            ),
            (
                8,
                [
                    (HALF, _drawn(wording, "answers", _ANSWERS, unit="suffix:s")),
                    (HALF, _drawn(wording, "errors", _ERRORS, unit="none")),
                ],
            ),
            (5, [(WIDTH, footnotes(wording, "platform"))]),
        ],
        pages_url=pages_url,
        of_pilot=False,
        start="now-24h",
    )


_MESSAGES = (
    ("received", "sum(rate(pilotbed_ingest_received_messages_total[$__rate_interval]))"),
    ("acked", "sum(rate(pilotbed_ingest_acked_messages_total[$__rate_interval]))"),
    ("refused", "sum(rate(pilotbed_ingest_dead_letters_total[$__rate_interval])) or vector(0)"),
)

_COMMIT = (
    (
        "p95",
        "histogram_quantile(0.95, "
        "sum by (le) (rate(pilotbed_ingest_commit_seconds_bucket[$__rate_interval])))",
    ),
)

_ANSWERS = (
    (
        "",
        "topk(8, histogram_quantile(0.95, "
        "sum by (le, route) (rate(pilotbed_http_request_seconds_bucket[$__rate_interval]))))",
    ),
)

_ERRORS = (
    ("refused", 'sum(rate(pilotbed_http_requests_total{status=~"4.."}[$__rate_interval])) or vector(0)'),
    ("failed", 'sum(rate(pilotbed_http_requests_total{status=~"5.."}[$__rate_interval])) or vector(0)'),
)


def _works(wording: Wording, name: str, expression: str) -> Panel:
    answers = {"0": ("stopped", "red"), "1": ("works", "green")}
    mappings = {
        code: (wording.text(f"grafana.platform.{word}"), colour) for code, (word, colour) in answers.items()
    }
    return stat(
        said(wording, f"platform.{name}"),
        promql("A", expression, instant=True),
        mappings=named(mappings),
        datasource=PROMETHEUS,
    )


def _waits(wording: Wording) -> Panel:
    return stat(
        said(wording, "platform.waits"),
        promql("A", f"max(pilotbed_ingest_lag_seconds{_INGEST})", instant=True),
        unit="suffix:s",
        steps=(("green", None), ("orange", 60)),
        datasource=PROMETHEUS,
    )


def _lost(wording: Wording) -> Panel:
    expression = (
        "sum(increase(pilotbed_ingest_broker_losses_total[$__range])) "
        "+ sum(increase(pilotbed_ingest_sessions_lost_total[$__range]))"
    )
    return stat(
        said(wording, "platform.lost"),
        promql("A", expression, instant=True),
        steps=(("green", None), ("red", 1)),
        datasource=PROMETHEUS,
    )


def _drawn(wording: Wording, name: str, series: Sequence[tuple[str, str]], *, unit: str) -> Panel:
    """Several expressions, each under its words; one without words is called by its route."""
    targets = [
        promql(
            chr(ord("A") + place),
            expression,
            legend=wording.text(f"grafana.platform.{name}.{words}") if words else "{{route}}",
        )
        for place, (words, expression) in enumerate(series)
    ]
    return plain(said(wording, f"platform.{name}"), targets, (), unit=unit, datasource=PROMETHEUS)


def promql(ref: str, expression: str, *, legend: str = "__auto", instant: bool = False) -> Query:
    return {
        "refId": ref,
        "datasource": dict(PROMETHEUS),
        "expr": expression,
        "legendFormat": legend,
        "instant": instant,
        "range": not instant,
        "format": "time_series",
        "editorMode": "code",
    }
