"""The service as a process: one owner of its data and ports, and commands through it or without it."""

import json
import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.running import Installation, Service
from tests.waiting import wait_for


def port_of(service: Service) -> str:
    return str(urlsplit(service.access["http"]).port)


def test_a_second_service_on_the_same_data_says_who_owns_it(running: Service) -> None:
    refused = running.installation.run("up", exit_code=1)
    assert f"{running.installation.data}/readings.duckdb is owned by PID " in refused.stderr
    assert running.get("/pilots")["items"], "the first one goes on"
    assert running.installation.service_file.exists()


@pytest.mark.parametrize(("option", "other"), [("--http-port", "http"), ("--mqtt-port", "mqtt")])
def test_a_taken_port_is_named_with_the_option_that_chooses_another(
    running: Service, tmp_path: Path, option: str, other: str
) -> None:
    port = port_of(running) if other == "http" else str(running.access["mqtt"]["port"])
    refused = Installation(tmp_path).run("up", option, port, exit_code=1)
    assert f"port {port} on 127.0.0.1 is taken: choose another with {option}" in refused.stderr


def test_the_service_file_is_its_owners_alone_and_says_all_a_device_needs(running: Service) -> None:
    assert stat.S_IMODE(running.installation.service_file.stat().st_mode) == 0o600
    assert set(running.access) == {"http", "token", "mqtt"}
    assert set(running.access["mqtt"]) == {"host", "port", "port_v5", "user", "password"}
    assert running.access["http"].startswith("http://127.0.0.1:")


def test_the_embedded_broker_is_for_one_account(running: Service) -> None:
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion

    refused: list[object] = []
    stranger = Client(CallbackAPIVersion.VERSION2)
    stranger.on_connect = lambda *given: refused.append(given[3].is_failure)
    stranger.on_disconnect = lambda *_: refused.append(True)
    stranger.connect(running.broker.host, running.broker.port)
    stranger.loop_start()
    wait_for(lambda: refused, "the broker's refusal")
    stranger.disconnect()
    stranger.loop_stop()
    assert refused[0] is True


def test_commands_answer_alike_with_and_without_a_running_service(filled: Installation) -> None:
    def answers() -> dict[str, Any]:
        analysed = filled.json("analyse", "natt")
        filled.run("report", "natt", "--format", "json", "-o", "report.json")
        report = json.loads((filled.folder / "report.json").read_text(encoding="utf-8"))
        return {
            "letters": filled.json("dead-letters", "list"),
            "letter": filled.json("dead-letters", "show", 1)["reason"],
            "analysed": set(analysed),
            "report": report,
        }

    with filled.up() as service:
        service.publish([("pilotbed/natt/bed-9/bed", {"weight_kg": 71})])
        service.publish([("pilotbed/natt/bed-1/bed", {"time": 1768255200, "weight_kg": 71})])
        through_it = answers()
    without_it = answers()
    assert [letter["topic"] for letter in through_it["letters"]] == ["pilotbed/natt/bed-9/bed"]
    assert through_it == without_it

    filled.run("device", "add", "natt", "bed-9", "--kind", "bed")
    assert filled.json("dead-letters", "replay", 1) == {"id": 1, "readings": 1}
    assert filled.json("dead-letters", "list") == []


def test_an_html_report_is_written_with_and_without_a_running_service(filled: Installation) -> None:
    filled.run("report", "natt", "--lang", "en", "-o", "without.html")
    with filled.up():
        filled.run("report", "natt", "--lang", "en", "-o", "deep/with.html")
    for name in ("without.html", "deep/with.html"):
        assert '<html lang="en"' in (filled.folder / name).read_text(encoding="utf-8")


def test_doctor_asks_the_running_service(running: Service) -> None:
    found = {finding["part"]: finding for finding in running.installation.json("doctor")}
    assert found["service"] == {
        "part": "service",
        "state": "ok",
        "text": f"answers on {running.access['http']}",
    }


def test_after_a_kill_the_next_service_takes_its_ports_and_its_token_opens_nothing(
    filled: Installation,
) -> None:
    killed = filled.start().ready()
    left = killed.access
    killed.kill()
    assert filled.service_file.exists()
    filled.run("dead-letters", "list")  # the file of a killed service counts for nothing
    filled.environment["PILOTBED_HTTP_PORT"] = port_of(killed)
    filled.environment["PILOTBED_MQTT_PORT"] = str(left["mqtt"]["port"])
    try:
        with filled.up() as service:
            assert service.access["http"] == left["http"]
            with service.client(left["token"]) as client:
                assert client.get("/pilots").status_code == 401
    finally:
        filled.environment["PILOTBED_HTTP_PORT"] = filled.environment["PILOTBED_MQTT_PORT"] = "0"


def test_another_installations_service_on_the_port_of_a_killed_one_is_not_taken_for_it(
    filled: Installation, tmp_path: Path
) -> None:
    killed = filled.start().ready()
    killed.kill()
    elsewhere = Installation(tmp_path, PILOTBED_HTTP_PORT=port_of(killed))
    with elsewhere.up():
        assert "days" in filled.json("analyse", "natt")


@pytest.mark.parametrize("signal_name", ["SIGTERM", "SIGINT"])
def test_asked_to_stop_while_it_starts_it_ends_in_order(installation: Installation, signal_name: str) -> None:
    import signal

    service = installation.start()
    wait_for(lambda: (installation.data / "readings.duckdb").exists(), "the store")
    service.process.send_signal(getattr(signal, signal_name))
    assert service.process.wait(60) == 0, service.log
    assert not installation.service_file.exists()
