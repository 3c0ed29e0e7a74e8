from collections.abc import Iterator
from pathlib import Path

import pytest

from pilots.plan import read_plan
from pilots.registry import Registry
from tests.pilots.plans import MINIMAL


class Clock:
    """A clock that stands until it is told to go on. µs UTC."""

    def __init__(self) -> None:
        self.now_us = 1_768_000_000_000_000

    def __call__(self) -> int:
        return self.now_us

    def go_on(self, seconds: float) -> None:
        self.now_us += int(seconds * 1_000_000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/registry.db"


@pytest.fixture
def registry(url: str, clock: Clock) -> Iterator[Registry]:
    """An empty registry with the pilot "natt"."""
    with Registry.open(url, clock=clock) as opened:
        opened.add_pilot(read_plan(MINIMAL), MINIMAL)
        yield opened
