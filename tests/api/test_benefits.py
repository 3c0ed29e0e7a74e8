"""Benefits and economy as the API tells them."""

from collections.abc import Iterator

import pytest

from tests.api.installation import OURS, Installation, fill, open_installation

MORE = """
costs:
  {device_sek: 4200, licence_sek_month: 149, staff_sek_hour: 420, visit_min: 12, travel_min: 9, users: 100}
benefits:
  behaviours: [{id: looks, text: Tillsyn via kamera, resistance: 4, action: Handledare}]
  outcomes:
    - {id: calm, text: Ostörda nätter, leads_from: [looks], owner: Verksamhetschef,
       metric: physical_visits_per_night, target: 2.5, date: 2026-12-31}
"""


@pytest.fixture(scope="module")
def worth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Our pilot, filled, whose plan says what things cost and what benefits it promises."""
    installation = open_installation(tmp_path_factory.mktemp("worth"), more=MORE)
    fill(installation)
    yield installation
    installation.store.close()
    installation.registry.close()


def test_a_benefit_stands_with_its_baseline_its_target_and_what_was_measured(worth: Installation) -> None:
    body = worth.get(f"/api/v1/pilots/{OURS}/benefits").json()
    (calm,) = body["items"]
    assert (calm["id"], calm["owner"], calm["target"]) == ("calm", "Verksamhetschef", 2.5)
    assert calm["baseline"] == pytest.approx(3.1, abs=0.2)
    assert calm["measured"] == pytest.approx(1.9, abs=0.2)
    assert (calm["reached"], calm["measured_on"], calm["date"]) == ("reached", "2026-06-28", "2026-12-31")


def test_the_way_to_the_benefits_comes_as_boxes_and_arrows(worth: Installation) -> None:
    diagram = worth.get(f"/api/v1/pilots/{OURS}/benefits").json()["diagram"]
    assert [(box["id"], box["column"], box["resistance"]) for box in diagram["boxes"]] == [
        ("looks", "behaviours", 4),
        ("calm", "outcomes", None),
    ]
    assert diagram["arrows"] == [["looks", "calm"]]


def test_the_economy_is_that_of_the_measured_change(worth: Installation) -> None:
    body = worth.get(f"/api/v1/pilots/{OURS}/economy").json()
    found = body["economy"]
    # About 1.2 visits less a night, of 21 minutes: 153 hours a user and year.
    assert found["hours_per_user"]["gross"] == pytest.approx(1.2 * 365.25 * 21 / 60, rel=0.1)
    assert found["npv"] > 0
    assert body["probability_of_gain"] > 0.99
    assert len(found["flows"]) == 5
    assert found["perspective"] == "municipality"
    assert "training_sek" in found["not_counted"]
    assert {bar["name"] for bar in found["tornado"]["bars"]} == {"physical_visits_per_night"}


def test_a_plan_without_prices_says_what_is_missing(filled: Installation) -> None:
    found = filled.get(f"/api/v1/pilots/{OURS}/economy").json()["economy"]
    assert found["missing"] == ["visit_min", "staff_sek_hour", "users", "device_sek"]
    assert found["npv"] is None


def test_an_unchanged_worth_is_not_sent_again(worth: Installation) -> None:
    for path in ("benefits", "economy"):
        first = worth.get(f"/api/v1/pilots/{OURS}/{path}")
        again = worth.get(f"/api/v1/pilots/{OURS}/{path}", **{"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304
