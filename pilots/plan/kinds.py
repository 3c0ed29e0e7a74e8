"""The kinds of device a pilot can have."""

from typing import Literal, get_args

DeviceKind = Literal["bed", "gps", "camera", "alarm", "visits"]
"""Pilots may not import the store: tests/store checks its table of streams by kind against these."""

DEVICE_KINDS: tuple[str, ...] = get_args(DeviceKind)
