"""A store that cannot be written for a while."""

import threading
from collections.abc import Callable

from store import Commit, StoreUnavailable, TimeSeriesStore


class Interrupted:
    """A real store behind a disk that is full for a while."""

    def __init__(self, store: TimeSeriesStore) -> None:
        self._store = store
        self.full = threading.Event()
        self.refused = threading.Event()

    def commit(self, *given: object) -> Commit:
        if self.full.is_set():
            self.refused.set()
            raise StoreUnavailable("no space left on device")
        commit: Callable[..., Commit] = self._store.commit
        return commit(*given)
