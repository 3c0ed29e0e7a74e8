"""Participants' codes: `K7Q-4TD`, five random symbols and a check symbol.

The last symbol is a weighted sum of the others modulo 31. Since 31 is prime and the weights are distinct
and not zero, every single wrong symbol and every swap of two symbols is noticed.
"""

import secrets
from collections.abc import Collection, Sequence

from pilots.errors import PseudonymError

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 symbols: no I, L, O, 0 or 1, which are misread in handwriting."""

_WEIGHTS = (14, 13, 12, 11, 10)
"""Distinct, none 0 or -1 modulo 31; of such runs the one that makes the documented `K7Q-4TD` a real code."""

_LENGTH = len(_WEIGHTS) + 1


def new_code(taken: Collection[str] = ()) -> str:
    """A random code that is not among `taken`."""
    while True:
        data = [secrets.randbelow(len(ALPHABET)) for _ in _WEIGHTS]
        code = _written([*data, _check(data)])
        if code not in taken:
            return code


def is_code(text: str) -> bool:
    """Whether the text is a code exactly as written by `new_code`."""
    try:
        return parse_code(text) == text
    except PseudonymError:
        return False


def parse_code(text: str) -> str:
    """The code as written by `new_code`, from any case, with or without hyphen and spaces.

    Raises `PseudonymError` for a wrong length, a symbol outside the alphabet, or a check that fails.
    """
    symbols = "".join(text.split()).replace("-", "").upper()
    foreign = sorted({symbol for symbol in symbols if symbol not in ALPHABET})
    if foreign:
        raise PseudonymError(
            f'"{text}" is not a participant code: {" ".join(foreign)} is not among its symbols '
            "(2-9 and A-Z without I, L, O)"
        )
    if len(symbols) != _LENGTH:
        raise PseudonymError(
            f'"{text}" is not a participant code: it has {len(symbols)} of {_LENGTH} symbols'
        )
    values = [ALPHABET.index(symbol) for symbol in symbols]
    if _check(values[:-1]) != values[-1]:
        raise PseudonymError(
            f'"{text}" is not a participant code: a symbol is wrong or two have changed places; '
            "read it again from the list"
        )
    return _written(values)


def _check(data: Sequence[int]) -> int:
    return sum(weight * value for weight, value in zip(_WEIGHTS, data, strict=True)) % len(ALPHABET)


def _written(values: Sequence[int]) -> str:
    symbols = "".join(ALPHABET[value] for value in values)
    return f"{symbols[:3]}-{symbols[3:]}"
