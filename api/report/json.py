"""The report as data: the figures under the names that the API gives them, and the document as it is read."""

from typing import Any

import msgspec

from analysis.pipeline.benefits import benefit_rows
from api.instants import instant
from api.report.content import Content
from api.report.document import Document
from api.report.plain import plain_document
from api.requirement_items import requirement_item
from api.routers.alarms import response_item
from api.routers.evaluation import evaluation_head, evaluation_row
from api.routers.quality import quality_summary
from api.wording import Wording

SCHEMA = "pilotbed-report-1"


def json(content: Content, document: Document) -> bytes:
    """Indented; keys stand in a fixed order."""
    return msgspec.json.format(msgspec.json.encode(_plain(content, document)), indent=2)


def _plain(content: Content, document: Document) -> dict[str, Any]:
    pilot = content.pilot
    say = Wording(document.language, pilot.plan.zone)
    return {
        "schema": SCHEMA,
        "pilot": pilot.pilot,
        "stage": pilot.stage,
        "day": document.day.isoformat(),
        "data_until": instant(content.at_us),
        "notice": document.notice,
        "plan": pilot.plan.model_dump(mode="json"),
        "participants": [
            {"group": each.group, "started": each.started, "planned": each.planned} for each in content.groups
        ],
        "evaluation": {
            **evaluation_head(content.evaluation),
            "items": [evaluation_row(item, say).model_dump(mode="json") for item in content.evaluation.items],
        },
        "alarm_response": {
            "targets": pilot.plan.targets.model_dump(mode="json"),
            "items": [response_item(row).model_dump(mode="json") for row in content.response],
        },
        "quality": quality_summary(content.quality.summary).model_dump(mode="json"),
        "benefits": msgspec.to_builtins(
            benefit_rows(pilot.plan, content.evaluation.items, content.compared[1])
        ),
        "requirements": [requirement_item(row).model_dump(mode="json") for row in content.requirements],
        "scores": msgspec.to_builtins(content.scores),
        "departures": msgspec.to_builtins(content.departures),
        "texts": dict(content.texts),
        "software": f"pilotbed {content.software}",
        "document": plain_document(document),
    }
