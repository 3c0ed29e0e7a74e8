"""Mosquitto's password and ACL files, made from accounts."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from ingest.accounts import (
    acl_file,
    check_account_name,
    check_topic_filter,
    hash_password,
    new_password,
    overlap,
    password_file,
    write_accounts,
)
from ingest.address import BrokerAddress
from ingest.decoders.frigate import FORMAT
from pilots.errors import InvalidAccount
from pilots.records import Account
from tests.brokers import Mosquitto
from tests.deploy.clients import Connected
from tests.parts import require
from tests.waiting import wait_for

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


def test_the_service_reads_the_topics_of_foreign_formats_too() -> None:
    written = acl_file([], "pilotbed", readable=["owntracks/+/+", "pilotbed/#", "positions"])
    assert written.splitlines() == [
        "user pilotbed",
        "topic read pilotbed/#",
        "topic read $SYS/#",
        "topic read owntracks/+/+",
        "topic read positions",
    ]


def test_what_is_denied_is_denied_to_the_service_and_to_the_bridges_that_could_send_it() -> None:
    frigate = Account("nvr", None, None, ("frigate/#",), "x", 0)
    tracker = Account("trackers", None, None, ("owntracks/+/+",), "x", 0)
    denied = ["frigate/+/+/snapshot", "zigbee2mqtt/bridge/#"]
    assert acl_file([frigate, tracker, BED], "pilotbed", denied=denied).split("\n\n") == [
        "user pilotbed\ntopic deny frigate/+/+/snapshot\ntopic deny zigbee2mqtt/bridge/#\n"
        "topic read pilotbed/#\ntopic read $SYS/#",
        "user nvr\ntopic deny frigate/+/+/snapshot\ntopic write frigate/#",
        "user trackers\ntopic write owntracks/+/+",
        "user bed-1\ntopic write pilotbed/natt/bed-1/#\n",
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("frigate/+/+/snapshot", "frigate/#"),
        ("frigate/+/+/snapshot", "frigate/rum_3/#"),
        ("frigate/+/+/snapshot", "frigate/rum_3/+/+"),
        ("frigate/+/+/snapshot", "frigate/rum_3/person/snapshot"),
        ("frigate/+/audio/#", "frigate/+/+"),
        ("frigate/triggers", "frigate/+"),
        ("a/#", "a"),
        ("a/#", "a/#"),
    ],
)
def test_filters_that_match_one_topic_overlap(one: str, other: str) -> None:
    assert overlap(one, other)
    assert overlap(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("frigate/+/+/snapshot", "frigate/+/+"),
        ("frigate/+/+/snapshot", "frigate/+/+/clip"),
        ("frigate/+/+/snapshot", "frigate/+/+/snapshot/+"),
        ("frigate/+/+/snapshot", "frigat/#"),
        ("frigate/triggers", "frigate/events"),
        ("a/+", "a"),
    ],
)
def test_filters_without_a_topic_in_common_do_not_overlap(one: str, other: str) -> None:
    assert not overlap(one, other)
    assert not overlap(other, one)


LEVELS = st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=4)
FILTERS = st.builds(
    lambda levels, last: "/".join(["a", *levels, *last]),
    st.lists(st.sampled_from(["a", "b", "+"]), max_size=3),
    st.sampled_from([[], ["#"]]),
)


@given(FILTERS, FILTERS, LEVELS)
def test_filters_that_both_match_a_topic_overlap(one: str, other: str, levels: list[str]) -> None:
    topic = "/".join(levels)
    if topic_matches_sub(one, topic) and topic_matches_sub(other, topic):
        assert overlap(one, other)


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
    with pytest.raises(InvalidAccount):
        acl_file([], "pilotbed", readable=["zigbee2mqtt/bed\ntopic readwrite #"])
    with pytest.raises(InvalidAccount):
        acl_file([], "pilotbed", denied=["#"])


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


# -- at a broker -------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[dict[str, BrokerAddress]]:
    """Mosquitto with our files: a bridge of all that Frigate says, a service that would read all of it, and
    a client that somebody else let in."""
    words = {"nvr": "hemligt", "pilotbed": "hemligare", "other": "hemligast"}
    hashes = {name: hash_password(word) for name, word in words.items()}
    bridge = Account("nvr", None, None, ("frigate/#",), hashes["nvr"], 0)
    ours = acl_file([bridge], "pilotbed", ["frigate/#"], FORMAT.denied)
    (tmp_path / "acl").write_text(f"{ours}\nuser other\ntopic readwrite frigate/#\n")
    passwords = password_file([bridge], "pilotbed", hashes["pilotbed"])
    (tmp_path / "passwords").write_text(f"{passwords}other:{hashes['other']}\n")
    broker = Mosquitto(tmp_path, f"acl_file {tmp_path}/acl\npassword_file {tmp_path}/passwords")
    broker.start()
    yield {name: BrokerAddress("127.0.0.1", broker.port, name, word) for name, word in words.items()}
    broker.stop()


IDENTIFYING = (
    "frigate/rum_3/person/snapshot",
    "frigate/rum_3/audio/transcription",
    "frigate/tracked_object_update",
    "frigate/triggers",
)
HARMLESS = ("frigate/rum_3/person", "frigate/events")


def test_a_bridge_of_a_whole_family_cannot_send_its_pictures_and_words(
    guarded: dict[str, BrokerAddress],
) -> None:
    with Connected(guarded["other"]) as listener, Connected(guarded["nvr"]) as bridge:
        listener.subscribe("frigate/#")
        for topic in (*IDENTIFYING, *HARMLESS):
            bridge.publish(topic)
        wait_for(lambda: HARMLESS[-1] in listener.topics, "what is not denied")
        assert tuple(listener.topics) == HARMLESS


def test_the_service_receives_none_of_them_whoever_may_send_them(guarded: dict[str, BrokerAddress]) -> None:
    with Connected(guarded["pilotbed"]) as service, Connected(guarded["other"]) as sender:
        service.subscribe("frigate/#")
        for topic in (*IDENTIFYING, *HARMLESS):
            sender.publish(topic)
        wait_for(lambda: HARMLESS[-1] in service.topics, "what is not denied")
        assert tuple(service.topics) == HARMLESS
