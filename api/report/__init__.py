"""The final report: one document, as a page, a PDF, a workbook or data."""

from api.report.rendering import FORMATS, MEDIA_TYPES, Report, ReportFormat, render_report

__all__ = ["FORMATS", "MEDIA_TYPES", "Report", "ReportFormat", "render_report"]
