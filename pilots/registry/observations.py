"""What staff measure and write down themselves: scores, weighings on a reference scale, events."""

from collections.abc import Sequence

from sqlalchemy import Table, select

from pilots import tables
from pilots.observations import check_observation
from pilots.records import LoggedEvent, Score, Weighing
from pilots.registry.database import upsert
from pilots.registry.participants import ParticipantRecords, require_codes
from pilots.registry.pilots import require_pilot
from pilots.registry.revisions import FIGURES, count_revision

_scores = tables.scores
_weighings = tables.weighings
_logged = tables.logged_events


class ObservationRecords(ParticipantRecords):
    """Scores, weighings and logged events by participant and time.

    What comes again of the same participant and time replaces what was there. The methods that write raise
    `UnknownParticipant`, and `InvalidObservation` with the first that cannot be; then none is written.
    """

    def put_scores(self, pilot: str, scores: Sequence[Score]) -> None:
        """Write totals; whole points within the instrument's range."""
        rows = []
        for each in scores:
            check_observation(each)
            values = {"instrument": each.instrument, "day": each.day, "value": float(each.value)}
            rows.append({"pilot": pilot, "participant": each.participant} | values)
        self._put(_scores, pilot, rows)

    def scores(self, pilot: str) -> list[Score]:
        """All scores by instrument, participant and day."""
        order = (_scores.c.instrument, _scores.c.participant, _scores.c.day)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(select(_scores).where(_scores.c.pilot == pilot).order_by(*order))
            return [Score(row.participant, row.instrument, row.day, row.value) for row in rows]

    def put_weighings(self, pilot: str, weighings: Sequence[Weighing]) -> None:
        """Write weighings: kg above 0 and at most 400."""
        for each in weighings:
            check_observation(each)
        self._put(
            _weighings,
            pilot,
            [
                {
                    "pilot": pilot,
                    "participant": each.participant,
                    "time_us": each.time_us,
                    "kg": float(each.kg),
                }
                for each in weighings
            ],
        )

    def weighings(self, pilot: str) -> list[Weighing]:
        """All weighings by participant and time."""
        order = (_weighings.c.participant, _weighings.c.time_us)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(select(_weighings).where(_weighings.c.pilot == pilot).order_by(*order))
            return [Weighing(row.participant, row.time_us, row.kg) for row in rows]

    def put_logged_events(self, pilot: str, events: Sequence[LoggedEvent]) -> None:
        """Write events of a kind in `LOGGED_KINDS`."""
        for each in events:
            check_observation(each)
        self._put(
            _logged,
            pilot,
            [
                {"pilot": pilot, "participant": each.participant, "time_us": each.time_us, "kind": each.kind}
                for each in events
            ],
        )

    def logged_events(self, pilot: str) -> list[LoggedEvent]:
        """All logged events by participant, time and kind."""
        order = (_logged.c.participant, _logged.c.time_us, _logged.c.kind)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(select(_logged).where(_logged.c.pilot == pilot).order_by(*order))
            return [LoggedEvent(row.participant, row.time_us, row.kind) for row in rows]

    def _put(self, table: Table, pilot: str, rows: Sequence[dict[str, object]]) -> None:
        with self._writing() as connection:
            require_codes(connection, pilot, {str(row["participant"]) for row in rows})
            if rows:
                connection.execute(upsert(connection, table), rows)
                count_revision(connection, FIGURES)
