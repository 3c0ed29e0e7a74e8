"""The systemd units: their form, their commands, and what they may touch."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pilotbed.cli import app
from tests.deploy.deployed import DEPLOY, MOSQUITTO
from tests.parts import require

FOLDER = DEPLOY / "systemd"
UNITS = sorted(file.name for file in FOLDER.iterdir())
SERVICES = ["pilotbed.service", "pilotbed-api.service", "pilotbed-ingest@.service"]


def test_systemd_has_nothing_to_say_about_them(tmp_path: Path) -> None:
    analyze = require("systemd-analyze")
    command = Path(sys.executable).with_name("pilotbed")
    if not command.exists():
        pytest.skip("pilotbed is not installed as a command")
    for name in UNITS:
        text = (FOLDER / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/opt/pilotbed/.venv/bin/pilotbed", str(command)))
    if not Path("/lib/systemd/system/mosquitto.service").exists():
        require("mosquitto")
    shutil.copy(tmp_path / "pilotbed-ingest@.service", tmp_path / "pilotbed-ingest@1.service")
    names = [name for name in UNITS if "@" not in name] + ["pilotbed-ingest@1.service"]
    checked = subprocess.run(
        [analyze, "verify", "--man=no", *(str(tmp_path / name) for name in names)],
        capture_output=True,
        text=True,
    )
    about_ours = [line for line in checked.stderr.splitlines() if "pilotbed" in line]
    assert (checked.returncode, about_ours) == (0, [])


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_a_command_of_ours_with_options_it_has(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    command, *rest = re.findall(r"^ExecStart=\S+/pilotbed (.*)$", text, re.MULTILINE)[0].split()
    said = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "120", "NO_COLOR": "1"})
    assert said.exit_code == 0
    for option in (word for word in rest if word.startswith("--")):
        assert option in said.output


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_as_its_own_user_writes_its_own_folder_and_gains_no_rights(name: str) -> None:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    for line in (
        "User=pilotbed",
        "UMask=0077",
        "StateDirectoryMode=0700",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
        "Restart=on-failure",
    ):
        assert line in lines
    assert not [line for line in lines if line.startswith("ReadWritePaths")]


def test_the_path_unit_watches_what_pilotbed_writes_last_and_the_broker_reads() -> None:
    watched = re.findall(
        r"^PathChanged=(.*)$", (FOLDER / "pilotbed-mosquitto-reload.path").read_text(), re.MULTILINE
    )
    assert [f"password_file {path}" for path in watched] == re.findall(
        r"^password_file .*$", (MOSQUITTO / "pilotbed.conf").read_text(), re.MULTILINE
    )
