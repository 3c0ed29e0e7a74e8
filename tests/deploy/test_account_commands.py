"""Accounts at the broker from the command line."""

from pathlib import Path

import pytest

from tests.pilots.plans import MINIMAL
from tests.running import Installation


class Office(Installation):
    """An installation with a folder for the broker's files, and two beds without passwords."""

    def __init__(self, folder: Path) -> None:
        self.files = folder / "mosquitto"
        self.files.mkdir()
        super().__init__(
            folder, PILOTBED_MQTT="mqtt://pilotbed:secret@localhost", PILOTBED_MQTT_ACCOUNTS=str(self.files)
        )
        self.add_pilot(MINIMAL)
        for name in ("bed-1", "bed-9"):
            self.run("device", "add", "natt", name, "--kind", "bed")
        self.run("device", "accounts")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("office"))


def test_a_password_is_shown_once_and_only_its_hash_is_kept(office: Office) -> None:
    password = str(office.json("device", "password", "natt", "bed-1")["password"])
    office.run("device", "accounts")
    for file in (*office.data.iterdir(), *office.files.iterdir()):
        assert password.encode() not in file.read_bytes()


def test_a_bridge_is_added_listed_and_removed(office: Office) -> None:
    added = office.json("bridge", "add", "gateway", "--topic", "owntracks/+/+", "--topic", "a/#")
    assert (added["bridge"], added["user"], added["topics"]) == (
        "gateway",
        "gateway",
        ["owntracks/+/+", "a/#"],
    )
    assert office.json("bridge", "list") == [{"bridge": "gateway", "topics": ["owntracks/+/+", "a/#"]}]
    assert "topic write owntracks/+/+" in (office.files / "acl").read_text()
    office.run("bridge", "remove", "gateway")
    assert office.json("bridge", "list") == []
    assert "gateway" not in (office.files / "acl").read_text()
    assert "no bridge gateway" in office.run("bridge", "remove", "gateway", exit_code=1).stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("bridge add bed-1 --topic a/#", 'a device of pilot "natt" has that name'),
        ("bridge add pilotbed --topic a/#", "the service's own user"),
        ("bridge add pilotbed-ingest-7 --topic a/#", "the client id of ingest"),
        ("bridge add gateway --topic #", "it begins with a word of its own"),
        ("device password natt bed-2", 'no device "bed-2"'),
        ("device password natt bed-9 --revoke", "bed-9 has no account"),
    ],
)
def test_what_cannot_be_an_account_is_refused_and_changes_nothing(
    office: Office, command: str, said: str
) -> None:
    before = (office.files / "passwords").read_bytes()
    refused = office.run(*command.split(), exit_code=1)
    assert said in " ".join(refused.stderr.split())
    assert (office.files / "passwords").read_bytes() == before


def test_without_a_folder_the_account_is_kept_for_later_and_the_way_is_said(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    installation.add_pilot(MINIMAL)
    installation.run("device", "add", "natt", "bed-1", "--kind", "bed")
    given = installation.run("device", "password", "natt", "bed-1")
    assert len(given.stdout.strip()) == 32
    assert "PILOTBED_MQTT_ACCOUNTS" in given.stderr
    missing = installation.run("device", "accounts", exit_code=1)
    assert "PILOTBED_MQTT_ACCOUNTS" in missing.stderr


def test_files_are_not_written_without_the_services_own_account(tmp_path: Path) -> None:
    installation = Installation(
        tmp_path, PILOTBED_MQTT="mqtt://localhost", PILOTBED_MQTT_ACCOUNTS=str(tmp_path)
    )
    refused = installation.run("device", "accounts", exit_code=1)
    assert "PILOTBED_MQTT=mqtts://USER:PASSWORD@host" in refused.stderr
    installation.environment["PILOTBED_MQTT"] = "mqtt://u:p@localhost"
    installation.environment["PILOTBED_MQTT_ACCOUNTS"] = str(tmp_path / "missing")
    assert "there is no such folder" in installation.run("device", "accounts", exit_code=1).stderr
