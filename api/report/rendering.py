"""A report as bytes: HTML and PDF to read, a workbook to calculate with, JSON for machines."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from api.languages import Language
from api.remembered import Remembered
from api.report.compose import compose
from api.report.content import Content, gather, known_until
from api.report.document import Document
from api.report.html import html
from api.report.json import json
from api.report.pdf import pdf
from api.report.plain import plain_document
from api.report.xlsx import xlsx
from api.results import Results, Snapshot
from pilots.registry import Registry
from store import TimeSeriesStore

ReportFormat = Literal["html", "pdf", "json", "xlsx"]
FORMATS: tuple[ReportFormat, ...] = get_args(ReportFormat)

MEDIA_TYPES: Mapping[ReportFormat, str] = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def render_report(
    registry: Registry, store: TimeSeriesStore, pilot: str, form: ReportFormat, language: Language
) -> bytes:
    """The report of a pilot, as one file. Small cells are hidden: a report is passed on.

    Raises `UnknownPilot`.
    """
    report = Report.of(Results(registry, store, Remembered()).now(pilot), language)
    made = report.render(form)
    registry.note_report(
        pilot, sha256=hashlib.sha256(made).hexdigest(), data_fingerprint=report.data_fingerprint
    )
    return made


def _state(snapshot: Snapshot) -> tuple[object, ...]:
    """What a report is made from: where the pilot stands, what is registered, and what came in."""
    registry, store = snapshot.results.registry, snapshot.results.store
    pilot = registry.pilot(snapshot.pilot)
    return (
        *(pilot.pilot, pilot.stage, pilot.plan_hash, pilot.locked_us, pilot.round, snapshot.fingerprint),
        *(registry.figures_revision(), registry.revision()),
        *store.revisions(),
    )


@dataclass(frozen=True, slots=True)
class Report:
    """A report in one language, not yet in a format."""

    content: Content
    document: Document

    @classmethod
    def of(cls, snapshot: Snapshot, language: Language) -> "Report":
        """Made from results that may be remembered. No clock is asked: the same data say the same."""
        content = snapshot.results.remembered.get(
            ("report", *_state(snapshot)),
            lambda: gather(snapshot, at_us=known_until(snapshot), suppress=True, by_device=False),
        )
        return cls(content, compose(content, language))

    @property
    def data_fingerprint(self) -> str:
        return self.content.evaluation.data_fingerprint

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of all that it says: what differs in any format differs here."""
        return hashlib.sha256(msgspec.json.encode(plain_document(self.document))).hexdigest()

    def render(self, form: ReportFormat) -> bytes:
        """The same report gives the same bytes, in any process."""
        match form:
            case "html":
                return html(self.document)
            case "pdf":
                return pdf(self.document)
            case "xlsx":
                return xlsx(self.document)
            case "json":
                return json(self.content, self.document)
