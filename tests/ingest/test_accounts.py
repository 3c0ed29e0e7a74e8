"""Mosquitto's password and ACL files, made from accounts."""

import os
import subprocess
from pathlib import Path

import pytest

from ingest.accounts import (
    acl_file,
    check_account_name,
    check_topic_filter,
    hash_password,
    new_password,
    password_file,
    write_accounts,
)
from ingest.address import BrokerAddress
from pilots.errors import InvalidAccount
from pilots.records import Account
from tests.parts import require

BED = Account("bed-1", "natt", "bed-1", (), "$7$101$c2FsdA==$aGFzaA==", 0)
GATEWAY = Account("gateway", None, None, ("owntracks/+/+", "pilotbed/natt/#"), "$7$101$c2FsdA==$eA==", 0)
OWN = BrokerAddress("broker.example.org", 8883, "pilotbed", "ett långt lösenord", tls=True)


def files(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}


def write(folder: Path, *accounts: Account, own: BrokerAddress = OWN) -> bool:
    return write_accounts(folder, lambda: list(accounts), own, client_id="pilotbed-ingest")


def test_a_device_may_write_below_its_own_topic_and_read_nothing() -> None:
    assert acl_file([BED], "pilotbed").split("\n\n")[1] == "user bed-1\ntopic write pilotbed/natt/bed-1/#\n"


def test_a_bridge_may_write_what_its_filters_match() -> None:
    written = acl_file([GATEWAY], "pilotbed").split("\n\n")[1]
    assert written == "user gateway\ntopic write owntracks/+/+\ntopic write pilotbed/natt/#\n"


def test_the_service_reads_what_is_published_and_how_the_broker_fares_and_writes_nothing() -> None:
    assert acl_file([], "pilotbed") == "user pilotbed\ntopic read pilotbed/#\ntopic read $SYS/#\n"


def test_the_password_file_holds_hashes_by_name() -> None:
    assert password_file([BED], "pilotbed", "$7$own") == f"pilotbed:$7$own\nbed-1:{BED.password_hash}\n"


def test_a_password_is_random_and_its_hash_salted() -> None:
    assert len({new_password() for _ in range(100)}) == 100
    assert len(new_password()) == 32
    assert hash_password("hemligt") != hash_password("hemligt")


def test_a_hash_has_the_form_that_mosquitto_passwd_gives_it(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.touch()
    subprocess.run([require("mosquitto_passwd"), "-b", str(file), "bed-1", "hemligt"], check=True)
    theirs = file.read_text(encoding="utf-8").strip().partition(":")[2].split("$")
    ours = hash_password("hemligt").split("$")
    assert [len(part) for part in ours] == [len(part) for part in theirs]
    assert ours[:3] == theirs[:3]


@pytest.mark.parametrize(
    "text",
    [
        "pilotbed/natt/#",
        "pilotbed/+/+/bed",
        "owntracks/+/+",
        "v3/+/devices/+/up",
        "zigbee2mqtt/#",
        "frigate/events",
        "frigate",
        "hem/säng ett",
    ],
)
def test_a_filter_of_topics_of_its_own_is_good(text: str) -> None:
    check_topic_filter(text)


@pytest.mark.parametrize("text", ["#", "+", "+/a", "", "/a", "$SYS/#", "$share/x/pilotbed/#", "$CONTROL/a"])
def test_a_filter_of_every_topic_or_of_the_brokers_own_is_refused(text: str) -> None:
    with pytest.raises(InvalidAccount, match="it begins with a word of its own"):
        check_topic_filter(text)


@pytest.mark.parametrize(
    "text",
    ["a/#/b", "a/b#", "a/b+", "a//b", "a/", "a/b ", "a/b\ntopic readwrite #", "a/\x00", "a/" + "x" * 255],
)
def test_a_filter_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidAccount, match="a level is a word or"):
        check_topic_filter(text)


def test_no_filter_gets_into_the_acl_unchecked() -> None:
    with pytest.raises(InvalidAccount):
        acl_file([Account("gateway", None, None, ("a\ntopic readwrite #",), "x", 0)], "pilotbed")


@pytest.mark.parametrize("name", ["pilotbed", "worker", "worker-2"])
def test_nobody_is_named_as_the_service_or_as_its_sessions(name: str) -> None:
    check_account_name("bed-1", user="pilotbed", client_id="worker")
    with pytest.raises(InvalidAccount, match="choose another name"):
        check_account_name(name, user="pilotbed", client_id="worker")


def test_the_files_say_what_the_registry_says(tmp_path: Path) -> None:
    assert write(tmp_path, BED, GATEWAY)
    written = files(tmp_path)
    assert written["acl"] == acl_file([BED, GATEWAY], "pilotbed")
    own, *others = written["passwords"].splitlines()
    assert own.startswith("pilotbed:$7$101$")
    assert others == [f"bed-1:{BED.password_hash}", f"gateway:{GATEWAY.password_hash}"]


def test_only_owner_and_group_read_them(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write(tmp_path, BED)
    finally:
        os.umask(before)
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()} == {
        "acl": "0o640",
        "passwords": "0o640",
    }


def test_nothing_is_written_where_nothing_has_changed(tmp_path: Path) -> None:
    write(tmp_path, BED)
    before = {file.name: file.stat().st_ino for file in tmp_path.iterdir()}
    assert not write(tmp_path, BED)
    assert {file.name: file.stat().st_ino for file in tmp_path.iterdir()} == before


def test_a_new_password_of_the_service_is_written(tmp_path: Path) -> None:
    write(tmp_path, BED)
    assert write(tmp_path, BED, own=BrokerAddress("b", 8883, "pilotbed", "another"))
    assert not write(tmp_path, BED, own=BrokerAddress("b", 8883, "pilotbed", "another"))


def test_both_files_are_new_when_one_changes_and_passwords_come_last(tmp_path: Path) -> None:
    write(tmp_path, GATEWAY)
    before = {file.name: file.stat().st_ino for file in tmp_path.iterdir()}
    fewer = Account("gateway", None, None, ("owntracks/+/+",), GATEWAY.password_hash, 0)
    assert write(tmp_path, fewer)
    assert all((tmp_path / name).stat().st_ino != inode for name, inode in before.items())
    assert (tmp_path / "acl").stat().st_mtime_ns <= (tmp_path / "passwords").stat().st_mtime_ns


def test_an_account_that_comes_while_the_files_are_written_is_in_them(tmp_path: Path) -> None:
    readings = [[BED], [BED, GATEWAY], [BED, GATEWAY]]
    write_accounts(tmp_path, lambda: readings.pop(0), OWN, client_id="pilotbed-ingest")
    assert "user gateway" in files(tmp_path)["acl"]


def test_an_account_that_could_pass_for_ingest_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidAccount, match="client id of ingest"):
        write(tmp_path, Account("pilotbed-ingest-2", None, None, ("a/#",), "x", 0))
    assert files(tmp_path) == {}


def test_without_an_account_of_the_service_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="without user and password"):
        write(tmp_path, own=BrokerAddress("b", 8883))
