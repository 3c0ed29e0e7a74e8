"""Every query of every dashboard, answered by the real API for the token that Grafana has."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from api.grafana import dashboards
from api.languages import LANGUAGES, Language
from tests.api.grafana.checks import shape
from tests.api.grafana.checks.fault import Fault
from tests.api.grafana.checks.fields import shown_names, words_of
from tests.api.grafana.checks.looking import pairs
from tests.api.grafana.checks.variables import Values
from tests.api.grafana.checks.walker import Dashboard, Place, places, shown
from tests.api.grafana.told import BARE, FULL, PEOPLE, SOMEBODYS_NAME, SUPPRESSED, Told, within

STEMS = sorted(dashboards("sv"))
ALL_STEMS = sorted(dashboards("sv", readings=True))

of_every_dashboard = pytest.mark.parametrize("stem", STEMS)
in_both_languages = pytest.mark.parametrize("language", LANGUAGES)


def variants(told: Told, language: Language, stem: str, pilot: str) -> Iterator[Dashboard]:
    """The dashboard as it is for every pilot, and as it is for this one's plan."""
    for plan in (None, told.plans[pilot]):
        yield dashboards(language, plan)[stem]


@in_both_languages
@of_every_dashboard
@pytest.mark.parametrize("pilot", list(PEOPLE))
def test_every_query_is_answered_as_its_panel_needs_it(
    told: Told, pilot: str, stem: str, language: Language
) -> None:
    found = []
    for dashboard in variants(told, language, stem, pilot):
        for place, values in told.asked(dashboard, pilot):
            try:
                shown(place, values, told.ask(pilot))
            except Fault as fault:
                found.append(str(fault))
    assert not found, "\n".join(found)


RANGES = {
    "from the middle of a day to that of another": ("2025-02-10T13:37:05Z", "2025-02-24T02:14:59Z"),
    "five minutes": ("2025-02-10T22:58:00Z", "2025-02-10T23:03:00Z"),
    "a year after its end": ("2026-03-20T00:00:00Z", "2026-04-03T00:00:00Z"),
    "before its first day": ("2024-10-20T00:00:00Z", "2024-11-03T00:00:00Z"),
}


@of_every_dashboard
@pytest.mark.parametrize("range_", RANGES)
def test_every_query_is_answered_whatever_the_time_range(told: Told, stem: str, range_: str) -> None:
    chosen = within(FULL, *RANGES[range_])
    found = []
    for place, values in told.asked(dashboards("sv", told.plans[FULL])[stem], FULL, chosen):
        try:
            shown(place, values, told.ask(FULL))
        except Fault as fault:
            found.append(str(fault))
    assert not found, "\n".join(found)


@of_every_dashboard
def test_every_column_is_filled_by_something_in_a_whole_pilot(told: Told, stem: str) -> None:
    """Why there is no figure is told where there are none: of the pilot whose groups are small. And the pilot
    is over: of its last days up to now nothing is expected."""
    filled: dict[tuple[str, str], bool] = {}
    for pilot in (FULL, SUPPRESSED):
        for dashboard in variants(told, "sv", stem, FULL):
            for place, _, answer in told.answered(dashboard, pilot):
                if "last_days=" in answer.address:
                    continue
                reasons = {c["text"] for c in place.query["columns"] if c["selector"] == "reason"}
                for text, cells in answer.frame.fields.items():
                    if pilot == FULL or text in reasons:
                        key = (str(place), text)
                        filled[key] = filled.get(key, False) or any(cell is not None for cell in cells)
    empty = [f"{place}: {text}" for (place, text), found in filled.items() if not found]
    assert not empty, "\n".join(empty)


OF_THE_PLAN = frozenset({"target_s", "hour", "minimum_change", "planned", "margin", "at_least_percent"})
"""Figures in a hidden row that are of nobody."""

OF_PEOPLE = frozenset(
    {"pilotbed-overview", "pilotbed-bed", "pilotbed-gps", "pilotbed-supervision", "pilotbed-response"}
)


@of_every_dashboard
def test_nothing_of_people_is_told_where_every_group_is_small(told: Told, stem: str) -> None:
    """Figures of devices stand; of a row that tells how many people it is of, nothing does."""
    dashboard = dashboards("sv", told.plans[SUPPRESSED])[stem]
    rows = [
        (place, row)
        for place, _, answer in told.answered(dashboard, SUPPRESSED)
        for row in suppressible(json.loads(answer.body))
    ]
    found = [f"{place}: {row}" for place, row in rows if not row["suppressed"] and row.get("n")]
    found += [
        f"{place}: {key} of a hidden row is {value}"
        for place, row in rows
        for key, value in row.items()
        if row["suppressed"] and type(value) in (int, float) and key not in OF_THE_PLAN
    ]
    assert not found, "\n".join(found)
    assert stem not in OF_PEOPLE or any(row["suppressed"] for _, row in rows)


def suppressible(told: Any) -> Iterator[Mapping[str, Any]]:
    """The rows of an answer that say whether they are hidden, at any depth."""
    if isinstance(told, dict):
        if "suppressed" in told:
            yield told
        for inner in told.values():
            yield from suppressible(inner)
    elif isinstance(told, list):
        for inner in told:
            yield from suppressible(inner)


def test_a_viewer_chooses_among_the_pilots_of_the_token(told: Told) -> None:
    (variable,) = [
        each for each in places(dashboards("sv")["pilotbed-overview"]) if each.name.endswith("'pilot'")
    ]
    for pilot in PEOPLE:
        found = shown(variable, told.chosen(pilot), told.ask(pilot)).frame
        assert found.fields["__value"] == [pilot]


@of_every_dashboard
def test_no_answer_tells_of_another_pilots_devices(told: Told, stem: str) -> None:
    theirs = [each.device for each in told.registry.devices(SUPPRESSED)]
    assert theirs
    for place, _, answer in told.answered(dashboards("sv")[stem], FULL):
        assert [device for device in theirs if device in answer.body] == [], str(place)


@in_both_languages
@of_every_dashboard
@pytest.mark.parametrize("pilot", [FULL, SUPPRESSED])
def test_no_answer_and_no_dashboard_holds_a_participants_code(
    told: Told, pilot: str, stem: str, language: Language
) -> None:
    for dashboard in variants(told, language, stem, pilot):
        texts = [json.dumps(dashboard, ensure_ascii=False)]
        texts += [answer.body for _, _, answer in told.answered(dashboard, pilot)]
        assert [code for code in sorted(told.everybody) for text in texts if code in text] == []


NEVER_TOLD = frozenset({"participant", "lat", "lon", "home", "payload", "topic", "email"})


@of_every_dashboard
def test_no_answer_holds_a_place_a_message_or_somebodys_words(told: Told, stem: str) -> None:
    words = {*told.registry.texts(FULL).values(), SOMEBODYS_NAME}
    for place, _, answer in told.answered(dashboards("sv", told.plans[FULL])[stem], FULL):
        keys = {key for key, _ in pairs(json.loads(answer.body))}
        assert keys & NEVER_TOLD == set(), str(place)
        assert [text for text in words if text[:60] in answer.body] == [], str(place)


@in_both_languages
@of_every_dashboard
def test_a_reader_reads_words_and_never_a_code_of_the_api(told: Told, stem: str, language: Language) -> None:
    found: set[str] = set()
    for pilot in PEOPLE:
        for place, _, answer in told.answered(dashboards(language, told.plans[pilot])[stem], pilot):
            if place.kind not in ("table", "stat", "bargauge", "state-timeline"):
                continue
            for text in answer.frame.fields.keys() & shown_names(place.panel):
                words = words_of(place.panel, text)
                cells = {cell for cell in answer.frame.fields[text] if cell is not None}
                shown_as = {_code(cell) for cell in cells}
                unknown = (
                    shown_as - words.keys() if words else {code for code in shown_as if CODE.match(code)}
                )
                found |= {f"{place}: {code!r} in {text!r} has no word" for code in unknown}
    assert not found, "\n".join(sorted(found))


CODE = re.compile(r"^[a-z]+(_[a-z0-9]+)*$")


def _code(cell: Any) -> str:
    """A value as Grafana looks it up among mappings: 3.0 as 3."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


@in_both_languages
@of_every_dashboard
def test_what_a_reader_reads_is_in_the_dashboards_language(told: Told, stem: str, language: Language) -> None:
    """A query whose texts depend on the language says which; the plugin itself asks for none."""
    dashboard = dashboards(language)[stem]
    for place, values, plain in told.answered(dashboard, FULL):
        parameters = {pair["key"]: pair["value"] for pair in place.query["url_options"]["params"]}
        if "lang" in parameters:
            assert parameters["lang"] == language, str(place)
            continue
        other = "&" if "?" in plain.address else "?"
        texts = {told.ask(FULL)(f"{plain.address}{other}lang={each}", {}).text for each in LANGUAGES}
        if len(texts) > 1:
            frames = [_texts(place, values, told, each) for each in LANGUAGES]
            assert frames[0] == frames[1], f"{place} shows texts and does not say in which language"


@of_every_dashboard
def test_every_parameter_is_one_that_the_api_knows(told: Told, stem: str) -> None:
    """It ignores others, and would answer something else than what is asked."""
    paths = told.client.app.openapi()["paths"]  # type: ignore[attr-defined]  # FastAPI's
    found = []
    for dashboard in variants(told, "sv", stem, FULL):
        for place in places(dashboard):
            path = _path_of(place, paths)
            known = {each["name"] for each in paths[path]["get"].get("parameters", ())} | {"lang"}
            asked_for = {pair["key"] for pair in place.query["url_options"]["params"]}
            found += [f"{place}: {path} does not know {key!r}" for key in sorted(asked_for - known)]
    assert not found, "\n".join(found)


def _path_of(place: Place, paths: Iterable[str]) -> str:
    """A path whose parts are all there goes before one with a part that is filled in."""
    own = place.query["url"].split("/")
    fitting = [
        path
        for path in paths
        if len(path.split("/")) == len(own)
        and all(part == mine or part[:1] == "{" for part, mine in zip(path.split("/"), own, strict=True))
    ]
    return min(fitting, key=lambda path: path.count("{"))


def _texts(place: Place, values: Values, told: Told, language: Language) -> Mapping[str, Any]:
    options = place.query["url_options"]
    own = {**options, "params": [*options["params"], {"key": "lang", "value": language}]}
    changed = Place(place.name, place.kind, {**place.query, "url_options": own}, place.panel)
    frame = shown(changed, values, told.ask(FULL)).frame
    return {text: frame.fields[text] for text in frame.of_type("string")}


@in_both_languages
@pytest.mark.parametrize("stem", ALL_STEMS)
def test_a_dashboard_is_as_it_should_be_by_the_looks_of_it(told: Told, stem: str, language: Language) -> None:
    for each in (None, told.plans[FULL], told.plans[BARE]):
        for pages in ("", "https://pilot.example.org"):
            found = shape.faults(dashboards(language, each, pages_url=pages, readings=True)[stem])
            assert not found, "\n".join(found)


def test_the_dashboards_are_known_by_what_links_and_rules_point_at() -> None:
    own = dashboards("sv", readings=True)
    assert {stem: dashboard["uid"] for stem, dashboard in own.items()} == {stem: stem for stem in own}
    assert set(own) <= shape.UIDS


def test_both_languages_ask_the_same() -> None:
    swedish, english = dashboards("sv", readings=True), dashboards("en", readings=True)
    assert {stem: len(each["panels"]) for stem, each in swedish.items()} == {
        stem: len(each["panels"]) for stem, each in english.items()
    }
    for stem in swedish:
        assert [p["title"] for p in swedish[stem]["panels"]] != [p["title"] for p in english[stem]["panels"]]
