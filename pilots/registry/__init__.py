"""The registry: pilots, participants, devices, who wore them when, accounts, daily values, tokens."""

from pilots.records import Account, Assignment, Consent, DailyValue, Device, Home, Participant, Pilot, Token
from pilots.registry.accounts import AccountRecords
from pilots.registry.daily_values import DailyValueRecords
from pilots.registry.participants import SCOPES
from pilots.registry.tokens import ROLES, TokenRecords

__all__ = [
    "ROLES",
    "SCOPES",
    "Account",
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


class Registry(AccountRecords, DailyValueRecords, TokenRecords):
    """Everything a pilot knows beside its readings. `Registry.open(url)` makes or migrates it.

    Safe to use from several threads and processes. Every method that names a pilot raises `UnknownPilot`
    for one that is not there, and every method `RegistryUnavailable` while the database does not answer; it
    then goes on by itself. Each writing method is one transaction: all of it, or nothing.
    """
