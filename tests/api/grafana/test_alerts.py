"""The rules by which Grafana tells of devices and waiting alarms: asked of the real API, and as they look."""

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.grafana import dashboards
from api.grafana.alerts import alerting
from api.languages import LANGUAGES, Language
from ingest.directory import Directory
from ingest.intake import Intake
from ingest.received import Received
from pilots.civil_time import to_rfc3339
from pilots.plan import read_plan
from tests.api.grafana.checks.infinity import Frame
from tests.api.grafana.checks.looking import strings
from tests.api.grafana.checks.walker import panels, rule_places, rules, shown
from tests.api.grafana.told import BARE, EMPTY, FULL, PEOPLE, SUPPRESSED, Told, within
from tests.api.installation import ALARM, EVENING, OURS, PLAN, SECOND, open_installation

ORG = 2
RULE_KEYS = frozenset(
    {
        "uid",
        "title",
        "condition",
        "for",
        "noDataState",
        "execErrState",
        "dashboardUid",
        "panelId",
        "labels",
        "annotations",
        "notification_settings",
        "data",
    }
)

pytestmark = pytest.mark.parametrize("language", LANGUAGES)


def made(told: Told, pilot: str, language: Language) -> dict[str, Any]:
    return alerting(told.plans[pilot], language, ORG)


def answers(told: Told, pilot: str, language: Language) -> dict[str, Frame]:
    """By the rule's last word, what Grafana gets for it; nobody has chosen a pilot in a rule."""
    times = {name: value for name, value in told.chosen(pilot).items() if name.startswith("__")}
    return {
        place.panel["uid"].rsplit("-", 1)[-1]: shown(place, times, told.ask(pilot)).frame
        for place in rule_places(made(told, pilot, language))
    }


def test_a_whole_pilot_has_something_to_tell_of_each(told: Told, language: Language) -> None:
    found = answers(told, FULL, language)
    assert set(found) == {"silent", "coverage", "unanswered"}
    assert all(frame.rows for frame in found.values())


@pytest.mark.parametrize("pilot", [SUPPRESSED, EMPTY, BARE])
def test_every_question_is_answered(told: Told, language: Language, pilot: str) -> None:
    rows = {name: frame.rows for name, frame in answers(told, pilot, language).items()}
    assert set(rows) == {"silent", "coverage"} | (set() if pilot == BARE else {"unanswered"})
    if pilot == EMPTY:
        assert set(rows.values()) == {0}


def test_an_alarm_whose_end_was_never_told_is_noticed_for_a_week(told: Told, language: Language) -> None:
    (rule,) = (each for each in rules(made(told, FULL, language)) if each["uid"].endswith("-unanswered"))
    asked = rule["data"][0]
    since = {param["key"]: param["value"] for param in asked["model"]["url_options"]["params"]}["start"]
    assert (since, asked["relativeTimeRange"]["from"]) == ("${__timeFrom:date:iso}", 7 * 24 * 3600)


def test_a_notice_of_an_alarm_stays_the_same_one_until_it_is_acknowledged(
    language: Language, tmp_path: Path
) -> None:
    """Grafana tells notices apart by their labels, and ends one whose labels change."""
    installation = open_installation(tmp_path)
    plan = read_plan(PLAN.format(pilot=OURS))
    headers = {"Authorization": f"Bearer {installation.tokens['grafana']}"}
    intake = Intake(installation.store, Directory(installation.registry))
    (place,) = (
        each
        for each in rule_places(alerting(plan, language, ORG))
        if each.panel["uid"].endswith("-unanswered")
    )

    def told(stage: str, seconds: int) -> list[tuple[str, ...]]:
        at = EVENING + seconds * SECOND
        payload = {"time": to_rfc3339(at), "alarm": "Annas-knapp", "stage": stage}
        topic = f"pilotbed/{OURS}/{ALARM}/alarm"
        intake.commit([Received(topic, json.dumps(payload).encode(), 1, False, at)])
        frame = shown(
            place,
            within(OURS, "2026-01-12T00:00:00Z", "2026-01-19T00:00:00Z"),
            lambda address, own: installation.client.get(address, headers={**own, **headers}),
        ).frame
        return list(zip(*(frame.fields[text] for text in frame.of_type("string")), strict=True))

    with closing(installation.store), closing(installation.registry):
        raised = told("raised", 0)
        assert len(raised) == 1
        assert told("received", 20) == raised
        assert told("acknowledged", 900) == []


@pytest.mark.parametrize("pilot", list(PEOPLE))
def test_no_rule_and_no_instance_holds_a_participants_code(
    told: Told, language: Language, pilot: str
) -> None:
    texts = [json.dumps(made(told, pilot, language))]
    texts += [json.dumps(dict(frame.fields)) for frame in answers(told, pilot, language).values()]
    assert [code for code in sorted(told.everybody) for text in texts if code in text] == []


def test_a_rule_is_written_as_grafana_reads_it(told: Told, language: Language) -> None:
    file = made(told, FULL, language)
    receivers = {point["name"] for point in file["contactPoints"]}
    assert all(point["orgId"] == ORG for point in (*file["contactPoints"], *file["groups"]))
    assert [group["interval"] for group in file["groups"]] == ["5m"]
    for rule in rules(file):
        assert set(rule) <= RULE_KEYS
        assert len(rule["uid"]) <= 40
        assert re.fullmatch(r"\d+[smhd]", rule["for"])
        assert rule["noDataState"] in {"NoData", "OK", "Alerting", "KeepLast"}
        assert rule["execErrState"] in {"Error", "OK", "Alerting", "KeepLast"}
        assert rule["notification_settings"]["receiver"] in receivers
        asked, judged = rule["data"]
        assert (asked["datasourceUid"], judged["datasourceUid"]) == ("pilotbed-api", "__expr__")
        assert rule["condition"] == judged["refId"] == judged["model"]["refId"]
        assert judged["model"]["expression"] == asked["refId"] == asked["model"]["refId"]
        assert asked["relativeTimeRange"]["from"] > asked["relativeTimeRange"]["to"] == 0
        (condition,) = judged["model"]["conditions"]
        assert condition["evaluator"]["type"] in {"gt", "lt"}


def test_uids_of_rules_are_one_of_a_kind(told: Told, language: Language) -> None:
    uids = [rule["uid"] for pilot in PEOPLE for rule in rules(made(told, pilot, language))]
    assert len(uids) == len(set(uids))


def test_a_notice_asks_for_labels_that_its_question_gives(told: Told, language: Language) -> None:
    file = made(told, FULL, language)
    given = {place.panel["uid"]: place.query for place in rule_places(file)}
    for rule in rules(file):
        labels = {c["text"] for c in given[rule["uid"]]["columns"] if c["type"] == "string"}
        labels |= set(rule["labels"])
        for text in rule["annotations"].values():
            assert "$" not in text, "older versions expand what follows a dollar"
            assert set(re.findall(r"\.Labels\.(\w+)", text)) <= labels
            assert set(re.findall(r"\.Values\.(\w+)", text)) <= {step["refId"] for step in rule["data"]}


def test_a_rule_leads_to_a_panel_that_there_is(told: Told, language: Language) -> None:
    by_uid = dashboards(language, told.plans[FULL])
    for rule in rules(made(told, FULL, language)):
        if "dashboardUid" in rule:
            shown_there = by_uid[rule["dashboardUid"]]
            assert rule["panelId"] in {panel["id"] for panel in panels(shown_there)}
        assert ("dashboardUid" in rule) == ("panelId" in rule)


def test_no_notice_holds_an_absolute_address(told: Told, language: Language) -> None:
    texts = [text for rule in rules(made(told, FULL, language)) for text in strings(dict(rule))]
    assert [text for text in texts if "://" in text] == []
