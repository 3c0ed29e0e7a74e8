"""`pilotbed pilot requirements` and `pilotbed compare`: what products must do, and what they did."""

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from pilots.civil_time import midnight
from pilots.plan import read_plan
from pilots.registry import Registry
from store.duckdb_engine import DuckDBStore
from tests.running import Installation
from tests.store.readings import HOUR, batch

PLAN = """
pilot: {pilot}
title: Nattillsyn
timezone: Europe/Stockholm
phases: [{{name: baseline, start: 2026-01-12, end: 2026-03-08}}]
groups: {{intervention: 12}}
products:
  - {{name: Klockan, kind: gps}}
  - {{name: Dosan, kind: gps}}
requirements:
  - {{requirement: Hörs nästan jämt, measure: uptime_percent, at_least: 95}}
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Two pilots with two trackers on trial each: all but one of their devices are heard all day."""
    prepared = Installation(Path(tmp_path_factory.mktemp("products")))
    for pilot in ("natt", "dag"):
        prepared.add_pilot(PLAN.format(pilot=pilot))
    registry = Registry.open(f"sqlite:///{prepared.data / 'registry.sqlite'}")
    store = DuckDBStore.open(prepared.data / "readings.duckdb")
    start = midnight(date(2026, 1, 12), read_plan(PLAN.format(pilot="natt")).zone)
    for pilot in ("natt", "dag"):
        for number, code in enumerate(registry.add_participants(pilot, "intervention", 8, ["gps"])):
            device, product = f"{pilot}.gps-{number}", "Klockan" if number < 5 else "Dosan"
            registry.add_device(pilot, device, "gps", product=product, interval_s=600)
            registry.assign(pilot, device, code, start)
            hours = range(12 if product == "Dosan" else 24)
            times = [start + hour * HOUR + place * HOUR // 6 for hour in hours for place in range(6)]
            rows = [{"device": device, "time": time, "lat": 59.3, "lon": 18.0} for time in times]
            store.commit([batch("gps", rows)])
    store.close()
    registry.close()
    return prepared


def outcomes(items):
    return [(item["product"], item["outcome"]) for item in items]


def test_requirements_with_what_was_measured(told: Installation) -> None:
    assert outcomes(told.json("pilot", "requirements", "natt")) == [
        ("Klockan", "met"),
        ("Dosan", "not_met"),
    ]
    shown = told.run("pilot", "requirements", "natt").stdout
    assert "Hörs nästan jämt" in shown
    assert "not met" in shown
    assert "at least 95 %" in shown


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_the_annex_hides_the_devices_of_few(told: Installation, form: str) -> None:
    file = told.folder / f"annex.{form}"
    told.run("pilot", "requirements", "natt", "--format", form, "--lang", "sv", "-o", file)
    if form == "json":
        few = json.loads(file.read_text(encoding="utf-8"))["items"][1]
        assert (few["suppressed"], few["measured"], few["outcome"]) == (True, None, "not_shown")
    elif form == "csv":
        with file.open(encoding="utf-8", newline="") as opened:
            few = list(csv.DictReader(opened))[1]
        assert (few["Produkt"], few["Uppmätt"], few["Utfall"]) == ("Dosan", "", "ej visat")
    else:
        assert file.read_bytes()[:2] == b"PK"


def test_products_of_one_pilot_and_of_two_stand_side_by_side(told: Installation) -> None:
    body = told.json("compare", "natt:Dosan", "dag:Klockan")
    assert [(each["pilot"], each["product"]) for each in body["products"]] == [
        ("natt", "Dosan"),
        ("dag", "Klockan"),
    ]
    assert body["other_residents"] is True
    done = told.run("compare", "natt:Dosan", "dag:Klockan")
    assert "other residents" in done.stderr
    assert "natt: Dosan" in done.stdout
    assert told.json("compare", "natt")["other_residents"] is False


def test_a_product_nobody_has_is_named_with_those_there_are(told: Installation) -> None:
    assert "Klockan, Dosan" in told.run("compare", "natt:Okänd", exit_code=2).stderr
    assert "nobodys" in told.run("pilot", "requirements", "nobodys", exit_code=1).stderr


def test_a_running_service_that_owns_the_readings_answers_the_same(told: Installation) -> None:
    alone = told.json("pilot", "requirements", "natt"), told.json("compare", "natt", "dag")
    told.run("pilot", "requirements", "natt", "--format", "csv", "-o", told.folder / "alone.csv")
    with told.up():
        assert (told.json("pilot", "requirements", "natt"), told.json("compare", "natt", "dag")) == alone
        told.run("pilot", "requirements", "natt", "--format", "csv", "-o", told.folder / "served.csv")
    assert (told.folder / "served.csv").read_bytes() == (told.folder / "alone.csv").read_bytes()
