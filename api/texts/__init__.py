"""What pages and reports say, one file a language with the same keys."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from api.languages import Language


@cache
def texts(language: Language) -> Mapping[str, str]:
    """Every text of a language by its dotted key."""
    path = Path(__file__).with_name(f"{language}.yaml")
    return dict(_flat("", yaml.safe_load(path.read_text(encoding="utf-8"))))


def _flat(prefix: str, tree: Mapping[str, object]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        found += _flat(f"{name}.", value) if isinstance(value, dict) else [(name, str(value))]
    return found
