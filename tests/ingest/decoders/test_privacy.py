"""Privacy at the door: no name, word or picture of a foreign message is kept, counted or logged anywhere.

Words are planted in every field of every message, one field at a time, and then looked for in all that is
left once the intake has taken them.
"""

import json
import logging
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from prometheus_client import generate_latest

from ingest.decoders.formats import FORMATS
from ingest.directory import Directory
from ingest.intake import Intake
from ingest.received import Received
from pilots.registry import Registry
from store import STREAMS, TimeSeriesStore
from tests.ingest.decoders.identifying import IDENTIFYING, Identifying
from tests.parts import SHARED, absent

RECEIVED_US = 1_771_300_000_000_000
ALWAYS = (0, 2**62)

SENTENCE, NAME = "Märta ringde sin granne", "Planterad"
"""A sentence fits no column of text; a name fits some."""

PICTURE = b64encode(SENTENCE.encode() * 20).decode()
PLANTED = (SENTENCE, json.dumps(SENTENCE).strip('"'), NAME, PICTURE[:20])


def planted_in(message: Any, plant: str, path: str = "") -> Iterator[tuple[str, Any]]:
    """The message with the plant in place of one value after another, and as a new field of each object."""
    match message:
        case dict():
            for name, value in message.items():
                for where, changed in planted_in(value, plant, name):
                    yield where, {**message, name: changed}
            yield "", {**message, "planted": plant}
        case list():
            for number, value in enumerate(message):
                for where, changed in planted_in(value, plant, path):
                    yield where, [*message[:number], changed, *message[number + 1 :]]
        case str() if message.startswith("<"):
            for found in re.finditer(r"<(\w+)>([^<>]+)</", message):
                yield found[1], message[: found.start(2)] + plant + message[found.end(2) :]
        case _:
            yield path, plant


def encoded(message: Any) -> bytes:
    return message.encode() if isinstance(message, str) else json.dumps(message, ensure_ascii=False).encode()


def variants(sample: Identifying) -> Iterator[bytes]:
    """The message with each of its fields replaced by each of the plants."""
    for plant in (SENTENCE, PICTURE, NAME):
        for field, changed in planted_in(sample.message, plant):
            # The topic that a device announces is what is proposed, whatever it is called.
            if field != "state_topic" and (plant != NAME or field not in sample.names):
                yield encoded(changed)


def traces(store: TimeSeriesStore, device: str, logs: list[Any], folder: Path) -> list[str]:
    """All that is left of the messages, as text."""
    left = [repr(letter) for letter in store.dead_letters(100_000)]
    for name in STREAMS:
        readings = store.read(name, device, *ALWAYS)
        left += [repr(set(values)) for values in readings.columns.values() if values.dtype == object]
    left += [repr(store.unknown_fields([device])), repr(store.set_aside([device]))]
    left += [repr(log) for log in logs] + [generate_latest().decode()]
    store.close()
    files = [file for file in folder.iterdir() if file.is_file()]
    return left + [file.read_bytes().decode(errors="replace") for file in files]


def around(word: str, text: str) -> str:
    at = text.index(word)
    return text[max(0, at - 200) : at + 40]


def samples_of(adapter: str) -> list[Identifying]:
    return [sample for sample in IDENTIFYING if sample.adapter == adapter]


def register(registry: Registry, *adapters: str) -> None:
    """One device of each adapter, named as the adapter."""
    for sample in {each.adapter: each for each in IDENTIFYING if each.kind}.values():
        if sample.adapter in adapters:
            registry.add_device(
                "natt", sample.adapter, sample.kind, sample.adapter, sample.address, model=sample.model
            )


def commit(intake: Intake, topic: str, payloads: Iterable[bytes]) -> None:
    intake.commit([Received(topic, payload, 1, False, RECEIVED_US) for payload in payloads])


@pytest.mark.parametrize("adapter", FORMATS)
def test_the_messages_to_plant_in_are_read(adapter: str, registry: Registry, store: TimeSeriesStore) -> None:
    """Else nothing would be left of them, whatever was planted."""
    assert samples_of(adapter)
    register(registry, adapter)
    intake = Intake(store, Directory(registry))
    for sample in samples_of(adapter):
        commit(intake, sample.topic, [encoded(sample.message)])
    assert list(store.dead_letters()) == []


@pytest.mark.parametrize("adapter", FORMATS)
def test_nothing_that_was_planted_is_left_anywhere(
    adapter: str,
    registry: Registry,
    store: TimeSeriesStore,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    register(registry, adapter)
    intake = Intake(store, Directory(registry))
    with structlog.testing.capture_logs() as logs, caplog.at_level(logging.DEBUG):
        for sample in samples_of(adapter):
            commit(intake, sample.topic, variants(sample))
    left = traces(store, adapter, [*logs, caplog.text], tmp_path)
    assert [around(plant, text) for text in left for plant in PLANTED if plant in text] == []


def test_dead_letters_of_foreign_messages_keep_no_payload(registry: Registry, store: TimeSeriesStore) -> None:
    register(registry, *FORMATS)
    intake = Intake(store, Directory(registry))
    for sample in IDENTIFYING:
        commit(intake, sample.topic, [b"", b"\xff\xd8\xff\xe0", b"{", encoded(sample.message)[:-1]])
    assert {stored.letter.payload for stored in store.dead_letters()} == {None}


IN_THE_DOCUMENTS = (
    "John Smith",
    "John's Car",
    "ABC12345",
    "123ABC",
    "Bob",
    "red sedan",
    "delivery_person",
    "helmet",
    "thumb-front_cam",
    "Bedroom 17",
    "GPS-larm 3",
    "Test device",
    "Test application",
)
"""Words of the payloads beside the project that are nobody's business."""


def test_nothing_of_real_and_documented_messages_is_left_on_any_topic(
    registry: Registry, store: TimeSeriesStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each payload on a topic of each format, as a bridge that is set up wrongly sends it."""
    files = sorted((SHARED / "payloads").glob("*/*.[jx]*"))
    if not files:
        absent("shared", "there are no payloads beside the project")
    register(registry, *FORMATS)
    registry.add_device("natt", "front", "camera", "frigate", "front_door")
    registry.add_device("natt", "front-2", "camera", "frigate", "front_cam")
    intake = Intake(store, Directory(registry))
    with structlog.testing.capture_logs() as logs, caplog.at_level(logging.DEBUG):
        for topic in {sample.topic for sample in IDENTIFYING}:
            commit(intake, topic, (file.read_bytes() for file in files))
    left = traces(store, "front", [*logs, caplog.text], tmp_path)
    assert [around(word, text) for text in left for word in IN_THE_DOCUMENTS if word in text] == []
