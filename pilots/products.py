"""Which product of the plan a device is."""

from pilots.plan import Plan, Product
from pilots.records import Device


def product_of(plan: Plan, device: Device) -> Product | None:
    """The product that the device names; where it names none, the plan's only product of its kind, if it
    has exactly one. None where nobody can tell."""
    if device.product is not None:
        return next((each for each in plan.products if each.name == device.product), None)
    of_kind = [each for each in plan.products if each.kind == device.kind]
    return of_kind[0] if len(of_kind) == 1 else None
