"""Dead letters as points: one a letter, its number in its time."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from store.batch import DeadLetter, StoredDeadLetter
from store.influx_lines import field_text
from store.influx_numbers import number_at, time_ns

DEAD_LETTERS = "pilotbed_dead_letters"

_PART = 60_000
"""A string field holds at most 64 KB, a letter more: its JSON goes over as many fields as it needs."""


def letter_lines(letters: Sequence[DeadLetter], numbers: Iterable[int], writer: str) -> list[str]:
    """One line a letter. With `writer` as a tag, a number that two processes took overwrites nothing."""
    return [_line(letter, number, writer) for letter, number in zip(letters, numbers, strict=True)]


def _line(letter: DeadLetter, number: int, writer: str) -> str:
    text = json.dumps(msgspec.to_builtins(letter))
    parts = [text[first : first + _PART] for first in range(0, len(text), _PART)]
    fields = {f"letter{place}": part for place, part in enumerate(parts)}
    # Fields, not tags: whoever may publish could make a series of every name he thinks of.
    fields |= {"pilot": letter.pilot or "", "device": letter.device or "", "code": letter.code}
    written = ",".join(f"{name}={field_text(value)}" for name, value in fields.items())
    return f"{DEAD_LETTERS},writer={writer} parts={len(parts)}i,{written} {time_ns(number)}"


def stored_letters(answer: bytes) -> list[StoredDeadLetter]:
    """Letters from the CSV of `SELECT *`, without those that are being written."""
    found = []
    for row in _rows(answer):
        parts = [row.get(f"letter{place}") for place in range(int(row["parts"] or 0))]
        if parts and all(parts):
            letter = msgspec.json.decode("".join(map(str, parts)), type=DeadLetter)
            found.append(StoredDeadLetter(id=number_at(int(row["time"])), letter=letter))
    return found


def letters_by(field: str, answer: bytes) -> Counter[str]:
    """How many letters stand for each value of a field, from the CSV of that field."""
    return Counter(row[field] for row in _rows(answer))


def _rows(answer: bytes) -> Iterator[dict[str, str]]:
    """Row by row, since a part of a topic may hold any character."""
    return csv.DictReader(io.StringIO(answer.decode(), newline=""))
