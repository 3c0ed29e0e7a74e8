"""A figure of one product, and the stays of its devices that it is made from."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.pipeline.stays import Stay, stays_by_participant
from analysis.pooled import Share
from analysis.weight import Agreement
from pilots.plan import Plan
from pilots.products import product_of
from pilots.registry import Registry

NAN, INF = float("nan"), float("inf")

NO_DEVICES = "no_devices"
TOO_FEW_DEVICES = "too_few_devices"


@dataclass(frozen=True, slots=True)
class ProductFigure:
    """A measure of a product's devices with its 95 % interval, NaN where there is none; inf is "not reached".

    `n` counts what it rests on and `participants` whose devices these were. `reason` says why there is no
    figure, or no interval. `agreement` is of weights.
    """

    value: float
    ci_low: float
    ci_high: float
    n: int
    participants: int
    reason: str | None = None
    agreement: Agreement | None = None


@dataclass(frozen=True, slots=True)
class ProductStay:
    """A device of the product stood with a participant (the code)."""

    code: str
    stay: Stay


def product_stays(
    registry: Registry, plan: Plan, product: str | None, kinds: Sequence[str], start: int, end: int
) -> list[ProductStay]:
    """The stays in [start, end) µs UTC of devices of these kinds; `product` None: of any product."""
    found = []
    for code, stays in stays_by_participant(registry, plan.pilot).items():
        for stay in stays:
            inside = stay.within(start, end)
            own = product_of(plan, stay.device)
            ours = product is None or (own is not None and own.name == product)
            if inside is not None and ours and stay.device.kind in kinds:
                found.append(ProductStay(code, inside))
    return found


def absent(reason: str, *, n: int = 0, participants: int = 0) -> ProductFigure:
    """No figure, and why."""
    return ProductFigure(NAN, NAN, NAN, n, participants, reason)


def of_share(share: Share, n: int) -> ProductFigure:
    """In percent. Of one resident's devices no interval: they say nothing of the product's others."""
    if share.residents < 2:
        return ProductFigure(100 * share.value, NAN, NAN, n, share.residents, TOO_FEW_DEVICES)
    return ProductFigure(100 * share.value, 100 * share.ci_low, 100 * share.ci_high, n, share.residents)
