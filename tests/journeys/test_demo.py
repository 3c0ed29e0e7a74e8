"""`pilotbed demo`, told short: simulated devices in, a report out, and every estimate near its truth."""

import json
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pilots.records import TEXT_SECTIONS
from tests.running import Installation

DAYS = 14


class Demo(NamedTuple):
    """What the demo printed as JSON, and the installation it left."""

    said: dict[str, Any]
    installation: Installation

    @property
    def folder(self) -> Path:
        return self.installation.folder


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = Path(tmp_path_factory.mktemp("demo"))
    said = Installation(folder).json("demo", "--once", "--days", DAYS, "--out", "out")
    # What the demo leaves is an installation like any other.
    return Demo(said, Installation(folder / "out"))


class Page(HTMLParser):
    """Checks that elements close in the order they opened, and notes what a page refers to."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input", "col", "wbr", "source"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.language: str | None = None
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "html":
            self.language = given.get("lang")
        self.addresses += [text for name in ("src", "href") if (text := given.get(name))]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<path … />` opens and closes at once."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_estimate_is_within_its_tolerance_of_the_realised_truth(demo: Demo) -> None:
    rows = demo.said["comparison"]
    assert [row for row in rows if not row["within"]] == []
    assert {"weight_kg", "bed_exits_per_night", "time_out_of_home_h", "time_to_acknowledge_s"} <= {
        row["metric"] for row in rows
    }
    assert "change" in {row["way"] for row in rows}
    for row in rows:
        assert abs(row["error"]) <= row["tolerance"]
        assert row["n"] == row["expected"] > 0


def test_the_truth_lies_beside_the_report(demo: Demo) -> None:
    assert demo.said["report"] == "out/report.html"
    assert json.loads((demo.folder / "truth.json").read_text(encoding="utf-8"))


def test_the_report_is_one_sound_page_in_swedish_that_needs_nothing_else(demo: Demo) -> None:
    report = (demo.folder / "report.html").read_text(encoding="utf-8")
    assert report.startswith("<!doctype html>")
    page = Page()
    page.feed(report)
    page.close()
    assert page.open == []
    assert page.language == "sv"
    assert [address for address in page.addresses if not address.startswith(("#", "data:"))] == []
    for words in (
        "Utvärdering",
        "Fysiska besök per natt",
        "Jämförelsegrupp",
        "inte en medicinteknisk produkt",
    ):
        assert words in page.text


def test_what_people_told_is_in_the_report_and_marked_as_simulated(demo: Demo) -> None:
    report = (demo.folder / "report.html").read_text(encoding="utf-8")
    assert report.count("Simulerat exempel.") == len(TEXT_SECTIONS)
    assert "är inte skriven än" not in report
    for words in ("MNA-SF", "NPI-NH"):
        assert words in report
    told = demo.installation.json("pilot", "show", "demo")
    assert told["texts"] == list(TEXT_SECTIONS)
    assert told["locked"] < "2025-01-13"
    assert [each["stage"] for each in told["stages"]] == ["legal_check", "baseline", "pilot", "evaluation"]
    assert {each["group"] for each in told["recruitment"]} == {"intervention", "comparison"}


def test_every_requirement_of_the_plan_is_measured_or_says_why_not(demo: Demo) -> None:
    rows = demo.installation.json("pilot", "requirements", "demo")
    by_measure = {row["measure"]: row for row in rows}
    for measure in ("weight_error_kg", "missed_alarms_percent", "false_alarms_per_device_day"):
        assert by_measure[measure]["measured"] is not None, by_measure[measure]
    assert by_measure["weight_error_kg"]["n"] >= 20
    # A story is told at once, and 14 levels, one a day, are too few to see a battery run down.
    unmeasured = {row["measure"]: row["reason"] for row in rows if row["measured"] is None}
    assert unmeasured == {"lateness_p95_s": "imported", "battery_days": "no_data"}


def test_the_api_and_the_report_tell_the_same_evaluation(demo: Demo) -> None:
    token = demo.installation.json("token", "create", "--role", "evaluator", "--pilot", "demo")["token"]
    with demo.installation.up() as service, service.client(token) as client:
        evaluation = client.get("/pilots/demo/evaluation").json()
    # Without a service too: small groups are hidden in a report as they are from an evaluator.
    demo.installation.run("report", "demo", "--format", "json", "-o", "report.json")
    report = json.loads((demo.folder / "report.json").read_text(encoding="utf-8"))
    assert report["evaluation"] == evaluation
    told = demo.said["evaluation"]
    for shown, whole in zip(evaluation["items"], told["items"], strict=True):
        assert shown == whole or shown["suppressed"]
    assert (evaluation["plan_hash"], evaluation["data_fingerprint"]) == (
        told["plan_hash"],
        told["data_fingerprint"],
    )


def test_every_participant_started_and_every_device_delivered(demo: Demo) -> None:
    people = demo.installation.json("participant", "list", "demo")
    assert Counter(each["group"] for each in people) == {"intervention": 24, "comparison": 12}
    kinds = Counter(each["kind"] for each in demo.installation.json("device", "list", "demo"))
    assert kinds["bed"] == kinds["gps"] == kinds["visits"] == 36


def test_all_that_was_published_is_stored_and_nothing_is_refused(demo: Demo) -> None:
    assert demo.said["readings"] > 36 * DAYS * 8640 / 3  # a third of the day in bed, every ten seconds
    assert demo.installation.json("dead-letters", "list") == []


def test_no_service_is_left_behind(demo: Demo) -> None:
    assert not (demo.installation.service_file).exists()
    assert "days" in demo.installation.json("analyse", "demo"), "the readings have no owner any more"


def test_a_folder_with_other_files_is_not_replaced(demo: Demo) -> None:
    theirs = demo.folder / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("years of work", encoding="utf-8")
    refused = demo.installation.run("demo", "--once", "--days", DAYS, "--out", theirs, exit_code=1)
    assert f"{theirs} holds other files: choose another folder with --out DIR" in refused.stderr
    assert (theirs / "thesis.txt").exists()
