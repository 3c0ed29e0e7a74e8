"""A hint for a word that is not known."""

from collections.abc import Collection
from difflib import get_close_matches


def nearest(word: str, known: Collection[str]) -> str | None:
    """`did you mean "…"?` with the known word most like this one, None where none is like it."""
    folded = {each.casefold(): each for each in sorted(known)}
    close = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return f'did you mean "{folded[close[0]]}"?' if close else None
