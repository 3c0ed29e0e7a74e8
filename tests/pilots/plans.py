"""The smallest plan that holds, and a way to change it."""

MINIMAL = """\
pilot: natt
title: Nattillsyn
timezone: Europe/Stockholm
phases:
  - {name: baseline, start: 2026-01-12, end: 2026-03-08}
  - {name: pilot, start: 2026-03-09, end: 2026-06-28, wash_in_days: 14}
groups: {intervention: 24, comparison: 12}
"""


def changed(old: str, new: str) -> str:
    """MINIMAL with one part written otherwise."""
    assert old in MINIMAL
    return MINIMAL.replace(old, new)
