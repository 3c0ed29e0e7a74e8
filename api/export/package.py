"""The folder itself: CSV and Parquet, the data dictionary, and the checksums of all of it.

The dictionary is a Frictionless Data Package (`datapackage.json`): every table's columns with their
meaning, unit and key. The same data give the same bytes.
"""

import hashlib
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from api.export.fhir import WEIGHT, weight_bundle
from api.export.figures import alarm_response, catalogue, evaluation, group_values, score_changes
from api.export.people import (
    alarm_list,
    assignments,
    daily_values,
    devices,
    logged_events,
    participants,
    scores,
    weighings,
)
from api.export.table import Table
from api.results import Snapshot
from api.tables import STARTS_A_FORMULA

DESCRIPTION = "datapackage.json"
CHECKSUMS = "SHA256SUMS"
_FORMULA = f"^[{re.escape(''.join(STARTS_A_FORMULA))}]"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""What a ZIP file can say at the earliest: an archive of the same data has the same bytes."""

_RESOURCE_OF_FHIR = "fhir-weight.json"


def write_package(snapshot: Snapshot, folder: Path, *, groups_only: bool) -> list[Path]:
    """Write the pilot's package into `folder`, which is made, and return its files by name.

    With `groups_only` it holds nothing of single participants, and small cells are hidden: it may be passed
    on. Raises `UnknownPilot`, and `FileExistsError` where the folder holds anything already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: give a folder of its own")
    (folder / "data").mkdir()
    resources: list[dict[str, Any]] = []
    for table in _tables(snapshot, groups_only=groups_only):
        paths = folder / "data" / f"{table.name}.csv", folder / "data" / f"{table.name}.parquet"
        _write(table, *paths)
        resources += [_resource(table, path, folder) for path in paths]
    if not groups_only:
        resources.append(_fhir(snapshot, folder))
    description = _description(snapshot, resources, groups_only=groups_only)
    (folder / DESCRIPTION).write_text(_json(description), encoding="utf-8")
    (folder / "plan.yaml").write_text(snapshot.data.kept.plan_text, encoding="utf-8")
    listed = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [f"{_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in listed]
    (folder / CHECKSUMS).write_text("".join(lines), encoding="utf-8")
    return [*listed, folder / CHECKSUMS]


@contextmanager
def zipped_package(snapshot: Snapshot, *, groups_only: bool) -> Iterator[Path]:
    """The same package as one ZIP file, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pilotbed-export-") as scratch:
        folder, archive = Path(scratch) / snapshot.pilot, Path(scratch) / "package.zip"
        files = write_package(snapshot, folder, groups_only=groups_only)
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as archived:
            for path in files:
                name = path.relative_to(folder.parent).as_posix()
                archived.writestr(_entry(name), path.read_bytes())
        yield archive


def _tables(snapshot: Snapshot, *, groups_only: bool) -> Iterator[Table]:
    yield catalogue()
    yield evaluation(snapshot, suppress=groups_only)
    yield group_values(snapshot, suppress=groups_only)
    yield alarm_response(snapshot, suppress=groups_only)
    yield score_changes(snapshot, suppress=groups_only)
    if groups_only:
        return
    registry = snapshot.results.registry
    yield participants(snapshot.data)
    yield devices(registry, snapshot.pilot)
    yield assignments(registry, snapshot.pilot)
    yield daily_values(snapshot.data)
    yield alarm_list(snapshot.data)
    yield scores(snapshot.data)
    yield weighings(registry, snapshot.pilot)
    yield logged_events(registry, snapshot.pilot)


def _write(table: Table, as_csv: Path, as_parquet: Path) -> None:
    schema = table.schema
    written = pa.schema([(field.name, _as_text(field.type)) for field in schema])
    with (
        pyarrow.parquet.ParquetWriter(as_parquet, schema) as parquet,
        pyarrow.csv.CSVWriter(
            as_csv, written, write_options=pyarrow.csv.WriteOptions(quoting_style="needed")
        ) as csv,
    ):
        for batch in table.arrow():
            parquet.write_table(batch)
            columns = [
                _cells(column, kind) for column, kind in zip(batch.columns, written.types, strict=True)
            ]
            csv.write_table(pa.Table.from_arrays(columns, schema=written))


def _as_text(kind: Any) -> Any:
    return pa.string() if pa.types.is_timestamp(kind) else kind


def _cells(column: Any, kind: Any) -> Any:
    """As CSV shows them: instants as RFC 3339, and no text that a spreadsheet would take for a formula."""
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column.cast(pa.timestamp("us")), format="%Y-%m-%dT%H:%M:%SZ")
    if pa.types.is_string(kind):
        formula = pc.match_substring_regex(column, _FORMULA)
        return pc.if_else(formula, pc.binary_join_element_wise("'", column, ""), column)
    return column


def _resource(table: Table, path: Path, folder: Path) -> dict[str, Any]:
    csv = path.suffix == ".csv"
    found = _file(path, folder) | {
        "name": f"{table.name.replace('_', '-')}-{path.suffix[1:]}",
        "title": table.title,
        "profile": "tabular-data-resource" if csv else "data-resource",
        "format": path.suffix[1:],
        "mediatype": "text/csv" if csv else "application/vnd.apache.parquet",
    }
    if not csv:
        # The same rows as the CSV file beside it, which has the schema: readers need not guess another.
        found["type"] = "file"
    else:
        found["encoding"] = "utf-8"
        found["schema"] = {
            "fields": [
                {"name": field.name, "type": field.kind, "description": field.description}
                | ({"unit": field.unit} if field.unit else {})
                for field in table.fields
            ],
            "primaryKey": list(table.key),
            "missingValues": [""],
            "foreignKeys": [
                {"fields": column, "reference": {"resource": f"{other}-csv", "fields": theirs}}
                for column, other, theirs in table.refers
            ],
        }
    return found


def _fhir(snapshot: Snapshot, folder: Path) -> dict[str, Any]:
    registry, pilot = snapshot.results.registry, snapshot.pilot
    bundle = weight_bundle(
        snapshot.data.plan,
        registry.daily_values(pilot, metric=WEIGHT),
        registry.devices(pilot),
        registry.assignments(pilot),
    )
    path = folder / "data" / _RESOURCE_OF_FHIR
    path.write_text(_json(bundle), encoding="utf-8")
    return _file(path, folder) | {
        "name": "fhir-weight",
        "title": "Nightly weights as a bundle of FHIR R4 observations",
        "profile": "data-resource",
        "format": "json",
        "mediatype": "application/fhir+json",
    }


def _description(
    snapshot: Snapshot, resources: list[dict[str, Any]], *, groups_only: bool
) -> Mapping[str, Any]:
    kept = snapshot.data.kept
    level = (
        "Figures of groups; those of fewer than five participants are left out."
        if groups_only
        else "Participants are known by their codes alone. This is still personal data: keep it as such."
    )
    return {
        "profile": "data-package",
        "name": kept.pilot,
        "title": kept.plan.title,
        "description": f"Data of a pilot in {kept.plan.municipality or 'a municipality'}. {level} "
        "Times are UTC; days and nights are local to the time zone of the plan. "
        "Not a medical device, not the alarm chain of last resort.",
        "timezone": kept.plan.timezone,
        "planHash": kept.plan_hash,
        "dataFingerprint": snapshot.fingerprint,
        "resources": resources,
    }


def _file(path: Path, folder: Path) -> dict[str, Any]:
    return {
        "path": path.relative_to(folder).as_posix(),
        "bytes": path.stat().st_size,
        "hash": f"sha256:{_sha256(path)}",
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
