"""Formats of home automation as tests read them: with their own models, and with payloads to break them."""

import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st

from ingest.decoders.foreign import Format, ModelOf
from ingest.decoders.models.reading import read_model
from ingest.decoders.models.shelf import built_in
from ingest.decoders.native import admit
from ingest.decoders.told import Heard, SetAside, Told
from ingest.refusal import Refused
from store import STREAMS
from tests.parts import shared

RECEIVED_US = 1_771_200_900_000_000


def by_default(family: Format) -> ModelOf:
    """Every device has the format's own model."""
    return lambda address: built_in()[family.model or ""]


def by(text: str) -> ModelOf:
    """Every device has the model that the YAML text says."""
    model = read_model(text, "test.yaml")
    return lambda address: model


def told(family: Format, topic: str, payload: object, model_of: ModelOf | None = None) -> Told:
    """A payload that is no bytes is sent as JSON."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return family.decode(topic, body, model_of or by_default(family))


def bed(address: str, time: int | None = None, **values: object) -> Heard:
    return Heard(address, "bed", time, values)


def status(address: str, time: int | None = None, **values: object) -> Heard:
    return Heard(address, "status", time, values)


def aside(address: str | None, reason: Any = "not_a_reading") -> Sequence[SetAside]:
    return (SetAside(address, reason),)


def constructed(file: str, number: int) -> tuple[str, bytes, dict[str, Any]]:
    """Topic, payload and what is expected of a message under `../shared`."""
    message = json.loads(shared(f"payloads/constructed/{file}").read_text())[number]
    payload = message["payload"]
    body = payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
    return message["topic"], body, message["expect"]


def survives(family: Format, topic: str, payload: bytes) -> None:
    """Nothing but a refusal comes of it, and what is told is no harm to the door either."""
    with suppress(Refused):
        for heard in family.decode(topic, payload, by_default(family)).readings:
            admit(STREAMS[heard.stream], heard.values, heard.time, RECEIVED_US - heard.age)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        [10**400, 1e308, -0.0, "", "ON", "nan", "2026-01-15T02:13:45+01:00", "\x00", "0001-01-01T00:00+14:00"]
    )
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def broken(*payloads: object) -> st.SearchStrategy[bytes]:
    """Bytes of all kinds: any, any JSON, what looks like a number, and real payloads with a part changed."""

    def with_changes(payload: object) -> st.SearchStrategy[object]:
        match payload:
            case dict():
                return VALUES | st.fixed_dictionaries(
                    {}, optional={key: with_changes(value) for key, value in payload.items()}
                )
            case list():
                return VALUES | st.lists(st.one_of(map(with_changes, payload)), max_size=6)
        return st.just(payload) | VALUES

    real = [json.dumps(payload).encode() for payload in payloads]
    changed = st.one_of([with_changes(payload) for payload in payloads]).map(
        lambda value: json.dumps(value).encode()
    )
    cut = st.builds(
        lambda body, at, byte: body[:at] + byte + body[at + 1 :],
        st.sampled_from(real),
        st.integers(0, 200),
        st.binary(max_size=2),
    )
    words = st.sampled_from(
        [
            b"",
            b" ",
            b"nan",
            b"1e999",
            b"-0.00",
            b"1_000",
            b"72,4",
            b"\xff\xfe",
            b"[" * 50_000,
            b'{"a":' * 50_000,
            b"9" * 5_000,
        ]
    )
    return st.binary(max_size=60) | words | changed | cut
