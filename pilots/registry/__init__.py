"""The registry: pilots, participants, devices, who wore them when, daily values and tokens, in SQL."""

from pilots.records import Assignment, Consent, DailyValue, Device, Home, Participant, Pilot, Token
from pilots.registry.daily_values import DailyValueRecords
from pilots.registry.devices import DeviceRecords
from pilots.registry.participants import SCOPES
from pilots.registry.tokens import ROLES, TokenRecords

__all__ = [
    "ROLES",
    "SCOPES",
    "Assignment",
    "Consent",
    "DailyValue",
    "Device",
    "Home",
    "Participant",
    "Pilot",
    "Registry",
    "Token",
]


class Registry(DeviceRecords, DailyValueRecords, TokenRecords):
    """Everything a pilot knows beside its readings. `Registry.open(url)` makes or migrates it.

    Safe to use from several threads and processes. Every method that names a pilot raises `UnknownPilot`
    for one that is not there. Each writing method is one transaction: all of it, or nothing.
    """
