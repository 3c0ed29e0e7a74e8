"""A hundred thousand payloads from firmware gone wrong, among good ones: none of the good is held up."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pilots.registry import Registry
from store.duckdb_engine import DuckDBStore
from tests.brokers import Mosquitto
from tests.faults.arrivals import wait_for_all, wait_while_it_grows
from tests.faults.conftest import prepared
from tests.faults.device import device
from tests.faults.ledger import ALWAYS, PILOT, START_S, Ledger, Message
from tests.running import Installation

FUZZED = 100_000
GOOD = 10_000
COMMITTED = "pilotbed_ingest_committed_messages_total"

VALID: dict[str, Callable[[int], Any]] = {
    "sick-bed/bed": lambda n: {"time": START_S + n, "weight_kg": 70.5, "movement": 0.25, "occupied": True},
    "sick-bed/alarm": lambda n: {"time": START_S + n, "alarm": f"a{n}", "stage": "raised", "cause": "button"},
    "sick-bed/status": lambda n: [
        {"time": START_S + n, "online": True, "battery_pct": 80, "firmware": "1.2"}
    ],
    "sick-gps/gps": lambda n: {
        "time": f"2026-01-12T22:{n // 60 % 60:02}:{n % 60:02}.{n:06}Z",
        "lat": 59.33,
        "lon": 18.07,
        "zone": "home",
        "zone_event": "enter",
    },
    "sick-camera/camera": lambda n: {
        "time": START_S + n,
        "event": f"e{n}",
        "type": "bed_exit",
        "state": "start",
    },
    "sick-bed/bed columns": lambda n: {"start": START_S + n, "interval_s": 1, "weight_kg": [70.5, None, 71]},
}
"""A payload of each shape, by device and stream; no two have a time or an event in common."""

VALUES = (
    b"1e999", b"-1e308", b"NaN", b"9" * 400, b"0.1e-400", b"null", b"true", b'""', b'"\\ud800"', b'"\\u0000"',
    b"[]", b"{}", b"[[[[[[[[]]]]]]]]", b"18446744073709551616", b"253402300800", b"-62135596801",
    b'"9999-12-31T23:59:60Z"',
)  # fmt: skip


def flipped(valid: bytes, chance: random.Random) -> bytes:
    body = bytearray(valid)
    for _ in range(chance.randint(1, 4)):
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return bytes(body)


def truncated(valid: bytes, chance: random.Random) -> bytes:
    return valid[: chance.randrange(len(valid))]


def repeated(valid: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(valid))
    return valid[:start] + valid[start : start + 20] * chance.randint(2, 9) + valid[start:]


def with_another_value(valid: bytes, chance: random.Random) -> bytes:
    first = chance.choice([k for k, byte in enumerate(valid) if byte == ord(":")]) + 1
    last = min(k for k in (valid.find(end, first) for end in (b",", b"}")) if k >= 0)
    return valid[:first] + chance.choice(VALUES) + valid[last:]


def with_a_field_more(valid: bytes, chance: random.Random) -> bytes:
    name = bytes(chance.choices(b'abcxyz_"\\\xff', k=chance.randint(0, 6)))
    return valid.replace(b"{", b'{"' + name + b'": ' + chance.choice(VALUES) + b", ", 1)


def nested(valid: bytes, chance: random.Random) -> bytes:
    return chance.choice((b"[", b'{"time":', b'{"a":[')) * chance.randint(1, 5_000) + valid


def noise(_: bytes, chance: random.Random) -> bytes:
    return chance.randbytes(chance.randrange(200))


MUTATIONS = (flipped, truncated, repeated, with_another_value, with_a_field_more, nested, noise)
WEIGHTS = (30, 20, 10, 20, 12, 1, 7)


def fuzzed() -> Iterator[Message]:
    chance = random.Random(4)
    shapes = list(VALID.items())
    for number in range(FUZZED):
        place, shape = shapes[number % len(shapes)]
        (mutation,) = chance.choices(MUTATIONS, WEIGHTS)
        body = mutation(json.dumps(shape(number)).encode(), chance)
        yield f"pilotbed/{PILOT}/{place.partition(' ')[0]}", body


@pytest.fixture
def installation(tmp_path: Path, mosquitto: Mosquitto) -> Installation:
    made = prepared(tmp_path, PILOTBED_MQTT=mosquitto.url)
    registry = Registry.open(f"sqlite:{made.data / 'registry.sqlite'}")
    for kind in ("bed", "gps", "camera"):
        registry.add_device(PILOT, f"sick-{kind}", kind)
    registry.close()
    return made


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def dead_letters(store: DuckDBStore) -> Counter[str]:
    found: Counter[str] = Counter()
    last = 0
    while page := store.dead_letters(after=last):
        found.update(stored.letter.sha256 for stored in page)
        last = page[-1].id
    return found


def test_every_good_payload_is_stored_and_every_fuzzed_one_is_a_dead_letter_or_a_reading(
    installation: Installation, mosquitto: Mosquitto, ledger: Ledger
) -> None:
    sick = list(fuzzed())
    with installation.up() as service, device(mosquitto.address) as beds:
        good = ledger.singles(GOOD)
        for number, message in enumerate(sick):
            beds.send([message])
            if number % (FUZZED // GOOD) == 0:
                beds.send([next(good)])
        wanted = FUZZED + GOOD
        assert wait_while_it_grows(lambda: service.counter(COMMITTED), wanted) == wanted
        wait_for_all(service, ledger)
    file = installation.data / "readings.duckdb"
    ledger.assert_stored_once(file)
    store = DuckDBStore.open(file)
    letters = dead_letters(store)
    stored = set(store.read("bed", "sick-bed", *ALWAYS).time.tolist())
    store.close()
    assert not letters - Counter(digest(body) for _, body in sick), "a dead letter that nobody sent"
    taken = [(topic, body) for topic, body in sick if digest(body) not in letters]
    assert letters.total() + len(taken) == FUZZED
    assert len(letters) > FUZZED / 4
    assert len(taken) > FUZZED / 20
    for topic, body in taken:
        sent = json.loads(body)
        if topic == f"pilotbed/{PILOT}/sick-bed/bed" and isinstance(sent, dict):
            time = sent.get("time")
            assert not isinstance(time, int | float) or round(time * 1e6) in stored, body
