"""The folder that Grafana is provisioned from: what is written anew, what is removed, and what is left."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.grafana import dashboards
from api.grafana.alerts import alerting
from api.grafana.errors import GrafanaError
from api.grafana.files import Written, write_files
from api.grafana.provisioning import datasources, providers
from pilots.plan import Plan, demo_plan_text, read_plan

PLAN = read_plan(demo_plan_text())
NOTICES = "provisioning/alerting/pilotbed.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "grafana"


def build(folder: Path, plan: Plan | None = None, *, org: int = 1, readings: bool = False) -> Written:
    return write_files(
        folder,
        org,
        datasources=datasources(org, readings),
        providers=providers(org),
        alerting=None if plan is None else alerting(plan, "sv", org),
        dashboards=dashboards("sv", plan, readings=readings),
    )


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def notices(folder: Path) -> Any:
    return yaml.safe_load((folder / NOTICES).read_text(encoding="utf-8"))


def test_the_same_again_touches_nothing(folder: Path) -> None:
    first = build(folder)
    times = {name: (folder / name).stat().st_mtime_ns for name in files(folder)}
    assert build(folder) == Written([], first.written, [])
    assert {name: (folder / name).stat().st_mtime_ns for name in files(folder)} == times


def test_another_user_can_read_it_whatever_the_writer_gives_away_otherwise(folder: Path) -> None:
    before = os.umask(0o077)
    try:
        build(folder)
    finally:
        os.umask(before)
    modes = {path: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o755}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o644}


def test_rules_of_a_pilot_that_is_left_out_are_struck_from_grafana(folder: Path) -> None:
    build(folder, PLAN)
    for _ in range(2):  # and stay struck: Grafana may not have read them yet
        build(folder)
        assert notices(folder) == {
            "apiVersion": 1,
            "deleteRules": [
                {"orgId": 1, "uid": f"pb-demo-{name}"} for name in ("coverage", "silent", "unanswered")
            ],
            "deleteContactPoints": [{"orgId": 1, "uid": "pb-demo-leader"}],
        }


def test_a_rule_comes_back_with_its_pilot(folder: Path) -> None:
    for plan in (PLAN, None, PLAN):
        build(folder, plan)
    assert set(notices(folder)) == {"apiVersion", "contactPoints", "groups"}


def test_another_pilot_takes_the_place_of_the_one_before(folder: Path) -> None:
    build(folder, PLAN)
    build(folder, PLAN.model_copy(update={"pilot": "other"}))
    assert {each["uid"] for each in notices(folder)["deleteRules"]} == {
        f"pb-demo-{name}" for name in ("coverage", "silent", "unanswered")
    }
    assert [group["name"] for group in notices(folder)["groups"]] == ["other"]


def test_organisations_lie_beside_each_other(folder: Path) -> None:
    main, leaders = build(folder), build(folder, org=2, readings=True)
    assert leaders.removed == []
    assert {*main.written, *leaders.written, "pilotbed.json", "pilotbed-org-2.json"} == files(folder)
    assert "dashboards-org-2/pilotbed-readings.json" in leaders.written
    assert build(folder).written == []


def test_it_removes_what_it_wrote_and_nothing_else(folder: Path) -> None:
    build(folder, org=2, readings=True)
    mine = ("dashboards-org-2/pilotbed-mine.json", "provisioning/datasources/mine.yaml")
    for name in mine:
        (folder / name).write_text("{}")
    assert build(folder, org=2).removed == ["dashboards-org-2/pilotbed-readings.json"]
    assert set(mine) < files(folder)


def test_it_removes_nothing_outside_its_folder(folder: Path) -> None:
    build(folder)
    outside = folder.parent / "precious.txt"
    outside.write_text("mine")
    (folder / "pilotbed.json").write_text(json.dumps(["../precious.txt"]))
    assert build(folder).removed == []
    assert outside.exists()


@pytest.mark.parametrize("text", ["{not closed: [", '"one"', '{"groups": 3}', "[3]"])
@pytest.mark.parametrize("name", ["pilotbed.json", NOTICES])
def test_a_file_of_ours_that_somebody_broke_is_named(folder: Path, name: str, text: str) -> None:
    build(folder, PLAN)
    (folder / name).write_text(text)
    with pytest.raises(GrafanaError, match=str(folder / name)):
        build(folder, PLAN)


def test_nothing_half_written_lies_where_grafana_looks(folder: Path) -> None:
    build(folder, PLAN)
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {".json", ".yaml"}
