"""A bed sensor on a topic of its own: the topic is its address."""

import math

import pytest
from hypothesis import given

from ingest.decoders.mqtt_bed import FORMAT
from ingest.refusal import Refused
from tests.ingest.decoders.home import aside, bed, broken, by, constructed, status, survives, told

TOPIC = "home/bedroom/bed"


def test_the_message_under_shared_is_read_as_it_says() -> None:
    topic, payload, expected = constructed("bench-beds.json", 2)
    (heard,) = told(FORMAT, topic, payload).readings
    assert (heard.address, heard.stream) == (topic, expected["stream"])
    assert heard.values == {"weight_kg": expected["weight_kg"]}
    assert math.copysign(1, heard.values["weight_kg"]) == 1, "no -0.0"


@pytest.mark.parametrize(
    ("sent", "kg"), [(b"72.4", 72.4), (b" 72.4\n", 72.4), (b"+7e1", 70.0), (b"-1.5", -1.5)]
)
def test_a_bare_number_is_net_weight_in_kilograms(sent: bytes, kg: float) -> None:
    assert told(FORMAT, TOPIC, sent).readings == [bed(TOPIC, weight_kg=kg)]


@pytest.mark.parametrize(
    ("word", "occupied"),
    [(b"ON", True), (b"off", False), (b"true", True), (b"occupied", True), (b"vacant", False)],
)
def test_a_bare_word_is_presence(word: bytes, occupied: bool) -> None:
    assert told(FORMAT, TOPIC, word).readings == [bed(TOPIC, occupied=occupied)]


def test_an_object_has_fields_that_are_named_as_our_columns() -> None:
    answer = told(FORMAT, TOPIC, {"weight_kg": 71.5, "occupied": True, "battery": 90, "name": "Greta"})
    assert answer.readings == [bed(TOPIC, weight_kg=71.5, occupied=True), status(TOPIC, battery_pct=90.0)]


def test_an_object_may_go_through_a_model_of_its_own() -> None:
    grams = by(
        """
        name: saeng
        title: Säng
        formats: [mqtt-bed]
        quality: decodes
        source: a test
        readings:
          - {stream: bed, columns: {load_kg: {field: sensor.total_g, unit: g}}}
        """
    )
    assert told(FORMAT, TOPIC, {"sensor": {"total_g": 98_500}}, grams).readings == [bed(TOPIC, load_kg=98.5)]


@pytest.mark.parametrize("word", [b"unavailable", b"unknown", b"nan", b"null", b"None"])
def test_a_value_that_is_not_known_is_stale_and_never_an_empty_bed(word: bytes) -> None:
    answer = told(FORMAT, TOPIC, word)
    assert (answer.readings, answer.set_aside) == ((), aside(TOPIC, "stale"))


def test_a_word_that_means_nothing_here_is_set_aside() -> None:
    assert told(FORMAT, TOPIC, b"calibrating").set_aside == aside(TOPIC)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "empty"),
        (b"72.4 kg", "wrong_type"),
        (b"72,4", "wrong_type"),
        (b"[72.4]", "wrong_type"),
        (b"Greta Svensson", "wrong_type"),
        (b"{", "not_json"),
        (b'{"weight_kg": "Greta"}', "wrong_type"),
    ],
)
def test_what_is_wrong_is_refused_without_its_words(payload: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        told(FORMAT, TOPIC, payload)
    assert refused.value.code == code
    assert "Greta" not in str(refused.value)


@given(broken(72.4, {"weight_kg": 71.5, "occupied": True, "state": "ON", "battery": 90}))
def test_nothing_but_a_refusal_comes_of_any_payload(payload: bytes) -> None:
    survives(FORMAT, TOPIC, payload)
