"""Grafana as it is deployed: its files, its service, and what the documentation has an administrator write.

Grafana itself is not run here: that its settings do what they say is read in its manual, not seen.
"""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from api.grafana import dashboards
from api.grafana.files import write_files
from api.grafana.provisioning import datasources, providers
from tests.deploy.deployed import DEPLOY
from tests.deploy.test_compose import DOCUMENT, validate
from tests.running import Installation

FOLDER = DEPLOY / "grafana"
SERVICES: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
GRAFANA: dict[str, Any] = SERVICES["grafana"]
PAGE = (DEPLOY.parent / "docs" / "grafana.md").read_text(encoding="utf-8")
OVERRIDES = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
PLAN = """
pilot: natt
title: Nattillsyn
timezone: Europe/Stockholm
leader: projektledare@example.org
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-03-08}
groups: {intervention: 8}
"""


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def variables(text: str) -> set[str]:
    """Variables of the environment that Grafana fills in: `$NAME` and `${NAME}`, and not `$$…`."""
    return set(re.findall(r"(?<!\$)\$\{?([A-Z][A-Z0-9_]*)", text))


def built(folder: Path, org: int, readings: bool) -> dict[str, str]:
    write_files(
        folder,
        org,
        datasources=datasources(org, readings),
        providers=providers(org),
        alerting=None,
        dashboards=dashboards("sv", readings=readings),
    )
    return contents(folder)


def test_the_folder_is_what_the_command_writes_in_swedish(tmp_path: Path) -> None:
    assert contents(FOLDER) == built(tmp_path, 1, False), "renew it: pilotbed grafana build -o deploy/grafana"


def test_every_dashboard_asks_a_data_source_that_is_provisioned() -> None:
    provisioned = {each["uid"] for each in datasources(1, False)["datasources"]}
    for path in (FOLDER / "dashboards").iterdir():
        asked = set(re.findall(r'"uid": "(pilotbed-(?:api|influx|prometheus))"', path.read_text("utf-8")))
        assert asked <= provisioned, path.name


def test_the_service_has_every_variable_that_its_files_name() -> None:
    texts = "".join(text for name, text in contents(FOLDER).items() if name.endswith(".yaml"))
    assert variables(texts) == {
        "PILOTBED_URL",
        "PILOTBED_GRAFANA_TOKEN",
        "PROMETHEUS_URL",
        "PILOTBED_DASHBOARDS",
    }
    assert variables(texts) <= set(GRAFANA["environment"])


def test_no_file_holds_a_token() -> None:
    for source in datasources(2, True)["datasources"]:
        for value in source.get("secureJsonData", {}).values():
            assert value.removeprefix("Token ").startswith("$")


def test_our_api_is_asked_by_its_own_address_and_no_other() -> None:
    [source] = [each for each in datasources(1, False)["datasources"] if each["uid"] == "pilotbed-api"]
    [allowed] = source["jsonData"]["allowedHosts"]
    assert allowed == f"{source['url']}/api/v1/", "with path and closing slash: the match is by prefix"
    assert source["jsonData"]["allowDangerousHTTPMethods"] is False


def test_every_question_is_among_those_that_may_be_asked() -> None:
    for path in (FOLDER / "dashboards").iterdir():
        asked = re.findall(r'"url": "(/api[^"]*)"', path.read_text(encoding="utf-8"))
        assert all(url.startswith("/api/v1/") for url in asked), path.name


def test_readings_are_asked_only_where_they_are_wanted() -> None:
    assert "influxdb" not in {each["type"] for each in datasources(1, False)["datasources"]}
    assert "influxdb" in {each["type"] for each in datasources(2, True)["datasources"]}


def test_each_organisation_has_a_token_of_its_own() -> None:
    for org, variable in ((1, "PILOTBED_GRAFANA_TOKEN"), (2, "PILOTBED_GRAFANA_TOKEN_2")):
        token = datasources(org, False)["datasources"][0]["secureJsonData"]["bearerToken"]
        assert token == f"${variable}"


def test_it_reads_what_the_one_before_it_writes() -> None:
    [written] = [each for each in SERVICES["dashboards"]["volumes"] if each.startswith("dashboards:")]
    folder = written.partition(":")[2]
    assert f"dashboards:{folder}:ro" in GRAFANA["volumes"]
    assert f"--output={folder}" in SERVICES["dashboards"]["command"]
    assert GRAFANA["environment"]["GF_PATHS_PROVISIONING"] == f"{folder}/provisioning"
    assert GRAFANA["environment"]["PILOTBED_DASHBOARDS"] == f"{folder}/dashboards"
    assert GRAFANA["depends_on"]["dashboards"] == {"condition": "service_completed_successfully"}
    assert re.search(rf"--owner=10001 .*{folder}$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("pilot", ["", "natt"])
def test_what_the_service_runs_works_with_a_pilot_and_without(tmp_path: Path, pilot: str) -> None:
    installation = Installation(tmp_path)
    installation.add_pilot(PLAN)
    folder = installation.folder / "grafana"
    given = {"GRAFANA_PILOT": pilot}
    command = [
        re.sub(r"\$\{(\w+):-\}", lambda found: given.get(found[1], ""), word)
        for word in SERVICES["dashboards"]["command"]
    ]
    installation.run(*[f"--output={folder}" if word.startswith("--output") else word for word in command])
    assert ("provisioning/alerting/pilotbed.yaml" in contents(folder)) == bool(pilot)


def test_the_day_a_pilot_is_added_its_data_source_opens_that_pilot_and_only_reads(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    for pilot in ("natt", "dag"):
        installation.add_pilot(PLAN.replace("natt", pilot))
    token = installation.json("token", "create", "--role", "grafana", "--pilot", "natt")["token"]
    installation.run("grafana", "build", "--pilot", "natt", "-o", tmp_path / "grafana")
    with installation.up() as service:
        environment = {"PILOTBED_URL": service.access["http"], "PILOTBED_GRAFANA_TOKEN": token}
        written = (tmp_path / "grafana/provisioning/datasources/pilotbed.yaml").read_text(encoding="utf-8")
        filled = re.sub(r"(?<!\$)\$([A-Z_]+)", lambda found: environment.get(found[1], ""), written)
        source = yaml.safe_load(filled)["datasources"][0]
        headers = {"Authorization": f"Bearer {source['secureJsonData']['bearerToken']}"}
        with httpx.Client(base_url=source["url"], headers=headers, timeout=60) as grafana:
            well = grafana.get(source["jsonData"]["customHealthCheckUrl"])
            assert [each["pilot"] for each in well.json()["items"]] == ["natt"]
            assert grafana.post("/api/v1/pilots/natt/analyses").status_code == 403
            assert grafana.get("/api/v1/pilots/natt/participants").status_code == 403
            assert grafana.get("/api/v1/pilots/dag").status_code == 404


def test_it_reaches_api_and_prometheus_and_no_store() -> None:
    for name, port in (("api", 8000), ("prometheus", 9090)):
        assert set(GRAFANA["networks"]) & set(SERVICES[name]["networks"])
        assert f"http://{name}:{port}" in GRAFANA["environment"].values()
    for store in ("influxdb", "postgres"):
        assert not set(GRAFANA["networks"]) & set(SERVICES[store]["networks"])


def test_the_plugin_is_of_a_version_and_there_before_its_data_source() -> None:
    plugin = "yesoreyeram-infinity-datasource@3.11.1"
    assert GRAFANA["environment"]["GF_PLUGINS_PREINSTALL_SYNC"] == plugin
    version = re.fullmatch(r"grafana/grafana:(\d+)\.(\d+)\.\d+", GRAFANA["image"])
    assert version
    assert (int(version[1]), int(version[2])) >= (12, 1), "from there on it is installed before the start"
    assert plugin.partition("@")[2] in PAGE


def test_it_speaks_swedish_and_shows_nothing_to_whoever_has_a_link() -> None:
    environment = GRAFANA["environment"]
    assert environment["GF_USERS_DEFAULT_LANGUAGE"] == "sv-SE"
    assert environment["GF_DATE_FORMATS_DEFAULT_TIMEZONE"] == "Europe/Stockholm"
    assert environment["GF_PUBLIC_DASHBOARDS_ENABLED"] == environment["GF_SNAPSHOTS_ENABLED"] == "false"


def test_the_page_names_every_dashboard_with_its_title() -> None:
    for stem, dashboard in dashboards("sv", readings=True).items():
        assert f"`{stem}`" in PAGE
        assert dashboard["title"] in PAGE


def test_the_page_names_every_variable_of_the_example_environment_that_is_grafanas() -> None:
    example = (DEPLOY / "example.env").read_text(encoding="utf-8")
    for name in re.findall(r"^((?:GRAFANA|SMTP|PAGES|PILOTBED_GRAFANA)_\w+)=", example, re.MULTILINE):
        assert f"`{name}`" in PAGE or name == "GRAFANA_PASSWORD"


def test_the_leaders_organisation_of_the_page_has_what_its_files_name(tmp_path: Path) -> None:
    [override] = [each for each in OVERRIDES if "dashboards-leaders" in each["services"]]
    service, grafana = override["services"]["dashboards-leaders"], override["services"]["grafana"]
    assert service["extends"] == {"file": "compose.yaml", "service": "dashboards"}
    command = " ".join(service["command"])
    assert command.startswith("grafana build ")
    assert "--org=2 --readings --output=/etc/grafana/pilotbed" in command
    texts = "".join(text for name, text in built(tmp_path, 2, True).items() if name.endswith(".yaml"))
    assert variables(texts) <= {*GRAFANA["environment"], *grafana["environment"]}
    assert set(grafana["networks"]) & set(SERVICES["influxdb"]["networks"])
    assert "dashboards-leaders" in grafana["depends_on"]


@pytest.mark.parametrize("override", OVERRIDES, ids=lambda override: next(iter(override["services"])))
def test_an_override_of_the_page_goes_with_the_compose_file(override: dict[str, Any]) -> None:
    text = json.dumps(merged(DOCUMENT, override))
    validate(json.loads(re.sub(r"\$\{\w+\}", "filled in", text)))


def merged(one: Any, other: Any) -> Any:
    """As an engine lays one compose file over another."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {key: merged(one[key], value) if key in one else value for key, value in other.items()}
    return [*one, *other] if isinstance(one, list) and isinstance(other, list) else other


def test_the_offline_plugin_of_the_page_lies_where_grafana_looks() -> None:
    [override] = [each for each in OVERRIDES if list(each["services"]) == ["grafana"]]
    grafana = override["services"]["grafana"]
    assert grafana["environment"]["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"
    [mounted] = grafana["volumes"]
    assert mounted.endswith(":/var/lib/grafana/plugins/yesoreyeram-infinity-datasource:ro")


def test_every_rule_of_the_page_is_one_of_ours(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.add_pilot(PLAN + "targets: {acknowledge_s: 120}\n")
    folder = installation.folder / "grafana"
    installation.run("grafana", "build", "--pilot", "natt", "-o", folder)
    alerting = yaml.safe_load((folder / "provisioning/alerting/pilotbed.yaml").read_text(encoding="utf-8"))
    rules = [rule for group in alerting["groups"] for rule in group["rules"]]
    for rule in rules:
        assert rule["title"].partition(" · ")[0] in PAGE
        assert "inte en del av larmkedjan" in rule["annotations"]["description"]
    assert json.dumps(alerting).count("participant") == 0
