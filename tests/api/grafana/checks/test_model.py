"""Every key that we write is one that Grafana's own model knows where it stands."""

from collections.abc import Callable
from typing import Any

import pytest

from api.grafana import dashboards as generated
from api.languages import LANGUAGES, Language
from pilots.plan import read_plan
from tests.api.grafana.checks import dashboards, round_trip
from tests.api.grafana.told import BARE, FULL, plan_of

PLANTED: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "of the dashboard": (lambda d: d.update(timeZone="Europe/Stockholm"), ".timeZone"),
    "of a panel": (lambda d: d["panels"][0].update(discription="…"), ".panels[0].discription"),
    "of its place": (lambda d: d["panels"][0]["gridPos"].update(width=3), ".gridPos.width"),
    "of an option": (
        lambda d: d["panels"][1]["options"].update(graphmode="none"),
        ".panels[1].options.graphmode",
    ),
    "of a reduction": (
        lambda d: d["panels"][1]["options"]["reduceOptions"].update(calc=["last"]),
        ".reduceOptions.calc",
    ),
    "of a custom option": (
        lambda d: d["panels"][0]["fieldConfig"]["defaults"]["custom"].update(spanNull=False),
        ".custom.spanNull",
    ),
    "of a field": (
        lambda d: d["panels"][0]["fieldConfig"]["defaults"].update(novalue="–"),
        ".defaults.novalue",
    ),
    "of an annotation": (lambda d: d["annotations"]["list"][0].update(colour="red"), ".list[0].colour"),
    "of a variable": (lambda d: d["templating"]["list"][0].update(lable="Pilot"), ".list[0].lable"),
}


def test_what_has_no_fault_comes_back_as_it_was() -> None:
    assert round_trip.faults(dashboards.faultless()) == []


@pytest.mark.parametrize("key", PLANTED)
def test_a_misspelt_key_does_not_come_back(key: str) -> None:
    dashboard = dashboards.faultless()
    change, place = PLANTED[key]
    change(dashboard)
    (found,) = round_trip.faults(dashboard)
    assert place in found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stem", sorted(generated("sv", readings=True)))
def test_every_key_comes_back(stem: str, language: Language) -> None:
    for plan in (None, read_plan(plan_of(FULL)), read_plan(plan_of(BARE))):
        found = round_trip.faults(generated(language, plan, readings=True)[stem])
        assert not found, "\n".join(found)
