"""The command line explains itself before it loads what commands work with."""

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
import sys
from pilotbed.cli import main

try:
    main()
finally:
    print("loaded:", *sorted(sys.modules.keys() & set({late!r})))
"""


@pytest.mark.parametrize("command", ["--help", "pilot --help", "analyse --help", "pilot nonsense"])
def test_help_and_wrong_usage_load_no_array_database_or_server(command: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", AFTER_MAIN.format(late=LATE), *command.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == (0 if command.endswith("--help") else 2), told.stderr
    assert told.stdout.splitlines()[-1] == "loaded:"
