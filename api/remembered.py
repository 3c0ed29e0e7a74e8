"""Results that cost seconds and change only with the data, and what has been read of these."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

Value = TypeVar("Value")


class Remembered:
    """The newest results by key; several threads may ask, and one of them computes."""

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = threading.Lock()
        self._computing: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """What stands under `key`, computed first if nothing does. `key` must name all of its input."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("Value", self._kept[key])
            computing = self._computing.setdefault(key, threading.Lock())
        with computing:
            with self._lock:
                if key in self._kept:
                    return cast("Value", self._kept[key])
            try:
                value = compute()
                with self._lock:
                    self._kept[key] = value
                    while len(self._kept) > self._size:
                        self._kept.popitem(last=False)
            finally:
                with self._lock:
                    self._computing.pop(key, None)
        return value


class Newest:
    """By name one value, of the state that was asked for last; of the names asked for last."""

    def __init__(self, size: int = 4) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, tuple[Hashable, object]] = OrderedDict()
        self._lock = threading.Lock()
        self._computing: dict[Hashable, threading.Lock] = {}

    def get(self, name: Hashable, state: Hashable, compute: Callable[[Value | None], Value]) -> Value:
        """The name's value in that state, computed first unless it stands: from what stood before, if
        anything did, which is then let go."""
        with self._lock:
            computing = self._computing.setdefault(name, threading.Lock())
        with computing:
            with self._lock:
                stands = self._kept.get(name)
                if stands is not None and stands[0] == state:
                    self._kept.move_to_end(name)
                    return cast("Value", stands[1])
            value = compute(None if stands is None else cast("Value", stands[1]))
            with self._lock:
                self._kept[name] = state, value
                self._kept.move_to_end(name)
                while len(self._kept) > self._size:
                    self._kept.popitem(last=False)
        return value
