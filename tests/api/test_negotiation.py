import pytest

from api.negotiation import CSV, JSON, PARQUET, preferred
from tests.api.installation import OURS, Installation


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/json;q=0.9,text/plain", JSON),
        ("text/csv", CSV),
        ("text/*", CSV),
        ("text/csv;q=0.2, application/json", JSON),
        ("application/vnd.apache.parquet", PARQUET),
        ("application/json;q=0, */*;q=0.5", CSV),
        ("image/png", JSON),
        ("text/csv;q=nonsense", JSON),
    ],
)
def test_the_type_of_the_highest_quality_is_chosen(accept: str | None, chosen: str) -> None:
    assert preferred(accept, (JSON, CSV, PARQUET)) == chosen


def test_what_grafana_accepts_is_answered_with_json(filled: Installation) -> None:
    answer = filled.get(f"/api/v1/pilots/{OURS}/quality", Accept="application/json;q=0.9,text/plain")
    assert answer.headers["content-type"] == "application/json"


def test_titles_follow_the_language_of_the_client(filled: Installation) -> None:
    path = f"/api/v1/pilots/{OURS}/metrics"
    english = filled.get(path, **{"Accept-Language": "en-GB,sv;q=0.5"}).json()["items"]
    swedish = filled.get(path, **{"Accept-Language": "de, sv;q=0.9"}).json()["items"]
    assert english[0]["title"] == "Body weight"
    assert swedish[0]["title"] == filled.get(path).json()["items"][0]["title"] == "Kroppsvikt"


@pytest.mark.parametrize(
    "path",
    [
        "/metrics/weight_kg?by=week&group=&start=&end=&min_coverage=",
        "/alarms/response?start=&end=&interval=&closed=",
        "/quality?start=&end=",
        "/readings/bed?device=&start=&end=&max_points=&cursor=",
    ],
)
def test_a_parameter_without_a_value_was_not_given(filled: Installation, path: str) -> None:
    assert filled.get(f"/api/v1/pilots/{OURS}{path}").status_code == 200
