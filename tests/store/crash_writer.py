"""Writes batches until it is killed, and says on stdout which ones the store has committed.

Run as a process by the crash tests: `python -m tests.store.crash_writer FILE FOLD_ROWS`.
"""

import sys
from pathlib import Path

from store.duckdb_engine import DuckDBStore
from tests.store.readings import NOON, bed

ROWS = 50
STEP = 10_000_000


def message(number: int) -> tuple[list[int], list[float]]:
    """Message `number`: mostly new rows, every third message also repeats rows of an earlier one."""
    times = [NOON + (number * ROWS + row) * STEP for row in range(ROWS)]
    if number % 3 == 2:
        times += [NOON + ((number - 2) * ROWS + row) * STEP for row in range(ROWS)]
    return times, [float((time - NOON) // STEP % 997) for time in times]


def main(path: str, fold_rows: str) -> None:
    store = DuckDBStore(Path(path), fold_rows=int(fold_rows))
    number = 0
    while True:
        store.commit([bed("b", *message(number))])
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
