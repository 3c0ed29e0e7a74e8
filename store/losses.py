"""What the embedded broker lost before it reached us, kept as dead letters without a message."""

import hashlib
import re
from datetime import UTC, datetime
from typing import NamedTuple

from store.batch import DeadLetter
from store.protocol import TimeSeriesStore

BROKER_OVERRUN = "broker_overrun"
MOST_LOSSES = 1_000
"""So many are shown, the oldest; each is at least 32 MiB of messages."""

_BETWEEN = re.compile(r"between (\S+Z) and (\S+Z)")


class Loss(NamedTuple):
    """Messages that devices published in [start, end) µs UTC and the broker acknowledged are gone.

    Not all of that time's need be; whose they were is not known.
    """

    start: int
    end: int


def loss_letter(loss: Loss, received: int) -> DeadLetter:
    """The loss as the store keeps it; `received` is when it was noticed, µs UTC."""
    return DeadLetter(
        received=received,
        topic="pilotbed/#",
        reason="the embedded broker's log was full: it dropped messages that devices published between "
        f"{_text(loss.start)} and {_text(loss.end)}; use Mosquitto: PILOTBED_MQTT",
        code=BROKER_OVERRUN,
        size=0,
        sha256=hashlib.sha256(b"").hexdigest(),
        payload=None,
    )


def losses(store: TimeSeriesStore, start: int, end: int) -> list[Loss]:
    """The losses that touch [start, end) µs UTC, as they were noticed. Raises `StoreUnavailable`."""
    letters = store.dead_letters(MOST_LOSSES, code=BROKER_OVERRUN)
    found = [_loss(stored.letter) for stored in letters]
    return [loss for loss in found if loss.start < end and loss.end > start]


def _loss(letter: DeadLetter) -> Loss:
    between = _BETWEEN.search(letter.reason)
    assert between is not None, letter.reason
    return Loss(_time_us(between[1]), _time_us(between[2]))


def _text(time_us: int) -> str:
    """Whole microseconds, so that the time that is read back is the same."""
    whole, rest = divmod(time_us, 1_000_000)
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{rest:06}Z"


def _time_us(text: str) -> int:
    moment = datetime.fromisoformat(text)
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
