"""The leader's own texts for the report."""

from sqlalchemy import delete, select

from pilots import tables
from pilots.errors import UnknownSection
from pilots.records import TEXT_SECTIONS
from pilots.registry.database import upsert
from pilots.registry.pilots import PilotRecords, require_pilot
from pilots.registry.revisions import FIGURES, count_revision

_texts = tables.texts


class TextRecords(PilotRecords):
    """Plain texts by section; an empty line parts paragraphs."""

    def put_text(self, pilot: str, section: str, text: str) -> None:
        """Set the text of a section, in place of an earlier one; an empty one takes it away.

        Raises `UnknownSection`.
        """
        if section not in TEXT_SECTIONS:
            raise UnknownSection(f'there is no section "{section}": write {", ".join(TEXT_SECTIONS)}')
        written = text.replace("\r\n", "\n").strip()
        with self._writing() as connection:
            require_pilot(connection, pilot)
            if written:
                values = {"pilot": pilot, "section": section, "text": written}
                connection.execute(upsert(connection, _texts), values)
            else:
                connection.execute(delete(_texts).where(_texts.c.pilot == pilot, _texts.c.section == section))
            count_revision(connection, FIGURES)

    def texts(self, pilot: str) -> dict[str, str]:
        """{section: text} of those written, in the order of `TEXT_SECTIONS`."""
        query = select(_texts).where(_texts.c.pilot == pilot)
        with self._reading() as connection:
            require_pilot(connection, pilot)
            found = {row.section: row.text for row in connection.execute(query)}
        return {section: found[section] for section in TEXT_SECTIONS if section in found}
