"""Quality by device and night, what was refused and what was lost, as the API tells them."""

import httpx
import pytest

from pilots.civil_time import now
from store.losses import Loss, loss_letter
from tests.api.installation import (
    BED,
    EVENING,
    OURS,
    SECOND,
    THEIRS,
    Installation,
    commit_bed,
    commit_dead_letter,
)

QUALITY = f"/api/v1/pilots/{OURS}/quality"
EVENING_HOURS = "start=2026-01-12T20:00:00Z&end=2026-01-12T22:00:00Z"
ROUTES = (QUALITY, f"{QUALITY}/nights", f"{QUALITY}/dead-letters", f"{QUALITY}/losses")


def asked_again(installation: Installation, path: str) -> httpx.Response:
    """With the tag of the first answer; a minute may end between the two, but not each time."""
    for _ in range(3):
        tag = installation.get(path).headers["etag"]
        again = installation.get(path, **{"If-None-Match": tag})
        if again.status_code == 304:
            break
    return again


def test_coverage_of_each_device_and_night(filled: Installation) -> None:
    (night,) = filled.get(f"{QUALITY}/nights?{EVENING_HOURS}").json()["items"]
    assert night == {
        "time": "2026-01-12T00:00:00+01:00",
        "day": "2026-01-12",
        "device": BED,
        "coverage": pytest.approx(0.125, abs=0.001),
    }


@pytest.mark.parametrize("path", ROUTES[1:])
def test_where_there_is_nothing_the_list_is_empty(empty: Installation, path: str) -> None:
    answer = empty.get(f"{path}?start=2020-01-01T00:00:00Z&end=2020-01-02T00:00:00Z", "grafana")
    assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})


@pytest.mark.parametrize(
    ("language", "said"), [("sv", "Utanför det möjliga"), ("en", "Outside what is possible")]
)
def test_refused_messages_of_this_pilot_by_reason_most_first(
    empty: Installation, language: str, said: str
) -> None:
    for pilot, code, times in ((OURS, "out_of_range", 2), (OURS, "not_json", 3), (THEIRS, "not_json", 5)):
        for _ in range(times):
            commit_dead_letter(empty, pilot, f"pilotbed/{pilot}/{pilot}.bed-01/bed", code=code)
    items = empty.get(f"{QUALITY}/dead-letters?lang={language}", "evaluator").json()["items"]
    assert [(item["reason"], item["count"]) for item in items] == [("not_json", 3), ("out_of_range", 2)]
    assert items[1]["title"] == said


@pytest.mark.parametrize(("language", "said"), [("sv", "gick förlorade"), ("en", "were lost")])
def test_losses_are_told_from_when_to_when(empty: Installation, language: str, said: str) -> None:
    loss = Loss(EVENING, EVENING + 3600 * SECOND)
    empty.store.commit([], [loss_letter(loss, loss.end)])
    (item,) = empty.get(f"{QUALITY}/losses?{EVENING_HOURS}&lang={language}", "grafana").json()["items"]
    assert (item["time"], item["time_end"]) == ("2026-01-12T20:00:00Z", "2026-01-12T21:00:00Z")
    assert said in item["text"]
    after = "start=2026-01-12T21:00:00Z"
    assert empty.get(f"{QUALITY}/losses?{after}", "grafana").json()["items"] == []


@pytest.mark.parametrize("path", ROUTES)
def test_an_answer_in_the_same_minute_is_not_sent_again_while_nothing_happened(
    filled: Installation, path: str
) -> None:
    again = asked_again(filled, path)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ROUTES[:2])
def test_a_new_reading_is_in_the_next_answer(empty: Installation, path: str) -> None:
    question = f"{path}?{EVENING_HOURS}"
    commit_bed(empty, range(0, 3600, 10), 70.0)
    before = empty.get(question)
    commit_bed(empty, range(3600, 7200, 10), 70.0)
    after = empty.get(question, **{"If-None-Match": before.headers["etag"]})
    assert (before.json()["items"][-1]["coverage"], after.json()["items"][-1]["coverage"]) == (0.5, 1.0)


def test_a_refused_message_is_in_the_next_answer(empty: Installation) -> None:
    before = empty.get(QUALITY)
    commit_dead_letter(empty, OURS, f"pilotbed/{OURS}/{BED}/bed")
    after = empty.get(QUALITY, **{"If-None-Match": before.headers["etag"]})
    items = {item["device"]: item for item in after.json()["items"]}
    assert items[BED]["dead_letters"] == 1


def test_the_last_days_are_asked_for_whatever_time_is_beside_them(empty: Installation) -> None:
    ago = {days: (now() - EVENING) // SECOND - days * 86_400 for days in (1, 3, 9)}
    commit_bed(empty, sorted(ago.values()), 70.0)
    for question, readings in (("last_days=2", 1), ("last_days=7&start=2026-01-12T00:00:00Z", 2)):
        told = empty.get(f"{QUALITY}?{question}").json()
        items = {item["device"]: item for item in told["items"]}
        assert items[BED]["readings"] == readings
        assert 0 < told["summary"]["coverage"] < 0.001
