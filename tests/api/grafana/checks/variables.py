"""What Grafana and the plugin put in for `$name` and `${name:format}` before a query leaves."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from tests.api.grafana.checks.fault import Fault

Values = Mapping[str, str | Sequence[str]]
"""What is chosen for each variable: one text, or several where several may be chosen."""

REFERENCE = re.compile(r"\$\{(\w+)(?::([^}]*))?\}|\$(\w+)|\[\[(\w+)[^\]]*\]\]")
TIMES = frozenset({"__timeFrom", "__timeTo"})


def references(text: str) -> list[tuple[str, str | None]]:
    """(name, format) of every variable in a text; a bare `$name` has no format."""
    found = []
    for match in REFERENCE.finditer(text):
        braced, format_, bare, bracketed = match.groups()
        if bracketed:
            raise Fault(f"[[{bracketed}]] is the old way to write a variable: {text!r}")
        found.append((braced or bare, format_))
    return found


def interpolated(text: str, values: Values, *, in_path: bool = False) -> str:
    """The text as it leaves. In a path every variable must be percent-encoded."""

    def value(match: re.Match[str]) -> str:
        ((name, format_),) = references(match.group())
        if name in TIMES:
            if format_ != "date:iso":
                raise Fault(f"${{{name}:{format_}}}: the plugin fills in ${{{name}:date:iso}}")
            return str(values[name])
        if name not in values:
            raise Fault(f"variable {name!r} in {text!r} is not defined: Grafana sends it as it stands")
        if in_path and format_ != "percentencode":
            raise Fault(f"variable {name!r} in the path {text!r} is not percent-encoded")
        return formatted(name, format_, values[name])

    done = REFERENCE.sub(value, text)
    if "$" in done:
        raise Fault(f"{text!r} leaves as {done!r}")
    return done


def formatted(name: str, format_: str | None, value: str | Sequence[str]) -> str:
    several = [value] if isinstance(value, str) else list(value)
    match format_:
        case None if not isinstance(value, str):
            raise Fault(f"variable {name!r} takes several values, which bare are sent as {{a,b}}")
        case None | "text" | "raw":
            return ",".join(several)
        case "csv":
            return ",".join(several)
        case "percentencode":
            return quote(",".join(several), safe="")
        case "regex":
            return "|".join(map(re.escape, several))
        case _:
            raise Fault(f"variable {name!r} is written as {format_!r}, which no dashboard of ours needs")
