"""A pilot's content put into words: the report as a document."""

from api.languages import Language
from api.report.content import Content
from api.report.document import Document
from api.report.sections.alarms import alarms
from api.report.sections.appendix import appendix, provenance
from api.report.sections.benefits import benefits
from api.report.sections.economics import economics
from api.report.sections.learned import lessons, transferability
from api.report.sections.method import method
from api.report.sections.participants import participants
from api.report.sections.purpose import purpose
from api.report.sections.requirements import requirements
from api.report.sections.results import results
from api.report.sections.robustness import robustness
from api.report.sections.summary import summary
from api.wording import Wording

WORDS = ("contents", "table", "figure", "numbers_in", "lower", "upper", "part")
"""What the renderers say themselves, by their key under `report.words`."""


def compose(content: Content, language: Language) -> Document:
    """The chapters in order. Each holds something, if only how its content is supplied, or is left out."""
    pilot = content.pilot
    plan = pilot.plan
    say = Wording(language, plan.zone)
    day = say.local(content.at_us).date()
    words = {word: say.text(f"report.words.{word}") for word in WORDS}
    words["running"] = f"{plan.title} · {say.text('report.title')} · {say.day(day)}"
    chapters = (
        summary,
        purpose,
        method,
        participants,
        results,
        robustness,
        alarms,
        economics,
        lessons,
        transferability,
        benefits,
        requirements,
        appendix,
    )
    return Document(
        language=language,
        eyebrow=say.text("report.title"),
        title=plan.title,
        subtitle=" · ".join(part for part in (plan.municipality or "", ", ".join(plan.units)) if part),
        day=day,
        sections=[section for chapter in chapters if (section := chapter(content, say)) is not None],
        facts=provenance(content, say),
        notice=say.text("footer.not_medical"),
        words=words,
    )
