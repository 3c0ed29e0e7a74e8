"""Everything the pilots room can refuse, as one tree.

PilotError
├── PlanError                a plan that does not hold; `.problems` has every one with its line
├── ImportFileError          a file or its map that cannot be imported; `.problems` as a plan's
├── UnreadableTime           text that is not an instant (also a ValueError)
├── PseudonymError           text that is not a participant's code
├── UnknownPhase
├── UnknownPilot
├── PilotExists
├── WrongStage               a stage that does not come next
│   └── GatesNotMet          it comes next, but something is missing; `.gates` has all that is
├── PlanLocked               a change of a locked plan without a reason
├── PlanCannotChange         a change of what the pilot's data rest on; `.refusals` has every one
├── UnknownGroup
├── UnknownUnit
├── UnknownProduct
├── UnknownScope
├── UnknownSection           not a section of the leader's own texts
├── InvalidRecruitment       numbers of people that cannot be
├── UnknownParticipant
├── ParticipantExists
├── InvalidLeaving           a reason that is none of ours, or a day before joining or after today
├── InvalidObservation       a score, weighing or logged event that cannot be
├── InvalidHome              a home point outside the globe, or without a radius
├── UnknownDevice
├── DeviceExists
├── InvalidDevice            a name, kind, adapter, address or interval that no device can have
├── InvalidAccount           a name or a topic filter that no account at the broker can have
├── AccountExists            a device and a bridge cannot share a name
├── InvalidInterval          an assignment that ends before it starts
├── AssignmentOverlap
├── InvalidDailyValue        NaN or infinite where absent is None with a reason
├── InvalidToken             a role that does not exist, a role without its pilot, a lifetime out of range
├── UnstorableValue          text or a number that the database has no room for
└── RegistryError            the registry cannot be opened
    ├── RegistryTooNew       it was written by a later version
    └── RegistryUnavailable  its database does not answer now; the same may be tried again
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilots.stages import Gate


_MOST_TOLD = 20
"""More problems of one file than this are the same one, told again and again."""


class PilotError(Exception):
    """Anything the pilots room refuses; the text says what, which value, and the way out."""


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """One thing wrong in a plan, and the line (from 1) where it stands."""

    line: int
    message: str


class PlanError(PilotError):
    """A plan that does not hold. `problems` lists all of them by line; `str()` is one line for each."""

    def __init__(self, source: str, problems: Sequence[PlanProblem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{source} line {each.line}: {each.message}" for each in self.problems))

    def __reduce__(self) -> tuple[type["PlanError"], tuple[str, tuple[PlanProblem, ...]]]:
        return type(self), (self.source, self.problems)


class ImportFileError(PilotError):
    """A file to import, or its map, that does not hold; `problems` and `str()` as of `PlanError`."""

    def __init__(self, source: str, problems: Sequence[PlanProblem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        told = [f"{source} line {each.line}: {each.message}" for each in self.problems[:_MOST_TOLD]]
        if len(self.problems) > _MOST_TOLD:
            told.append(f"and {len(self.problems) - _MOST_TOLD} more")
        super().__init__("\n".join(told))

    def __reduce__(self) -> tuple[type["ImportFileError"], tuple[str, tuple[PlanProblem, ...]]]:
        return type(self), (self.source, self.problems)


class UnreadableTime(PilotError, ValueError):
    """Text that is not an RFC 3339 instant, or a local time that a clock change removes or repeats."""


class PseudonymError(PilotError):
    """Text that is not a participant's code."""


class UnknownPhase(PilotError):
    """The plan has no phase of that name."""


class UnknownPilot(PilotError):
    """The registry has no pilot of that name."""


class PilotExists(PilotError):
    """A pilot of that name stands with another plan."""


class WrongStage(PilotError):
    """The pilot cannot go to that stage from where it stands."""


class GatesNotMet(WrongStage):
    """The stage comes next, but something is missing; `gates` has every gate that is not met."""

    def __init__(self, pilot: str, to: str, gates: Sequence["Gate"]) -> None:
        self.pilot, self.to, self.gates = pilot, to, tuple(gates)
        listed = "\n".join(f"{gate.name}: {gate.missing}; {gate.way_out}" for gate in self.gates)
        super().__init__(f'pilot "{pilot}" cannot go to "{to}" yet:\n{listed}')

    def __reduce__(self) -> tuple[type["GatesNotMet"], tuple[str, str, tuple["Gate", ...]]]:
        return type(self), (self.pilot, self.to, self.gates)


class PlanLocked(PilotError):
    """The plan was locked when the pilot left planning; it is changed for a stated reason only."""


class PlanCannotChange(PilotError):
    """A change of what the pilot's data rest on; `refusals` says which, why, and the way out."""

    def __init__(self, refusals: Sequence[str]) -> None:
        self.refusals = tuple(refusals)
        super().__init__("\n".join(self.refusals))

    def __reduce__(self) -> tuple[type["PlanCannotChange"], tuple[tuple[str, ...]]]:
        return type(self), (self.refusals,)


class UnknownGroup(PilotError):
    """The pilot's plan has no group of that name."""


class UnknownUnit(PilotError):
    """The pilot's plan has no unit of that name."""


class UnknownProduct(PilotError):
    """The pilot's plan has no product of that name for that kind of device."""


class UnknownSection(PilotError):
    """The leader's own texts have no section of that name."""


class InvalidRecruitment(PilotError):
    """Numbers of people invited, declined or not eligible that cannot be."""


class InvalidLeaving(PilotError):
    """A reason that is none of ours, or a day on which the participant cannot have left."""


class InvalidObservation(PilotError):
    """A score, weighing or logged event that cannot be."""


class UnknownScope(PilotError):
    """Consent cannot be given for that."""


class UnknownParticipant(PilotError):
    """The pilot has no participant of that code."""


class ParticipantExists(PilotError):
    """The pilot has a participant of that code already."""


class InvalidHome(PilotError):
    """A home point outside the globe, or a radius that is not positive."""


class UnknownDevice(PilotError):
    """The pilot has no device of that name."""


class DeviceExists(PilotError):
    """The device stands in the registry with other values, or another device has its address."""


class InvalidDevice(PilotError):
    """A name, kind, adapter, address or interval that no device can have."""


class InvalidAccount(PilotError):
    """A name or a topic filter that no account at the broker can have."""


class AccountExists(PilotError):
    """A device or a bridge has that name at the broker already."""


class InvalidInterval(PilotError):
    """An assignment that does not end after it starts."""


class AssignmentOverlap(PilotError):
    """The device stands with somebody during that time already."""


class InvalidDailyValue(PilotError):
    """A number that is NaN or infinite: what is absent is None, with a reason."""


class InvalidToken(PilotError):
    """A token that cannot be made: unknown role, a role without its pilot, or a lifetime out of range."""


class UnstorableValue(PilotError):
    """Text or a number that the database has no room for, such as text with a NUL in it."""


class RegistryError(PilotError):
    """The registry cannot be opened."""


class RegistryTooNew(RegistryError):
    """The registry was written by a later version of pilotbed."""


class RegistryUnavailable(RegistryError):
    """The registry's database does not answer now; the same may be tried again."""
