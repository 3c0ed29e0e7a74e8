"""The chapters of the report, one module each: from a pilot's content to words, tables and figures."""
