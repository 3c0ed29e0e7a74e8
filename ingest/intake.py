"""From received messages to durable commits: dead letters and counts together with the last readings."""

import hashlib
import re
import traceback
from collections.abc import Sequence

import msgspec
import structlog

from ingest import counters
from ingest.decoders.foreign import Format
from ingest.decoders.native import Decoded, decode
from ingest.directory import Directory
from ingest.foreign import Foreign
from ingest.gathering import Gathering
from ingest.received import Received
from ingest.refusal import Refused
from ingest.topics import ROOT
from pilots.errors import RegistryUnavailable
from store import DeadLetter, StoreError, StoreUnavailable, TimeSeriesStore
from store.streams import IDENTITY

MAX_KEPT = 4 * 1024 * 1024
"""A refused payload is kept up to here: what the embedded broker lets through at most."""

MAX_READINGS = 300_000
"""From so many on, readings are committed before more are decoded: a message of columns may hold as many, a
batch hundreds of such messages, and the store's memory is bounded."""

MAX_FIELDS = 100
"""Unknown fields of a device are told of by so many names: each is a row or a series of the store, and a
device may make up new ones with every message."""

_FIELD = re.compile(rb'"([A-Za-z0-9_]{1,64})"\s*:')

log = structlog.get_logger(__name__)


class Intake:
    """Decodes messages and commits them. What cannot be decoded becomes a dead letter."""

    def __init__(self, store: TimeSeriesStore, directory: Directory) -> None:
        self._store = store
        self._directory = directory
        self._foreign = Foreign(store, directory)
        self._unknown_fields: dict[str, set[str]] = {}

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters of all devices, as of the last `refresh` or commit."""
        return self._directory.filters

    def refresh(self) -> None:
        """Look for newly registered devices. Raises `StoreUnavailable` when the registry does not answer."""
        try:
            self._directory.refresh()
        except RegistryUnavailable as error:
            # Without the registry an unknown device cannot be told from one just registered.
            raise StoreUnavailable(str(error)) from error

    def commit(self, messages: Sequence[Received]) -> int:
        """Commit all messages durably; returns how many readings they held.

        Raises `StoreUnavailable` when not everything could be written: the same messages may be given again,
        for readings have keys, and dead letters and counts come with the last commit.
        """
        try:
            return self._commit(messages)
        except StoreUnavailable:
            raise
        except StoreError as error:
            if len(messages) == 1:
                letter = self.dead_letter(messages[0], Refused("store_refused", str(error)))
                self._store.commit([], [letter])
                counters.committed_messages.inc()
                counters.dead_letters.labels(letter.code).inc()
                return 0
            # One message that the store refuses must not hold up its neighbours: halving finds it in few
            # commits.
            log.warning("the store refused a batch; halving it", messages=len(messages), error=str(error))
            middle = len(messages) // 2
            return self.commit(messages[:middle]) + self.commit(messages[middle:])

    def _commit(self, messages: Sequence[Received]) -> int:
        self.refresh()
        gathering = Gathering()
        self._foreign.begin()
        letters: list[DeadLetter] = []
        for message in messages:
            # Retained messages come again with every subscription: refused ones would pile up.
            if message.retain and not self._directory.tells_now(message.topic):
                counters.ignored_retained.inc()
                continue
            try:
                self.take(message, gathering)
            except Refused as refused:
                if message.retain and not message.topic.startswith(f"{ROOT}/"):
                    # It comes again with every subscription, and nobody here can mend it.
                    counters.ignored_retained.inc()
                    continue
                letters.append(self.dead_letter(message, refused))
            except StoreError:
                raise
            except Exception as error:
                # A mistake of ours in one message must not stop the messages behind it. What such an error
                # says may hold words of the message.
                log.error("a decoder failed", topic=message.topic, error=_where(error))
                failed = Refused("decoder_failed", f"the decoder failed: {type(error).__name__}")
                letters.append(self.dead_letter(message, failed))
            else:
                if gathering.waiting >= MAX_READINGS:
                    self._store.commit(gathering.take_batches())
        self._store.commit(gathering.take_batches(), letters, gathering.counts)
        self._foreign.committed()
        self._foreign.propose()
        counters.committed_messages.inc(len(messages))
        counters.committed_readings.inc(gathering.readings)
        counters.qos0_messages.inc(sum(gathering.counts.qos0_messages.values()))
        for letter in letters:
            counters.dead_letters.labels(letter.code).inc()
        return gathering.readings

    def take(self, message: Received, gathering: Gathering) -> None:
        """Add what a message holds to `gathering`. Raises `Refused`."""
        route = self._directory.route(message.topic)
        if isinstance(route, Format):
            self._foreign.take(route, message, gathering)
            return
        decoded = decode(route.stream, message.payload, message.received)
        if decoded.unknown_fields:
            decoded = self._with_few_fields(route.device, decoded)
        gathering.add(route.stream, route.device, message.received, decoded, message.qos)

    def _with_few_fields(self, device: str, decoded: Decoded) -> Decoded:
        told = self._unknown_fields.setdefault(device, set())
        for name in decoded.unknown_fields:
            if len(told) < MAX_FIELDS:
                told.add(name)
        fields = tuple(name for name in decoded.unknown_fields if name in told)
        return msgspec.structs.replace(decoded, unknown_fields=fields)

    @staticmethod
    def dead_letter(message: Received, refused: Refused) -> DeadLetter:
        """The message with its reason; without its payload where the topic may carry identity."""
        parts = message.topic.split("/")
        native = len(parts) == 4 and parts[0] == ROOT
        # A topic that is not ours may carry identity: pictures, names, words.
        may_identify = not native or parts[3] in IDENTITY
        pilot, device = (parts[1], parts[2]) if native else refused.device or (None, None)
        return DeadLetter(
            received=message.received,
            topic=message.topic,
            reason=str(refused),
            code=refused.code,
            size=len(message.payload),
            sha256=hashlib.sha256(message.payload).hexdigest(),
            payload=None if may_identify or len(message.payload) > MAX_KEPT else message.payload,
            fields=tuple(sorted({name.decode() for name in _FIELD.findall(message.payload[:65536])})),
            pilot=pilot,
            device=device,
            qos=message.qos,
        )


def _where(error: Exception) -> str:
    """Type and place of an error, without its words."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in " + " < ".join(f"{each.name}:{each.lineno}" for each in frames[:-4:-1])
