"""Commands on an installation, each as its own process: what they print, and how they end."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.running import Installation

WRONG = {
    "pilot show nobody": 'there is no pilot "nobody": there are natt',
    "device add natt bed-1 --kind gps": 'device "bed-1" is there with other values: pilot "natt", kind bed',
    "send bed-9 bed weight_kg=71": "There is no device bed-9; register it with: pilotbed device add",
    "send bed-1 bed weight_kg=71": "no service runs on ",
    "analyse nobody": 'there is no pilot "nobody"',
    "report natt -o /dev/null/report.html": "/dev/null",
    "token revoke 999": "There is no token 999; see: pilotbed token list",
    "dead-letters show 999": "There is no dead letter 999; see: pilotbed dead-letters list",
    "dead-letters replay 999": "there is no dead letter 999",
}
"""Commands that cannot be done, and what they say."""


NEVER = {
    "participant add natt --group elsewhere": 'pilot "natt" has no group "elsewhere": its plan has',
    "participant add natt --group intervention --consent all": 'there is no consent to "all"',
    "participant home natt K7Q-4TE --lat 59 --lon 18": "K7Q-4TE",
    "device add natt bed/2 --kind bed": 'device "bed/2": a name is 1-64 of A-Z a-z 0-9 _ . -',
    "device assign natt bed-1 K7Q-4TD --from yesterday": '"yesterday" is not a time: write it as',
    "token create --role leader": "role leader is for one pilot: name it, as --pilot PILOT",
    "token create --role grafana": "role grafana is for one pilot: name it, as --pilot PILOT",
    "up --http-port 70000": "--http-port",
}
"""Commands with values that can never be."""


@pytest.mark.parametrize("command", NEVER)
def test_a_value_that_can_never_be_is_wrong_usage(filled: Installation, command: str) -> None:
    refused = filled.run(*command.split(), exit_code=2)
    assert refused.stdout == ""
    assert NEVER[command] in refused.stderr


@pytest.mark.parametrize("command", WRONG)
def test_what_cannot_be_done_says_why_on_standard_error_and_ends_with_1(
    filled: Installation, command: str
) -> None:
    refused = filled.run(*command.split(), exit_code=1)
    assert refused.stdout == ""
    assert WRONG[command] in refused.stderr


def test_a_field_without_a_value_is_wrong_usage(filled: Installation) -> None:
    refused = filled.run("send", "bed-1", "bed", "weight_kg", exit_code=2)
    assert "'weight_kg' is not FIELD=VALUE, such as weight_kg=71.2" in refused.stderr


def test_listings_are_one_json_value_each(filled: Installation) -> None:
    [pilot] = filled.json("pilot", "list")
    assert (pilot["pilot"], pilot["title"], pilot["stage"]) == ("natt", "Nattillsyn", "planning")
    assert filled.json("pilot", "show", "natt")["plan"]["timezone"] == "Europe/Stockholm"
    [device] = filled.json("device", "list", "natt")
    [person] = filled.json("participant", "list", "natt")
    assert (device["device"], device["kind"], device["interval_s"]) == ("bed-1", "bed", 10)
    assert device["assignments"] == [
        {"participant": person["participant"], "from": "2026-01-12T11:00:00Z", "to": None}
    ]
    assert filled.json("dead-letters", "list") == []


def test_an_assignment_is_said_back_and_the_same_again_ends_it(filled: Installation) -> None:
    filled.run("device", "add", "natt", "gps-1", "--kind", "gps")
    [code] = filled.json("participant", "add", "natt", "--group", "intervention")["participants"]
    given = ("device", "assign", "natt", "gps-1", code, "--from", "2026-02-01T12:00")
    stay = {"device": "gps-1", "participant": code, "from": "2026-02-01T11:00:00Z"}
    assert filled.json(*given) == stay | {"to": None}
    assert filled.json(*given, "--to", "2026-02-02T12:00") == stay | {"to": "2026-02-02T11:00:00Z"}


def test_an_assignment_that_overlaps_is_refused(filled: Installation) -> None:
    [code] = filled.json("participant", "add", "natt", "--group", "intervention")["participants"]
    refused = filled.run("device", "assign", "natt", "bed-1", code, "--from", "2026-02-01T12:00", exit_code=1)
    assert "bed-1" in refused.stderr
    assert len(filled.json("device", "list", "natt")[0]["assignments"]) == 1


def test_participants_get_a_code_each_and_their_consent_is_recorded(installation: Installation) -> None:
    installation.add_pilot(
        "pilot: natt\ntitle: Nattillsyn\ntimezone: Europe/Stockholm\n"
        "phases: [{name: baseline, start: 2026-01-12, end: 2026-03-08}]\ngroups: {intervention: 8}\n"
    )
    codes = installation.json(
        "participant", "add", "natt", "--group", "intervention", "--count", 3, "--consent", "bed,gps"
    )["participants"]
    home = installation.json("participant", "home", "natt", codes[0].lower(), "--lat", 59.3, "--lon", 18.1)
    assert home == {"participant": codes[0], "lat": 59.3, "lon": 18.1, "radius_m": 100.0}
    listed = {each["participant"]: each for each in installation.json("participant", "list", "natt")}
    assert len(set(codes)) == 3 == len(listed)
    assert all(each["consent"] == ["bed", "gps"] for each in listed.values())
    assert [listed[code]["home"] for code in codes] == [True, False, False]


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(filled: Installation) -> None:
    created = filled.json("token", "create", "--role", "evaluator", "--pilot", "natt", "--note", "for A")
    listed = filled.run("token", "list", "--json").stdout
    assert created["token"] not in listed

    def token() -> dict[str, object]:
        return next(each for each in filled.json("token", "list") if each["id"] == created["id"])

    assert (token()["role"], token()["pilot"], token()["revoked"]) == ("evaluator", "natt", False)
    expires = datetime.fromisoformat(str(token()["expires"]))
    assert timedelta(days=364) < expires - datetime.now(UTC) < timedelta(days=366)
    assert filled.json("token", "revoke", created["id"]) == {"id": created["id"], "revoked": True}
    assert token()["revoked"] is True
    filled.run("token", "revoke", created["id"], exit_code=1)


def test_doctor_says_how_each_part_stands(filled: Installation) -> None:
    found = {finding["part"]: finding for finding in filled.json("doctor")}
    assert {"registry", "service", "store", "broker", "clock", "disk", "retention"} <= set(found)
    assert found["registry"]["state"] == found["store"]["state"] == "ok"
    assert "pilotbed up --data" in found["service"]["text"]
    assert "PILOTBED_MQTT" in found["broker"]["text"]


def test_doctor_fails_where_a_part_has_failed(installation: Installation) -> None:
    installation.environment["PILOTBED_STORE"] = "csv:readings.csv"
    failed = installation.run("doctor", exit_code=1)
    assert "PILOTBED_STORE is 'csv:readings.csv'" in failed.stdout


def test_a_data_folder_that_cannot_be_made_is_named(installation: Installation) -> None:
    installation.data.write_text("a file")
    refused = installation.run("pilot", "list", exit_code=1)
    assert refused.stderr.startswith(f"{installation.data}: ")


def test_the_version_is_printed_alone(installation: Installation) -> None:
    assert installation.run("--version").stdout.strip().count(".") == 2
