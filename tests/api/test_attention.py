"""What wants attention, as the API and the pilot's page tell it."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from api.languages import LANGUAGES
from api.texts import texts
from tests.api.installation import (
    ALARM,
    BED,
    OURS,
    THEIRS,
    Installation,
    commit_alarms,
    commit_bed,
    commit_dead_letter,
    open_installation,
)

PILOT = f"/api/v1/pilots/{OURS}"


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Installation]:
    """A pilot with an alarm that nobody has closed, and a refused message."""
    installation = open_installation(tmp_path)
    commit_bed(installation, np.arange(90) * 10, 71.2)
    commit_alarms(installation, 3)
    commit_dead_letter(installation, OURS, f"pilotbed/{OURS}/{BED}/bed")
    yield installation
    installation.store.close()
    installation.registry.close()


def _items(installation: Installation, role: str = "leader", language: str = "en") -> list[dict[str, object]]:
    items: list[dict[str, object]] = installation.get(f"{PILOT}/attention?lang={language}", role).json()[
        "items"
    ]
    return items


def test_a_pilot_with_nothing_wrong_has_nothing_that_wants_attention(begun: Installation) -> None:
    foreign = begun.ask("GET", f"/api/v1/pilots/{THEIRS}/attention", "admin").json()
    assert [item["kind"] for item in foreign["items"]] == []


def test_the_leader_is_told_the_worst_first_with_its_way_out(begun: Installation) -> None:
    items = _items(begun)
    assert [(item["kind"], item["level"], item["count"]) for item in items] == [
        ("alarm_over_target", 3, 1),
        ("dead_letters", 1, 1),
    ]
    assert ALARM in str(items[0]["text"])
    assert all(item["text"] and item["way_out"] for item in items)


def test_an_evaluator_is_told_neither_devices_nor_single_alarms_nor_what_a_stage_asks_for(
    begun: Installation,
) -> None:
    assert [item["kind"] for item in _items(begun, "evaluator")] == ["dead_letters"]
    assert BED not in str(_items(begun, "evaluator"))


def test_who_runs_the_pilot_is_told_what_its_next_stage_asks_for(begun: Installation) -> None:
    begun.registry.advance(OURS, "legal_check")
    gate = _items(begun)[-1]
    assert (gate["kind"], gate["count"]) == ("gate", 3)
    assert texts("en")["gates.dpia.asks"] in str(gate["text"])
    assert "gate" not in {item["kind"] for role in ("evaluator", "grafana") for item in _items(begun, role)}


def test_grafana_sees_devices_and_not_what_a_stage_asks_for(begun: Installation) -> None:
    assert [item["kind"] for item in _items(begun, "grafana")] == ["alarm_over_target", "dead_letters"]


def test_nobody_is_named(begun: Installation) -> None:
    for role in ("leader", "grafana", "evaluator"):
        told = str(_items(begun, role))
        assert not [code for code in (*begun.intervention, *begun.comparison) if code in told]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_the_same(begun: Installation, language: str) -> None:
    page = begun.get(f"/pilots/{OURS}?lang={language}").text
    for item in _items(begun, language=language):
        assert item["kind"] == "gate" or str(item["text"]) in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_when_nothing_needs_attention(empty: Installation, language: str) -> None:
    commit_bed(empty, np.arange(90) * 10, 71.2)
    page = empty.get(f"/pilots/{OURS}?lang={language}").text
    assert texts("sv" if language == "sv" else "en")["attention.nothing"] in page


def test_a_message_in_swedish_has_no_place_left_open(begun: Installation) -> None:
    for item in _items(begun, language="sv"):
        assert not re.search(r"[{}]", str(item["text"]))
