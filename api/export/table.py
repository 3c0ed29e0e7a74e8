"""A table that is exported: what each column means, and its rows as columns of Arrow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

Kind = Literal["string", "number", "integer", "boolean", "date", "datetime"]

_ARROW: dict[Kind, Any] = {
    "string": pa.string(),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us", tz="UTC"),
}

Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, kind of value, what it says, and its unit where it has one.

    Times are µs UTC in the rows, absent values None.
    """

    name: str
    kind: Kind
    description: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its name, with its rows in batches so that no large one has to be held whole.

    `key` names the columns that tell rows apart; `refers` a column, with the table and column it points to.
    """

    name: str
    title: str
    fields: Sequence[Field]
    key: Sequence[str]
    batches: Iterable[Sequence[Row]]
    refers: Sequence[tuple[str, str, str]] = ()

    @property
    def schema(self) -> Any:
        return pa.schema([(field.name, _ARROW[field.kind]) for field in self.fields])

    def arrow(self) -> Iterable[Any]:
        """The batches as Arrow tables of one schema."""
        schema = self.schema
        for rows in self.batches:
            columns = list(zip(*rows, strict=True)) or [()] * len(self.fields)
            arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
            yield pa.Table.from_arrays(arrays, schema=schema)
