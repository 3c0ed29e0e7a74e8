"""The final report: the same content as the pilot's page, as one file to keep."""

from api.report.content import Content, gather
from api.report.rendering import FORMATS, ReportFormat, render_report

__all__ = ["FORMATS", "Content", "ReportFormat", "gather", "render_report"]
