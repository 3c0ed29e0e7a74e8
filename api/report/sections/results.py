"""What was found, by whom or what it concerns."""

from api.figures import change_figure, response_figure, weeks_figure
from api.figures.drawing import Figure as Drawn
from api.report.content import Content
from api.report.document import Block, Facts, Figure, Paragraph, Section
from api.report.domains import DOMAINS, Domain, domain_of
from api.report.sections.comparisons import comparison_table, goal_of, in_words, not_compared
from api.report.sections.own_words import own_words
from api.report.sections.scores import score_table
from api.wording import Wording

OWN_WORDS: dict[Domain, str] = {
    "relatives": "relatives",
    "staff": "staff",
    "organisation": "organisation",
    "economy": "economy",
    "ethics": "ethics",
}


def results(content: Content, say: Wording) -> Section:
    told = say.text(f"report.results.{content.evaluation.design}")
    if len(content.groups) > 1:
        told = f"{told} {say.text('report.results.others')}"
    blocks: list[Block] = [Paragraph(told), Paragraph(say.text("report.results.alone"), "note")]
    drawn = change_figure(content.pilot.plan, content.evaluation.items, say)
    if drawn is not None:
        blocks.append(shown(drawn, "all-metrics"))
    parts = [_domain(content, domain, say) for domain in DOMAINS]
    return Section("results", say.text("report.results.title"), blocks, parts, opens_page=True)


def shown(drawn: Drawn, table: str | None) -> Figure:
    """A figure in a document, with the name of the table that its numbers stand in."""
    return Figure(drawn.title, drawn.alternative, drawn.note, drawn.specification, table, drawn.language)


def _domain(content: Content, domain: Domain, say: Wording) -> Section:
    ours = [
        item
        for item in content.items_of(content.groups[0].group)
        if domain_of(item.metric) == domain and not content.beside(item)
    ]
    blocks: list[Block] = []
    if domain in OWN_WORDS:
        blocks += own_words(content, OWN_WORDS[domain], say)
    if domain == "ethics":
        blocks += _legal(content, say)
    if domain == "economy":
        blocks.append(Paragraph(say.text("report.results.see_economy")))
    blocks += [Paragraph(in_words(content, item, say)) for item in ours if goal_of(content, item) is not None]
    caption = say.text("report.results.caption", domain=say.text(f"report.domains.{domain}"))
    table = comparison_table(f"domain-{domain}", caption, content, ours, say)
    if table is not None:
        blocks.append(table)
    blocks += [Paragraph(sentence, "note") for sentence in not_compared(content, ours, say)]
    if domain == "user" and content.scores:
        blocks += [Paragraph(say.text("report.scores.how")), score_table(content, say)]
    for metric, rows in content.weeks.items():
        drawn = weeks_figure(content.pilot.plan, metric, rows, say) if domain_of(metric) == domain else None
        if drawn is not None:
            blocks.append(shown(drawn, f"weeks-{metric}"))
    if domain == "organisation":
        drawn = response_figure(content.response, say)
        if drawn is not None:
            blocks.append(shown(drawn, "response"))
    return Section(f"domain-{domain}", say.text(f"report.domains.{domain}"), blocks)


def _legal(content: Content, say: Wording) -> list[Block]:
    legal = content.pilot.plan.legal
    facts = [
        (say.text(f"report.legal.{name}"), say.name("report.legal_values", value))
        for name, value in (
            ("gdpr_basis", legal.gdpr_basis),
            ("article9", legal.article9),
            ("care_consent", legal.care_consent),
            ("dpia", legal.dpia),
            ("controller", legal.controller),
            ("processors", ", ".join(legal.processors)),
            ("supplier_agreement", legal.supplier_agreement),
            ("insurance", legal.insurance),
        )
        if value
    ]
    return [Facts(facts)] if facts else [Paragraph(say.text("report.legal.none"))]
