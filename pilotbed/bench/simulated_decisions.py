"""Made-up pilots as daily values, through the real evaluation: how often it decides what is true."""

import zlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import numpy as np
import scipy
from numpy.random import Generator
from numpy.typing import NDArray

from analysis.pipeline import Evaluation, PilotData, evaluate
from analysis.pipeline.metric_days import Days
from pilots.plan import Phase, Plan, read_plan
from pilots.records import DailyValue
from pilots.registry import Registry
from store import TimeSeriesStore, open_store

Float64 = NDArray[np.float64]

SEED = 20_261_124
METRIC, UPTIME = "physical_visits_per_night", "device_uptime_percent"
MINIMUM = 0.5

LEVEL, LEVEL_SD = 3.0, 1.0
"""Visits a night, and how residents differ in them (gamma): planned rounds and what each needs besides."""

SPELL_SD, SPELL_CORRELATION = 0.2, 0.5
"""Nights that follow each other resemble each other: log intensity, AR(1). Counts are Poisson around it,
which is more uneven than rounds on a list are."""

DRIFT_SD = 0.1
"""A resident's own level moves by a tenth from one phase to the next, product or not."""

MISSING_NIGHTS = 0.1
LEAVERS = 0.1
UPTIME_PERCENT, UPTIME_SD = 92.0, 6.0
LAST_DAYS = 28

UNITS = ("Norrgården A", "Norrgården B")

PLAN = """
pilot: simulated
title: Simulated
timezone: Europe/Stockholm
phases:
  - {{name: baseline, start: 2025-01-13, end: 2025-03-09}}
  - {{name: pilot, start: 2025-03-10, end: 2025-06-29, wash_in_days: 14}}
groups: {groups}
units: [Norrgården A, Norrgården B]
goals:
  - goal: Undisturbed nights
    metric: physical_visits_per_night
    direction: down
    minimum_change: 0.5
    primary: true
evaluation: {{quality_gain: Undisturbed sleep, complexity: low}}
"""


@dataclass(frozen=True, slots=True)
class Story:
    """What is true of the pilots: so many residents in each group, the `change` in visits a night that the
    product makes, and the share of the first group (or of all) `lost` before the pilot phase counts."""

    key: str
    title: str
    groups: tuple[int, ...]
    change: float
    lost: float = 0.0


STORIES: tuple[Story, ...] = tuple(
    Story(f"{key}_{which}", f"{title}, {truth}", groups, change, lost)
    for key, title, groups in (
        ("before_after", "36 residents, before and after", (36,)),
        ("comparison", "24 residents and 12 to compare with", (24, 12)),
    )
    for which, truth, change, lost in (
        ("null", "no change", 0.0, 0.0),
        ("twice", "twice the smallest change worth having", -2 * MINIMUM, 0.0),
        ("half_lost", "twice that change, half of them lost", -2 * MINIMUM, 0.5),
    )
)

Counted = Literal["excludes_zero", "introduce", "do_not_introduce", "not_shown", "another_round", "says_why"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one evaluation said: whether the primary interval excludes 0, the recommendation in a word
    (both ways of introducing are one), and whether what is below the plan is named."""

    excludes_zero: bool
    recommendation: str
    says_why: bool


def run_batch(story: Story, first: int, pilots: int) -> list[Outcome]:
    """So many pilots of a story from that one on, each evaluated from its daily values."""
    random = np.random.default_rng([SEED, zlib.crc32(story.key.encode()), first])
    names = ("intervention", "comparison")[: len(story.groups)]
    groups = ", ".join(f"{name}: {size}" for name, size in zip(names, story.groups, strict=True))
    text = PLAN.format(groups=f"{{{groups}}}")
    with TemporaryDirectory(prefix="pilotbed-bench-") as folder:
        plan = read_plan(text)
        with (
            closing(Registry.open(f"sqlite:{Path(folder) / 'registry.sqlite'}")) as registry,
            closing(open_store(f"duckdb:{Path(folder) / 'readings.duckdb'}")) as store,
        ):
            registry.add_pilot(plan, text)
            opens = plan.phase_start(plan.phases[0])
            people = [
                code
                for name, size in zip(names, story.groups, strict=True)
                for place, unit in enumerate(UNITS)
                for code in registry.add_participants(
                    plan.pilot, name, (size + 1 - place) // 2, ["bed"], joined_us=opens, unit=unit
                )
            ]
            residents = _Residents(registry, store, plan, people, story)
            residents.leave(random)
            return [residents.evaluated(random) for _ in range(pilots)]


class _Residents:
    """The residents of a batch of pilots; who leaves and when is the same in each of them."""

    def __init__(
        self, registry: Registry, store: TimeSeriesStore, plan: Plan, people: Sequence[str], story: Story
    ) -> None:
        self._registry, self._store, self._plan = registry, store, plan
        self._people, self._story = people, story
        self._phases: tuple[Phase, Phase] = (plan.phases[0], plan.phases[1])
        first, last = self._phases[0].start, self._phases[1].end
        self._days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
        self._stays = np.full(len(people), len(self._days))

    def leave(self, random: Generator) -> None:
        """Some leave at any time of the pilot phase; those lost within its wash-in."""
        share = self._story.lost or LEAVERS
        opens = (self._phases[1].start - self._phases[0].start).days
        start = 0
        for size in self._story.groups:
            gone = start + random.permutation(size)[: round(share * size)]
            until = self._phases[1].wash_in_days if self._story.lost else len(self._days) - opens
            self._stays[gone] = opens + random.integers(0, until, len(gone))
            start += size
        for place in np.flatnonzero(self._stays < len(self._days)).tolist():
            last = self._days[self._stays[place] - 1]
            reason = ("moved", "died", "declined")[place % 3]
            self._registry.leave(self._plan.pilot, self._people[place], reason, last)

    def evaluated(self, random: Generator) -> Outcome:
        """Another pilot's nights, and what the evaluation makes of them."""
        data = PilotData(self._registry, self._store, self._plan.pilot, self._values(random))
        found = evaluate(data, suppress=False)
        item = next(each for each in found.items if (each.metric, each.group) == (METRIC, "intervention"))
        excludes = item.ci_low is not None and item.ci_high is not None and item.ci_low * item.ci_high > 0
        return Outcome(excludes, _word(found), _says_why(found))

    def _values(self, random: Generator) -> list[Days]:
        visits, missing = self._visits(random), random.random((len(self._people), len(self._days)))
        uptime = np.clip(random.normal(UPTIME_PERCENT, UPTIME_SD, visits.shape), 0, 100)
        nights: list[DailyValue] = []
        delivered: list[DailyValue] = []
        for place, code in enumerate(self._people):
            for number, day in enumerate(self._days[: self._stays[place]]):
                if missing[place, number] < MISSING_NIGHTS:
                    night = DailyValue(code, day, METRIC, None, None, None, 0, 0.0, "no_log")
                else:
                    n = int(visits[place, number])
                    night = DailyValue(code, day, METRIC, float(n), None, None, n, 1.0, None)
                nights.append(night)
                if number >= len(self._days) - LAST_DAYS:
                    share = float(uptime[place, number])
                    told = DailyValue(code, day, UPTIME, share, None, None, 1, share / 100, None)
                    delivered.append(told)
        return [Days.of_values(METRIC, nights), Days.of_values(UPTIME, delivered)]

    def _visits(self, random: Generator) -> Float64:
        """Visits (p, d) a night: the first group's fall by the story's change, over the wash-in."""
        p, d = len(self._people), len(self._days)
        shape = (LEVEL / LEVEL_SD) ** 2
        level = random.gamma(shape, LEVEL / shape, p)
        after = np.array([day >= self._phases[1].start for day in self._days])
        shocks = random.normal(0, SPELL_SD, (p, d))
        shocks[:, 1:] *= np.sqrt(1 - SPELL_CORRELATION**2)
        spells = scipy.signal.lfilter([1.0], [1.0, -SPELL_CORRELATION], shocks, axis=1)
        drift = random.normal(0, DRIFT_SD, p)[:, None] * after
        number = (np.array([day.toordinal() for day in self._days]) - self._phases[1].start.toordinal()) + 1
        strength = np.clip(number / (self._phases[1].wash_in_days + 1), 0, 1)
        treated = (np.arange(p) < self._story.groups[0])[:, None]
        kept = 1 + treated * strength * self._story.change / LEVEL
        mean: Float64 = level[:, None] * np.exp(spells + drift) * kept
        return random.poisson(mean).astype(np.float64)


def _word(found: Evaluation) -> str:
    return "introduce" if found.recommendation.startswith("introduce") else found.recommendation


def _says_why(found: Evaluation) -> bool:
    """Whether the rule that was chosen names what is below the plan."""
    rule = found.decision.rules[found.decision.chosen]
    return rule.name == "below_plan" and any(
        fact.holds and fact.name in ("dropout_percent", "participants") for fact in rule.facts
    )
