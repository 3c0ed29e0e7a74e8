"""The project leader's own texts, or how they are supplied."""

from api.report.content import Content
from api.report.document import Paragraph
from api.wording import Wording


def own_words(content: Content, section: str, say: Wording, *, asked_for: bool = True) -> list[Paragraph]:
    """A section's paragraphs; where none are written, how they come in, if they are `asked_for`."""
    written = content.texts.get(section)
    if written is not None:
        paragraphs = (" ".join(part.split()) for part in written.split("\n\n"))
        return [Paragraph(each, "own_words") for each in paragraphs if each]
    if not asked_for:
        return []
    told = say.text(
        "report.no_text",
        section=say.text(f"report.texts.{section}"),
        command=f"pilotbed pilot write {content.pilot.pilot} {section}",
    )
    return [Paragraph(told, "note")]
