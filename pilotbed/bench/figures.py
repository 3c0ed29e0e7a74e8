"""What a benchmark tells: figures, each with its goal where one was set."""

from dataclasses import dataclass
from typing import Literal

from pilotbed.errors import PilotbedError


class CannotRun(PilotbedError):
    """A benchmark lacks a program or a part; the text says which and how to get it."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What the figure should be: at least or at most `limit`."""

    way: Literal["at least", "at most"]
    limit: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured quantity. `key` names it in `--json`, `title` for a reader, with how it was measured."""

    key: str
    title: str
    value: float
    unit: str
    goal: Goal | None = None

    @property
    def reached(self) -> bool | None:
        """Whether the goal is reached; None without a goal."""
        if self.goal is None:
            return None
        if self.goal.way == "at least":
            return self.value >= self.goal.limit
        return self.value <= self.goal.limit


def at_least(limit: float) -> Goal:
    return Goal("at least", limit)


def at_most(limit: float) -> Goal:
    return Goal("at most", limit)
