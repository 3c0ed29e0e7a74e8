"""A report as bytes: JSON for machines, one self-contained HTML file for people."""

from typing import Any, Literal

import msgspec

from api.instants import instant
from api.languages import Language
from api.presentation import present
from api.remembered import Remembered
from api.report.content import Content, gather
from api.results import Results, Snapshot
from api.routers.alarms import response_item
from api.routers.evaluation import evaluation_head, evaluation_row
from api.routers.quality import quality_summary
from api.templating import render, stylesheet
from pilots.registry import Registry
from store import TimeSeriesStore

ReportFormat = Literal["html", "json"]
FORMATS: tuple[ReportFormat, ...] = ("html", "json")


def render_report(
    registry: Registry, store: TimeSeriesStore, pilot: str, form: ReportFormat, language: Language
) -> bytes:
    """The report of a pilot, as one file. Small cells are hidden: a report is passed on.

    Raises `UnknownPilot`.
    """
    return report(Results(registry, store, Remembered()).now(pilot), form, language)


def report(snapshot: Snapshot, form: ReportFormat, language: Language) -> bytes:
    """As `render_report`, from results that may be remembered."""
    content = gather(snapshot, suppress=True, by_device=False)
    if form == "json":
        return msgspec.json.format(msgspec.json.encode(_plain(content)), indent=2)
    page = present(content, language, as_report=True)
    return render("report.html", language, page=page, css=stylesheet()).encode()


def _plain(content: Content) -> dict[str, Any]:
    return {
        "pilot": content.pilot.pilot,
        "stage": content.pilot.stage,
        "made": instant(content.made_us),
        "notice": "Not a medical device, not the alarm chain of last resort.",
        "plan": content.pilot.plan.model_dump(mode="json"),
        "participants": [
            {"group": each.group, "started": each.started, "planned": each.planned} for each in content.groups
        ],
        "evaluation": {
            **evaluation_head(content.evaluation),
            "items": [evaluation_row(item).model_dump(mode="json") for item in content.evaluation.items],
        },
        "alarm_response": {
            "targets": content.pilot.plan.targets.model_dump(mode="json"),
            "items": [response_item(row).model_dump(mode="json") for row in content.response],
        },
        "quality": quality_summary(content.quality.summary).model_dump(mode="json"),
    }
