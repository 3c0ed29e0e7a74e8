"""Runs the parts of an installation: all in one process tree, or ingest and API as processes of their own."""

from pilotbed.service.api import run_api
from pilotbed.service.ingest import retire_ingest, run_ingest
from pilotbed.service.up import run_up

__all__ = ["retire_ingest", "run_api", "run_ingest", "run_up"]
