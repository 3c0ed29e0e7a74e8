"""Every command explains itself, and says so when it is used in a way it cannot be."""

import re
from collections.abc import Iterator

import pytest
import structlog
from typer.testing import CliRunner

from pilotbed.cli import app

COMMANDS = {
    "demo": ("--once", "--days", "--out", "--seed"),
    "up": ("--mqtt-port", "--http-port", "--data"),
    "ingest": ("--share", "--client-id", "--retire", "--http-port", "--data"),
    "api": ("--http-port", "--data"),
    "pilot check": ("PLAN.yaml",),
    "pilot add": ("PLAN.yaml", "--data"),
    "pilot amend": ("PLAN.yaml", "--reason", "--json"),
    "pilot list": ("--json",),
    "pilot show": ("PILOT",),
    "pilot advance": ("PILOT", "--to"),
    "pilot write": ("PILOT", "SECTION", "FILE", "lessons"),
    "pilot recruitment": ("PILOT", "--group", "--invited", "--declined", "--not-eligible"),
    "pilot power": ("PLAN.yaml", "--like", "--spread", "--json"),
    "pilot requirements": ("PILOT", "--format", "--lang", "--output", "--json"),
    "compare": ("PILOT[:PRODUCT]", "--json"),
    "participant add": ("--group", "--count", "--consent", "--unit"),
    "participant consent": ("PILOT", "CODE", "--to"),
    "participant unit": ("PILOT", "CODE", "UNIT"),
    "participant leave": ("PILOT", "CODE", "--because", "--on"),
    "participant home": ("--lat", "--lon", "--radius-m"),
    "participant list": ("PILOT",),
    "device add": ("--kind", "--adapter", "--address", "--interval-s", "--product"),
    "device assign": ("CODE", "--from", "--to"),
    "device list": ("PILOT",),
    "device adapters": ("--json",),
    "device proposals": ("--json",),
    "device try": ("--model", "--payload", "--adapter", "--topic", "--json"),
    "device password": ("PILOT", "DEVICE", "--revoke", "--json"),
    "device accounts": ("--data",),
    "bridge add": ("NAME", "--topic", "--json"),
    "bridge list": ("--json",),
    "bridge remove": ("NAME",),
    "send": ("DEVICE", "STREAM", "FIELD=VALUE"),
    "simulate": ("--days", "--seed", "--faults", "--truth"),
    "analyse": ("PILOT", "--scheduler", "--data", "--json"),
    "report": ("--format", "--lang", "--output"),
    "import": ("PILOT", "visits|scores|weighings|events", "FILE", "--map", "--json"),
    "export": ("PILOT", "--output", "--groups-only", "--json"),
    "token create": ("--role", "--pilot"),
    "token list": ("--json",),
    "token revoke": ("ID",),
    "grafana build": ("--pilot", "--org", "--readings", "--lang", "--pages-url", "--output", "--json"),
    "grafana push": (
        "--url",
        "--token",
        "--pilot",
        "--api-url",
        "--api-token",
        "--dry-run",
        "--force",
        "--prune",
    ),
    "dead-letters list": ("--json",),
    "dead-letters show": ("ID",),
    "dead-letters replay": ("ID",),
    "dead-letters drop": ("ID",),
    "doctor": ("--json",),
}
"""Every command, and what its help must name."""

GROUPS = ("pilot", "participant", "device", "bridge", "token", "grafana", "dead-letters")


MISUSED = [
    "nonsense",
    "pilot check not-there.yaml",
    "participant add natt",
    "participant add natt --group intervention --count none",
    "device add natt",
    "send bed-1",
    "report natt --format docx -o report.docx",
    "device add natt bed-2 --kind toaster",
    "token create --role boss",
    "pilot advance natt --to party",
    "pilot write natt poetry",
    "participant leave natt K7Q-4TD --because bored",
    "participant leave natt K7Q-4TD --because moved --on yesterday",
    "send bed-1 beds weight_kg=71",
    "dead-letters show first",
    "grafana build",
    "grafana build -o there --readings",
    "grafana build -o there --org 0",
    "grafana build -o there --pages-url pilot.example.org",
    "grafana push --token glsa_x",
    "grafana push --url http://grafana --token glsa_x --api-url http://api:8000",
    "demo --days 400",
    "simulate examples/nattillsyn.yaml --faults ghost",
    "ingest --share workers",
    "ingest --share a/b --client-id worker-1",
]
"""Commands that are not used as they can be."""


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """The command line directs logs to the standard error it finds, here one that is soon closed."""
    yield
    structlog.reset_defaults()


def said(command: str) -> str:
    done = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "120", "NO_COLOR": "1"})
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_says_in_a_sentence_what_it_does_and_what_it_takes(command: str) -> None:
    text = said(command)
    for word in COMMANDS[command]:
        assert word in text
    assert re.search(r"^ [A-Z].*\.", text.partition("Usage: ")[2], re.MULTILINE)


def test_no_command_is_missing_here() -> None:
    listed = set()
    for group in ("", *GROUPS):
        for name in re.findall(r"^│ ([a-z][a-z-]+)  ", said(group), re.MULTILINE):
            listed.add(f"{group} {name}".strip())
    assert listed - {*GROUPS, "bench"} == set(COMMANDS)


@pytest.mark.parametrize("command", MISUSED)
def test_wrong_usage_ends_with_2(command: str) -> None:
    refused = CliRunner().invoke(app, command.split())
    assert refused.exit_code == 2
    assert "Usage: " in refused.stderr
    assert refused.stdout == ""
