"""What the pilot taught, and where else it would hold: the leader's own words, and what the data can say."""

from api.report.content import Content
from api.report.document import Block, Facts, Paragraph, Section
from api.report.sections.own_words import own_words
from api.wording import Wording


def lessons(content: Content, say: Wording) -> Section:
    return Section("lessons", say.text("report.lessons.title"), own_words(content, "lessons", say))


def transferability(content: Content, say: Wording) -> Section:
    """In the leader's words, after what the pilot was done on."""
    plan = content.pilot.plan
    facts = [
        (say.text("report.purpose.units"), ", ".join(plan.units)),
        (say.text("report.transferability.products"), ", ".join(each.name for each in plan.products)),
        (say.text("report.transferability.started"), content.groups[0].told if content.groups else ""),
        (
            say.text("report.method.complexity"),
            say.text(f"report.complexity.{plan.evaluation.complexity}") if plan.evaluation.complexity else "",
        ),
    ]
    blocks: list[Block] = [
        Paragraph(say.text("report.transferability.how")),
        Facts([(term, value) for term, value in facts if value]),
        *own_words(content, "transferability", say),
    ]
    return Section("transferability", say.text("report.transferability.title"), blocks)
