"""How many take part, as leaders and as those who see groups may know it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.installation import EVENING, OURS, Installation, open_installation

PARTICIPATION = f"/api/v1/pilots/{OURS}/participation"


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Installation]:
    """On the first evening of the pilot."""
    installation = open_installation(tmp_path, clock=lambda: EVENING)
    yield installation
    installation.store.close()
    installation.registry.close()


def _rows(installation: Installation, role: str = "leader") -> dict[str, dict[str, object]]:
    items = installation.get(PARTICIPATION, role).json()["items"]
    return {item["group"]: item for item in items}


def _leave(installation: Installation, count: int, reason: str = "moved") -> None:
    for code in installation.intervention[:count]:
        installation.registry.leave(OURS, code, reason)


def test_each_group_tells_who_was_planned_started_is_active_and_has_left(begun: Installation) -> None:
    _leave(begun, 2)
    rows = _rows(begun)
    assert list(rows) == ["intervention", "comparison"]
    assert rows["intervention"] == {
        "group": "intervention",
        "title": "Insatsgrupp",
        "planned": 24,
        "started": 24,
        "active": 22,
        "left": 2,
        "suppressed": False,
        "reason": None,
    }
    assert rows["comparison"]["started"] == rows["comparison"]["active"] == 4


def test_titles_are_in_the_language_that_was_asked_for(begun: Installation) -> None:
    items = begun.get(f"{PARTICIPATION}?lang=en").json()["items"]
    assert [item["title"] for item in items] == ["Intervention group", "Comparison group"]


def test_a_group_of_four_keeps_its_row_without_a_number(begun: Installation) -> None:
    for role in ("evaluator", "grafana"):
        row = _rows(begun, role)["comparison"]
        assert (row["started"], row["active"], row["left"], row["planned"]) == (None, None, None, 12)
        assert (row["suppressed"], row["reason"]) == (True, "too_few_participants")


def test_two_who_left_cannot_be_told_from_those_still_there(begun: Installation) -> None:
    _leave(begun, 2)
    row = _rows(begun, "grafana")["intervention"]
    assert (row["started"], row["active"], row["left"], row["suppressed"]) == (24, None, None, True)


def test_five_who_left_and_the_rest_are_told(begun: Installation) -> None:
    _leave(begun, 5)
    row = _rows(begun, "grafana")["intervention"]
    assert (row["active"], row["left"], row["suppressed"]) == (19, 5, False)


def test_two_who_completed_and_went_do_not_follow_from_those_still_there(begun: Installation) -> None:
    _leave(begun, 2, "completed")
    row = _rows(begun, "grafana")["intervention"]
    assert (row["left"], row["active"], row["reason"]) == (0, None, "by_subtraction")
    assert _rows(begun)["intervention"]["active"] == 22


def test_nothing_is_sent_again_while_nothing_has_changed(begun: Installation) -> None:
    first = begun.get(PARTICIPATION)
    assert begun.get(PARTICIPATION, **{"If-None-Match": first.headers["etag"]}).status_code == 304
    _leave(begun, 1)
    assert begun.get(PARTICIPATION, **{"If-None-Match": first.headers["etag"]}).status_code == 200
