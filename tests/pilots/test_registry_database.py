"""Opening the registry: by one or several processes, new and foreign."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pilots.errors import RegistryError
from pilots.plan import read_plan
from pilots.registry import Registry
from tests.pilots.conftest import ON_SQLITE
from tests.pilots.plans import MINIMAL

OPEN_TOGETHER = """
import sys, time
from pilots.plan import read_plan
from pilots.registry import Registry
url, start, plan = sys.argv[1], float(sys.argv[2]), sys.argv[3]
time.sleep(max(0, start - time.time()))
with Registry.open(url) as registry:
    registry.add_pilot(read_plan(plan), plan)
    for _ in range(20):
        registry.add_participants("natt", "intervention", 1, ["bed"])
print(registry.url)
"""


def test_processes_that_open_a_new_registry_at_once_make_it_once(url: str) -> None:
    start = str(time.time() + 2)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_TOGETHER, url, start, MINIMAL],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in processes:
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint
        assert complaint == ""
    with Registry.open(url) as registry:
        assert len(registry.participants("natt")) == 60
        assert len(registry.pilots()) == 1


def test_threads_that_open_a_new_registry_at_once_make_it_once(url: str) -> None:
    failures: list[Exception] = []

    def open_and_close() -> None:
        try:
            Registry.open(url).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=open_and_close) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_was_written_is_there_when_opened_again(url: str) -> None:
    with Registry.open(url) as registry:
        added = registry.add_pilot(read_plan(MINIMAL), MINIMAL)
    with Registry.open(url) as again:
        assert again.pilot("natt") == added


def test_a_file_that_is_no_registry_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be looked at " * 10)
    with pytest.raises(RegistryError, match=r"notes\.txt cannot be opened: file is not a database"):
        Registry.open(f"sqlite:///{tmp_path}/notes.txt")


def test_a_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="cannot be opened"):
        Registry.open(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize(
    "address", ["", "registry.db", "mysql://x/y", "duckdb:registry", "postgresql://host:port/db"]
)
def test_an_address_of_no_known_kind_is_refused_with_those_there_are(address: str) -> None:
    with pytest.raises(RegistryError, match=r"write sqlite:PATH or postgresql\+psycopg://"):
        Registry.open(address)


def test_whether_there_is_a_registry_is_told_without_making_one(url: str, tmp_path: Path) -> None:
    assert not Registry.exists(url)
    assert not Registry.exists(url)
    assert list(tmp_path.iterdir()) == []
    Registry.open(url).close()
    assert Registry.exists(url)


def test_a_plain_path_after_sqlite_is_a_file_in_a_folder_made_for_it(tmp_path: Path) -> None:
    with Registry.open(f"sqlite:{tmp_path}/new/registry.db") as registry:
        assert registry.pilots() == []
        with Registry.open(registry.url) as again:
            assert again.pilots() == []


@ON_SQLITE
def test_only_its_owner_reads_the_file(url: str, tmp_path: Path) -> None:
    with Registry.open(url) as registry:
        registry.add_pilot(read_plan(MINIMAL), MINIMAL)
        assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


@ON_SQLITE
def test_sqlite_keeps_keys_and_writes_ahead_to_the_disk(url: str) -> None:
    with Registry.open(url) as registry, registry._reading() as connection:
        answers = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
            for pragma in ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
        }
    assert answers == {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000}
