"""What a leader's page says of the next stage, in both languages."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from api.languages import LANGUAGES, Language
from api.standing import ShownStep, shown_steps
from api.texts import texts
from api.wording import Wording
from pilots.civil_time import midnight
from pilots.plan import read_plan
from pilots.stages import GATE_NAMES, WARNINGS, Facts
from tests.api.installation import OURS, PLAN, Installation

PAGE = f"/pilots/{OURS}"
OF_TEST = PLAN.format(pilot=OURS).replace("kind: pilot", "kind: test")
WITH_PRODUCT = OF_TEST + "products: [{name: Säng A, kind: bed}]\n"
ROLLOUT = PLAN.format(pilot=OURS).replace("kind: pilot", "kind: rollout")
WITHOUT_GOAL = re.sub(r"goals:.*(?=evaluation:)", "", PLAN.format(pilot=OURS), flags=re.DOTALL)
BASELINE_ALONE = re.sub(r"  - \{name: pilot.*\n", "", WITHOUT_GOAL).replace("2026-03-08", "2026-01-21")


def lacking(text: str, stage: str) -> Facts:
    """Of a pilot in which nothing is in place."""
    plan = read_plan(text)
    return Facts(
        plan=plan,
        stage=stage,
        round=1,
        now_us=midnight(date(2026, 1, 12) + timedelta(days=1), plan.zone),
        participants=0,
        without_consent=[("K7Q-4TD", "bed"), ("K7Q-4TD", "gps")],
        kinds=("bed",),
        days={"intervention": [99] * 3},
        report_made=False,
        embedded_broker=True,
    )


def steps(facts: Facts, language: Language) -> list[ShownStep]:
    return shown_steps(facts, Wording(language, facts.plan.zone))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_gate_and_warning_has_words_and_no_words_are_of_a_gate_that_is_not(language: Language) -> None:
    keys = set(texts(language))
    needed = {f"gates.{gate}.{part}" for gate in GATE_NAMES for part in ("asks", "missing", "way_out")}
    assert needed <= keys
    assert {key.split(".")[1] for key in keys if key.startswith("gates.")} == set(GATE_NAMES)
    warned = {key for key in keys if key.startswith("standing.warnings.")}
    assert warned == {f"standing.warnings.{name}" for name in WARNINGS}


@pytest.mark.parametrize(
    ("text", "stage", "said"),
    [
        (BASELINE_ALONE, "planning", "Planen saknar Pilotfas."),
        (BASELINE_ALONE, "planning", "Baslinjen har 10 dagar, och planen begär 14."),
        (OF_TEST, "legal_check", "Planen nämner ingen produkt."),
        (WITH_PRODUCT, "legal_check", "Status är inte angiven för Säng A."),
        (WITH_PRODUCT, "legal_check", "Samtycke saknas för K7Q-4TD (säng), K7Q-4TD (GPS)."),
        (WITH_PRODUCT, "legal_check", "pilotbed participant add natt-2026"),
        (OF_TEST, "baseline", "Insatsgrupp 3 av 17; Jämförelsegrupp 0 av 9."),
        (WITHOUT_GOAL, "baseline", "Planen har inget huvudmål vars dagar kan räknas."),
        (OF_TEST, "pilot", "Pilotfas pågår till och med 28 juni 2026."),
        (BASELINE_ALONE, "pilot", "Planen har inte den fasen."),
        (OF_TEST, "evaluation", "Ingen rapport är gjord sedan utvärderingen av omgång 1 började."),
        (ROLLOUT, "evaluation", "Planen saknar Omgång 2."),
    ],
)
def test_what_is_missing_is_said_with_its_figures(text: str, stage: str, said: str) -> None:
    shown = steps(lacking(text, stage), "sv")
    told = [words for step in shown for gate in step.unmet for words in (gate.missing, gate.way_out)]
    assert any(said in each for each in told), told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", ["planning", "legal_check", "baseline", "pilot", "evaluation"])
@pytest.mark.parametrize("text", [OF_TEST, WITH_PRODUCT, ROLLOUT, BASELINE_ALONE])
def test_nothing_stays_untold_in_either_language(text: str, stage: str, language: Language) -> None:
    for step in steps(lacking(text, stage), language):
        for gate in step.unmet:
            for words in (gate.asks, gate.missing, gate.way_out):
                assert words
                assert "{" not in words
                assert "[" not in words


def test_people_on_the_embedded_broker_are_warned_of_before_the_baseline() -> None:
    (step,) = steps(replace(lacking(OF_TEST, "legal_check"), participants=1), "sv")
    assert "Mosquitto" in step.warnings[0]


def test_another_round_is_named_as_such() -> None:
    assert [step.title for step in steps(lacking(ROLLOUT, "evaluation"), "sv")] == [
        "Beslut",
        "Pilot, omgång 2",
    ]


def test_a_leader_reads_what_the_next_stage_asks_for_in_the_language_asked_for(empty: Installation) -> None:
    swedish = empty.get(f"{PAGE}?lang=sv").text
    assert "Nästa skede: Juridisk kontroll" in swedish
    assert f"pilotbed pilot advance {OURS} --to legal_check" in swedish
    empty.registry.advance(OURS, "legal_check")
    english = empty.get(f"{PAGE}?lang=en").text
    assert "Next stage: Baseline" in english
    assert "No assessment is named." in english
    assert "3 of 5 things that it asks for are missing." in english


def test_who_sees_groups_only_reads_nothing_of_gates(empty: Installation) -> None:
    empty.registry.advance(OURS, "legal_check")
    assert "Nästa skede" in empty.get(PAGE, "admin").text
    for role in ("evaluator", "grafana"):
        assert "Nästa skede" not in empty.get(PAGE, role).text
