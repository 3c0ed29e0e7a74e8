"""The registry: pilots, participants, devices, who wore them, proposals, accounts, daily values, tokens."""

from pilots.records import (
    Account,
    Assignment,
    Consent,
    DailyValue,
    Device,
    Home,
    Participant,
    Pilot,
    Proposal,
    Token,
)
from pilots.registry.accounts import AccountRecords
from pilots.registry.daily_values import DailyValueRecords
from pilots.registry.participants import SCOPES
from pilots.registry.proposals import ProposalRecords
from pilots.registry.tokens import TokenRecords
from pilots.roles import ROLES

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
    "Proposal",
    "Registry",
    "Token",
]


class Registry(AccountRecords, DailyValueRecords, ProposalRecords, TokenRecords):
    """Everything a pilot knows beside its readings. `Registry.open(url)` makes or migrates it.

    Safe to use from several threads and processes. Every method that names a pilot raises `UnknownPilot`
    for one that is not there, and every method `RegistryUnavailable` while the database does not answer; it
    then goes on by itself. Each writing method is one transaction: all of it, or nothing.
    """
