"""How far a publisher may run ahead of what ingest has committed."""

from collections import deque

MOST_MESSAGES = 1_000
MOST_BYTES = 32_000_000
"""A broker in memory loses the oldest, in silence, when its log is full: stay well within it."""


class Window:
    """Counts what was published and not yet committed; knows no clock and no network.

    `committed` is what ingest had committed before the first message. Messages are taken to be
    committed in the order of publishing; what others publish meanwhile counts as ours, so at worst the
    window runs ahead by their messages.
    """

    def __init__(
        self, committed: int, *, most_messages: int = MOST_MESSAGES, most_bytes: int = MOST_BYTES
    ) -> None:
        self._committed = committed
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._sizes: deque[int] = deque()
        self.bytes_ahead = 0

    @property
    def messages_ahead(self) -> int:
        """Messages published and not known to be committed."""
        return len(self._sizes)

    def has_room(self, size: int) -> bool:
        """Whether a message of that size may go out; a single one larger than the limit goes out alone."""
        if not self._sizes:
            return True
        return self.messages_ahead < self._most_messages and self.bytes_ahead + size <= self._most_bytes

    @property
    def half_empty(self) -> bool:
        """Whether so much was committed that a stop is over: asking after every message would cost more."""
        return self.messages_ahead <= self._most_messages // 2 and self.bytes_ahead <= self._most_bytes // 2

    def published(self, size: int) -> None:
        """A message of that size went out."""
        self._sizes.append(size)
        self.bytes_ahead += size

    def committed(self, total: int) -> bool:
        """Ingest has committed `total` messages in all; returns whether that is more than before."""
        done = total - self._committed
        if done <= 0:
            # A restarted ingest counts from zero again: take its count as the new beginning.
            self._committed = min(self._committed, total)
            return False
        self._committed = total
        for _ in range(min(done, len(self._sizes))):
            self.bytes_ahead -= self._sizes.popleft()
        return True
