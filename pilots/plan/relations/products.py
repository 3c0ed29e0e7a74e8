"""How products and what is required of them fit together."""

from collections.abc import Iterator, Mapping
from typing import Any

from pilots.plan.nearest import nearest
from pilots.plan.relations.plain import Finding, mappings, titled
from pilots.plan.requirements import KINDS_MEASURED


def product_findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with `products` and `requirements`."""
    kind_of: dict[str, object] = {}
    for position, product in mappings(values.get("products")):
        name = product.get("name")
        if isinstance(name, str) and name in kind_of:
            yield ("products", position, "name"), f'product "{name}" is there twice: give each its own name'
        elif isinstance(name, str):
            kind_of[name] = product.get("kind")
    seen: set[tuple[object, object]] = set()
    for position, requirement in mappings(values.get("requirements")):
        yield from _limit(position, requirement)
        yield from _product(position, requirement, kind_of)
        key = requirement.get("requirement"), requirement.get("product")
        if isinstance(key[0], str) and key in seen:
            yield (
                ("requirements", position, "requirement"),
                f"{_title(requirement, position)} is there twice of the same product: keep one",
            )
        seen.add(key)


def _limit(position: int, requirement: Mapping[str, Any]) -> Iterator[Finding]:
    given = [name for name in ("at_most", "at_least") if requirement.get(name) is not None]
    if len(given) == 2:
        yield (
            ("requirements", position, "at_least"),
            f"{_title(requirement, position)} has at_most and at_least: make a requirement of each",
        )
    elif not given and "at_most" not in requirement and "at_least" not in requirement:
        yield (
            ("requirements", position),
            f"{_title(requirement, position)} says no limit: give at_most or at_least",
        )


def _product(
    position: int, requirement: Mapping[str, Any], kind_of: Mapping[str, object]
) -> Iterator[Finding]:
    product, kinds = requirement.get("product"), KINDS_MEASURED.get(str(requirement.get("measure")))
    title = _title(requirement, position)
    measured = f"{title}: {requirement.get('measure')} is measured on {', '.join(kinds or ())}"
    if isinstance(product, str):
        kind = kind_of.get(product)
        if product not in kind_of:
            known = nearest(product, kind_of) or (
                f"products are {', '.join(kind_of)}" if kind_of else "there are no products"
            )
            yield ("requirements", position, "product"), f'{title}: unknown product "{product}": {known}'
        elif kinds is not None and isinstance(kind, str) and kind not in kinds:
            yield (
                ("requirements", position, "product"),
                f'{measured}, and product "{product}" is of kind {kind}',
            )
    elif kinds is not None and kind_of and not set(kinds) & set(map(str, kind_of.values())):
        yield (
            ("requirements", position, "measure"),
            f"{measured}, and no product is of that kind",
        )


def _title(requirement: Mapping[str, Any], position: int) -> str:
    return titled(requirement, "requirement", "requirement", "requirements", position)
