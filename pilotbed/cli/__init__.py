"""The command line."""

from pilotbed.cli.app import app, main

__all__ = ["app", "main"]
