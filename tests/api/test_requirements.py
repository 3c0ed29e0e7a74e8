"""Requirements, and products side by side, as the API tells them."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import get_args

import pytest

from analysis.pipeline.measured import NO_DATA, NOT_REACHED
from analysis.pipeline.product_checks import NO_EVENT_LOG, NO_EVENTS, NO_WEIGHINGS, TOO_FEW_PAIRS
from analysis.pipeline.product_figures import NO_DEVICES, TOO_FEW_DEVICES
from analysis.pipeline.product_measures import MEASURES
from analysis.pipeline.product_service import IMPORTED, NO_INTERVAL
from analysis.pipeline.requirements import Outcome
from api.languages import LANGUAGES, Language
from api.texts import texts
from pilots.civil_time import midnight
from pilots.plan import read_plan
from tests.api.installation import PLAN, Installation, open_installation
from tests.store.readings import HOUR, batch

PILOT = "natt-2027"

MORE = """
products:
  - {name: =Klockan, kind: gps}
  - {name: Dosan, kind: gps}
requirements:
  - {requirement: Hörs nästan jämt, measure: uptime_percent, at_least: 95}
  - {requirement: Batteriet räcker, measure: battery_days, product: Dosan, at_least: 7.5}
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A pilot with two trackers on trial, six of one and four of the other, each with a day of fixes."""
    installation = open_installation(tmp_path_factory.mktemp("told"))
    registry = installation.registry
    text = PLAN.format(pilot=PILOT) + MORE
    registry.add_pilot(read_plan(text), text)
    start = midnight(date(2026, 1, 12), read_plan(text).zone)
    for number, code in enumerate(registry.add_participants(PILOT, "intervention", 10, ["gps"])):
        device = f"{PILOT}.gps-{number}"
        product = "=Klockan" if number < 6 else "Dosan"
        registry.add_device(PILOT, device, "gps", product=product, interval_s=600)
        registry.assign(PILOT, device, code, start)
        times = [start + hour * HOUR + place * HOUR // 6 for hour in range(24) for place in range(6)]
        installation.store.commit(
            [batch("gps", [{"device": device, "time": time, "lat": 59.3, "lon": 18.0} for time in times])]
        )
    tokens = {
        role: registry.create_token(role, PILOT)[1] for role in ("leader", "evaluator", "staff", "grafana")
    }
    yield Installation(
        registry,
        installation.store,
        installation.client,
        {**tokens, "admin": installation.tokens["admin"], "neighbour": installation.tokens["leader"]},
        [],
        [],
    )
    installation.store.close()
    registry.close()


ASKED = f"/api/v1/pilots/{PILOT}/requirements"


def test_a_leader_sees_each_requirement_on_each_product(told: Installation) -> None:
    body = told.get(ASKED).json()
    assert body["pilot"] == PILOT
    assert [(row["measure"], row["product"], row["outcome"]) for row in body["items"]] == [
        ("uptime_percent", "=Klockan", "met"),
        ("uptime_percent", "Dosan", "met"),
        ("battery_days", "Dosan", "not_shown"),
    ]
    uptime = body["items"][0]
    assert (uptime["measured"], uptime["at_least"], uptime["unit"]) == (100.0, 95.0, "%")
    assert (uptime["n"], uptime["counted"], uptime["participants"]) == (138, "hours", 6)
    assert body["items"][2]["reason"] == "no_data"


@pytest.mark.parametrize("role", ["evaluator", "grafana"])
def test_devices_of_four_participants_are_hidden_from_roles_that_see_groups(
    told: Installation, role: str
) -> None:
    shown, hidden, _ = told.get(ASKED, role).json()["items"]
    assert (shown["measured"], shown["suppressed"]) == (100.0, False)
    assert (hidden["suppressed"], hidden["reason"]) == (True, "too_few_participants")
    assert hidden["measured"] is hidden["ci_low"] is hidden["n"] is hidden["participants"] is None


def test_rows_as_csv_are_numbers_and_codes(told: Installation) -> None:
    header, first, *_ = told.get(ASKED, Accept="text/csv").text.splitlines()
    assert header.startswith("requirement,product,measure,unit,at_most,at_least,measured,ci_low,ci_high,n,")
    assert first.startswith("Hörs nästan jämt,'=Klockan,uptime_percent,%,,95.0,100.0,")


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("sv", ["Krav", "minst 95", "uppfyllt", "för få deltagare", "minst 7,5", "dygn"]),
        ("en", ["Requirement", "at least 95", "met", "too few participants", "at least 7.5", "days"]),
    ],
)
def test_the_annex_is_in_words_and_hides_few_from_everybody(
    told: Installation, lang: str, words: list[str]
) -> None:
    answer = told.get(f"{ASKED}?format=csv&lang={lang}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.text)))
    cells = [cell for row in rows for cell in row]
    assert all(word in cells for word in words)
    hidden = rows[2]
    assert hidden[5:10] == ["", "", "", "", ""]
    assert "_" not in answer.text


def test_the_annex_as_a_workbook_is_the_same_file_every_time(told: Installation) -> None:
    first, again = (told.get(f"{ASKED}?format=xlsx&lang=sv") for _ in range(2))
    assert first.content == again.content
    shared = zipfile.ZipFile(io.BytesIO(first.content)).read("xl/sharedStrings.xml").decode()
    assert "Hörs nästan jämt" in shared
    assert "hela 95 % intervallet" in shared
    assert "<f>" not in zipfile.ZipFile(io.BytesIO(first.content)).read("xl/worksheets/sheet1.xml").decode()


def test_an_unchanged_annex_is_not_sent_again(told: Installation) -> None:
    first = told.get(ASKED)
    assert told.get(ASKED, **{"If-None-Match": first.headers["etag"]}).status_code == 304


def test_an_annex_of_an_amended_plan_is_sent_again(told: Installation) -> None:
    asked = f"{ASKED}?format=xlsx&lang=sv"
    before = told.get(asked)
    assert told.get(asked, **{"If-None-Match": before.headers["etag"]}).status_code == 304
    text = PLAN.format(pilot=PILOT).replace("title: ", "title: Ny ") + MORE
    told.registry.amend(read_plan(text), text, reason="Projektet bytte namn")
    assert told.get(asked, **{"If-None-Match": before.headers["etag"]}).status_code == 200


def test_two_products_side_by_side(told: Installation) -> None:
    path = f"/api/v1/products?product={PILOT}:%3DKlockan&product={PILOT}:Dosan"
    body = told.get(path).json()
    assert [each["product"] for each in body["products"]] == ["=Klockan", "Dosan"]
    assert body["other_residents"] is False
    uptime = [row for row in body["items"] if row["measure"] == "uptime_percent"]
    assert [(row["product"], row["requirement"], row["measured"]) for row in uptime] == [
        ("=Klockan", "Hörs nästan jämt", 100.0),
        ("Dosan", "Hörs nästan jämt", 100.0),
    ]
    # The battery's requirement names one product, and is asked of the other too.
    battery = [row for row in body["items"] if row["measure"] == "battery_days"]
    assert [row["at_least"] for row in battery] == [7.5, 7.5]
    # What no plan asks for stands there without a limit.
    (fix, _) = [row for row in body["items"] if row["measure"] == "time_to_first_fix_s"]
    assert (fix["requirement"], fix["outcome"]) == (None, "not_shown")


def test_only_the_administrator_compares_pilots(told: Installation) -> None:
    path = f"/api/v1/products?product={PILOT}&product=natt-2026"
    assert told.get(path).status_code == 404
    body = told.get(path, "admin").json()
    assert body["other_residents"] is True
    assert told.get(f"/api/v1/products?product={PILOT}", "neighbour").status_code == 404
    assert told.get("/api/v1/products?product=nobodys", "admin").status_code == 404


def test_a_product_nobody_has_is_not_there(told: Installation) -> None:
    answer = told.get(f"/api/v1/products?product={PILOT}:Okänd")
    assert answer.status_code == 404
    assert "Dosan" in answer.json()["detail"]


def test_without_products_there_is_nothing_to_compare(told: Installation) -> None:
    assert told.get("/api/v1/products").status_code == 422


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_outcome_and_reason_has_words(language: Language) -> None:
    keys = [f"requirements.measures.{measure}" for measure in MEASURES]
    keys += [f"requirements.counted.{measure.counted}" for measure in MEASURES.values()]
    keys += [f"requirements.outcomes.{outcome}" for outcome in get_args(Outcome)]
    reasons = (
        IMPORTED,
        NO_INTERVAL,
        NO_DEVICES,
        NO_EVENTS,
        NO_EVENT_LOG,
        NO_WEIGHINGS,
        TOO_FEW_DEVICES,
        TOO_FEW_PAIRS,
    )
    keys += [f"reasons.{reason}" for reason in (*reasons, NO_DATA, NOT_REACHED)]
    assert not [key for key in keys if key not in texts(language)]
