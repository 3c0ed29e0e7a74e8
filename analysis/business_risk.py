"""How sure a business case is, when its inputs lie between a lowest and a highest: one by one, and all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy
from numpy.typing import NDArray

from analysis.intervals import SEED
from analysis.present_value import present_values

Float64 = NDArray[np.float64]
Flows = Callable[[Mapping[str, Float64]], Float64]
"""A business case: from the values of its inputs, each (b, 1), the flows (b, m), the first at once."""

DISCOUNT_RATE = 0.03
"""A year, as in health economic evaluations (TLV)."""

DRAWS = 100_000

Z_95 = float(scipy.special.ndtri(0.975))


@dataclass(frozen=True, slots=True)
class Pert:
    """An input known as its lowest, most likely and highest value: a beta between them (PERT).

    Beta(1 + 4(mode - low)/(high - low), 1 + 4(high - mode)/(high - low)); low = high is a constant.
    """

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.mode <= self.high:
            raise ValueError(
                f"low {self.low}, mode {self.mode}, high {self.high}: give numbers that do not descend"
            )

    def quantile(self, share: float) -> float:
        """The value that `share` of the draws lie under."""
        if self.low == self.high:
            return self.mode
        return self.low + (self.high - self.low) * float(scipy.special.betaincinv(*self._shape(), share))

    def draw(self, size: int, random: np.random.Generator) -> Float64:
        """Values (size,)."""
        if self.low == self.high:
            return np.full(size, float(self.mode))
        return self.low + (self.high - self.low) * random.beta(*self._shape(), size)

    def _shape(self) -> tuple[float, float]:
        width = self.high - self.low
        return 1 + 4 * (self.mode - self.low) / width, 1 + 4 * (self.high - self.mode) / width


@dataclass(frozen=True, slots=True)
class Estimate:
    """An input that was measured: its estimate (`mode`) and the limits of its 95 % interval.

    A normal on either side of the estimate, each as wide as its limit says: 2.5 % of the draws lie beyond
    each. A PERT between the limits would take them for bounds, and promise a third too much.
    """

    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.mode <= self.high:
            raise ValueError(
                f"low {self.low}, estimate {self.mode}, high {self.high}: give numbers that do not descend"
            )

    def quantile(self, share: float) -> float:
        """The value that `share` of the draws lie under."""
        return float(self._at(np.array(scipy.special.ndtri(share))))

    def draw(self, size: int, random: np.random.Generator) -> Float64:
        """Values (size,)."""
        return self._at(random.standard_normal(size))

    def _at(self, z: Float64) -> Float64:
        reach = np.where(z < 0, self.mode - self.low, self.high - self.mode)
        return np.asarray(self.mode + z / Z_95 * reach, np.float64)


class Input(Protocol):
    """What an input of a business case can be: a most likely value, quantiles, and draws."""

    @property
    def mode(self) -> float: ...

    def quantile(self, share: float) -> float: ...

    def draw(self, size: int, random: np.random.Generator) -> Float64: ...


@dataclass(frozen=True, slots=True)
class TornadoBar:
    """One input moved alone: its 10th and 90th percentile, and the net present value at each."""

    name: str
    low: float
    high: float
    npv_low: float
    npv_high: float

    @property
    def swing(self) -> float:
        """How far the net present value moves, whichever way."""
        return abs(self.npv_high - self.npv_low)


@dataclass(frozen=True, slots=True)
class Tornado:
    """The inputs by how much they matter, most first; `npv` with all at their most likely values."""

    npv: float
    bars: tuple[TornadoBar, ...]
    rate: float


@dataclass(frozen=True, slots=True)
class SimulatedNpv:
    """The net present value when every input is drawn: quantiles, and how often it is above 0.

    `ci_low` and `ci_high` hold the central `confidence` of the draws. `probability_positive` is off by
    `simulation_error` (one standard error) from what endless draws would give.
    """

    mean: float
    median: float
    ci_low: float
    ci_high: float
    probability_positive: float
    simulation_error: float
    draws: int
    rate: float
    seed: int
    confidence: float


def tornado(flows: Flows, inputs: Mapping[str, Input], *, rate: float = DISCOUNT_RATE) -> Tornado:
    """Move each of `inputs` from its 10th to its 90th percentile, the others at their most likely value.

    ValueError as `present_value.npv`, and flows of another shape.
    """
    names = sorted(inputs)
    ends = np.array([[inputs[name].quantile(share) for share in (0.1, 0.9)] for name in names]).reshape(-1, 2)
    # A first row with all at their most likely, then two for each input.
    rows = np.tile([float(inputs[name].mode) for name in names], (1 + 2 * len(names), 1))
    for place, pair in enumerate(ends):
        rows[1 + 2 * place : 3 + 2 * place, place] = pair
    worth = _npv(flows, {name: rows[:, [place]] for place, name in enumerate(names)}, rate, len(rows))
    bars = [
        TornadoBar(name, *map(float, ends[place]), *map(float, worth[1 + 2 * place : 3 + 2 * place]))
        for place, name in enumerate(names)
    ]
    return Tornado(float(worth[0]), tuple(sorted(bars, key=lambda bar: -bar.swing)), rate)


def monte_carlo_npv(
    flows: Flows,
    inputs: Mapping[str, Input],
    *,
    rate: float = DISCOUNT_RATE,
    draws: int = DRAWS,
    confidence: float = 0.95,
    seed: int = SEED,
) -> SimulatedNpv:
    """Draw all `inputs`, independent of each other, and discount the flows of each draw.

    Inputs are drawn in the order of their names, by PCG64. ValueError as `present_value.npv`, flows of
    another shape, and no draws at all.
    """
    if draws < 1:
        raise ValueError(f"draws is {draws}: give how many, from 1 up")
    random = np.random.Generator(np.random.PCG64(seed))
    drawn = {name: inputs[name].draw(draws, random)[:, None] for name in sorted(inputs)}
    worth = _npv(flows, drawn, rate, draws)
    tail = (1 - confidence) / 2
    low, median, high = (float(value) for value in np.quantile(worth, [tail, 0.5, 1 - tail]))
    positive = float(np.mean(worth > 0))
    error = float(np.sqrt(positive * (1 - positive) / draws))
    return SimulatedNpv(
        float(worth.mean()), median, low, high, positive, error, draws, rate, seed, confidence
    )


def _npv(flows: Flows, inputs: Mapping[str, Float64], rate: float, rows: int) -> Float64:
    flow = np.asarray(flows(inputs), np.float64)
    if flow.ndim != 2 or len(flow) != rows:
        raise ValueError(f"flows have the shape {flow.shape}: answer ({rows}, m) for inputs of ({rows}, 1)")
    return np.asarray(present_values(rate, flow).sum(axis=1))
