"""Progress bars on standard error; where nobody watches, one line each when it is done."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from pilotbed.cli.output import notices


@contextmanager
def counting(what: str, *, at_first: str | None = None) -> Iterator[Callable[[int, int], None]]:
    """A bar that is told (done, of); until it is, it says what is done `at_first`."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=notices) as bar:
        task = bar.add_task(at_first or what, total=None)
        yield lambda done, of: bar.update(task, description=what, completed=done, total=of)


@contextmanager
def ended_by_ctrl_c(bar: Callable[[int, int], None]) -> Iterator[Callable[[int, int], None]]:
    """The bar, which after Ctrl-C raises KeyboardInterrupt the next time that it is told something.

    So work is ended between two steps: in the middle of one a database would be left with half a
    transaction, and DuckDB answers with an error of its own.
    """
    pressed = threading.Event()
    before = signal.signal(signal.SIGINT, lambda *_: pressed.set())

    def told(done: int, of: int) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        bar(done, of)

    try:
        yield told
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """A spinner with the time that has passed."""
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=notices
    ) as bar:
        bar.add_task(what, total=None)
        yield
