"""Made-up pilots whose truth is known, to see how often our 95 % intervals hold it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import scipy
from numpy.random import Generator
from numpy.typing import NDArray

from analysis.alarms import CENSORED, COMPETING, REACHED
from analysis.effects import hodges_lehmann
from analysis.incidence_bootstrap import incidence_intervals
from analysis.intervals import poisson_rate_ci
from analysis.pipeline.participant_values import mean_with_t_interval
from analysis.pooled import pooled_rate
from analysis.survival import cumulative_incidence, incidence_quantile, kaplan_meier
from analysis.trend import ols_trend, theil_sen

Float64 = NDArray[np.float64]
Limits = tuple[float, float]

RUNS, RUNS_RESAMPLED = 4_000, 2_000
"""What would be 95 % in ever so many runs is 94.3 to 95.7 % in 4,000, and 94.0 to 96.0 % in 2,000."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`once` draws the data of one pilot and answers the limits that we give; NaN where we give none.

    `exact` limits hold at least 95 % of the time, whatever the truth; of small counts that is more than 97 %.
    """

    key: str
    figure: str
    data: str
    truth: float
    once: Callable[[Generator], Limits]
    exact: bool = False
    runs: int = RUNS


@cache
def scenarios() -> dict[str, Scenario]:
    """Every scenario by its key."""
    made = [*_trends(), *_medians(), *_nested(), *_changes(), *_rates()]
    return {each.key: each for each in made}


# -- trend of nights ---------------------------------------------------------------------------------------

KG_A_NIGHT = -0.02
NIGHT_SD_KG = 0.5
MISSING = 0.2


def _trends() -> Iterator[Scenario]:
    for method, name in ((theil_sen, "Theil-Sen"), (ols_trend, "Prais-Winsten")):
        for nights in (30, 90):
            for rho in (0.0, 0.3, 0.6):
                for gaps in (False, True):
                    yield Scenario(
                        f"{name.lower().replace('-', '_')}_{nights}_rho_{10 * rho:02.0f}"
                        + ("_gaps" if gaps else ""),
                        f"trend, {name}",
                        f"{nights} nights, AR(1) {rho:g}" + (", a fifth missing" if gaps else ""),
                        KG_A_NIGHT,
                        partial(_trend, method is theil_sen, nights, rho, gaps),
                    )


def _trend(by_ranks: bool, nights: int, rho: float, gaps: bool, random: Generator) -> Limits:
    t = np.arange(float(nights))
    shocks = random.normal(0, NIGHT_SD_KG, nights)
    shocks[1:] *= np.sqrt(1 - rho**2)
    kg = 70 + KG_A_NIGHT * t + scipy.signal.lfilter([1.0], [1.0, -rho], shocks)
    if gaps:
        kg[random.permutation(nights)[: round(nights * MISSING)]] = np.nan
    line = theil_sen(t, kg) if by_ranks else ols_trend(t, kg)
    return line.ci_low, line.ci_high


# -- median time to the answer of an alarm -----------------------------------------------------------------

MEDIAN_S = 120.0
SPREAD = 0.8
"""Standard deviation of log seconds."""

CENSORED_BY_S = 600.0
COMPETING_MEDIAN_S = 360.0


def _medians() -> Iterator[Scenario]:
    for n in (25, 60, 120):
        yield Scenario(
            f"km_median_{n}",
            "median time, Kaplan-Meier",
            f"{n} times, a quarter censored",
            MEDIAN_S,
            partial(_km_median, n),
        )
    for n in (60, 120):
        yield Scenario(
            f"incidence_median_{n}",
            "median time, cumulative incidence",
            f"{n} times, competing events and censoring",
            _incidence_median(SPREAD),
            partial(_incidence_median_limits, n),
        )


def _km_median(n: int, random: Generator) -> Limits:
    seconds = MEDIAN_S * np.exp(SPREAD * random.normal(size=n))
    until = random.uniform(0, CENSORED_BY_S, n)
    found = incidence_quantile(kaplan_meier(np.minimum(seconds, until), seconds <= until))
    return found.ci_low, found.ci_high


def _incidence_median_limits(n: int, random: Generator) -> Limits:
    seconds, code = _ended(MEDIAN_S * np.exp(SPREAD * random.normal(size=n)), random)
    found = incidence_quantile(cumulative_incidence(seconds, code))
    return found.ci_low, found.ci_high


def _ended(answered: Float64, random: Generator) -> tuple[Float64, NDArray[np.int8]]:
    """Answers (n,), some of which are forestalled by a competing event or not seen any more."""
    competing = COMPETING_MEDIAN_S * np.exp(SPREAD * random.normal(size=len(answered)))
    until = random.uniform(0, 2 * CENSORED_BY_S, len(answered))
    seconds = np.minimum(np.minimum(answered, competing), until)
    code = np.where(seconds == answered, REACHED, np.where(seconds == competing, COMPETING, CENSORED))
    return seconds, code.astype(np.int8)


def _incidence(seconds: float, spread: float) -> float:
    """The share answered by then where `spread` is that of answers, between and within residents."""
    grid = np.linspace(0, seconds, 20_001)[1:]
    answered = scipy.special.ndtr(np.log(grid / MEDIAN_S) / spread)
    not_competing = scipy.special.ndtr(-np.log(grid / COMPETING_MEDIAN_S) / SPREAD)
    return float(np.sum(np.diff(np.r_[0.0, answered]) * (not_competing + np.r_[1.0, not_competing[:-1]]) / 2))


def _incidence_median(spread: float) -> float:
    return float(scipy.optimize.brentq(lambda seconds: _incidence(seconds, spread) - 0.5, 10, 5_000))


# -- alarms of residents -----------------------------------------------------------------------------------

RESIDENTS = (12, 24, 40)
BETWEEN, WITHIN = 0.5, 0.7
"""Standard deviations of log seconds between residents, and within one."""

ALARMS_EACH = 10.0
UNEVEN = 1.0
"""Gamma shape of alarms a resident: with 1, a few residents raise most of them."""

TARGET_S = 180.0


def _nested() -> Iterator[Scenario]:
    spread = float(np.hypot(BETWEEN, WITHIN))
    for residents in RESIDENTS:
        data = f"{residents} residents, {ALARMS_EACH:.0f} alarms each on average, competing events, censoring"
        yield Scenario(
            f"nested_median_{residents}",
            "median time, residents resampled",
            data,
            _incidence_median(spread),
            partial(_nested_limits, residents, True),
            runs=RUNS_RESAMPLED,
        )
        yield Scenario(
            f"nested_share_{residents}",
            "share within target, residents resampled",
            data,
            _incidence(TARGET_S, spread),
            partial(_nested_limits, residents, False),
            runs=RUNS_RESAMPLED,
        )


def _nested_limits(residents: int, median: bool, random: Generator) -> Limits:
    resident = np.repeat(np.arange(residents), _counts(residents, ALARMS_EACH, random))
    own = BETWEEN * random.normal(size=residents)
    answered = MEDIAN_S * np.exp(own[resident] + WITHIN * random.normal(size=len(resident)))
    seconds, code = _ended(answered, random)
    found = incidence_intervals(seconds, code, resident, TARGET_S)
    interval = found.median if median else found.share
    return interval.low, interval.high


def _counts(residents: int, each: float, random: Generator) -> NDArray[np.int64]:
    """Events a resident: Poisson around rates that differ between residents."""
    return random.poisson(each * random.gamma(UNEVEN, 1 / UNEVEN, residents))


# -- values and changes of participants --------------------------------------------------------------------

PARTICIPANTS = (12, 24, 40)
CHANGE, CHANGE_SD = 1.0, 2.0
SKEW = 2.0
"""Gamma shape of skewed differences: skewness 1.4."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One value a participant (n,), with the mean and pseudo-median of all that could have been drawn."""

    values: Float64
    mean: float
    pseudo_median: float


def _changes() -> Iterator[Scenario]:
    for figure, key, limits in (
        ("change, Hodges-Lehmann", "paired", _hodges_lehmann),
        ("mean or mean change, t", "mean", _mean),
    ):
        for n in PARTICIPANTS:
            for data, draw in (
                ("normal", _normal),
                ("skewed", _skewed),
                ("in whole numbers, ties and zeros", _whole),
            ):
                yield Scenario(
                    f"{key}_{draw.__name__[1:]}_{n}",
                    figure,
                    f"{n} participants, {data}",
                    0.0,
                    partial(limits, partial(draw, n)),
                )


def _hodges_lehmann(draw: Callable[[Generator], Drawn], random: Generator) -> Limits:
    """About the truth."""
    drawn = draw(random)
    found = hodges_lehmann(drawn.values)
    return found.ci_low - drawn.pseudo_median, found.ci_high - drawn.pseudo_median


def _mean(draw: Callable[[Generator], Drawn], random: Generator) -> Limits:
    """About the truth."""
    drawn = draw(random)
    _, low, high = mean_with_t_interval(drawn.values)
    assert low is not None
    assert high is not None
    return low - drawn.mean, high - drawn.mean


def _normal(n: int, random: Generator) -> Drawn:
    return Drawn(random.normal(CHANGE, CHANGE_SD, n), CHANGE, CHANGE)


def _skewed(n: int, random: Generator) -> Drawn:
    # The middle of two gamma variables is itself one, of twice the shape: its median is the pseudo-median.
    pseudo_median = float(scipy.special.gammaincinv(2 * SKEW, 0.5)) / 2
    return Drawn(random.gamma(SKEW, 1.0, n), SKEW, pseudo_median)


def _whole(n: int, random: Generator) -> Drawn:
    # Of what was rounded: limits in halves would always hold a truth that is a half itself.
    change = random.uniform(CHANGE - 0.5, CHANGE + 0.5)
    return Drawn(np.round(random.normal(change, CHANGE_SD, n)), change, change)


# -- rates -------------------------------------------------------------------------------------------------


def _rates() -> Iterator[Scenario]:
    for expected in (5, 20, 80):
        yield Scenario(
            f"poisson_{expected}",
            "rate of one device, exact",
            f"{expected} events expected",
            float(expected),
            partial(_one_rate, expected),
            exact=True,
        )
    for residents in RESIDENTS:
        yield Scenario(
            f"pooled_rate_{residents}",
            "rate pooled, residents resampled",
            f"{residents} residents of uneven rates, 20 to 60 days each",
            0.2,
            partial(_pooled_rate, residents),
            runs=RUNS_RESAMPLED,
        )


def _one_rate(expected: float, random: Generator) -> Limits:
    return poisson_rate_ci(float(random.poisson(expected)))


def _pooled_rate(residents: int, random: Generator) -> Limits:
    days = random.uniform(20, 60, residents)
    rate = 0.2 * random.gamma(UNEVEN, 1 / UNEVEN, residents)
    found = pooled_rate(random.poisson(rate * days), days)
    return found.ci_low, found.ci_high
