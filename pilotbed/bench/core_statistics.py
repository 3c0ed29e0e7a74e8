"""The analysis core on series of nights and on alarms: trends, curves, intervals and tests."""

import warnings
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.difference_in_differences import difference_in_differences
from analysis.effects import signflip_test
from analysis.intervals import poisson_rate_ci, wilson_ci
from analysis.linear_trend import ols_trend
from analysis.local_trend import LEVEL_SD, NIGHT_SD, PACE_SD, local_linear_trend
from analysis.survival import kaplan_meier, rmst
from analysis.trend import theil_sen
from pilotbed.bench.contest import Ceiling, Contest, Peer, installed

ALARMS, QUICK_ALARMS = 100_000, 200
NIGHTS, QUICK_NIGHTS = 3_650, 700
PAIRS = 60
FLIPS = 9_999
COUNTS = 10_000
CLUSTERS, DAYS = 60, 180


def contests(*, quick: bool) -> Iterator[Contest]:
    """Trends of nights, curves of alarms, then intervals and tests of a pilot's figures."""
    yield from _trends(QUICK_NIGHTS if quick else NIGHTS)
    yield from _curves(QUICK_ALARMS if quick else ALARMS)
    yield from _intervals_and_tests()


def _trends(most_nights: int) -> Iterator[Contest]:
    rng = np.random.default_rng(1)
    for key, n, limit_ms, times, peak_mb in (
        ("28_nights", 28, 0.0, 0.0, 0.0),
        ("year", 365, 1.1, 0.0, 0.0),
        ("decade", most_nights, 75.0, 3.0, 60.0),
    ):
        t = np.arange(n, dtype=np.float64)
        y = 72.0 - 0.01 * t + rng.normal(0.0, 0.4, n)
        yield Contest(
            f"theil_sen_{key}",
            f"Theil-Sen slope with its interval, {n:,} nights",
            partial(theil_sen, t, y),
            (Peer("scipy", partial(stats.theilslopes, y, t), times),),
            limit_ms,
            peak_mb,
        )
    t = np.arange(365.0)
    y = 72.0 - 0.01 * t + rng.normal(0.0, 0.4, 365)
    models = installed("statsmodels.api")
    yield Contest(
        "newey_west",
        "least squares with Newey-West's interval, 365 nights",
        lambda: ols_trend(t, y, cov="hac"),
        (
            None
            if models is None
            else Peer(
                "statsmodels",
                lambda: (
                    models.OLS(y, models.add_constant(t))
                    .fit(cov_type="HAC", cov_kwds={"maxlags": 7, "use_correction": True})
                    .conf_int()
                ),
                2.0,
            ),
        ),
    )
    structural = installed("statsmodels.tsa.statespace.structural")
    variances = [NIGHT_SD**2, LEVEL_SD**2, PACE_SD**2]
    yield Contest(
        "local_linear_trend",
        "level and pace by Kalman's filter and a smoother, 365 nights",
        lambda: local_linear_trend(y),
        (
            None
            if structural is None
            else Peer("statsmodels", lambda: structural.UnobservedComponents(y, "lltrend").smooth(variances)),
        ),
        limit_ms=2.5,
    )


def _curves(n: int) -> Iterator[Contest]:
    rng = np.random.default_rng(1)
    exact, observed = rng.exponential(300.0, n), rng.random(n) < 0.9
    lifelines, lifelines_utils = installed("lifelines"), installed("lifelines.utils")
    for key, kind, durations, sorts in (
        ("whole", "whole seconds", np.ceil(exact), 4.0),
        ("exact", "all different", exact, 9.0),
    ):
        curve = None if lifelines is None else _fit(lifelines, durations, observed)
        sort = Ceiling("np.sort", partial(np.sort, durations))
        yield Contest(
            f"kaplan_meier_{key}",
            f"Kaplan-Meier with its interval, {n:,} alarms, {kind}",
            partial(kaplan_meier, durations, observed),
            (
                Ceiling(sort.name, sort.work, sorts),
                None
                if lifelines is None
                else Peer("lifelines", partial(_fit, lifelines, durations, observed), 10.0),
            ),
        )
        yield Contest(
            f"restricted_mean_{key}",
            f"restricted mean with its standard error, {n:,} alarms, {kind}",
            partial(rmst, durations, observed),
            (
                Ceiling(sort.name, sort.work, 4.0),
                None
                if lifelines_utils is None
                else Peer(
                    "lifelines",
                    partial(_mean_and_variance, lifelines_utils, curve),
                    300.0,
                ),
            ),
        )


def _fit(lifelines: Any, durations: NDArray[np.float64], observed: NDArray[np.bool_]) -> object:
    return lifelines.KaplanMeierFitter().fit(durations, observed)


def _mean_and_variance(lifelines_utils: Any, curve: object) -> object:
    """Its variance is that of min(T, tau), not the square of the estimate's error; it warns on the way."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return lifelines_utils.restricted_mean_survival_time(curve, 900.0, return_variance=True)


def _intervals_and_tests() -> Iterator[Contest]:
    rng = np.random.default_rng(1)
    proportion = installed("statsmodels.stats.proportion")
    formula = installed("statsmodels.formula.api")
    pandas = installed("pandas")
    hits, asked = rng.integers(0, 50, COUNTS), rng.integers(50, 100, COUNTS)
    yield Contest(
        "wilson",
        f"Wilson intervals of {COUNTS:,} shares",
        lambda: wilson_ci(hits, asked),
        (
            None
            if proportion is None
            else Ceiling(
                "statsmodels", lambda: proportion.proportion_confint(hits, asked, method="wilson"), 1.5
            ),
        ),
    )
    yield Contest(
        "exact_poisson", f"exact intervals of {COUNTS:,} rates", lambda: poisson_rate_ci(hits, asked)
    )
    change = rng.normal(0.3, 1.0, PAIRS)
    yield Contest(
        "sign_flips",
        f"{FLIPS:,} random signs of {PAIRS} paired differences",
        lambda: signflip_test(change, replicates=FLIPS),
        (
            Peer(
                "scipy",
                lambda: stats.permutation_test(
                    (change,), np.mean, permutation_type="samples", n_resamples=FLIPS, vectorized=True, rng=1
                ),
                10.0,
            ),
        ),
    )
    cluster = np.repeat(np.arange(CLUSTERS), DAYS)
    treated, post = cluster % 2 == 1, np.tile(np.arange(DAYS) >= DAYS // 2, CLUSTERS)
    y = rng.normal(0, 1, len(cluster)) + rng.normal(0, 1, CLUSTERS)[cluster] + 0.2 * (treated & post)
    frame = (
        None
        if pandas is None
        else pandas.DataFrame({"y": y, "g": treated * 1, "post": post * 1, "cluster": cluster})
    )
    yield Contest(
        "difference_in_differences",
        f"difference in differences of {CLUSTERS} residents over {DAYS} days",
        lambda: difference_in_differences(y, cluster, treated, post),
        (
            None
            if formula is None or frame is None
            else Peer(
                "statsmodels",
                lambda: formula.ols("y ~ g * post", frame).fit(
                    cov_type="cluster", cov_kwds={"groups": cluster}
                ),
                30.0,
            ),
        ),
    )
