from collections.abc import Iterator
from datetime import date

import pytest

from api.remembered import Remembered
from api.report import Report
from api.results import Results
from pilots.plan import read_plan
from pilots.registry import Recruitment, Score
from tests.api.installation import OURS, PLAN, Installation, fill, open_installation

WHOLE = (
    PLAN.split("evaluation:")[0]
    + """\
legal: {{gdpr_basis: public_task, article9: health_or_social_care, controller: Exempelby}}
follow_up: [6m, 12m]
products: [{{name: Sängsensor A, kind: bed, supplier: Leverantör AB, ce: MDR I}}]
costs:
  device_sek: 4200
  licence_sek_month: 149
  staff_sek_hour: 420
  visit_min: 12
  travel_min: 9
  users: 180
  ranges: {{travel_min: {{low: 5, likely: 9, high: 14}}}}
evaluation:
  safety: [{{metric: weight_kg, direction: up, margin: 2}}]
  quality_gain: Ostörd sömn
benefits:
  deliverables: [{{id: sensors, text: Sensorer}}]
  behaviours: [{{id: remote, text: Tillsyn via kamera, leads_from: [sensors], resistance: 4}}]
  outcomes:
    - id: calm
      text: Lugnare nätter
      leads_from: [remote]
      owner: Verksamhetschef
      metric: physical_visits_per_night
      target: 1.5
      date: 2027-01-01
requirements:
  - {{requirement: Sensorn levererar, measure: uptime_percent, at_least: 98}}
"""
)


@pytest.fixture(scope="package")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A pilot whose plan holds every part, with the leader's words; read only."""
    installation = open_installation(tmp_path_factory.mktemp("whole"))
    fill(installation)
    text = WHOLE.format(pilot=OURS)
    registry = installation.registry
    registry.amend(read_plan(text), text)
    registry.put_recruitment(OURS, Recruitment("intervention", 40, 10, 6))
    registry.put_scores(
        OURS,
        [
            Score(code, "mna_sf", day, value)
            for code in installation.intervention
            for day, value in ((date(2026, 2, 1), 9.0), (date(2026, 5, 1), 11.0))
        ],
    )
    registry.put_text(OURS, "lessons", "Utbilda först.\n\n=Montera sedan.")
    yield installation
    installation.store.close()
    installation.registry.close()


@pytest.fixture(scope="package", params=["sv", "en"])
def report(request: pytest.FixtureRequest, whole: Installation) -> Report:
    """The report in each language."""
    results = Results(whole.registry, whole.store, Remembered())
    return Report.of(results.now(OURS), request.param)
