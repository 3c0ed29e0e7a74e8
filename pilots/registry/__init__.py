"""The registry: pilots, participants, devices, who wore them, proposals, accounts, daily values, tokens, and
what people tell: recruitment, texts, scores, weighings, events."""

from pilots.plan.changes import PlanChange
from pilots.records import (
    LEFT_BECAUSE,
    LOGGED_KINDS,
    TEXT_SECTIONS,
    Account,
    Assignment,
    Consent,
    DailyValue,
    Departure,
    Device,
    Home,
    LoggedEvent,
    Participant,
    Pilot,
    Proposal,
    Recruitment,
    ReportMade,
    Score,
    StageChange,
    Token,
    Weighing,
)
from pilots.registry.accounts import AccountRecords
from pilots.registry.amending import Amendments
from pilots.registry.daily_values import DailyValueRecords
from pilots.registry.observations import ObservationRecords
from pilots.registry.participants import SCOPES
from pilots.registry.proposals import ProposalRecords
from pilots.registry.recruitment import RecruitmentRecords
from pilots.registry.reports import ReportRecords
from pilots.registry.standing import Standing
from pilots.registry.texts import TextRecords
from pilots.registry.tokens import TokenRecords
from pilots.roles import ROLES

__all__ = [
    "LEFT_BECAUSE",
    "LOGGED_KINDS",
    "ROLES",
    "SCOPES",
    "TEXT_SECTIONS",
    "Account",
    "Assignment",
    "Consent",
    "DailyValue",
    "Departure",
    "Device",
    "Home",
    "LoggedEvent",
    "Participant",
    "Pilot",
    "PlanChange",
    "Proposal",
    "Recruitment",
    "Registry",
    "ReportMade",
    "Score",
    "StageChange",
    "Token",
    "Weighing",
]


class Registry(
    AccountRecords,
    Amendments,
    DailyValueRecords,
    ObservationRecords,
    ProposalRecords,
    RecruitmentRecords,
    ReportRecords,
    Standing,
    TextRecords,
    TokenRecords,
):
    """Everything a pilot knows beside its readings. `Registry.open(url)` makes or migrates it.

    Safe to use from several threads and processes. Every method that names a pilot raises `UnknownPilot`
    for one that is not there, and every method `RegistryUnavailable` while the database does not answer; it
    then goes on by itself. Each writing method is one transaction: all of it, or nothing.
    """
