"""The platform's dashboard: each expression evaluated by a real Prometheus, over what a service tells."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.grafana import dashboards
from tests.api.grafana.checks.walker import panels
from tests.journeys.first_pilot import TOPIC, prepared
from tests.prometheus import Prometheus
from tests.running import Service
from tests.waiting import wait_for

DASHBOARD = dashboards("sv")["pilotbed-platform"]
TARGETS = [
    pytest.param(target, id=f"panel {panel['id']} {target['refId']}")
    for panel in panels(DASHBOARD)
    for target in panel.get("targets", ())
]
BUILT_IN = {"$__rate_interval": "1m", "$__range": "1m", "$__interval": "5s"}
SELECTED = re.compile(r"(pilotbed_\w+)(?:\{([^}]*)\})?")


@dataclass(frozen=True)
class Scraped:
    """What the service tells, and the server that has looked at it while it had something to do."""

    metrics: dict[str, set[str]]
    prometheus: Prometheus


@pytest.fixture(scope="module")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scraped]:
    with prepared(tmp_path_factory.mktemp("service")).up() as service:
        prometheus = Prometheus(tmp_path_factory.mktemp("prometheus"), [service.access["http"]])
        prometheus.start()
        try:
            scrapes = "min(count_over_time(up[1m]))"
            for wanted in (2, 4):
                _something_to_do(service)
                wait_for(lambda wanted=wanted: _value(prometheus.now(scrapes)) >= wanted, "scrapes")
            yield Scraped(_told(service), prometheus)
        finally:
            prometheus.stop()


def _something_to_do(service: Service) -> None:
    """Readings, a message that is none, and answers: one found, one refused."""
    service.publish([(TOPIC, {"weight_kg": 71.2}), (TOPIC, b"{")])
    service.get("/pilots/natt-2026/quality")
    with service.client() as client:
        assert client.get("/pilots/no-such-pilot").status_code == 404


def _value(series: list[Any]) -> float:
    return float(series[0]["value"][1]) if series else 0.0


def _told(service: Service) -> dict[str, set[str]]:
    """{name of a series: names of its labels}"""
    text = httpx.get(f"{service.access['http']}/metrics", timeout=60).text
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def expression_of(target: dict[str, Any]) -> str:
    expression = str(target["expr"])
    for name, value in BUILT_IN.items():
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression


@pytest.mark.parametrize("target", TARGETS)
def test_every_metric_is_one_that_the_service_tells(scraped: Scraped, target: dict[str, Any]) -> None:
    for name, selection in SELECTED.findall(target["expr"]):
        assert name in scraped.metrics
        # Who was scraped, Prometheus says itself.
        asked = set(re.findall(r"(\w+)\s*[=!]~?", selection)) - {"job", "instance"}
        assert asked <= scraped.metrics[name]


@pytest.mark.parametrize("target", TARGETS)
def test_every_expression_gives_numbers(scraped: Scraped, target: dict[str, Any]) -> None:
    expression = expression_of(target)
    if target.get("instant"):
        found = scraped.prometheus.now(expression)
        numbers = [float(series["value"][1]) for series in found]
        assert len(numbers) == 1, f"one figure is shown, and {len(numbers)} come"
    else:
        found = scraped.prometheus.lately(expression)
        numbers = [float(value) for series in found for _, value in series["values"]]
    assert any(math.isfinite(number) for number in numbers), found
    for label in re.findall(r"\{\{\s*(\w+)\s*\}\}", target["legendFormat"]):
        assert all(label in series["metric"] for series in found)
    if target["legendFormat"] and "{{" not in target["legendFormat"]:
        assert len(found) == 1, f"{len(found)} series would have one name"


def test_no_series_tells_of_a_pilot_or_a_device(scraped: Scraped) -> None:
    labels = set().union(*scraped.metrics.values())
    assert labels & {"pilot", "device", "participant", "code"} == set()


def test_the_rules_that_we_deploy_are_evaluated(scraped: Scraped) -> None:
    def evaluated() -> list[dict[str, Any]]:
        groups = scraped.prometheus.ask("rules")["groups"]
        return [rule for group in groups for rule in group["rules"]]

    wait_for(lambda: all(rule["health"] != "unknown" for rule in evaluated()), "the first evaluation")
    assert {rule["name"]: rule.get("lastError") for rule in evaluated() if rule["health"] != "ok"} == {}
