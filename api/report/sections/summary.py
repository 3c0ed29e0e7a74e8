"""The first page: the rule that was set beforehand, what it found, and what it recommends."""

from analysis.catalogue import METRICS
from analysis.decision import Fact, Rule
from api.report.content import Content
from api.report.document import (
    Answer,
    Block,
    Cell,
    Column,
    Facts,
    Items,
    Paragraph,
    Row,
    Section,
    Table,
    Tone,
)
from api.report.sections.comparisons import goal_of, in_words
from api.wording import Wording

TONES: dict[str, Tone] = {
    "introduce": "good",
    "introduce_stepwise": "good",
    "do_not_introduce": "bad",
    "not_shown": "quiet",
    "another_round": "unsure",
}

MOST_GOALS = 4
"""More sentences than these leave the first page."""


def summary(content: Content, say: Wording) -> Section:
    blocks: list[Block] = [
        _about(content, say),
        Paragraph(f"{_when_set(content, say)} {say.text('report.summary.rule_first')}"),
        _rules(content, say),
        _answer(content, say),
    ]
    told = [*_goals(content, say), *_economy(content, say)]
    if told:
        blocks.append(Items(told))
    return Section("summary", say.text("report.summary.title"), blocks)


def _when_set(content: Content, say: Wording) -> str:
    """Whether the rule was set before the result, which only the lock of the plan can tell."""
    pilot = content.pilot
    if pilot.locked_us is None:
        return say.text("report.summary.not_locked")
    phases = pilot.plan.phases
    begun = [pilot.plan.phase_start(phase) for phase in phases if phase.name == content.compared[1]]
    late = bool(begun) and pilot.locked_us > begun[0]
    key = "report.summary.locked_late" if late else "report.summary.locked"
    told = say.text(key, day=say.day_of(pilot.locked_us))
    if not content.departures:
        return told
    return f"{told} {say.text('report.summary.departures', n=say.number(len(content.departures), 0))}"


def _about(content: Content, say: Wording) -> Facts:
    plan = content.pilot.plan
    facts = [(say.text("pilots.columns.stage"), say.name("stages", content.pilot.stage))]
    facts += [
        (
            say.name("phases", phase.name),
            say.text("report.days", first=say.day(phase.start), last=say.day(phase.end)),
        )
        for phase in plan.phases
        if phase.name in content.compared
    ]
    facts += [
        (
            say.name("groups", size.group),
            say.text("pilot.planned", started=size.told, planned=size.planned),
        )
        for size in content.groups
    ]
    return Facts(facts)


def _rules(content: Content, say: Wording) -> Table:
    decision = content.evaluation.decision
    rows = []
    for place, rule in enumerate(decision.rules):
        chosen = place == decision.chosen
        tone: Tone = "strong" if chosen else "plain"
        answer = "chosen" if chosen else {True: "yes", False: "no", None: "unknown"}[rule.holds]
        after = decision.chosen < place
        rows.append(
            Row(
                [
                    Cell(f"{place + 1}. {say.text(f'report.rules.{rule.name}')}", tone=tone),
                    Cell(_facts(rule, say), tone="quiet" if after else "plain"),
                    Cell(
                        say.text("report.summary.not_asked" if after else f"report.summary.{answer}"),
                        tone=tone,
                    ),
                    Cell(_leads_to(rule, say, chosen=chosen), tone=tone),
                ]
            )
        )
    columns = [
        Column(say.text("report.summary.columns.rule"), width=1.5),
        Column(say.text("report.summary.columns.facts"), width=1.9),
        Column(say.text("report.summary.columns.holds"), width=0.75),
        Column(say.text("report.summary.columns.leads_to"), width=0.85),
    ]
    return Table("rules", say.text("report.summary.caption"), columns, rows)


def _leads_to(rule: Rule, say: Wording, *, chosen: bool) -> str:
    if rule.name == "shown_and_worth_it" and not chosen:
        return say.text("report.summary.introduce_somehow")
    return say.name("recommendation", rule.leads_to)


def _facts(rule: Rule, say: Wording) -> str:
    """A line for each fact; safety margins of which nothing bad is to be told share one."""
    judged = rule.name == "shown_and_worth_it"
    told, well = [], 0
    for fact in rule.facts:
        if fact.name in ONLY_WHEN_WRONG and fact.holds is not True:
            continue
        if (fact.name, fact.holds) in WELL:
            well += 1
        else:
            told.append(_fact(fact, say, judged=judged))
    if well:
        line = say.text("report.facts.safety_well", n=say.number(well, 0))
        told.append(f"{line} ({say.text('report.summary.met')})" if judged else line)
    told += [_fact(fact, say, judged=False) for fact in rule.broadly if rule.holds]
    lines = [line[:1].upper() + line[1:] for line in told]
    return "\n".join(lines) or say.text("report.summary.no_facts")


ONLY_WHEN_WRONG = ("no_primary_goal", "no_interval")

WELL = (("safety_violated", False), ("safety_kept", True))
"""Facts of which nothing bad is to be told."""


def _fact(fact: Fact, say: Wording, *, judged: bool) -> str:
    metric = say.metric(fact.metric) if fact.metric else ""
    if fact.value is None and fact.name not in ONLY_WHEN_WRONG:
        return say.text(f"report.facts.{fact.name}_unknown", metric=metric)
    told = say.text(
        f"report.facts.{fact.name}",
        metric=metric,
        value=_amount(fact, fact.value, say),
        limit=_amount(fact, fact.limit, say),
    )
    if not judged:
        return told
    return f"{told} ({say.text('report.summary.met' if fact.holds else 'report.summary.not_met')})"


PERCENTS = ("dropout_percent", "use_percent")
SHARES = ("coverage", "probability_of_gain")
COUNTS = ("participants", "units_agree")


def _amount(fact: Fact, value: float | str | None, say: Wording) -> str:
    if value is None:
        return "–"
    if fact.name == "complexity":
        return say.text(f"report.complexity.{value}")
    if isinstance(value, str):
        return value
    if fact.name in PERCENTS:
        return say.percent(value / 100)
    if fact.name in SHARES:
        return say.percent(value)
    if fact.name in COUNTS or fact.metric is None:
        return say.number(value, 0)
    return say.number(value, METRICS[fact.metric].decimals + 1)


def _answer(content: Content, say: Wording) -> Answer:
    decision = content.evaluation.decision
    word = decision.recommendation
    why = [say.text(f"report.why.{decision.rules[decision.chosen].name}")]
    if word == "introduce_stepwise":
        why.append(say.text("report.why.stepwise"))
    asked = next(rule for rule in decision.rules if rule.name == "shown_and_worth_it")
    if asked.holds is None and word == "another_round":
        why.append(say.text("report.why.unknown", place=decision.rules.index(asked) + 1))
    if decision.n_needed is not None:
        why.append(say.text("report.why.n_needed", n=say.number(decision.n_needed, 0)))
    return Answer(say.text("recommendation.title"), say.name("recommendation", word), why, TONES[word])


def _economy(content: Content, say: Wording) -> list[str]:
    """What it is worth, in one sentence; to the nearest thousand."""
    found = content.evaluation.economy
    if found is None or found.npv is None or found.simulated is None:
        return []
    npv, low, high = (
        say.kronor(round(value, -3)) for value in (found.npv, found.simulated.ci_low, found.simulated.ci_high)
    )
    return [say.text("report.summary.economy", npv=npv, low=low, high=high, years=say.short(found.years))]


def _goals(content: Content, say: Wording) -> list[str]:
    """The goals in words, the primary one first."""
    ours = content.items_of(next(iter(content.pilot.plan.groups)))
    goals = [item for item in ours if goal_of(content, item) is not None]
    return [in_words(content, item, say) for item in goals[:MOST_GOALS]]
