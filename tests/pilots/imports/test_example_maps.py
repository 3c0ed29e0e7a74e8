"""The example maps read the files that they are meant for."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pilots.imports import KINDS, Cells, read_map, read_rows, read_table
from pilots.instruments import INSTRUMENTS
from pilots.records import LOGGED_KINDS

ROOT = Path(__file__).parents[3]
FILES = {
    "visits": "Kod;Starttid;Typ;Planerad;Utfall\r\nK7Q-4TD;2025-11-02 02:10;Fysisk tillsyn;Ja;Hjälpt\r\n",
    "scores": "Kod,Instrument,Datum,Poäng\nK7Q-4TD,Modifierad Norton,2026-02-01,21\n",
    "weighings": 'Kod,Tid,Vikt\nK7Q-4TD,2026-02-01 08:00,"71,4"\n',
    "events": "Kod,Tid,Händelse\nK7Q-4TD,2026-02-01 03:12,Fall\n",
}


def read(kind: str) -> list[Cells]:
    layout = read_map((ROOT / "examples" / "imports" / f"{kind}.yaml").read_text(encoding="utf-8"))
    lines = read_table(FILES[kind].encode(layout.encoding), layout, "file.csv")
    return read_rows(kind, lines, layout, ZoneInfo("Europe/Stockholm"), "file.csv")


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_map_reads_its_file(kind: str) -> None:
    (row,) = read(kind)
    assert set(KINDS[kind].required) <= set(row.fields)


def test_the_words_of_the_examples_are_ours() -> None:
    assert read("scores")[0].fields["instrument"] in INSTRUMENTS
    assert read("events")[0].fields["kind"] in LOGGED_KINDS
    assert (read("visits")[0].fields["mode"], read("visits")[0].fields["outcome"]) == ("physical", "helped")


def test_the_documented_instruments_are_those_that_there_are() -> None:
    page = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| `(\w+)` \| (\d+)–(\d+) \| (up|down) \|$", page, re.MULTILINE)
    assert told == [(name, str(each.low), str(each.high), each.better) for name, each in INSTRUMENTS.items()]
