"""How fast the functions of the analysis core are, each beside its peers and its ceiling in the same run."""

from pilotbed.bench import core_places, core_signals, core_statistics
from pilotbed.bench.contest import figures_of
from pilotbed.bench.figures import Figure

ROUNDS, QUICK_ROUNDS = 7, 1


def measure(*, quick: bool = False) -> list[Figure]:
    """Every contest whose task we have; a peer that is not installed is left out."""
    return [
        figure
        for part in (core_signals, core_statistics, core_places)
        for contest in part.contests(quick=quick)
        for figure in figures_of(contest, QUICK_ROUNDS if quick else ROUNDS)
    ]
