"""Progress bars on standard error; where nobody watches, one line each when it is done."""

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
def waiting(what: str) -> Iterator[None]:
    """A spinner with the time that has passed."""
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=notices
    ) as bar:
        bar.add_task(what, total=None)
        yield
