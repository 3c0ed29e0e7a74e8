"""Files of other systems: a map, a table, and everything wrong with either told with its line."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from pilots.errors import ImportFileError
from pilots.imports import Cells, read_map, read_rows, read_table

STOCKHOLM = ZoneInfo("Europe/Stockholm")

VISITS = """\
fields:
  device: Rum
  time: {column: Starttid, format: "%Y-%m-%d %H:%M"}
  mode: {column: Typ, words: {Kamera: camera, Fysisk: physical}}
  planned: {column: Planerad, words: {Ja: true, Nej: false}}
  outcome: Utfall
"""
FILE = """\
Rum;Starttid;Typ;Planerad;Utfall
rum-1;2026-01-15 02:10;Fysisk;ja;calm
rum-1;2026-01-15 04:00;KAMERA;Nej;

"""
SCORES = "fields: {participant: Kod, instrument: {always: mna_sf}, day: Datum, value: Summa}\n"


def rows(kind: str, layout: str, content: str | bytes) -> list[Cells]:
    told = read_map(layout)
    encoded = content.encode() if isinstance(content, str) else content
    return read_rows(kind, read_table(encoded, told, "file.csv"), told, STOCKHOLM, "file.csv")


def refusal(kind: str, layout: str, content: str | bytes) -> list[str]:
    with pytest.raises(ImportFileError) as refused:
        rows(kind, layout, content)
    return str(refused.value).splitlines()


def test_a_planning_systems_file_becomes_visits_in_our_words() -> None:
    first, second = rows("visits", VISITS, FILE)
    assert first.number == 2
    assert first.fields == {
        **{"device": "rum-1", "time": 1_768_439_400_000_000, "mode": "physical"},
        **{"planned": True, "outcome": "calm"},
    }
    assert second.fields["mode"] == "camera"
    assert "outcome" not in second.fields, "an empty cell is absent"


def test_scores_take_codes_in_any_case_days_and_decimal_commas() -> None:
    (row,) = rows("scores", SCORES, "Kod,Datum,Summa\nk7q4td,2026-02-01,11\n")
    assert row.fields == {
        **{"participant": "K7Q-4TD", "instrument": "mna_sf"},
        **{"day": date(2026, 2, 1), "value": 11.0},
    }
    (weighing,) = rows(
        "weighings",
        "fields: {participant: Kod, time: Tid, kg: Vikt}",
        'Kod,Tid,Vikt\nK7Q-4TD,2026-02-01 08:00,"71,4"\n',
    )
    assert weighing.fields["kg"] == 71.4


@pytest.mark.parametrize(
    ("encoding", "said"), [("cp1252", "encoding: cp1252"), ("utf-16", "encoding: utf-16")]
)
def test_other_encodings_are_read_when_the_map_says_so(encoding: str, said: str) -> None:
    layout = f"{said}\nfields: {{participant: Kod, time: Tid, kg: Vägd}}\n"
    content = "Kod;Tid;Vägd\nK7Q-4TD;2026-02-01 08:00;71\n".encode(encoding)
    assert rows("weighings", layout, content)[0].fields["kg"] == 71.0


def test_excels_mark_at_the_beginning_is_no_part_of_a_heading() -> None:
    content = "\ufeffKod,Datum,Summa\nK7Q-4TD,2026-02-01,11\n"
    assert len(rows("scores", SCORES, content)) == 1


def test_all_problems_of_a_file_are_told_at_once_with_their_lines() -> None:
    content = (
        "Kod,Datum,Summa\n"
        "K7Q-4TD,2026-02-01,elva\n"
        "K7Q-4TE,2026-02-01,11\n"
        "K7Q-4TD,1/2 2026,11\n"
        ",2026-02-01,11\n"
    )
    told = refusal("scores", SCORES, content)
    assert [line.split(":")[0] for line in told] == [f"file.csv line {n}" for n in (2, 3, 4, 5)]
    assert '"Summa": "elva" is not a number' in told[0]
    assert "a symbol is wrong or two have changed places" in told[1]
    assert '"Datum": should be a date such as 2026-03-09' in told[2]
    assert '"Kod" is empty: participant is needed' in told[3]


def test_what_is_still_to_come_was_not_measured() -> None:
    told = refusal("scores", SCORES, "Kod,Datum,Summa\nK7Q-4TD,2099-02-01,11\n")
    assert told == ['file.csv line 2: "Datum": "2099-02-01" is still to come']
    told = refusal("visits", VISITS, FILE.replace("2026-01-15 02:10", "2099-01-15 02:10"))
    assert '"2099-01-15 02:10" is still to come' in told[0]


def test_more_problems_than_anybody_reads_are_counted() -> None:
    content = "Kod,Datum,Summa\n" + "K7Q-4TD,2026-02-01,x\n" * 25
    assert refusal("scores", SCORES, content)[-1] == "and 5 more"


@pytest.mark.parametrize(
    ("layout", "content", "said"),
    [
        (SCORES, "Kod,Datum\nK7Q-4TD,2026-02-01\n", 'takes value from "Summa", which is no heading'),
        (SCORES, "", "there is no row of headings"),
        (SCORES, "Kod,Kod,Datum,Summa\n", 'the heading "Kod" is there twice'),
        (SCORES, "Kod,Datum,Summa\nK7Q-4TD,2026-02-01,11,9\n", "has 4 cells under 3 headings"),
        (SCORES, "Kod,Datum,Summa\nÅ\n".encode("cp1252"), "say `encoding: cp1252` in the map"),
        ("fields: {participant: Kod}", "Kod\n", "fields: instrument is missing: say which column holds it"),
        ("", "Kod\n", "the map is empty: it needs fields"),
        ("- fields", "Kod\n", "the map should be a mapping (fields: …)"),
        ("fields: {kod: Kod}", "Kod\n", 'scores have no field "kod"'),
        (
            SCORES + "complete: {first: 2026-01-01, last: 2026-01-02}",
            "Kod,Datum,Summa\n",
            "is for visits only",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_the_way_out(layout: str, content: str | bytes, said: str) -> None:
    assert said in "\n".join(refusal("scores", layout, content))


def test_a_visit_needs_a_log_or_a_participant() -> None:
    told = refusal("visits", "fields: {time: Tid, mode: Typ}", "Tid,Typ\n")
    assert "visits need device (the room's log) or participant" in told[0]


def test_a_word_that_the_map_does_not_know_is_named() -> None:
    told = refusal("visits", VISITS, FILE.replace("Fysisk", "Telefon"))
    assert '"Telefon" is not among the words of the map: Kamera, Fysisk' in told[0]


def test_a_local_time_that_a_clock_change_removes_or_repeats_is_asked_about() -> None:
    for written in ("2026-03-29 02:30", "2026-10-25 02:30"):
        assert "2" in refusal("visits", VISITS, FILE.replace("2026-01-15 02:10", written))[0]


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ("fields: {time: {}}", "needs either column: or always:"),
        ("fields: {time: {column: A, always: b}}", "needs either column: or always:"),
        ("fields: {time: {column: A, colour: b}}", "map.yaml line 1: fields.time.colour: unknown key"),
        ("fields: {time: A}\nseparator: x", "map.yaml line 2: separator"),
        ("fields: {time: A}\ncomplete: {first: 2026-02-01, last: 2026-01-01}", "ends before it starts"),
        ("separator: ';'", "fields"),
        ("fields: [", "not readable as YAML"),
    ],
)
def test_a_map_that_does_not_hold_is_told_with_its_line(layout: str, said: str) -> None:
    with pytest.raises(ImportFileError) as refused:
        read_map(layout)
    assert said in str(refused.value)
