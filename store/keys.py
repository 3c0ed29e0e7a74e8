"""Which rows of a batch stand when a key comes twice: the last one, whole row."""

import numpy as np
from numpy.typing import NDArray

from store.batch import Batch


def last_by_key(batch: Batch) -> NDArray[np.int64]:
    """Row numbers to keep, ascending by device and time: the last arrival of every key.

    The key is (device, time) and the stream's key columns. Rows with the same device and time are rare,
    so only those are compared column by column.
    """
    order = np.lexsort((batch.time, batch.device))
    device, time = batch.device[order], batch.time[order]
    same_instant = (device[1:] == device[:-1]) & (time[1:] == time[:-1])
    if not same_instant.any():
        return order
    in_run = np.zeros(len(order), dtype=bool)
    in_run[1:] |= same_instant
    in_run[:-1] |= same_instant
    key_columns = [batch.columns[name] for name in batch.stream.key if name in batch.columns]
    last: dict[tuple[object, ...], int] = {}
    for position in np.flatnonzero(in_run):
        row = order[position]
        last[(batch.device[row], batch.time[row], *(column[row] for column in key_columns))] = int(position)
    keep = ~in_run
    keep[list(last.values())] = True
    return order[keep]
