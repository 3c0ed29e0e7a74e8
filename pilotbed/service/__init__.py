"""Runs the parts of an installation: all in one process tree, or ingest and API as processes of their own.

Each is imported by itself: a worker of ingest does without pages, charts and statistics.
"""
