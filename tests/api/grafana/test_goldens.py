"""A change of what Grafana is given is seen as such: it stands in the repository, file by file."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.api.grafana import goldens
from tests.api.grafana.checks import shape
from tests.api.grafana.checks.looking import pairs
from tests.deploy.deployed import DEPLOY

FOLDERS = [pytest.param(goldens.FOLDER, id="goldens"), pytest.param(DEPLOY / "grafana", id="deploy")]


def test_the_files_are_what_is_generated_now(tmp_path: Path) -> None:
    goldens.write(tmp_path)
    kept, made = goldens.texts(goldens.FOLDER), goldens.texts(tmp_path)
    changed = sorted(name for name in kept.keys() | made.keys() if kept.get(name) != made.get(name))
    assert not changed, f"{', '.join(changed)} changed: look at it after {goldens.COMMAND}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_dashboard_lies_where_its_provider_looks(folder: Path) -> None:
    (provider,) = [
        each for path in folder.glob("provisioning/dashboards/*") for each in read(path)["providers"]
    ]
    within = provider["options"]["path"].removeprefix("${PILOTBED_DASHBOARDS}")
    assert provider["allowUiUpdates"] is False
    found = {
        path.stem: json.loads(path.read_text("utf-8")) for path in (folder / f"dashboards{within}").iterdir()
    }
    assert {stem: each["uid"] for stem, each in found.items()} == {stem: stem for stem in found}
    expected = shape.UIDS if provider["orgId"] == goldens.LEADERS else shape.UIDS - {"pilotbed-readings"}
    assert set(found) == expected


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_data_source_that_is_asked_is_provisioned_and_no_other(folder: Path) -> None:
    (file,) = folder.glob("provisioning/datasources/*")
    sources = {each["uid"]: each["type"] for each in read(file)["datasources"]}
    texts = "".join(text for name, text in goldens.texts(folder).items() if name.startswith("dashboards"))
    asked = {uid for uid in shape.SOURCES if f'"{uid}"' in texts}
    assert sources == {uid: shape.SOURCES[uid] for uid in asked}
    assert (shape.LEADERS_OWN in asked) == (folder == goldens.FOLDER), "readings are for leaders alone"


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_of_one_organisation(folder: Path) -> None:
    orgs = {
        value
        for path in folder.glob("provisioning/*/*")
        for key, value in pairs(read(path))
        if key == "orgId"
    }
    assert orgs == {goldens.LEADERS if folder == goldens.FOLDER else 1}


def test_rules_ask_a_data_source_that_is_provisioned() -> None:
    files = {path.parent.name: read(path) for path in goldens.FOLDER.glob("provisioning/*/*")}
    sources = {each["uid"] for each in files["datasources"]["datasources"]} | {"__expr__"}
    for group in files["alerting"]["groups"]:
        for rule in group["rules"]:
            assert {step["datasourceUid"] for step in rule["data"]} <= sources


def read(path: Path) -> Any:
    """A provisioning file as Grafana reads it: text with what the environment says left in."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert told["apiVersion"] == 1, path
    return told


def test_what_grafana_does_not_expand_has_no_variable_of_the_environment() -> None:
    """It expands values of provisioning files, and neither dashboards nor a rule's question."""
    for name, text in goldens.texts(goldens.FOLDER).items():
        if name.startswith("dashboards"):
            assert re.findall(r"\$\{?[A-Z][A-Z_]{2,}", text) == [], name
    (file,) = goldens.FOLDER.glob("provisioning/alerting/*")
    for group in read(file)["groups"]:
        for rule in group["rules"]:
            assert re.findall(r"\$\{?[A-Z][A-Z_]{2,}", json.dumps(rule["data"])) == []
