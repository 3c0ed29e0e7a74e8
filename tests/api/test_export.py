"""A pilot's data as a package: what is in it, for whom, and that others can read it."""

import csv
import hashlib
import io
import json
import zipfile
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from analysis.catalogue import METRICS
from analysis.pipeline import EvaluationItem
from api.export import write_package
from api.export.figures import EVALUATED
from api.remembered import Remembered
from api.results import Results, Snapshot
from pilots.registry import DailyValue
from tests.api.installation import ALARM, BED, OURS, Installation

EXPORT = f"/api/v1/pilots/{OURS}/export"


def unpacked(installation: Installation, folder: Path, role: str = "leader", query: str = "") -> Path:
    answer = installation.get(EXPORT + query, role)
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as zipped:
        zipped.extractall(folder)
    return folder / OURS


def snapshot(installation: Installation) -> Snapshot:
    return Results(installation.registry, installation.store, Remembered()).now(OURS)


@pytest.fixture(scope="module")
def package(filled: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(filled, tmp_path_factory.mktemp("package"))


def dictionary(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return found


def test_a_leaders_package_holds_every_table_as_csv_and_parquet(package: Path) -> None:
    tables = (
        *("metrics", "evaluation", "group_values", "alarm_response", "score_changes", "participants"),
        *("devices", "assignments", "daily_values", "alarms", "scores", "weighings", "logged_events"),
    )
    expected = {f"{table}.{suffix}" for table in tables for suffix in ("csv", "parquet")}
    assert {path.name for path in (package / "data").iterdir()} == expected | {"fhir-weight.json"}
    listed = {Path(each["path"]).name for each in dictionary(package)["resources"]}
    assert listed == expected | {"fhir-weight.json"}


def test_the_package_is_valid_by_the_standards_own_reader(package: Path) -> None:
    frictionless = pytest.importorskip("frictionless", reason="frictionless is not installed")
    report = frictionless.validate(str(package / "datapackage.json"))
    assert report.valid, report.flatten(["resourceName", "rowNumber", "fieldName", "type", "note"])[:10]


def test_every_file_has_the_checksum_that_is_told_of_it(package: Path) -> None:
    lines = (package / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    told = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    there = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    assert set(told) == there - {"SHA256SUMS"}
    for name, digest in told.items():
        assert hashlib.sha256((package / name).read_bytes()).hexdigest() == digest
    for resource in dictionary(package)["resources"]:
        assert resource["hash"] == f"sha256:{told[resource['path']]}"
        assert resource["bytes"] == (package / resource["path"]).stat().st_size


def test_every_column_says_what_it_means(package: Path) -> None:
    for resource in dictionary(package)["resources"]:
        for field in resource.get("schema", {}).get("fields", ()):
            assert field["description"].endswith("."), (resource["name"], field["name"])


def test_every_figure_of_the_evaluation_is_exported() -> None:
    assert {field.name for field in fields(EvaluationItem)} <= set(EVALUATED)


def test_parquet_holds_the_daily_values_that_the_registry_holds(filled: Installation, package: Path) -> None:
    table = pyarrow.parquet.read_table(package / "data" / "daily_values.parquet").to_pylist()
    known = [value for metric in METRICS for value in filled.registry.daily_values(OURS, metric=metric)]
    assert [
        (row["participant"], row["day"], row["metric"], row["value"], row["n"], row["reason"])
        for row in table
    ] == [(v.participant, v.day, v.metric, v.value, v.n, v.reason) for v in known]
    assert table


def test_an_evaluators_package_holds_nothing_of_single_participants(
    filled: Installation, tmp_path: Path
) -> None:
    folder = unpacked(filled, tmp_path, "evaluator", "?level=participants")
    assert {path.stem for path in (folder / "data").iterdir()} == {
        *("metrics", "evaluation", "group_values", "alarm_response", "score_changes")
    }
    whole = b"".join(path.read_bytes() for path in folder.rglob("*") if path.suffix in (".csv", ".json"))
    for code in (*filled.intervention, *filled.comparison):
        assert code.encode() not in whole
    assert BED.encode() not in whole
    assert ALARM.encode() not in whole


def test_small_groups_are_hidden_in_the_package_of_groups(filled: Installation, tmp_path: Path) -> None:
    folder = unpacked(filled, tmp_path, query="?level=groups")
    rows = pyarrow.parquet.read_table(folder / "data" / "group_values.parquet").to_pylist()
    small = [row for row in rows if row["group"] == "comparison" and row["metric"] == "weight_kg"]
    assert small
    for row in (row for row in rows if row["suppressed"]):
        assert row["value"] is row["n"] is row["ci_low"] is None
    assert any(row["suppressed"] for row in rows if row["group"] == "comparison")
    assert not any(row["suppressed"] for row in rows if row["group"] == "intervention" and row["value"])


def test_the_same_data_give_the_same_bytes(filled: Installation, tmp_path: Path) -> None:
    first, second = filled.get(EXPORT), filled.get(EXPORT)
    assert first.content == second.content
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        write_package(snapshot(filled), folder, groups_only=False)
    sums = [(folder / "SHA256SUMS").read_bytes() for folder in folders]
    assert sums[0] == sums[1]


def test_a_package_that_has_not_changed_is_not_sent_again(filled: Installation) -> None:
    tag = filled.get(EXPORT).headers["etag"]
    assert filled.get(EXPORT, **{"If-None-Match": tag}).status_code == 304


def test_a_folder_that_holds_something_is_left_alone(filled: Installation, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="is not empty: give a folder of its own"):
        write_package(snapshot(filled), tmp_path, groups_only=False)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_pilot_without_data_exports_tables_without_rows(empty: Installation, tmp_path: Path) -> None:
    folder = unpacked(empty, tmp_path)
    lines = (folder / "data" / "daily_values.csv").read_text(encoding="utf-8").splitlines()
    assert list(csv.reader(lines)) == [
        ["metric", "participant", "day", "value", "ci_low", "ci_high", "n", "coverage", "reason"]
    ]
    assert json.loads((folder / "data" / "fhir-weight.json").read_text())["entry"] == []


class TestFhir:
    """Weights for a record system."""

    @pytest.fixture
    def bundle(self, empty: Installation, tmp_path: Path) -> dict[str, Any]:
        # The first of them has the installation's only bed.
        code, other = empty.intervention[:2]
        empty.registry.put_daily_values(
            OURS,
            [
                DailyValue(code, date(2026, 3, 28), "weight_kg", 71.25, 71.1, 71.4, 40, 0.9, None),
                DailyValue(code, date(2026, 3, 29), "weight_kg", None, None, None, 0, 0.2, "low_coverage"),
                DailyValue(other, date(2026, 3, 29), "weight_kg", 58.0, None, None, 30, 0.8, None),
            ],
        )
        path = unpacked(empty, tmp_path) / "data" / "fhir-weight.json"
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def test_it_is_a_valid_bundle(self, bundle: dict[str, Any]) -> None:
        fhir = pytest.importorskip(
            "fhir.resources.R4B.bundle", reason="fhir.resources is not installed: pilotbed[fhir]"
        )
        read = fhir.Bundle.model_validate(bundle)
        assert [entry.resource.get_resource_type() for entry in read.entry] == [
            *("Device", "Observation", "Observation")
        ]

    def test_a_weight_is_preliminary_in_kilograms_of_a_night_and_names_its_bed(
        self, bundle: dict[str, Any], empty: Installation
    ) -> None:
        resources = [entry["resource"] for entry in bundle["entry"]]
        bed = resources[0]
        (first,) = (each for each in resources[1:] if "device" in each)
        (second,) = (each for each in resources[1:] if "device" not in each)
        assert first["status"] == "preliminary"
        assert first["code"]["coding"][0]["code"] == "29463-7"
        assert first["valueQuantity"] == {
            **{"value": 71.25, "unit": "kg"},
            **{"system": "http://unitsofmeasure.org", "code": "kg"},
        }
        assert first["subject"]["identifier"]["value"] == empty.intervention[0]
        # The night of the clock change is 23 hours long.
        assert first["effectivePeriod"] == {
            "start": "2026-03-28T12:00:00+01:00",
            "end": "2026-03-29T12:00:00+02:00",
        }
        assert [each["valueQuantity"]["value"] for each in first["component"]] == [71.1, 71.4]
        assert first["device"]["reference"] == f"urn:uuid:{bed['id']}"
        assert bed["identifier"][0]["value"] == BED
        assert "component" not in second

    def test_an_absent_weight_is_not_there(self, bundle: dict[str, Any]) -> None:
        assert len(bundle["entry"]) == 3
