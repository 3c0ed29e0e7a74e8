"""The leader's dashboard of raw readings: every InfluxQL answered by a real InfluxDB of our engine's."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from api.grafana import dashboards
from store import STREAMS, open_store
from store.streams import IDENTITY
from tests.api.grafana.checks.infinity import PLUGIN
from tests.api.grafana.checks.variables import interpolated
from tests.api.grafana.checks.walker import panels
from tests.influx import Influx
from tests.store.readings import NOON, batch

DASHBOARD = dashboards("sv", readings=True)["pilotbed-readings"]
TARGETS = [
    pytest.param(target, id=f"panel {panel['id']} {target['refId']}")
    for panel in panels(DASHBOARD)
    for target in panel.get("targets", ())
]
BED, OTHER = "natt-2026.bed-01", "natt-2026.bed-010"
MINUTES = 30
SECOND = 1_000_000


@dataclass(frozen=True)
class Database:
    """A bucket as Grafana asks it: by the name of a database, with a token that only reads it."""

    influx: Influx
    name: str
    org_id: str
    token: str

    def ask(self, statement: str) -> list[dict[str, Any]]:
        """The series of one statement; an error of the statement fails with what it says."""
        query = urllib.parse.urlencode({"db": self.name, "q": statement, "epoch": "ms"})
        request = urllib.request.Request(
            f"{self.influx.url}/query",
            method="POST",
            data=query.encode(),
            headers={"Authorization": f"Token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            (result,) = json.loads(response.read())["results"]
        assert "error" not in result, f"{statement}: {result}"
        return list(result.get("series", ()))


@pytest.fixture(scope="module")
def database(influx: Influx) -> Iterator[Database]:
    """Half an hour of two beds whose names begin alike, with every field that a bed and its status have."""
    address = influx.bucket()
    with closing(open_store(address, token=influx.token)) as store:
        for number, device in enumerate((BED, OTHER)):
            store.commit(
                [
                    batch("bed", [_bed(device, number, step) for step in range(MINUTES * 6)]),
                    batch("status", [_status(device, number, step) for step in range(MINUTES)]),
                ]
            )
        yield _reading_only(influx, urllib.parse.urlsplit(address).path.strip("/"))


def _reading_only(influx: Influx, bucket: str) -> Database:
    (org,) = influx.ask("GET", f"/api/v2/orgs?org={urllib.parse.quote(influx.org)}")["orgs"]
    (found,) = influx.ask("GET", f"/api/v2/buckets?name={bucket}")["buckets"]
    resource = {"type": "buckets", "id": found["id"], "orgID": org["id"]}
    asked = {"orgID": org["id"], "permissions": [{"action": "read", "resource": resource}]}
    made = influx.ask("POST", "/api/v2/authorizations", asked)
    return Database(influx, bucket, org["id"], made["token"])


def _bed(device: str, number: int, step: int) -> dict[str, Any]:
    legs = {f"load{leg}_kg": 20.0 + number for leg in (1, 2, 3, 4)}
    return {
        "device": device,
        "time": NOON + 10 * step * SECOND,
        "weight_kg": 70.0 + number,
        "load_kg": 95.0 + number,
        "movement": 0.25,
        "movement_raw": 12.0,
        "occupied": 1.0,
        **legs,
    }


def _status(device: str, number: int, step: int) -> dict[str, Any]:
    return {
        "device": device,
        "time": NOON + 60 * step * SECOND,
        "online": 1.0,
        "battery_pct": 80.0 + number,
        "rssi_dbm": -60.0,
    }


def statement_of(target: dict[str, Any], device: str = BED) -> str:
    """What leaves Grafana for the half hour."""
    start, end = NOON // 1000, NOON // 1000 + MINUTES * 60_000
    statement = (
        str(target["query"])
        .replace("$timeFilter", f"time >= {start}ms and time <= {end}ms")
        .replace("$__interval", "1m")
        .replace("$/", "\N{NULL}/")
    )
    return interpolated(statement, {"device": device}).replace("\N{NULL}", "$")


def values(series: list[dict[str, Any]]) -> list[Any]:
    return [row[1] for each in series for row in each["values"] if row[1] is not None]


@pytest.mark.parametrize("target", TARGETS)
def test_every_query_gives_the_chosen_devices_readings_and_no_other(
    database: Database, target: dict[str, Any]
) -> None:
    ours, theirs = (database.ask(statement_of(target, device)) for device in (BED, OTHER))
    assert len(ours) == 1, "one line a field"
    assert len(values(ours)) == MINUTES
    (field,) = [column for column in ours[0]["columns"] if column != "time"]
    assert field
    assert len(values(theirs)) == MINUTES


@pytest.mark.parametrize("target", TARGETS)
def test_a_device_that_is_silent_has_no_line_drawn_through(
    database: Database, target: dict[str, Any]
) -> None:
    assert values(database.ask(statement_of(target, "natt-2026.bed-02"))) == []


def test_the_means_are_those_of_the_readings(database: Database) -> None:
    found = {
        statement: set(values(database.ask(statement)))
        for statement in (statement_of(target.values[0]) for target in TARGETS)
    }
    assert {70.0} in found.values()
    assert {95.0} in found.values()
    assert {80.0} in found.values()
    assert any(each == {True} for each in found.values())


def test_a_device_is_chosen_among_those_that_have_readings(database: Database) -> None:
    (variable,) = [each for each in DASHBOARD["templating"]["list"] if each["type"] == "query"]
    series = database.ask(variable["query"])
    assert [row[1] for each in series for row in each["values"]] == [BED, OTHER]


def test_the_bucket_answers_to_its_name_as_a_database(database: Database) -> None:
    """InfluxQL asks databases; a bucket is one by a mapping, which a server makes by itself."""
    mappings = database.influx.ask("GET", f"/api/v2/dbrps?orgID={database.org_id}")["content"]
    assert [each["default"] for each in mappings if each["database"] == database.name] == [True]


def test_the_data_sources_token_writes_nothing(database: Database) -> None:
    request = urllib.request.Request(
        f"{database.influx.url}/api/v2/write?org={database.org_id}&bucket={database.name}",
        method="POST",
        data=b"bed,device=natt-2026.bed-01 weight_kg=1",
        headers={"Authorization": f"Token {database.token}"},
    )
    with pytest.raises(urllib.error.HTTPError, match=r"403|404"):
        urllib.request.urlopen(request, timeout=60)


@pytest.mark.parametrize("target", TARGETS)
def test_a_query_asks_as_the_data_source_is_provisioned(target: dict[str, Any]) -> None:
    assert target["rawQuery"] is True
    assert target["resultFormat"] in {"time_series", "table"}
    assert "$timeFilter" in target["query"]


def test_only_a_beds_readings_and_conditions_are_asked() -> None:
    """No positions, no events of cameras, no alarms and no visits: none of that is shown past our API."""
    asked = {stream for text in _statements() for stream in re.findall(r'FROM "?(\w+)"?', text)}
    assert asked == {"bed", "status"}
    assert asked <= set(STREAMS)
    assert asked & set(IDENTITY) == set()


def _statements() -> Iterator[str]:
    for target in TARGETS:
        yield target.values[0]["query"]
    for variable in DASHBOARD["templating"]["list"]:
        yield variable["query"]


def test_it_asks_nothing_of_our_api_and_no_other_dashboard_asks_influxdb() -> None:
    assert PLUGIN not in json.dumps(DASHBOARD)
    others = {stem: each for stem, each in dashboards("sv", readings=True).items() if each != DASHBOARD}
    assert [stem for stem, each in others.items() if "influx" in json.dumps(each)] == []
    assert "pilotbed-readings" not in dashboards("sv")
