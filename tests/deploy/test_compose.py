"""deploy/compose.yaml, without an engine: its form, its references, and who can be reached from where."""

import json
import re
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose
from typer.testing import CliRunner

from ingest.address import BrokerAddress
from pilotbed.cli import app
from pilotbed.settings import Settings
from tests.deploy.deployed import DEPLOY

TEXT = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
ENVIRONMENT = (DEPLOY / "example.env").read_text(encoding="utf-8")
FILLED_IN = {
    "MQTT_PASSWORD": "a",
    "POSTGRES_PASSWORD": "b",
    "INFLUXDB_PASSWORD": "c",
    "INFLUXDB_TOKEN": "d",
    "GRAFANA_PASSWORD": "e",
    "SHARE_NAME": "f",
    "HTTP_PORT": "8000",
    "SECURE_COOKIES": "true",
    "GRAFANA_PILOT": "natt",
    "PILOTBED_GRAFANA_TOKEN": "g",
    "GRAFANA_URL": "https://pilot.example.org/grafana/",
    "PAGES_URL": "https://pilot.example.org",
    "GRAFANA_NOTIFY": "jour@example.org",
    "SMTP_ENABLED": "true",
    "SMTP_HOST": "mail.example.org:587",
    "SMTP_USER": "h",
    "SMTP_PASSWORD": "i",
    "SMTP_FROM": "pilotbed@example.org",
}
"""What a site writes into .env."""

DOCUMENT: dict[str, Any] = yaml.safe_load(
    re.sub(r"\$\{(\w+)[^}]*\}", lambda found: FILLED_IN[found.group(1)], TEXT)
)
SERVICES: dict[str, Any] = DOCUMENT["services"]
OURS = [name for name, service in SERVICES.items() if service.get("image") == "pilotbed"]
WORKERS = ["ingest", "ingest-1", "ingest-2"]
ONCE = ["accounts", "dashboards"]
"""Services that write something and end."""


def validate(document: dict[str, Any]) -> None:
    """By the compose specification; raises `ValueError`."""
    PyCompose.from_json(json.dumps(document)).validate()


def test_it_holds_to_the_compose_specification_and_names_only_networks_and_volumes_it_has() -> None:
    validate(DOCUMENT)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("readonly", True, "readonly"), ("networks", ["dat"], "dat"), ("restart", "allways", "allways")],
)
def test_what_does_not_hold_to_it_is_found(key: str, value: object, said: str) -> None:
    spoilt = DOCUMENT | {"services": SERVICES | {"influxdb": SERVICES["influxdb"] | {key: value}}}
    with pytest.raises(ValueError, match=said):
        validate(spoilt)


def test_what_a_service_waits_for_is_there() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_the_example_environment_names_every_variable_and_holds_no_secret() -> None:
    lines = dict(line.split("=", 1) for line in ENVIRONMENT.splitlines() if line and not line.startswith("#"))
    used = set(re.findall(r"\$\{(\w+)", TEXT))
    assert used == set(FILLED_IN)
    assert used == set(lines) - {"COMPOSE_PROFILES"}
    assert {name for name, value in lines.items() if value} == {
        "COMPOSE_PROFILES",
        "HTTP_PORT",
        "SECURE_COOKIES",
        "GRAFANA_URL",
        "SMTP_ENABLED",
    }


@pytest.mark.parametrize("name", [*OURS])
def test_every_variable_of_ours_is_a_setting_and_the_settings_hold(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = SERVICES[name]["environment"]
    assert {key.removeprefix("PILOTBED_").lower() for key in environment} <= set(Settings.model_fields)
    for key, value in environment.items():
        monkeypatch.setenv(key, str(value))
    settings = Settings()
    broker = BrokerAddress.parse(settings.mqtt)
    assert (broker.host, broker.user) == ("mosquitto", "pilotbed")
    assert settings.store.startswith("influxdb+http://influxdb:8086/")


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_ours(name: str) -> None:
    words = [word for word in SERVICES[name]["command"] if not word.startswith("-")]
    command = words[:2] if words[0] in ("device", "grafana") else words[:1]
    said = CliRunner().invoke(app, [*command, "--help"], env={"COLUMNS": "120", "NO_COLOR": "1"})
    assert said.exit_code == 0
    for option in (word for word in SERVICES[name]["command"] if word.startswith("-")):
        assert option.partition("=")[0] in said.output


def test_devices_reach_the_broker_over_tls_and_people_the_pages_and_nobody_anything_else() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {
        "mosquitto": ["8883:8883"],
        "api": ["8000:8000"],
        "grafana": ["127.0.0.1:3000:3000"],
    }
    assert "network_mode" not in TEXT


def test_stores_and_counters_stand_on_networks_without_a_way_out() -> None:
    internal = {name for name, network in DOCUMENT["networks"].items() if network.get("internal")}
    for name in ("influxdb", "postgres", "prometheus", *WORKERS):
        assert set(SERVICES[name]["networks"]) <= internal, name


def test_only_the_broker_stands_where_devices_come_in() -> None:
    assert [name for name, service in SERVICES.items() if "devices" in service["networks"]] == ["mosquitto"]


@pytest.mark.parametrize("name", set(SERVICES))
def test_every_service_is_bounded_comes_back_and_may_gain_no_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    if name not in ONCE:
        assert service["restart"] == "unless-stopped"
        assert service["deploy"]["resources"]["limits"]["memory"]


def test_what_is_ours_is_read_only_and_has_no_rights_to_lose() -> None:
    for name in ("mosquitto", *OURS):
        assert SERVICES[name]["read_only"]
        assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_every_service_is_asked_whether_it_is_well() -> None:
    for name, service in SERVICES.items():
        if "build" in service and "healthcheck" not in service:
            folder = DEPLOY / "mosquitto" if name == "mosquitto" else DEPLOY
            assert "HEALTHCHECK" in (folder / "Dockerfile").read_text(encoding="utf-8")
        else:
            assert service["healthcheck"]


def test_two_workers_share_under_client_ids_of_their_own_and_never_beside_a_single_one() -> None:
    commands = [SERVICES[name]["command"] for name in ("ingest-1", "ingest-2")]
    assert [command[1:3] for command in commands] == [["--share", "f"], ["--share", "f"]]
    assert [command[-1] for command in commands] == ["pilotbed-ingest-1", "pilotbed-ingest-2"]
    assert [SERVICES[name]["profiles"] for name in WORKERS] == [["single"], ["shared"], ["shared"]]


def test_files_that_are_mounted_are_there() -> None:
    mounted = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    }
    assert {name for name in mounted if not (DEPLOY / name).exists()} == {"./tls"}, "the site's certificate"


def test_images_are_of_a_version() -> None:
    for service in SERVICES.values():
        assert "build" in service or re.search(r":v?\d+", service["image"])


def test_the_image_has_what_the_wheel_is_made_of() -> None:
    project = (DEPLOY.parent / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.findall(r'"(\w+)"', re.findall(r"^packages = \[(.*)\]$", project, re.MULTILINE)[0])
    sent = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    for name in (*packages, "pyproject.toml", "constraints.txt", "README.md", "LICENSE"):
        assert f"!{name}" in sent


@pytest.mark.parametrize("dockerfile", ["Dockerfile", "mosquitto/Dockerfile"])
def test_no_image_runs_as_root(dockerfile: str) -> None:
    stages = (DEPLOY / dockerfile).read_text(encoding="utf-8").split("\nFROM ")
    assert re.search(r"^USER (?!root)\w+$", stages[-1], re.MULTILINE)


def test_both_images_give_the_accounts_the_same_owner_and_group() -> None:
    made = r"install --directory --owner=10001 --group=1883 --mode=2750 /etc/mosquitto/pilotbed"
    for dockerfile in ("Dockerfile", "mosquitto/Dockerfile"):
        assert made in (DEPLOY / dockerfile).read_text(encoding="utf-8")


def test_copied_files_are_there() -> None:
    for line in (DEPLOY / "mosquitto" / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if line.startswith("COPY"):
            assert (DEPLOY / "mosquitto" / line.split()[-2]).exists()


def test_the_brokers_memory_holds_a_full_queue() -> None:
    limits = dict(
        line.split()
        for line in (DEPLOY / "mosquitto" / "limits.conf").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    messages, payload = int(limits["max_queued_messages"]), int(limits["max_queued_bytes"])
    assert messages >= 24 * 65 * 3600, "65 hours of 200 residents"
    around = 350
    assert payload + messages * around < 5 * 1024**3
    assert SERVICES["mosquitto"]["deploy"]["resources"]["limits"]["memory"] == "5G"
