"""`pilotbed grafana`: what it writes, what it prints, and how it ends."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.grafana_server import TOKEN, grafana_server
from tests.running import Installation

STEMS = {"overview", "bed", "gps", "supervision", "response", "quality", "platform"}
WITH_TARGETS = """
pilot: natt
title: Nattillsyn
timezone: Europe/Stockholm
leader: projektledare@example.org
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-03-08}
groups: {intervention: 8}
targets: {acknowledge_s: 120}
"""


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "grafana"


def test_without_a_pilot_it_writes_dashboards_and_where_they_ask_and_no_rules(
    filled: Installation, folder: Path
) -> None:
    built = filled.json("grafana", "build", "-o", folder)
    dashboards = {f"dashboards/pilotbed-{stem}.json" for stem in STEMS}
    provisioning = {"provisioning/datasources/pilotbed.yaml", "provisioning/dashboards/pilotbed.yaml"}
    assert set(built["written"]) == dashboards | provisioning
    assert files(folder) == {*built["written"], "pilotbed.json"}


def test_it_says_each_file_it_wrote_and_that_the_same_again_wrote_none(
    filled: Installation, folder: Path
) -> None:
    said = filled.run("grafana", "build", "-o", folder)
    assert "written  dashboards/pilotbed-bed.json" in said.stdout
    assert "9 files written, 0 as they were, 0 removed." in said.stderr
    again = filled.run("grafana", "build", "-o", folder)
    assert (again.stdout, again.stderr.strip()) == ("", "0 files written, 9 as they were, 0 removed.")


def test_a_pilot_brings_its_rules_and_who_gets_them(installation: Installation, folder: Path) -> None:
    installation.add_pilot(WITH_TARGETS)
    installation.run("grafana", "build", "--pilot", "natt", "-o", folder)
    alerting = read(folder / "provisioning/alerting/pilotbed.yaml")
    [group] = alerting["groups"]
    assert [rule["uid"] for rule in group["rules"]] == [
        "pb-natt-silent",
        "pb-natt-coverage",
        "pb-natt-unanswered",
    ]
    [point] = alerting["contactPoints"]
    assert point["receivers"][0]["settings"]["addresses"] == "projektledare@example.org"


@pytest.mark.parametrize("targets", ["", "targets: {arrive_s: 600}"])
def test_a_plan_that_leaves_the_time_to_acknowledge_out_has_no_notice_of_it(
    installation: Installation, folder: Path, targets: str
) -> None:
    installation.add_pilot(WITH_TARGETS.replace("targets: {acknowledge_s: 120}", targets))
    installation.run("grafana", "build", "--pilot", "natt", "-o", folder)
    [group] = read(folder / "provisioning/alerting/pilotbed.yaml")["groups"]
    assert [rule["uid"] for rule in group["rules"]] == ["pb-natt-silent", "pb-natt-coverage"]


def test_the_address_for_notices_may_be_another(installation: Installation, folder: Path) -> None:
    installation.add_pilot(WITH_TARGETS)
    installation.run("grafana", "build", "--pilot", "natt", "--notify", "jour@example.org", "-o", folder)
    [point] = read(folder / "provisioning/alerting/pilotbed.yaml")["contactPoints"]
    assert point["receivers"][0]["settings"]["addresses"] == "jour@example.org"


def test_what_is_no_address_for_notices_is_refused(filled: Installation, folder: Path) -> None:
    refused = filled.run("grafana", "build", "--notify", "the leader", "-o", folder, exit_code=2)
    assert "leader@example.org" in refused.stderr
    assert not folder.exists()


def test_links_to_the_pages_go_where_they_are(filled: Installation, folder: Path) -> None:
    filled.run("grafana", "build", "--pages-url", "https://pilot.example.org/", "-o", folder)
    dashboard = json.loads((folder / "dashboards/pilotbed-bed.json").read_text(encoding="utf-8"))
    constants = {each["name"]: each["query"] for each in dashboard["templating"]["list"]}
    assert constants["pages"] == "https://pilot.example.org"


def test_readings_need_an_organisation_of_their_own_and_it_says_why(
    filled: Installation, folder: Path
) -> None:
    refused = filled.run("grafana", "build", "--readings", "-o", folder, exit_code=2)
    said = " ".join(refused.stderr.replace("│", " ").split())
    assert "raw readings go past what is hidden in small groups" in said
    assert not folder.exists()


def test_a_pilot_that_is_not_there_is_named(filled: Installation, folder: Path) -> None:
    refused = filled.run("grafana", "build", "--pilot", "nobody", "-o", folder, exit_code=1)
    assert 'there is no pilot "nobody"' in refused.stderr
    assert not folder.exists()


def test_a_file_of_its_own_that_somebody_broke_is_named(filled: Installation, folder: Path) -> None:
    folder.mkdir()
    (folder / "pilotbed.json").write_text("[not closed")
    refused = filled.run("grafana", "build", "-o", folder, exit_code=1)
    assert str(folder / "pilotbed.json") in refused.stderr


def test_a_push_says_what_it_did_and_a_second_that_there_is_nothing_to_do(filled: Installation) -> None:
    with grafana_server() as grafana:
        given = ("grafana", "push", "--url", grafana.url, "--token", TOKEN, "--pilot", "natt")
        first = filled.run(*given)
        assert "made       folder Pilotbed" in first.stdout
        assert "made       rules natt" in first.stdout
        second = filled.run(*given)
        assert "Nothing to change" in second.stderr
        assert TOKEN not in first.stdout + first.stderr + second.stdout + second.stderr


def test_a_push_takes_its_address_and_token_from_the_environment(installation: Installation) -> None:
    with grafana_server() as grafana:
        installation.environment |= {"GRAFANA_URL": grafana.url, "GRAFANA_TOKEN": TOKEN}
        assert {each["action"] for each in installation.json("grafana", "push")} == {"create"}


def test_a_dashboard_of_an_older_push_is_told_of_until_it_is_pruned(filled: Installation) -> None:
    with grafana_server() as grafana:
        given = ("grafana", "push", "--url", grafana.url, "--token", TOKEN)
        filled.run(*given)
        grafana.dashboards["pilotbed-older"] = {**grafana.dashboards["pilotbed-bed"], "title": "Förr"}
        grafana.versions["pilotbed-older"] = grafana.versions["pilotbed-bed"]
        told = filled.run(*given, "--dry-run")
        assert "left over  dashboard Förr: this pilotbed makes it no more: --prune removes it" in told.stdout
        assert "removed    dashboard Förr" in filled.run(*given, "--prune").stdout
        assert "Förr" not in filled.run(*given).stdout


def test_a_dry_run_shows_the_difference_and_changes_nothing(filled: Installation) -> None:
    with grafana_server() as grafana:
        given = ("grafana", "push", "--url", grafana.url, "--token", TOKEN)
        filled.run(*given)
        grafana.asked.clear()
        said = filled.run(*given, "--lang", "en", "--dry-run")
        assert "to change  dashboard" in said.stdout
        assert ".title: " in said.stdout
        assert "this was a dry run" in said.stderr
        assert grafana.written == []


def test_somebodys_change_is_left_said_and_ends_with_1(filled: Installation) -> None:
    with grafana_server() as grafana:
        given = ("grafana", "push", "--url", grafana.url, "--token", TOKEN)
        filled.run(*given)
        grafana.save_as("anna", "pilotbed-bed", title="Annas")
        refused = filled.run(*given, exit_code=1)
        assert "changed by anna, 2026-11-23T10:02:00Z: --force puts ours in its place" in refused.stdout
        assert 'title: "Annas" → ' in refused.stdout
        filled.run(*given, "--force")
        assert grafana.dashboards["pilotbed-bed"]["title"] != "Annas"


def test_a_push_that_fails_says_why_and_what_was_done_before(filled: Installation) -> None:
    with grafana_server(role="Viewer") as grafana:
        failed = filled.run("grafana", "push", "--url", grafana.url, "--token", TOKEN, "--json", exit_code=1)
        assert json.loads(failed.stdout) == []
        assert "needs the role Editor" in failed.stderr


def test_a_token_with_a_sign_that_none_has_is_not_shown(filled: Installation) -> None:
    refused = filled.run(
        "grafana", "push", "--url", "http://127.0.0.1:1", "--token", "hemlig\nnyckel", exit_code=2
    )
    assert "hemlig" not in refused.stderr
