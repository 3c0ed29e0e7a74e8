"""The embedded broker's beats as ingest receives them: a number that is missing is a loss.

When the broker's log is full, it drops the oldest messages in silence, after it has acknowledged them. The
beats between them carry numbers (`ingest.broker_process`); one that never comes was dropped with its
neighbours.
"""

import re
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from ingest import counters
from ingest.topics import ROOT
from store import TimeSeriesStore
from store.losses import BROKER_OVERRUN, Loss, loss_letter

_BEAT = re.compile(rb"([1-9][0-9]{0,17}) ([0-9]{1,16})")

log = structlog.get_logger(__name__)


class Beat(NamedTuple):
    """One beat: its number, and when it was sent, µs UTC. A retained one comes with each subscription."""

    number: int
    sent: int
    retained: bool


class Heartbeats:
    """Follows the numbers of one broker's beats and keeps each loss in the store.

    `topic` is where the broker publishes them: three parts, of which no device has its own.
    """

    def __init__(self, store: TimeSeriesStore) -> None:
        self.topic = f"{ROOT}/$heartbeat/{secrets.token_hex(8)}"
        self._store = store
        self._last: Beat | None = None

    @staticmethod
    def read(payload: bytes, retained: bool) -> Beat | None:
        """The beat, or None where the payload is none."""
        found = _BEAT.fullmatch(payload)
        return None if found is None else Beat(int(found[1]), int(found[2]), retained)

    def commit(self, beats: Iterable[Beat]) -> None:
        """Take beats in their order, and commit the losses between them durably.

        Raises `StoreUnavailable` when they could not be written: the same beats may be given again.
        """
        last, losses = self._last, []
        for beat in beats:
            if last is None:
                last = beat
            # A retained beat is ahead of those that still wait, and a number may come again.
            elif beat.number > last.number and not beat.retained:
                if beat.number > last.number + 1:
                    losses.append(Loss(last.sent, max(beat.sent, last.sent + 1)))
                last = beat
        if losses:
            noticed = time.time_ns() // 1000
            self._store.commit([], [loss_letter(loss, noticed) for loss in losses])
        self._last = last
        for loss in losses:
            counters.broker_losses.inc()
            counters.dead_letters.labels(BROKER_OVERRUN).inc()
            log.error(
                "the embedded broker dropped messages that it had acknowledged",
                after=_utc(loss.start),
                before=_utc(loss.end),
                way_out="real devices need a broker of their own: PILOTBED_MQTT",
            )


def _utc(time_us: int) -> str:
    return datetime.fromtimestamp(time_us / 1e6, UTC).isoformat(timespec="milliseconds")
