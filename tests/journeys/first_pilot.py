"""A first pilot, by the commands of the README, and a device that is a shell script."""

import subprocess
from pathlib import Path

from tests.parts import require
from tests.running import Installation, Service

PLAN = """
pilot: natt-2026
title: Nattillsyn
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-03-08}
  - {name: pilot, start: 2026-03-09, end: 2026-06-28, wash_in_days: 14}
groups: {intervention: 24, comparison: 12}
"""
TOPIC = "pilotbed/natt-2026/bed-07/bed"


def prepared(folder: Path, **environment: str) -> Installation:
    """A pilot with one participant and the bed `bed-07`."""
    installation = Installation(folder, **environment)
    installation.add_pilot(PLAN)
    added = installation.json(
        "participant", "add", "natt-2026", "--group", "intervention", "--consent", "bed"
    )
    installation.run("device", "add", "natt-2026", "bed-07", "--kind", "bed")
    installation.run(
        "device", "assign", "natt-2026", "bed-07", added["participants"][0], "--from", "2026-01-12T12:00"
    )
    return installation


def mosquitto_pub(service: Service, topic: str, payload: str) -> None:
    """Publish with QoS 1; returns after the broker's PUBACK."""
    broker = service.broker
    command = [require("mosquitto_pub"), "-h", broker.host, "-p", str(broker.port), "-q", "1", "-t", topic]
    if broker.user is not None:
        command += ["-u", broker.user, "-P", str(broker.password)]
    if payload:
        subprocess.run([*command, "-s"], input=payload, text=True, check=True, timeout=30)
    else:
        subprocess.run([*command, "-n"], check=True, timeout=30)


def weights(service: Service, second: str) -> list[float | None]:
    """The weights that the API answers for the local second, such as `2026-01-12T23:00:00`."""
    asked = {"device": "bed-07", "start": f"{second}+01:00", "end": f"{second}.999+01:00"}
    found: list[float | None] = service.get("/pilots/natt-2026/readings/bed", **asked)["columns"]["weight_kg"]
    return found
