"""Participants, what they consented to, and where they live."""

import math
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, Row, insert, select, update

from pilots import tables
from pilots.errors import (
    InvalidHome,
    ParticipantExists,
    UnknownGroup,
    UnknownParticipant,
    UnknownScope,
    UnknownUnit,
)
from pilots.pseudonyms import new_code, parse_code
from pilots.records import Consent, Home, Participant, Pilot
from pilots.registry.database import upsert
from pilots.registry.pilots import PilotRecords, find_pilot, require_pilot
from pilots.registry.revisions import FIGURES, count_revision

SCOPES = ("bed", "gps", "camera", "forms")
"""What a participant can consent to, each by itself."""

_participants = tables.participants
_consents = tables.consents
_homes = tables.homes


class ParticipantRecords(PilotRecords):
    """Participants by code, in the order they joined."""

    def add_participants(
        self,
        pilot: str,
        group: str,
        count: int,
        scopes: Collection[str],
        codes: Sequence[str] | None = None,
        *,
        joined_us: int | None = None,
        unit: str | None = None,
    ) -> list[str]:
        """Add `count` participants who consent to `scopes` from `joined_us` (now); returns their codes.

        `codes` is for reproducible simulations; elsewhere codes are drawn at random. Raises `UnknownGroup`,
        `UnknownUnit`, `UnknownScope`, and for given codes `PseudonymError` or `ParticipantExists`.
        """
        _check_scopes(scopes)
        if count < 1:
            raise ValueError(f"count is {count}: add at least one participant")
        if codes is not None and len(set(codes)) != count:
            raise ValueError(f"{len(set(codes))} different codes are given for {count} participants")
        since = self._clock() if joined_us is None else joined_us
        with self._writing() as connection:
            found = find_pilot(connection, pilot)
            require_group(found, group)
            if unit is not None:
                _require_unit(found, unit)
            added = (
                _fresh_codes(connection, count) if codes is None else _given_codes(connection, pilot, codes)
            )
            people = [
                {"pilot": pilot, "participant": code, "group_name": group, "joined_us": since, "unit": unit}
                for code in added
            ]
            connection.execute(insert(_participants), people)
            count_revision(connection, FIGURES)
            yes = [
                {"pilot": pilot, "participant": code, "scope": scope, "given_us": since}
                for code in added
                for scope in sorted(set(scopes))
            ]
            if yes:
                connection.execute(insert(_consents), yes)
        return added

    def participants(self, pilot: str) -> list[Participant]:
        """The pilot's participants, those who joined first foremost, then by code."""
        by_joining = (_participants.c.joined_us, _participants.c.participant)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(
                select(_participants).where(_participants.c.pilot == pilot).order_by(*by_joining)
            )
            return [_participant(row) for row in rows]

    def set_unit(self, pilot: str, code: str, unit: str) -> None:
        """Say which unit of the plan a participant belongs to, in place of an earlier one.

        Raises `UnknownParticipant` or `UnknownUnit`.
        """
        with self._writing() as connection:
            participant = require_participant(connection, pilot, code)
            _require_unit(find_pilot(connection, pilot), unit)
            own = (_participants.c.pilot == pilot) & (_participants.c.participant == participant)
            connection.execute(update(_participants).where(own).values(unit=unit))
            count_revision(connection, FIGURES)

    def give_consent(self, pilot: str, code: str, scopes: Collection[str]) -> None:
        """Note that a participant says yes to `scopes`, now; what they have consented to already stands.

        Raises `UnknownParticipant` or `UnknownScope`.
        """
        _check_scopes(scopes)
        with self._writing() as connection:
            participant = require_participant(connection, pilot, code)
            own = {"pilot": pilot, "participant": participant}
            holds = select(_consents.c.scope).where(
                _consents.c.pilot == pilot,
                _consents.c.participant == participant,
                _consents.c.withdrawn_us.is_(None),
            )
            standing = set(connection.execute(holds).scalars())
            for scope in sorted(set(scopes) - standing):
                connection.execute(insert(_consents), own | {"scope": scope, "given_us": self._clock()})

    def consents(self, pilot: str) -> list[Consent]:
        """Every consent given in the pilot, by participant, scope and time."""
        order = (_consents.c.participant, _consents.c.scope, _consents.c.given_us)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(select(_consents).where(_consents.c.pilot == pilot).order_by(*order))
            return [Consent(r.participant, r.scope, r.given_us, r.withdrawn_us) for r in rows]

    def set_home(self, pilot: str, code: str, lat: float, lon: float, radius_m: float = 100.0) -> None:
        """Set a participant's home point (degrees WGS84) and radius, in place of an earlier one.

        Raises `UnknownParticipant`, or `InvalidHome` for a point outside the globe or a radius not above 0.
        """
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise InvalidHome(f"lat {lat}, lon {lon} is not on the globe: lat is -90 to 90, lon -180 to 180")
        if not (math.isfinite(radius_m) and radius_m > 0):
            raise InvalidHome(f"radius {radius_m} m: it should be more than 0")
        point = {"lat": float(lat), "lon": float(lon), "radius_m": float(radius_m)}
        with self._writing() as connection:
            participant = require_participant(connection, pilot, code)
            key = {"pilot": pilot, "participant": participant}
            connection.execute(upsert(connection, _homes), key | point)

    def homes(self, pilot: str) -> dict[str, Home]:
        """Home points by participant; those without one are left out."""
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(select(_homes).where(_homes.c.pilot == pilot))
            return {r.participant: Home(r.lat, r.lon, r.radius_m) for r in rows}


def _check_scopes(scopes: Collection[str]) -> None:
    for scope in scopes:
        if scope not in SCOPES:
            raise UnknownScope(f'there is no consent to "{scope}": choose among {", ".join(SCOPES)}')


def require_participant(connection: Connection, pilot: str, code: str) -> str:
    """The code as stored; raises `PseudonymError`, `UnknownPilot` or `UnknownParticipant`."""
    require_pilot(connection, pilot)
    participant = parse_code(code)
    if participant not in codes_in(connection, pilot):
        raise UnknownParticipant(
            f'pilot "{pilot}" has no participant {participant}: see `pilotbed participant list {pilot}`'
        )
    return participant


def require_codes(connection: Connection, pilot: str, codes: Collection[str]) -> None:
    """Raise `UnknownPilot`, or `UnknownParticipant` for codes that the pilot has not."""
    require_pilot(connection, pilot)
    strangers = set(codes) - codes_in(connection, pilot)
    if strangers:
        raise UnknownParticipant(f'pilot "{pilot}" has no participant {", ".join(sorted(strangers))}')


def require_group(pilot: Pilot, group: str) -> None:
    """Raise `UnknownGroup` unless the pilot's plan has it."""
    if group not in pilot.plan.groups:
        known = ", ".join(pilot.plan.groups)
        raise UnknownGroup(f'pilot "{pilot.pilot}" has no group "{group}": its plan has {known}')


def _require_unit(pilot: Pilot, unit: str) -> None:
    units = pilot.plan.units
    if unit not in units:
        known = f"its plan has {', '.join(units)}" if units else "its plan has none"
        raise UnknownUnit(f'pilot "{pilot.pilot}" has no unit "{unit}": {known}')


def codes_in(connection: Connection, pilot: str) -> set[str]:
    """The codes of all the pilot's participants."""
    query = select(_participants.c.participant).where(_participants.c.pilot == pilot)
    return set(connection.execute(query).scalars())


def _fresh_codes(connection: Connection, count: int) -> list[str]:
    # Not one that any pilot has: a code on a paper list should mean one person.
    taken = set(connection.execute(select(_participants.c.participant)).scalars())
    fresh: list[str] = []
    for _ in range(count):
        fresh.append(new_code(taken))
        taken.add(fresh[-1])
    return fresh


def _given_codes(connection: Connection, pilot: str, codes: Sequence[str]) -> list[str]:
    given = [parse_code(code) for code in codes]
    repeated = codes_in(connection, pilot).intersection(given)
    if repeated:
        raise ParticipantExists(f'pilot "{pilot}" has participant {", ".join(sorted(repeated))} already')
    return given


def _participant(row: Row[tuple[object, ...]]) -> Participant:
    return Participant(
        row.participant, row.pilot, row.group_name, row.joined_us, row.left_us, row.unit, row.left_because
    )
