"""`pilotbed device try`: what a payload would become, before any device sends it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import Result
from typer.testing import CliRunner

from pilotbed.cli import app
from tests.running import Installation

BED = """\
name: my-bed
title: A bed on four load cells
formats: [esphome]
quality: decodes
source: our own workshop
time: {field: at, unit: s}
readings:
  - stream: bed
    set_aside: {stale: {field: value, is: nan}}
    columns: {weight_kg: {field: value, unit: g}}
"""


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """The command line directs logs to the standard error it finds, here one that is soon closed."""
    yield
    structlog.reset_defaults()


def tried(folder: Path, payload: str | bytes, *options: str) -> Result:
    return CliRunner().invoke(
        app,
        ["device", "try", "--payload", "-", "--data", str(folder), *options],
        input=payload,
        env={"COLUMNS": "200"},
    )


@pytest.fixture
def bed(tmp_path: Path) -> str:
    path = tmp_path / "my-bed.yaml"
    path.write_text(BED, encoding="utf-8")
    return str(path)


def test_the_readings_are_printed(tmp_path: Path, bed: str) -> None:
    done = tried(tmp_path, '{"value": 72400, "at": 1768443225}', "--model", bed)
    assert done.exit_code == 0
    assert done.stdout.split() == [
        "stream",
        "time",
        "values",
        "bed",
        "2026-01-15T02:13:45Z",
        "weight_kg=72.4",
    ]


def test_a_payload_may_be_one_bare_value(tmp_path: Path, bed: str) -> None:
    assert "weight_kg=72.4" in tried(tmp_path, "72400", "--model", bed).stdout


def test_a_payload_may_be_a_file(tmp_path: Path, bed: str) -> None:
    (tmp_path / "payload.json").write_text('{"value": 1000}')
    done = CliRunner().invoke(
        app, ["device", "try", "--model", bed, "--payload", str(tmp_path / "payload.json")]
    )
    assert "weight_kg=1.0" in done.stdout


def test_what_is_set_aside_is_said_with_its_reason(tmp_path: Path, bed: str) -> None:
    done = tried(tmp_path, "nan", "--model", bed)
    assert done.exit_code == 0
    assert done.stdout == "set aside as stale: a state that is not known now\n"


def test_a_model_may_be_one_that_comes_with_the_software_or_with_the_installation(tmp_path: Path) -> None:
    pressed = '{"button_event": {"status": "long press"}}'
    assert 'cause="button"' in tried(tmp_path, pressed, "--model", "milesight-ws101").stdout
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "my-bed.yaml").write_text(BED, encoding="utf-8")
    assert "weight_kg=1.0" in tried(tmp_path, "1000", "--model", "my-bed").stdout


def test_a_whole_message_of_a_format_is_read_as_a_device_would_send_it(tmp_path: Path) -> None:
    message = {"deviceInfo": {"devEui": "24e124707c0000ff"}, "time": "2026-01-15T02:13:45Z"}
    told = tried(
        tmp_path,
        json.dumps(message | {"object": {"occupancy": "occupied"}}),
        *("--adapter", "chirpstack", "--topic", "application/a/device/24e124707c0000ff/event/up"),
        *("--model", "milesight-vs341", "--json"),
    )
    assert json.loads(told.stdout) == {
        "readings": [
            {
                "address": "24e124707c0000ff",
                "stream": "bed",
                "time": "2026-01-15T02:13:45Z",
                "values": {"occupied": True},
            }
        ],
        "set_aside": [],
    }


def test_a_format_that_has_a_model_of_its_own_needs_none(tmp_path: Path) -> None:
    options = ("--adapter", "emfit", "--topic", "emfit/131/status")
    told = tried(tmp_path, '{"description": "absent", "from": 1484197481000}', *options)
    assert "occupied=false" in told.stdout


@pytest.mark.parametrize(
    ("payload", "options", "said"),
    [
        ('{"value": "Kalle"}', ("--model", "BED"), "refused (wrong_type): field value holds no number"),
        ("9e9", ("--model", "BED"), "refused (out_of_range): weight_kg 9000000.0 must be a number between"),
        ("1", ("--model", "my-bad"), 'there is no model "my-bad": there are '),
        (
            "1",
            ("--model", "milesight-ws110"),
            'there is no model "milesight-ws110": did you mean "milesight-ws101"?',
        ),
        ("1", ("--model", "not-there.yaml"), "not-there.yaml line 1: not readable: "),
        (
            "{}",
            ("--model", "BED", "--adapter", "emfit", "--topic", "emfit/1/status"),
            "model my-bed is for esphome, not for emfit",
        ),
        (
            '{"deviceInfo": {"devEui": "ab"}, "object": {}}',
            ("--adapter", "chirpstack", "--topic", "application/a/device/ab/event/up"),
            "refused (no_model): adapter chirpstack reads by a model: name one by --model",
        ),
    ],
)
def test_a_payload_or_model_that_cannot_be_read_ends_with_1_and_the_reason(
    tmp_path: Path, bed: str, payload: str, options: tuple[str, ...], said: str
) -> None:
    done = tried(tmp_path, payload, *(bed if option == "BED" else option for option in options))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith(said)


def test_a_model_that_does_not_hold_is_said_line_by_line(tmp_path: Path) -> None:
    wrong = tmp_path / "my-bed.yaml"
    wrong.write_text(BED.replace("weight_kg", "weight").replace("unit: s", "unit: sec"), encoding="utf-8")
    done = tried(tmp_path, "1", "--model", str(wrong))
    assert done.exit_code == 1
    assert [line.removeprefix(f"{wrong} ")[:7] for line in done.stderr.splitlines()] == ["line 6:", "line 10"]
    printed: dict[str, Any] = json.loads(tried(tmp_path, "1", "--model", str(wrong), "--json").stdout)
    assert [problem["line"] for problem in printed["errors"]] == [6, 10]


def test_a_refusal_is_printed_as_json_too(tmp_path: Path, bed: str) -> None:
    done = tried(tmp_path, "[]", "--model", bed, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"refused": "wrong_type", "reason": "field value holds no number"}


@pytest.mark.parametrize(
    "options", [(), ("--adapter", "emfit"), ("--topic", "a/b"), ("--adapter", "x", "--topic", "a")]
)
def test_a_payload_that_nothing_could_read_is_wrong_usage(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert tried(tmp_path, "1", *options).exit_code == 2


def test_a_model_of_the_installation_that_does_not_hold_is_said_by_every_command(
    installation: Installation,
) -> None:
    wrong = installation.data / "models" / "my-bed.yaml"
    wrong.parent.mkdir(parents=True)
    wrong.write_text(BED.replace("unit: s", "unit: sec"), encoding="utf-8")
    refused = installation.run("device", "adapters", exit_code=1)
    assert refused.stderr.startswith(f'{wrong} line 6: unit of time "sec" is not one of s, ms')
