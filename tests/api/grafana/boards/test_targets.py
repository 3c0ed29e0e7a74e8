"""A default is never called the plan's target."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.grafana import dashboards
from pilots.plan import Plan, demo_plan_text, read_plan
from tests.api.grafana.checks.fields import columns_of

PLANS = "The target is the plan's."
DEFAULT = "The target is a default: the plan names none."
EITHER = "The target is the plan's, or a default where the plan names none."

OF_THE_DEMO = "targets: {acknowledge_s: 180, arrive_s: 900}\n"


def plan(targets: str) -> Plan:
    """The demo's with other targets, or with none; one of its goals is to acknowledge sooner."""
    text = demo_plan_text()
    assert OF_THE_DEMO in text
    return read_plan(text.replace(OF_THE_DEMO, f"targets: {targets}\n" if targets else ""))


def response(of: Plan | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Panels whose figures are held to a target, each with the stages that it is of."""
    for panel in dashboards("en", of)["pilotbed-response"]["panels"]:
        for target in panel.get("targets", ())[:1]:
            selectors = {column["selector"] for column in target["columns"]}
            if selectors & {"target_s", "share_within_target", "over_target_s"}:
                parameters = {pair["key"]: pair["value"] for pair in target["url_options"]["params"]}
                yield parameters.get("stage", "both"), panel


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        (
            "{acknowledge_s: 180, arrive_s: 1800}",
            {"acknowledged": PLANS, "arrived": PLANS, "both": PLANS},
        ),
        ("{acknowledge_s: 180}", {"acknowledged": PLANS, "arrived": DEFAULT, "both": EITHER}),
        ("", {"acknowledged": DEFAULT, "arrived": DEFAULT, "both": DEFAULT}),
    ],
)
def test_a_panel_says_whose_its_target_is(targets: str, said: dict[str, str]) -> None:
    panels = list(response(plan(targets)))
    assert {stage for stage, _ in panels} == set(said)
    for stage, panel in panels:
        assert said[stage] in panel["description"], panel["title"]
        for name in columns_of(panel) & {"Target", "Default target"}:
            assert (name == "Default target") == (said[stage] == DEFAULT), panel["title"]


def test_without_a_pilot_it_may_be_either() -> None:
    for _, panel in response(None):
        assert EITHER in panel["description"], panel["title"]


@pytest.mark.parametrize(("targets", "said"), [("{acknowledge_s: 60, arrive_s: 600}", PLANS), ("", DEFAULT)])
def test_a_line_in_a_metrics_trend_says_it_too(targets: str, said: str) -> None:
    panels = dashboards("en", plan(targets))["pilotbed-overview"]["panels"]
    (drawn,) = [panel for panel in panels if "/metrics/time_to_acknowledge_s" in str(panel)]
    assert f"The dashed line is the target. {said}" in drawn["description"]
