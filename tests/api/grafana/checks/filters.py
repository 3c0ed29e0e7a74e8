"""The plugin's filter expressions, as much of them as dashboards and rules of ours are written in:
comparisons of a field with null, a number or a text, joined by `&&`, `||` and parentheses."""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.api.grafana.checks.fault import Fault

TOKEN = re.compile(r'\s*(&&|\|\||\(|\)|==|!=|>=|<=|>|<|"[^"]*"|-?\d+(?:\.\d+)?|\w+)')

SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def passes(expression: str, row: Mapping[str, Any]) -> bool:
    """Whether a row stays. What stands behind a decided `&&` or `||` is not looked at."""
    if not expression:
        return True
    tokens = _tokens(expression)
    found = _either(tokens, row, True)
    if tokens:
        raise Fault(f"filter {expression!r}: {tokens[0]!r} follows its end")
    return found


def _tokens(expression: str) -> list[str]:
    tokens, at = [], 0
    while at < len(expression.rstrip()):
        match = TOKEN.match(expression, at)
        if match is None:
            raise Fault(f"filter {expression!r}: {expression[at:].strip()!r} is not understood")
        tokens.append(match.group(1))
        at = match.end()
    return tokens


def _either(tokens: list[str], row: Mapping[str, Any], asked: bool) -> bool:
    found = _both(tokens, row, asked)
    while tokens[:1] == ["||"]:
        tokens.pop(0)
        found = _both(tokens, row, asked and not found) or found
    return found


def _both(tokens: list[str], row: Mapping[str, Any], asked: bool) -> bool:
    found = _one(tokens, row, asked)
    while tokens[:1] == ["&&"]:
        tokens.pop(0)
        found = _one(tokens, row, asked and found) and found
    return found


def _one(tokens: list[str], row: Mapping[str, Any], asked: bool) -> bool:
    if tokens[:1] == ["("]:
        tokens.pop(0)
        found = _either(tokens, row, asked)
        if tokens[:1] != [")"]:
            raise Fault("filter: a parenthesis is not closed")
        tokens.pop(0)
        return found
    if len(tokens) < 3 or tokens[1] not in SIGNS:
        raise Fault(f"filter: {' '.join(tokens[:3])!r} is not field, sign, value")
    name, sign, literal = tokens[:3]
    del tokens[:3]
    if name not in row:
        raise Fault(f"filter asks for {name!r}, which is no column's text: {sorted(row)}")
    return _compares(name, row[name], sign, literal) if asked else False


def _compares(name: str, value: Any, sign: str, literal: str) -> bool:
    if literal == "null":
        if sign not in ("==", "!="):
            raise Fault(f"filter orders {name!r} by null")
        return (value is None) == (sign == "==")
    if value is None:
        raise Fault(f"filter meets null in {name!r}: ask for != null first")
    other: Any = literal.strip('"') if literal.startswith('"') else float(literal)
    if isinstance(value, str) != isinstance(other, str):
        raise Fault(f"filter compares {name!r}, {value!r}, with {literal}")
    return SIGNS[sign](value, other)
