"""How a pilot without a lottery can still tell what the product did, design by design.

Before and after in the same residents is `effects.hodges_lehmann`, and says change, never effect. A long
series before and after is `segmented_regression`; a group without the product is
`difference_in_differences`, after `parallel_trends` on the baseline; several measurements a resident are
`mixed_model`. `newey_west` and `prais_winsten` regress on columns of one's own.
"""

from analysis.difference_in_differences import difference_in_differences, parallel_trends
from analysis.interrupted_series import segmented_regression
from analysis.least_squares import newey_west, prais_winsten
from analysis.mixed_model import mixed_model

__all__ = [
    "difference_in_differences",
    "mixed_model",
    "newey_west",
    "parallel_trends",
    "prais_winsten",
    "segmented_regression",
]
