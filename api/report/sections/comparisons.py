"""Tables of what the evaluation compared, and the same in words."""

from collections.abc import Sequence

from analysis.catalogue import METRICS
from analysis.pipeline import EvaluationItem
from analysis.pipeline.groups import BY_SUBTRACTION
from api.report.content import SMALL, Content
from api.report.document import Cell, Column, Row, Table, Tone
from api.wording import Wording
from pilots.plan import Goal

TONES: dict[str, Tone] = {
    "better": "good",
    "worse": "bad",
    "better_but_small": "unsure",
    "smaller_than_minimum": "unsure",
}


def stands(content: Content, item: EvaluationItem) -> bool:
    """It has something to show, or a goal asks for it."""
    return item.estimate is not None or goal_of(content, item) is not None


def goal_of(content: Content, item: EvaluationItem) -> Goal | None:
    """The plan's goal for the item; the comparison group has none."""
    if item.group != next(iter(content.pilot.plan.groups)):
        return None
    return next((goal for goal in content.pilot.plan.goals if goal.metric == item.metric), None)


def comparison_table(
    name: str,
    caption: str,
    content: Content,
    items: Sequence[EvaluationItem],
    say: Wording,
    *,
    in_full: bool = False,
) -> Table | None:
    """The rows that stand, parted by group; None without any. `in_full` has p and coverage too."""
    rows: list[Row] = []
    hidden = False
    groups = {item.group for item in items}
    for size in content.groups:
        ours = [item for item in items if item.group == size.group and stands(content, item)]
        hidden = hidden or any(item.suppressed or item.reason == BY_SUBTRACTION for item in ours)
        for place, item in enumerate(ours):
            part = say.name("groups", size.group) if place == 0 and len(groups) > 1 else None
            rows.append(Row(_cells(content, item, say, in_full=in_full), part))
    if not rows:
        return None
    first, second = (say.name("phases", phase) for phase in content.compared)
    columns = [
        Column(say.text("evaluation.columns.metric"), width=1.5),
        Column(say.text("evaluation.columns.n"), number=True),
        Column(first, number=True),
        Column(second, number=True),
        Column(say.text("evaluation.columns.change"), number=True, interval=True),
        *([Column(say.text("evaluation.columns.p"), number=True)] if in_full else []),
        *([Column(say.text("evaluation.columns.coverage"), number=True)] if in_full else []),
        Column(say.text("evaluation.columns.verdict")),
    ]
    return Table(name, caption, columns, rows, [say.text("evaluation.small")] if hidden else [])


def not_compared(content: Content, items: Sequence[EvaluationItem], say: Wording) -> list[str]:
    """A sentence for each group with metrics that could not be compared, by reason."""
    sentences = []
    for size in content.groups:
        by_reason: dict[str, list[str]] = {}
        for item in items:
            if item.group == size.group and not stands(content, item):
                by_reason.setdefault(item.reason or "no_data", []).append(say.metric(item.metric))
        if by_reason:
            told = "; ".join(
                f"{say.name('reasons', reason)}: {', '.join(titles)}" for reason, titles in by_reason.items()
            )
            lead = say.text("evaluation.not_compared", group=say.name("groups", size.group))
            sentences.append(f"{lead} {told}.")
    return sentences


def in_words(content: Content, item: EvaluationItem, say: Wording) -> str:
    """One metric's change with its interval and n, as a sentence."""
    metric = say.metric(item.metric)
    if item.suppressed:
        reason = say.name("reasons", item.reason or "too_few_participants")
        return say.text("report.results.hidden", metric=metric, reason=reason)
    if item.estimate is None:
        reason = say.name("reasons", item.reason or "no_data")
        return say.text("report.results.not_told", metric=metric, reason=reason)
    interval = (
        say.text("report.no_interval")
        if item.ci_low is None or item.ci_high is None
        else say.text(
            "report.interval",
            low=say.change(item.metric, item.ci_low),
            high=say.change(item.metric, item.ci_high),
        )
    )
    unit = say.unit_beside(item.metric)
    return say.text(
        "report.results.told",
        metric=metric,
        change=f"{say.change(item.metric, item.estimate)}{f' {unit}' if unit else ''}",
        interval=interval,
        n=item.n,
        started=item.n_started,
        verdict=verdict_word(content, item, say),
    )


def verdict_word(content: Content, item: EvaluationItem, say: Wording) -> str:
    reached = goal_of(content, item) is not None and item.verdict == "better"
    return say.name("verdicts", "goal_reached" if reached else item.verdict or "not_shown")


def _cells(content: Content, item: EvaluationItem, say: Wording, *, in_full: bool) -> list[Cell]:
    goal = goal_of(content, item)
    title = Cell(say.metric(item.metric), _under_title(item, goal, say), tone="strong" if goal else "plain")
    if item.suppressed:
        reason = Cell(say.name("reasons", item.reason or "too_few_participants"), tone="quiet")
        empty = [Cell("–", tone="quiet")] * (5 if in_full else 3)
        return [title, Cell(SMALL, tone="quiet"), *empty, reason]
    n = Cell(say.text("evaluation.n_of", n=item.n, started=item.n_started), value=item.n)
    means = [
        Cell(say.text("evaluation.hidden"), tone="quiet")
        if value is None and item.reason == BY_SUBTRACTION
        else Cell(say.amount(item.metric, value), value=value)
        for value in (item.baseline, item.pilot)
    ]
    full = [_p(item, say), Cell(say.percent(item.coverage), value=item.coverage)]
    if item.estimate is None:
        verdict = Cell(say.name("reasons", item.reason or "no_data"), tone="quiet")
        return [title, n, *means, Cell("–", tone="quiet"), *(full if in_full else []), verdict]
    known = item.ci_low is not None and item.ci_high is not None
    change = Cell(
        say.change(item.metric, item.estimate),
        say.text(
            "report.from_to",
            low=say.change(item.metric, item.ci_low),
            high=say.change(item.metric, item.ci_high),
        )
        if known
        else say.text("report.no_interval"),
        item.estimate,
        item.ci_low,
        item.ci_high,
        "strong",
    )
    smallest = (
        say.text(
            "evaluation.minimum",
            change=say.change(item.metric, goal.minimum_change * (1 if goal.direction == "up" else -1)),
        )
        if goal
        else ""
    )
    verdict = Cell(
        verdict_word(content, item, say), smallest, tone=TONES.get(item.verdict or "not_shown", "quiet")
    )
    return [title, n, *means, change, *(full if in_full else []), verdict]


def _p(item: EvaluationItem, say: Wording) -> Cell:
    """p, and under it what is left of it when the goals share one error rate."""
    adjusted = (
        ""
        if item.p_adjusted is None
        else say.text("report.appendix.adjusted", p=say.p_value(item.p_adjusted))
    )
    return Cell(say.p_value(item.p), adjusted, item.p)


def _under_title(item: EvaluationItem, goal: Goal | None, say: Wording) -> str:
    tags = [say.unit_beside(item.metric)]
    if goal is not None:
        tags.append(say.text("evaluation.primary" if goal.primary else "evaluation.goal"))
    if METRICS[item.metric].level == "screening":
        tags.append(say.text("evaluation.screening"))
    return ", ".join(tag for tag in tags if tag)
