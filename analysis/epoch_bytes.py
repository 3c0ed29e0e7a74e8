"""Epochs as bytes, for keeping and for sending to another process."""

import struct
import zlib
from dataclasses import astuple
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.epochs import BedEpochs, Reduction

_DTYPES: dict[str, np.dtype[Any]] = {
    "seen": np.dtype(np.int64),
    "since": np.dtype(np.int64),
    "state": np.dtype(np.int8),
    "away": np.dtype(np.int64),
    "samples": np.dtype(np.uint16),
    "moving": np.dtype(np.int8),
    "in_bed": np.dtype(np.float32),
    "still_at": np.dtype(np.int64),
    "still_kg": np.dtype(np.float32),
    "turned_at": np.dtype(np.int64),
}
"""The arrays in the order in which they stand in the bytes."""

_HEAD = struct.Struct("<Bqq11I")
_REDUCTION = struct.Struct("<qqq?dd")
_VERSION = 2


def packed(epochs: BedEpochs) -> bytes:
    """The epochs as bytes; `unpacked` gives them back bit by bit."""
    arrays = [getattr(epochs, name) for name in _DTYPES]
    head = _HEAD.pack(
        _VERSION,
        epochs.start,
        epochs.end,
        len(epochs.reductions),
        *(array.size for array in arrays),
    )
    head += b"".join(_REDUCTION.pack(*astuple(each)) for each in epochs.reductions)
    # Times as steps: mostly alike, they take next to nothing.
    body = (np.diff(a, axis=0, prepend=0) if a.dtype == np.int64 and a.ndim == 1 else a for a in arrays)
    return head + zlib.compress(b"".join(array.tobytes() for array in body), 1)


def unpacked(content: bytes) -> BedEpochs:
    """What `packed` made bytes of. Raises ValueError for bytes of another version, or too few of them."""
    if len(content) < _HEAD.size:
        raise ValueError(f"{len(content)} bytes are no epochs: these begin with {_HEAD.size}")
    version, start, end, number, *sizes = _HEAD.unpack_from(content)
    if version != _VERSION:
        raise ValueError(f"epochs of version {version}: this version reads {_VERSION}")
    opens = _HEAD.size + number * _REDUCTION.size
    reductions = tuple(Reduction(*each) for each in _REDUCTION.iter_unpack(content[_HEAD.size : opens]))
    body = zlib.decompress(content[opens:])
    found: dict[str, NDArray[Any]] = {}
    at = 0
    for (name, dtype), size in zip(_DTYPES.items(), sizes, strict=True):
        found[name] = np.frombuffer(body, dtype, size, at)
        at += size * dtype.itemsize
    for name in ("since", "still_at", "turned_at"):
        found[name] = np.cumsum(found[name])
    for name in ("seen", "away"):
        found[name] = found[name].reshape(-1, 2)
    return BedEpochs(start=start, end=end, reductions=reductions, **found)
