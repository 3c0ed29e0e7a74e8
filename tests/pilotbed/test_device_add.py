"""A device is told where it may publish, in our own format or in its own."""

from pathlib import Path

import pytest

from tests.ingest.conftest import PLAN
from tests.running import Installation


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    found = Installation(tmp_path / "data")
    found.add_pilot(PLAN)
    return found


def test_a_device_of_our_own_format_is_told_its_topics(installation: Installation) -> None:
    added = installation.json("device", "add", "natt", "alarm-1", "--kind", "alarm")
    assert added["topics"] == ["pilotbed/natt/alarm-1/alarm", "pilotbed/natt/alarm-1/status"]


def test_a_foreign_device_is_told_the_topics_of_its_format(installation: Installation) -> None:
    added = installation.json(
        "device", "add", "natt", "bed-1", "--kind", "bed", "--adapter", "mqtt-bed", "--address", "home/bed"
    )
    assert added["topics"] == ["home/bed"]
    [listed] = installation.json("device", "list", "natt")
    assert (listed["adapter"], listed["address"], listed["model"]) == ("mqtt-bed", "home/bed", None)


def test_every_format_is_listed(installation: Installation) -> None:
    listed = {each["adapter"]: each for each in installation.json("device", "adapters")}
    assert listed["chirpstack"]["kinds"] == ["bed", "gps", "camera", "alarm"]
    assert "milesight-vs373" in listed["chirpstack"]["models"]
    assert listed["owntracks"]["quality"] == "handles silence and repeats"
