"""The registry's migrations: numbered, complete, and run on databases that hold data."""

import io
from datetime import date

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine

from pilots.errors import RegistryTooNew
from pilots.plan import read_plan
from pilots.records import Account, Assignment, DailyValue, Device, Home
from pilots.registry import Registry
from pilots.registry.migrating import alembic_config
from pilots.tables import metadata
from tests.pilots.plans import MINIMAL

CODE = "K7Q-4TD"
PILOT = {"pilot": "natt", "participant": CODE}
OF_A_VALUE = {
    "metric": "weight_kg",
    "day": date(2026, 1, 12),
    "value": 71.25,
    "ci_low": 70.5,
    "ci_high": 72,
    "n": 12,
    "coverage": 0.875,
    "reason": None,
}
ROWS = {
    "pilots": {
        "pilot": "natt",
        "plan_text": MINIMAL,
        "plan_json": read_plan(MINIMAL).model_dump_json(),
        "plan_hash": read_plan(MINIMAL).fingerprint,
        "stage": "baseline",
        "added_us": 1,
    },
    "participants": PILOT | {"group_name": "intervention", "joined_us": 2},
    "consents": PILOT | {"scope": "bed", "given_us": 2},
    "homes": PILOT | {"lat": 59.33, "lon": 18.06, "radius_m": 100},
    "devices": {"device": "bed-1", "pilot": "natt", "kind": "bed", "adapter": "native", "interval_s": 10},
    "assignments": PILOT | {"device": "bed-1", "start_us": 3, "end_us": None},
    "daily_values": PILOT | OF_A_VALUE | {"fingerprint": "f" * 64},
}
"""A row of each table, as the first version wrote them."""


def upgrade(url: str, revision: str) -> None:
    with create_engine(url).begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def test_a_registry_of_the_first_version_keeps_all_it_holds_and_gets_accounts(url: str) -> None:
    upgrade(url, "0001")
    tables = MetaData()
    with create_engine(url).begin() as connection:
        tables.reflect(connection)
        for table, row in ROWS.items():
            connection.execute(tables.tables[table].insert(), row)
        connection.execute(tables.tables["revisions"].update().values(revision=7))
    with Registry.open(url) as registry:
        assert registry.pilot("natt").plan_text == MINIMAL
        pilot = registry.pilot("natt")
        assert (pilot.stage, pilot.round, pilot.locked_hash) == ("baseline", 1, pilot.plan_hash)
        assert pilot.locked_us is not None
        assert registry.stage_changes("natt") == registry.departures("natt") == []
        assert [each.code for each in registry.participants("natt")] == [CODE]
        assert [each.scope for each in registry.consents("natt")] == ["bed"]
        assert registry.homes("natt") == {CODE: Home(59.33, 18.06, 100)}
        assert registry.devices() == [Device("bed-1", "natt", "bed", "native", None, 10)]
        assert registry.assignments("natt") == [Assignment("bed-1", CODE, 3, None)]
        assert registry.daily_values("natt") == [DailyValue(participant=CODE, **OF_A_VALUE)]
        made_from = [None] * 11 + [0] + [None] * 19  # nothing that is, so that it is computed anew
        assert registry.month_inputs("natt") == {(CODE, date(2026, 1, 1)): {"bed": made_from}}
        as_migrated = registry.month_sums("natt")
        registry.put_daily_values("natt", registry.daily_values("natt"))
        assert registry.month_sums("natt") == as_migrated != {}
        assert registry.revision() == 7
        registry.set_account("bed-1", "hash", pilot="natt")
        (account,) = registry.accounts()
        assert account == Account("bed-1", "natt", "bed-1", (), "hash", account.created_us)


def test_daily_values_are_the_same_when_they_lie_by_month(url: str) -> None:
    upgrade(url, "0007")
    values = [
        DailyValue(CODE, date(2026, 1, 31), "bed_exits_per_night", 3.0, None, None, 3, 0.1, "low_coverage"),
        DailyValue(CODE, date(2026, 2, 1), "bed_exits_per_night", None, None, None, 0, None, "no_data"),
        DailyValue(CODE, date(2026, 1, 30), "weight_kg", 71.25, 70.5, None, 12, 0.875, None),
        DailyValue(CODE, date(2026, 1, 31), "weight_kg", -0.1, None, None, 0, 1.0, None),
    ]
    tables = MetaData()
    with create_engine(url).begin() as connection:
        tables.reflect(connection)
        pilot = ROWS["pilots"] | {"locked_us": None, "locked_hash": None, "round": 1}
        connection.execute(tables.tables["pilots"].insert(), pilot)
        connection.execute(tables.tables["participants"].insert(), ROWS["participants"])
        rows = [{"pilot": "natt"} | value._asdict() for value in values]
        connection.execute(tables.tables["daily_values"].insert(), rows)
        made_from = {"month": date(2026, 1, 1), "fingerprints": {"bed": [7]}, "values_sum": 8}
        connection.execute(tables.tables["month_inputs"].insert(), PILOT | made_from)
    with Registry.open(url) as registry:
        assert registry.daily_values("natt") == values
        assert registry.month_inputs("natt") == {(CODE, date(2026, 1, 1)): {"bed": [7]}}
        as_migrated = registry.month_sums("natt")
        assert list(as_migrated) == [(CODE, date(2026, 1, 1)), (CODE, date(2026, 2, 1))]
        registry.put_daily_values("natt", values)
        assert registry.month_sums("natt") == as_migrated


def test_a_registry_that_stands_is_not_migrated_again(url: str) -> None:
    with Registry.open(url) as registry:
        registry.add_pilot(read_plan(MINIMAL), MINIMAL)
        with Registry.open(url) as again:
            assert len(again.pilots()) == 1


def test_the_migrations_lead_to_the_tables_as_they_are_written(url: str) -> None:
    Registry.open(url).close()
    with create_engine(url).connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_migrations_are_numbered_in_one_line() -> None:
    revisions = [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()]
    assert sorted(revisions) == [f"{number:04}" for number in range(1, len(revisions) + 1)]


def test_the_migrations_can_be_written_for_postgresql() -> None:
    config = alembic_config()
    config.output_buffer = io.StringIO()
    config.attributes["dialect"] = "postgresql"
    command.upgrade(config, "head", sql=True)
    written = config.output_buffer.getvalue()
    for table in metadata.tables:
        assert f"CREATE TABLE {table} (" in written
    assert "BIGINT" in written
    assert "day DATE NOT NULL" in written


def test_a_registry_of_a_later_version_is_left_alone(url: str) -> None:
    Registry.open(url).close()
    with create_engine(url).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(
        RegistryTooNew, match=r"later version of pilotbed \(revision 9999, this version knows 0008"
    ):
        Registry.open(url)
