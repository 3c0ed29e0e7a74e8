"""YAML as plain values, with the line of every key and item."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from pilots.errors import PlanProblem

Path = tuple[str | int, ...]
"""The way to a value: keys and list positions from the top, as pydantic names a place."""

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"[-+]?([0-9]{1,18}\.?[0-9]{0,18}|\.[0-9]{1,18})([eE][-+]?[0-9]{1,2})?", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(slots=True)
class Document:
    """A mapping at the top, the lines (from 1) of its parts, and what is wrong with the YAML itself."""

    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[PlanProblem] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of that place, or of the nearest place around it that stands in the text."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


PLAN_KEYS = ("pilot", "title", "timezone", "phases", "groups")
"""What every plan has."""


def read_yaml(text: str, thing: str = "plan", keys: Sequence[str] = PLAN_KEYS) -> Document:
    """The text as a document; when it is not one mapping, `values` is empty and `problems` says why.

    `thing` is what problems call it, `keys` are those that it must have.
    """
    document = Document()
    try:
        node = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(part for part in (error.context, error.problem) if part)
        document.problems.append(PlanProblem(mark.line + 1 if mark else 1, f"not readable as YAML: {reason}"))
        return document
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        code = ord(text[error.position])
        document.problems.append(
            PlanProblem(line, f"not readable as YAML: the character U+{code:04X} is not allowed")
        )
        return document
    except RecursionError:
        document.problems.append(
            PlanProblem(1, f"not readable as a {thing}: lists or mappings are nested too deep")
        )
        return document
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        listed = ", ".join(keys[:-1]), keys[-1]
        document.problems.append(
            PlanProblem(1, f"the {thing} is empty: it needs {' and '.join(filter(None, listed))}")
        )
    elif not isinstance(node, yaml.MappingNode):
        document.problems.append(
            PlanProblem(
                _line(node), f"the {thing} should be a mapping ({', '.join(f'{key}: …' for key in keys[:2])})"
            )
        )
    else:
        document.lines[()] = _line(node)
        document.values = _mapping(node, (), document)
    return document


def shown(value: object) -> str:
    """A value as it could stand in the text, shortened."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}…"'
        case dict():
            return "(a mapping)"
        case list() | tuple():
            return "(a list)"
        case None:
            return "(nothing)"
        case _:
            return str(value)


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # so in its stubs
            raise yaml.composer.ComposerError(
                None, None, f"*{event.anchor} refers to another place: write the value out", event.start_mark
            )
        return super().compose_node(parent, index)


def _value(node: yaml.Node, path: Path, document: Document) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        items = []
        for position, item in enumerate(node.value):
            document.lines[(*path, position)] = _line(item)
            items.append(_value(item, (*path, position), document))
        return items
    return _scalar(node, document)


def _mapping(node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = _line(key_node)
        if not isinstance(key_node, yaml.ScalarNode):
            document.problems.append(PlanProblem(line, "a key should be a single word"))
            continue
        key = str(key_node.value)
        if key in values:
            first = document.lines[(*path, key)]
            document.problems.append(
                PlanProblem(line, f'"{key}" is there twice, first on line {first}: keep one of them')
            )
            continue
        document.lines[(*path, key)] = line
        values[key] = _value(value_node, (*path, key), document)
    return values


def _scalar(node: yaml.Node, document: Document) -> str | int | float | bool | None:
    text = str(node.value)
    if _UNPRINTABLE.search(text):
        document.problems.append(PlanProblem(_line(node), "text holds a control character: remove it"))
        return _UNPRINTABLE.sub("", text)
    # Only plain words are numbers, and only those of YAML 1.2: `no`, `1_000` and `12:30` stay text.
    if getattr(node, "style", None) is not None:
        return text
    word: Mapping[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
    if text.lower() in word:
        return word[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
