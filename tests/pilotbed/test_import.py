"""`pilotbed import`: files of other systems, whole or not at all."""

from pathlib import Path

import pytest

from tests.running import Installation, Service
from tests.waiting import wait_for

VISITS = """\
fields:
  participant: Kod
  time: {column: Start, format: "%Y-%m-%d %H:%M"}
  mode: {column: Typ, words: {Fysisk: physical}}
complete: {first: 2026-01-12, last: 2026-01-15}
"""


@pytest.fixture(scope="module")
def code(running: Service) -> str:
    installation = running.installation
    added = installation.json("participant", "add", "natt", "--group", "intervention")
    (code,) = added["participants"]
    installation.run("device", "add", "natt", "rum-1", "--kind", "visits")
    installation.run("device", "assign", "natt", "rum-1", code, "--from", "2026-01-12T00:00")
    return str(code)


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_visits_of_a_planning_system_are_counted_and_nights_without_are_zero(
    running: Service, code: str, tmp_path: Path
) -> None:
    file = f"Kod;Start;Typ\n{code};2026-01-13 02:00;Fysisk\n{code};2026-01-13 04:00;Fysisk\n"
    command = (
        *("import", "natt", "visits", written(tmp_path, "besok.csv", file)),
        *("--map", written(tmp_path, "map.yaml", VISITS)),
    )
    done = running.installation.json(*command)
    assert (done["rows"], done["shifts_closed"]) == (2, 4)
    assert running.installation.json(*command)["rows"] == 2, "the same file again changes nothing"
    wait_for(lambda: len(_readings(running)) == 6, "two visits and four closed shifts")
    running.installation.run("analyse", "natt")
    found = running.get("/pilots/natt/metrics/physical_visits_per_night", by="day", participant=code)
    rows = found["items"]
    assert {row["period"]: row["value"] for row in rows if row["value"] is not None} == {
        **{"2026-01-12": 2.0, "2026-01-13": 0.0},
        **{"2026-01-14": 0.0, "2026-01-15": 0.0},
    }
    assert {row["reason"] for row in rows if row["value"] is None} == {"no_log"}


def _readings(service: Service) -> list[str]:
    found = service.get("/pilots/natt/readings/visit", device="rum-1", start="2026-01-01T00:00:00Z")
    return list(found["columns"]["visit"])


def test_scores_weighings_and_events_are_kept_and_taken_whole_or_not_at_all(
    running: Service, code: str, tmp_path: Path
) -> None:
    installation = running.installation
    layout = written(
        tmp_path,
        "scores.yaml",
        "fields: {participant: Kod, instrument: {column: Skala, words: {MNA: mna_sf}}, day: Datum, "
        "value: Poäng}",
    )
    head = "Kod,Skala,Datum,Poäng\n"
    good = written(tmp_path, "good.csv", f"{head}{code},MNA,2026-01-20,11\n")
    bad = written(tmp_path, "bad.csv", f"{head}{code},MNA,2026-01-21,9\n{code},MNA,2026-02-20,15\n")
    assert installation.json("import", "natt", "scores", good, "--map", layout) == {"rows": 1}
    refused = installation.run("import", "natt", "scores", bad, "--map", layout, exit_code=1)
    assert "mna_sf 15 is not a whole number from 0 to 14" in refused.stderr
    assert "bad.csv line 3: score of" in refused.stderr
    with_registry = _scores(installation)
    assert with_registry == [(code, "mna_sf", 11.0)]


def test_every_row_that_cannot_be_is_told_with_its_line(running: Service, code: str, tmp_path: Path) -> None:
    layout = written(tmp_path, "w.yaml", "fields: {participant: Kod, time: Tid, kg: Vikt}")
    at = "2026-01-20 08:00"
    file = written(
        tmp_path, "w.csv", f"Kod,Tid,Vikt\n{code},{at},700\n{code},2026-01-21 08:00,-3\n{code},{at},70\n"
    )
    refused = running.installation.run("import", "natt", "weighings", file, "--map", layout, exit_code=1)
    assert "w.csv line 2: weighing of" in refused.stderr
    assert "w.csv line 3: weighing of" in refused.stderr
    assert "w.csv line 4: says otherwise than line 2" in refused.stderr


def test_a_map_that_is_no_text_is_refused(running: Service, tmp_path: Path) -> None:
    layout = tmp_path / "map.yaml"
    layout.write_bytes(b"fields: \xff")
    refused = running.installation.run(
        *("import", "natt", "weighings", written(tmp_path, "w.csv", "a\n"), "--map", str(layout)), exit_code=1
    )
    assert "map.yaml is not text in UTF-8 (byte 8): save it as UTF-8" in refused.stderr


def _scores(installation: Installation) -> list[tuple[str, str, float]]:
    from pilots.registry import Registry

    registry = Registry.open(f"sqlite:///{installation.data / 'registry.sqlite'}")
    try:
        return [(each.participant, each.instrument, each.value) for each in registry.scores("natt")]
    finally:
        registry.close()


def test_a_stranger_in_the_file_is_named_with_the_line(running: Service, tmp_path: Path) -> None:
    layout = written(tmp_path, "w.yaml", "fields: {participant: Kod, time: Tid, kg: Vikt}")
    file = written(tmp_path, "w.csv", "Kod,Tid,Vikt\nK7Q-4TD,2026-01-20 08:00,70\n")
    refused = running.installation.run("import", "natt", "weighings", file, "--map", layout, exit_code=1)
    assert "w.csv line 2: natt has no participant K7Q-4TD" in refused.stderr


def test_nights_that_are_not_over_cannot_be_complete(running: Service, code: str, tmp_path: Path) -> None:
    layout = VISITS.replace("last: 2026-01-15", "last: 2099-01-15").replace("2026-01-12,", "2099-01-10,")
    refused = running.installation.run(
        *("import", "natt", "visits", written(tmp_path, "v.csv", "Kod;Start;Typ\n")),
        *("--map", written(tmp_path, "m.yaml", layout)),
        exit_code=1,
    )
    assert "complete: 2099-01-11T06:00:00Z" in refused.stderr
