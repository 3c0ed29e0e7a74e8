"""The command line explains itself before it loads what commands work with."""

import os
import subprocess
import sys

import pytest

LATE = [
    "alembic",
    "altair",
    "duckdb",
    "fastapi",
    "httpx",
    "influxdb_client",
    "iotcore",
    "msgspec",
    "numpy",
    "paho",
    "pyarrow",
    "scipy",
    "sqlalchemy",
    "statsmodels",
]

AFTER_MAIN = """
import os
import sys
from pilotbed.cli import main

try:
    main()
finally:
    print("loaded:", *sorted(sys.modules.keys() & set({late!r})))
    print("threads:", os.environ["OPENBLAS_NUM_THREADS"])
"""


@pytest.mark.parametrize("command", ["--help", "pilot --help", "analyse --help", "pilot nonsense"])
def test_help_and_wrong_usage_load_no_array_database_or_server(command: str) -> None:
    told = ran(command)
    assert told.returncode == (0 if command.endswith("--help") else 2), told.stderr
    assert told.stdout.splitlines()[-2] == "loaded:"


@pytest.mark.parametrize(("chosen", "used"), [({}, "1"), ({"OPENBLAS_NUM_THREADS": "4"}, "4")])
def test_matrix_products_take_one_thread_unless_told_otherwise(chosen: dict[str, str], used: str) -> None:
    assert ran("--help", **chosen).stdout.splitlines()[-1] == f"threads: {used}"


def ran(command: str, **chosen: str) -> "subprocess.CompletedProcess[str]":
    others = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    return subprocess.run(
        [sys.executable, "-c", AFTER_MAIN.format(late=LATE), *command.split()],
        capture_output=True,
        text=True,
        check=False,
        env=others | chosen,
    )
