"""The HTTP door: the API under /api/v1, the pages, the charts and the report."""
