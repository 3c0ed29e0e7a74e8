"""How many people were asked to take part, by group."""

from sqlalchemy import func, select

from pilots import tables
from pilots.errors import InvalidRecruitment
from pilots.records import Recruitment
from pilots.registry.database import upsert
from pilots.registry.participants import require_group
from pilots.registry.pilots import PilotRecords, find_pilot, require_pilot
from pilots.registry.revisions import FIGURES, count_revision

_participants = tables.participants
_recruitment = tables.recruitment


class RecruitmentRecords(PilotRecords):
    """Recruitment by group, in the order of the groups' names."""

    def put_recruitment(self, pilot: str, recruitment: Recruitment) -> None:
        """Set a group's numbers, in place of earlier ones.

        Raises `UnknownGroup`, or `InvalidRecruitment` for numbers below 0, or more lost or taking part than
        invited.
        """
        lost = recruitment.declined + recruitment.not_eligible
        if min(recruitment.invited, recruitment.declined, recruitment.not_eligible) < 0:
            raise InvalidRecruitment(f"group {recruitment.group}: a number of people is below 0")
        if lost > recruitment.invited:
            raise InvalidRecruitment(
                f"group {recruitment.group}: {recruitment.declined} declined and {recruitment.not_eligible} "
                f"not eligible are more than the {recruitment.invited} invited"
            )
        with self._writing() as connection:
            require_group(find_pilot(connection, pilot), recruitment.group)
            started = connection.execute(
                select(func.count())
                .select_from(_participants)
                .where(_participants.c.pilot == pilot, _participants.c.group_name == recruitment.group)
            ).scalar_one()
            if started > recruitment.invited - lost:
                raise InvalidRecruitment(
                    f"group {recruitment.group}: {started} take part, of {recruitment.invited} invited less "
                    f"{lost} lost: count everybody who was asked"
                )
            values = {
                "pilot": pilot,
                "group_name": recruitment.group,
                "invited": recruitment.invited,
                "declined": recruitment.declined,
                "not_eligible": recruitment.not_eligible,
            }
            connection.execute(upsert(connection, _recruitment), values)
            count_revision(connection, FIGURES)

    def recruitment(self, pilot: str) -> list[Recruitment]:
        """The numbers of each group that has been told of."""
        query = select(_recruitment).where(_recruitment.c.pilot == pilot).order_by(_recruitment.c.group_name)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            return [
                Recruitment(row.group_name, row.invited, row.declined, row.not_eligible)
                for row in connection.execute(query)
            ]
