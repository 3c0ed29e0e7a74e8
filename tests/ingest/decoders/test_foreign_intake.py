"""What foreign messages need beyond their decoder: the registry, what was heard before, and the store."""

import json
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from ingest.directory import Directory
from ingest.formats import Formats
from ingest.intake import Intake
from ingest.received import Received
from ingest.subscriber import Subscriber
from ingest.topics import TopicFilterError
from pilots.errors import InvalidDevice
from pilots.registry import Registry
from store import StoreUnavailable, TimeSeriesStore
from tests.brokers import Broker
from tests.ingest.interrupted import Interrupted
from tests.ingest.publishing import publish
from tests.waiting import wait_for

ALWAYS = (0, 2**62)
NOW = 1_780_000_000_000_000
MINUTE = 60_000_000


def received(topic: str, body: Any, at: int = NOW, *, retain: bool = False) -> Received:
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Received(topic, payload, 1, retain, at)


def uplink(key: str, **fields: Any) -> dict[str, Any]:
    return {
        "deduplicationId": key,
        "time": "2026-05-28T20:00:00+00:00",
        "deviceInfo": {"devEui": "24e124aaaaaaaaaa"},
        "object": fields,
    }


UP = "application/a/device/24e124aaaaaaaaaa/event/up"


@pytest.fixture
def intake(registry: Registry, store: TimeSeriesStore) -> Intake:
    registry.add_device("natt", "radar", "bed", "chirpstack", "24e124aaaaaaaaaa", model="milesight-vs370")
    registry.add_device("natt", "hall", "camera", "frigate", "hall")
    registry.add_device("natt", "gate", "camera", "frigate", "gate")
    registry.add_device("natt", "trygg", "alarm", "scaip", "BED1")
    return Intake(store, Directory(registry))


def frigate(kind: str, event: str, start: float, end: float | None = None, camera: str = "hall") -> Any:
    after = {
        "id": event,
        "camera": camera,
        "label": "person",
        "start_time": start,
        "end_time": end,
        "frame_time": start + 1,
        "current_zones": ["door"],
        "entered_zones": ["door"],
        "score": 0.8,
    }
    return {"type": kind, "before": after, "after": after}


def states(store: TimeSeriesStore, device: str) -> list[tuple[str, str]]:
    found = store.read("camera", device, *ALWAYS)
    return list(zip(found.columns["event"], found.columns["state"], strict=True))


def test_an_uplink_by_several_gateways_is_one_reading_and_counted(
    intake: Intake, store: TimeSeriesStore
) -> None:
    first = uplink("k1", battery=90)
    later = first | {"time": "2026-05-28T20:00:01+00:00"}
    intake.commit([received(UP, first), received(UP, later)])
    intake.commit([received(UP, later)])
    assert store.count("status", "radar", *ALWAYS) == 1
    assert store.set_aside(["radar"]) == {"radar": {"repeat": 2}}


def test_an_uplink_of_a_batch_that_was_not_written_is_no_repeat(
    registry: Registry, store: TimeSeriesStore
) -> None:
    registry.add_device("natt", "radar", "bed", "chirpstack", "24e124aaaaaaaaaa", model="milesight-vs370")
    interrupted = Interrupted(store)
    intake = Intake(interrupted, Directory(registry))  # type: ignore[arg-type] # only commit is used
    message = received(UP, uplink("k1", battery=90))
    interrupted.full.set()
    with pytest.raises(StoreUnavailable):
        intake.commit([message])
    interrupted.full.clear()
    intake.commit([message])
    assert store.count("status", "radar", *ALWAYS) == 1
    assert store.set_aside(["radar"]) == {}


def test_open_events_end_when_frigate_goes_offline(intake: Intake, store: TimeSeriesStore) -> None:
    start = NOW / 1e6 - 600
    intake.commit(
        [
            received("frigate/events", frigate("new", "1.0-a", start)),
            received("frigate/events", frigate("end", "1.0-a", start, start + 60)),
            received("frigate/events", frigate("new", "2.0-b", start)),
            received("frigate/available", b"offline", retain=True),
        ]
    )
    assert sorted(states(store, "hall")) == [
        ("1.0-a", "end"),
        ("1.0-a", "start"),
        ("2.0-b", "end"),
        ("2.0-b", "start"),
    ]
    found = store.read("camera", "hall", *ALWAYS)
    assert found.columns["zone"].tolist() == ["door"] * 4
    assert [store.read("status", name, *ALWAYS).columns["online"].tolist() for name in ("hall", "gate")] == [
        [0],
        [0],
    ]


def test_an_event_is_ended_once_however_often_frigate_is_said_to_be_offline(
    intake: Intake, store: TimeSeriesStore
) -> None:
    intake.commit([received("frigate/events", frigate("new", "2.0-b", NOW / 1e6 - 600))])
    for minute in range(3):
        intake.commit([received("frigate/available", b"offline", NOW + minute * MINUTE)])
    assert states(store, "hall") == [("2.0-b", "start"), ("2.0-b", "end")]


def test_an_answer_finds_the_device_that_raised_the_alarm(intake: Intake, store: TimeSeriesStore) -> None:
    raised = b"<mrq><ref>r1</ref><mty>ME</mty><did>BED1</did><dty>0012</dty><stc>0009</stc></mrq>"
    answer = b"<mrs><ref>r1</ref><snu>0</snu></mrs>"
    intake.commit([received("scaip/mrq", raised), received("scaip/mrs", answer, NOW + MINUTE)])
    found = store.read("alarm", "trygg", *ALWAYS)
    assert found.columns["stage"].tolist() == ["raised", "received"]
    assert store.dead_letters() == []


def scaip(reference: str, kind: str = "ME", **more: str) -> bytes:
    fields = {"ref": reference, "mty": kind, "did": "BED1", "dty": "0012"} | more
    return b"<mrq>%s</mrq>" % "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()).encode()


def test_an_answer_to_a_sign_of_life_is_no_dead_letter(intake: Intake, store: TimeSeriesStore) -> None:
    intake.commit([received("scaip/mrs", b"<mrs><ref>ping-1</ref><snu>0</snu></mrs>")])
    assert store.dead_letters() == []


def test_a_stage_with_a_number_of_its_own_closes_the_open_alarm(
    intake: Intake, store: TimeSeriesStore
) -> None:
    intake.commit([received("scaip/mrq", scaip("r1", stc="0009"))])
    intake.commit([received("scaip/mrq", scaip("r2", "RE"), NOW + MINUTE)])
    found = store.read("alarm", "trygg", *ALWAYS)
    assert list(zip(found.columns["alarm"], found.columns["stage"], strict=True)) == [
        ("r1", "raised"),
        ("r1", "closed"),
    ]


def test_a_number_that_comes_again_after_hours_is_another_alarm(
    intake: Intake, store: TimeSeriesStore
) -> None:
    for hours in (0, 0.5, 3):
        intake.commit([received("scaip/mrq", scaip("1", stc="0009"), NOW + int(hours * 60) * MINUTE)])
    assert store.count("alarm", "trygg", *ALWAYS) == 2
    assert store.set_aside(["trygg"]) == {"trygg": {"repeat": 1}}


def test_a_position_of_a_wrong_clock_does_not_cost_the_alarm_beside_it(
    registry: Registry, store: TimeSeriesStore
) -> None:
    registry.add_device("natt", "spar", "gps", "scaip", "BED1")
    ahead = "<geo>59.3,18.1</geo><tim>2099-01-01T00:00:00Z</tim>"
    Intake(store, Directory(registry)).commit([received("scaip/mrq", scaip("r1", stc="0010", lge=ahead))])
    assert store.count("alarm", "spar", *ALWAYS) == 1
    assert store.count("gps", "spar", *ALWAYS) == 0
    assert store.set_aside(["spar"]) == {"spar": {"no_fix": 1}}


def test_what_an_unregistered_device_sends_that_is_no_reading_is_no_dead_letter(
    intake: Intake, store: TimeSeriesStore
) -> None:
    car = frigate("new", "3.0-c", NOW / 1e6, camera="street")
    car["after"]["label"] = "car"
    intake.commit([received("frigate/events", car)])
    assert store.dead_letters() == []


def test_a_stream_that_the_kind_has_not_is_set_aside_and_the_rest_is_taken(
    registry: Registry, store: TimeSeriesStore
) -> None:
    registry.add_device("natt", "knapp", "alarm", "owntracks", "a/b")
    intake = Intake(store, Directory(registry))
    fix = {"_type": "location", "lat": 59.3, "lon": 18.1, "tst": NOW // 1_000_000 - 60, "batt": 50}
    intake.commit([received("owntracks/a/b", fix)])
    assert store.count("status", "knapp", *ALWAYS) == 1
    assert store.set_aside(["knapp"]) == {"knapp": {"not_a_reading": 1}}


def test_a_refused_message_keeps_no_payload_and_names_its_device(
    registry: Registry, store: TimeSeriesStore
) -> None:
    registry.add_device("natt", "spar", "gps", "owntracks", "a/b")
    intake = Intake(store, Directory(registry))
    fix = {"_type": "location", "lat": 59.3, "lon": 18.1, "tst": 946_000_000, "SSID": "Annas nät"}
    with capture_logs() as logs:
        intake.commit([received("owntracks/a/b", fix), received("owntracks/x/y", fix | {"tst": 1})])
    letters = [stored.letter for stored in store.dead_letters()]
    assert [(letter.code, letter.device, letter.payload) for letter in letters] == [
        ("too_old", "spar", None),
        ("unknown_device", None, None),
    ]
    assert "Annas" not in repr(letters) + repr(logs)


def test_a_dead_letter_belongs_to_the_device_that_its_topic_names(
    registry: Registry, store: TimeSeriesStore
) -> None:
    registry.add_device("natt", "spar", "gps", "owntracks", "a/b")
    Intake(store, Directory(registry)).commit([received("owntracks/a/b", b"{")])
    assert store.dead_letter_counts(["spar"]) == {"spar": 1}


def test_an_address_that_stands_in_the_payload_alone_is_not_repeated(
    intake: Intake, store: TimeSeriesStore
) -> None:
    intake.commit([received("frigate/events", frigate("new", "1.0-a", NOW / 1e6 - 9, camera="Svensson"))])
    [stored] = store.dead_letters()
    assert stored.letter.code == "unknown_device"
    assert "Svensson" not in repr(stored.letter)


def test_a_broken_model_of_the_installation_is_not_in_the_way_of_ours(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: [", encoding="utf-8")
    formats = Formats(models=tmp_path)
    formats.check("chirpstack", "24e124aaaaaaaaaa", "bed", "milesight-vs373")
    with pytest.raises(InvalidDevice, match=r"has no model \"bad\"(.|\n)*bad\.yaml"):
        formats.check("chirpstack", "24e124aaaaaaaaaa", "bed", "bad")


def test_a_device_registered_while_ingest_runs_is_heard(
    broker: Broker, registry: Registry, store: TimeSeriesStore
) -> None:
    subscriber = Subscriber(broker.address, Intake(store, Directory(registry)), client_id="ingest")
    subscriber.start()
    wait_for(lambda: subscriber.trouble() is None, "the subscription")
    registry.add_device("natt", "vag", "bed", "mqtt-bed", "home/bed")

    def heard() -> bool:
        publish(broker.address, [("home/bed", b"71.5")])
        return store.count("bed", "vag", *ALWAYS) > 0

    try:
        wait_for(heard, "the reading of the new device")
    finally:
        subscriber.stop()


def test_announced_devices_are_proposed_and_not_registered(intake: Intake, registry: Registry) -> None:
    announced = {
        "device_class": "weight",
        "unit_of_measurement": "kg",
        "state_topic": "home/bed",
        "name": "Annas säng",
    }
    topic = "homeassistant/sensor/bed/weight/config"
    intake.commit([received(topic, announced, retain=True)])
    assert [(each.adapter, each.address) for each in registry.proposals()] == [("mqtt-bed", "home/bed")]
    assert "home/bed" not in {device.address for device in registry.devices()}
    intake.commit([received(topic, b"")])
    assert registry.proposals() == []


@pytest.mark.parametrize(
    ("adapter", "address", "kind", "model", "said"),
    [
        ("owntrack", "a/b", "gps", None, 'there is no adapter "owntrack"'),
        ("homeassistant", "a", "bed", None, 'there is no adapter "homeassistant"'),
        ("owntracks", None, "gps", None, "needs --address"),
        ("frigate", "hall", "bed", None, "reads devices of kind camera"),
        ("chirpstack", "24e124aaaaaaaaaa", "bed", None, "needs --model"),
        ("chirpstack", "24e124aaaaaaaaaa", "bed", "vs999", 'no model "vs999"'),
        ("mqtt-bed", "home/+/bed", "bed", None, r"without \+ and #"),
        ("mqtt-bed", "pilotbed/natt/bed-1/bed", "bed", None, "speak our own format"),
        ("esphome", "pilotbed/natt", "bed", None, "speak our own format"),
        ("mqtt-bed", "/home/bed", "bed", None, "begins with a word of its own"),
        ("mqtt-bed", "home/bed ", "bed", None, "no spaces around them"),
        ("esphome", "a" * 250, "bed", None, "at most 256 characters"),
        ("native", "x", "bed", None, "neither --address nor --model"),
    ],
)
def test_a_device_that_nothing_could_read_is_refused_with_the_way_out(
    adapter: str, address: str | None, kind: str, model: str | None, said: str
) -> None:
    with pytest.raises(InvalidDevice, match=said):
        Formats().check(adapter, address, kind, model)


def test_topics_of_a_format_can_be_chosen(registry: Registry, store: TimeSeriesStore) -> None:
    registry.add_device("natt", "spar", "gps", "traccar", "42")
    formats = Formats({"traccar": ["fleet/+"]})
    directory = Directory(registry, formats)
    assert directory.filters == ("pilotbed/#", "fleet/+", *directory.filters[2:])
    assert "positions" not in directory.filters
    with pytest.raises(TopicFilterError, match="there is no format 'tracar'"):
        Formats({"tracar": ["x"]})
    with pytest.raises(TopicFilterError, match="'#'"):
        Formats({"traccar": ["#"]})


def test_what_nobody_registered_is_not_subscribed_to(registry: Registry) -> None:
    assert [each for each in Directory(registry).filters if not each.startswith("homeassistant/")] == [
        "pilotbed/#"
    ]


def test_an_address_of_one_format_is_in_no_topic_of_another(registry: Registry) -> None:
    registry.add_device("natt", "pack", "bed", "senml", "urn:x#1")
    assert not [each for each in Formats().denied(registry.devices()) if "urn:x#1" in each]


def test_an_alarm_of_a_wrong_clock_stands_at_the_time_of_receipt(
    registry: Registry, store: TimeSeriesStore
) -> None:
    registry.add_device("natt", "radar2", "bed", "chirpstack", "24e124bbbbbbbbbb", model="milesight-vs373")
    body = uplink("k2", events=[{"alarm_type": "fall", "alarm_id": 7, "alarm_status": "alarm_triggered"}])
    body["object"]["timestamp"] = NOW // 1_000_000 + 900
    body["deviceInfo"]["devEui"] = "24e124bbbbbbbbbb"
    topic = UP.replace("24e124aaaaaaaaaa", "24e124bbbbbbbbbb")
    Intake(store, Directory(registry)).commit([received(topic, body)])
    found = store.read("alarm", "radar2", *ALWAYS)
    assert (found.time.tolist(), found.columns["alarm"].tolist()) == ([NOW], ["fall-7"])
    assert store.dead_letters() == []


def test_a_refused_retained_message_is_no_dead_letter_at_every_subscription(
    intake: Intake, store: TimeSeriesStore
) -> None:
    intake.commit([received("homeassistant/sensor/bed/config", b"{", retain=True)])
    assert store.dead_letters() == []


def test_a_broken_model_silences_no_other_model_of_the_installation(
    registry: Registry, store: TimeSeriesStore, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "broken.yaml").write_text("name: [", encoding="utf-8")
    (folder / "our-bed.yaml").write_text(
        "name: our-bed\ntitle: Our bed\nformats: [chirpstack]\nquality: decodes\nsource: ours\n"
        "readings:\n  - stream: bed\n    columns:\n      weight_kg: {field: w, unit: kg}\n",
        encoding="utf-8",
    )
    registry.add_device("natt", "own", "bed", "chirpstack", "24e124aaaaaaaaaa", model="our-bed")
    Intake(store, Directory(registry, Formats(models=folder))).commit([received(UP, uplink("k", w=70))])
    assert store.read("bed", "own", *ALWAYS).columns["weight_kg"].tolist() == [70]
