"""What pages and reports say: files of each language, with the same keys in both."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from api.languages import Language


@cache
def texts(language: Language) -> Mapping[str, str]:
    """Every text of a language by its dotted key."""
    found: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.glob(f"*{language}.yaml")):
        found |= _flat("", yaml.safe_load(path.read_text(encoding="utf-8")))
    return found


@cache
def methods_in_swedish(part: str) -> Mapping[str, str]:
    """`metrics`: how each metric of the catalogue is made; `comparisons`: how two phases are compared, by the
    English words of the analysis."""
    path = Path(__file__).with_name("methods_in_swedish.yaml")
    found: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found[part]


def _flat(prefix: str, tree: Mapping[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        found += _flat(f"{name}.", value) if isinstance(value, dict) else [(name, str(value))]
    return found
