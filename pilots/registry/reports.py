"""Which reports have been made of a pilot."""

from sqlalchemy import insert, select

from pilots import tables
from pilots.records import ReportMade
from pilots.registry.pilots import PilotRecords, find_pilot, require_pilot, stage_since

_reports = tables.reports


class ReportRecords(PilotRecords):
    """Reports in the order they were made."""

    def note_report(self, pilot: str, *, sha256: str, data_fingerprint: str) -> ReportMade:
        """Note that a report was made now, of the round the pilot is in.

        The same report again, while the pilot stands in the same stage, is the one noted before.
        """
        with self._writing() as connection:
            found = find_pilot(connection, pilot)
            since = stage_since(connection, found)
            same = select(_reports).where(
                _reports.c.pilot == pilot, _reports.c.sha256 == sha256, _reports.c.made_us >= since
            )
            row = connection.execute(same.order_by(_reports.c.id)).first()
            if row is not None:
                return ReportMade(row.made_us, row.sha256, row.data_fingerprint, row.round)
            made = ReportMade(self._clock(), sha256, data_fingerprint, found.round)
            connection.execute(
                insert(_reports).values(
                    pilot=pilot,
                    made_us=made.made_us,
                    sha256=sha256,
                    data_fingerprint=data_fingerprint,
                    round=made.round,
                )
            )
            return made

    def reports(self, pilot: str) -> list[ReportMade]:
        """Every report noted, the first foremost."""
        with self._reading() as connection:
            require_pilot(connection, pilot)
            rows = connection.execute(
                select(_reports).where(_reports.c.pilot == pilot).order_by(_reports.c.id)
            )
            return [ReportMade(row.made_us, row.sha256, row.data_fingerprint, row.round) for row in rows]
