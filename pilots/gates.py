"""What each step from stage to stage demands. Pure: facts in, gates out."""

from collections.abc import Callable, Iterator

from pilots.civil_time import local_date
from pilots.plan import Plan
from pilots.rounds import phase_before, phase_named, phase_of_round
from pilots.stages import Facts, Gate, Step

HEALTH_KINDS = frozenset({"bed", "gps", "camera", "alarm"})
"""Devices that record how somebody is or where: data concerning health in the hands of health or social
care. A visit log alone says what staff did."""


def gates(facts: Facts, step: Step) -> tuple[Gate, ...]:
    """Every gate of the step, met or not, in the order to see to them."""
    asked = _GATES.get((facts.stage, step.stage))
    return tuple(asked(facts)) if asked else ()


def unmet(facts: Facts, step: Step) -> tuple[Gate, ...]:
    """The gates of the step that are not met; () lets the pilot through."""
    return tuple(gate for gate in gates(facts, step) if not gate.met)


def fewest_participants(plan: Plan, group: str) -> int:
    """How many of a group must be there to compare: `evaluation.participants` for the plan's first group
    where it says so, else those planned less the largest dropout allowed."""
    asked = plan.evaluation.participants
    if asked is not None and group == next(iter(plan.groups)):
        return asked
    planned = next(count for name, count in plan.groups.items() if name == group)
    return planned - int(planned * plan.evaluation.largest_dropout_percent / 100)


def _of_planning(facts: Facts) -> Iterator[Gate]:
    plan = facts.plan
    yield Gate(
        "primary_goal",
        any(goal.primary for goal in plan.goals),
        "the plan has no primary goal, and is locked from here on",
        "mark one of goals with primary: true",
    )
    missing = [name for name in ("baseline", "pilot") if name not in {each.name for each in plan.phases}]
    yield Gate(
        "phases",
        not missing,
        f"the plan has no phase {' and no phase '.join(missing)}, which are compared",
        "add it under phases",
        {"phases": missing},
    )
    asked = plan.evaluation.baseline_days
    baseline = phase_named(plan, "baseline")
    days = (baseline.end - baseline.start).days + 1 - baseline.wash_in_days if baseline else 0
    yield Gate(
        "baseline_length",
        days >= asked,
        f"the baseline has {days} days, and evaluation.baseline_days asks for {asked}",
        "make the baseline longer, or say under evaluation how many days are enough",
        {"days": days, "asked": asked},
    )


def _of_legal_check(facts: Facts) -> Iterator[Gate]:
    legal = facts.plan.legal
    products = facts.plan.products
    amend = "write it under legal, and store the plan with `pilotbed pilot amend PLAN.yaml --reason …`"
    yield Gate("gdpr_basis", legal.gdpr_basis is not None, "legal.gdpr_basis is not stated", amend)
    if HEALTH_KINDS & ({*facts.kinds} | {product.kind for product in products}):
        yield Gate(
            "article9",
            legal.article9 is not None,
            "legal.article9 is not stated, and the pilot's devices record data concerning health",
            amend,
        )
    yield Gate("dpia", legal.dpia is not None, "legal.dpia names no data protection impact assessment", amend)
    if facts.plan.kind == "test":
        unknown = [product.name for product in products if product.status is None]
        yield Gate(
            "product_status",
            bool(products) and not unknown,
            f"the status of {', '.join(unknown)} is not stated" if unknown else "the plan names no product",
            "say under products how far each has come, as status",
            {"products": unknown},
        )
        yield Gate(
            "supplier_agreement",
            legal.supplier_agreement is not None,
            "legal.supplier_agreement is not stated, and the product is not on the market yet",
            amend,
        )
        yield Gate(
            "insurance",
            legal.insurance is not None,
            "legal.insurance is not stated, and the product is not on the market yet",
            amend,
        )
    pilot = facts.plan.pilot
    yield Gate(
        "participants",
        facts.participants > 0,
        "nobody takes part yet",
        f"add participants with `pilotbed participant add {pilot} --group …`",
    )
    listed = ", ".join(f"{participant} ({scope})" for participant, scope in facts.without_consent)
    yield Gate(
        "consents",
        not facts.without_consent,
        f"consent is missing for the devices of {listed}",
        f"note each yes with `pilotbed participant consent {pilot} CODE --to …`; where it is a no, end the "
        "assignment of the device",
        {"consents": facts.without_consent},
    )


def _baseline_days(facts: Facts, round_: int) -> Gate:
    plan = facts.plan
    asked = plan.evaluation.baseline_days
    metric = next((goal.metric for goal in plan.goals if goal.primary), None)
    short = []
    for group in _compared_groups(plan):
        enough = sum(days >= asked for days in facts.days.get(group, ()))
        if enough < fewest_participants(plan, group):
            short.append((group, enough, fewest_participants(plan, group)))
    listed = ", ".join(f"{enough} of the {needed} needed in {group}" for group, enough, needed in short)
    return Gate(
        "baseline_days",
        metric is not None and not short,
        f"too few have {asked} days of {metric} in {phase_before(round_)}: {listed}"
        if metric
        else "the plan has no primary goal whose days could be counted",
        f"run `pilotbed analyse {plan.pilot}` for the newest days and wait for more; "
        "or change evaluation.baseline_days or the groups with `pilotbed pilot amend`",
        {"metric": metric, "asked": asked, "phase": phase_before(round_), "short": short} if metric else {},
    )


def _compared_groups(plan: Plan) -> tuple[str, ...]:
    groups = tuple(plan.groups)
    return groups[:1] if plan.evaluation.design == "before_after" else groups


def _of_baseline(facts: Facts) -> Iterator[Gate]:
    yield _baseline_days(facts, facts.round)


def _of_another_round(facts: Facts) -> Iterator[Gate]:
    name = phase_of_round(facts.round + 1)
    there = phase_named(facts.plan, name) is not None
    yield Gate(
        "next_phase",
        there,
        f"the plan has no phase {name} for the next round",
        f"add {name} under phases, and store the plan with `pilotbed pilot amend PLAN.yaml --reason …`",
        {"phase": name},
    )
    if there:
        yield _baseline_days(facts, facts.round + 1)


def _of_pilot(facts: Facts) -> Iterator[Gate]:
    plan = facts.plan
    name = phase_of_round(facts.round)
    phase = phase_named(plan, name)
    yield Gate(
        "phase_over",
        phase is not None and facts.now_us >= plan.phase_end(phase),
        f"the phase {name} goes on to {phase.end}, and today is {local_date(facts.now_us, plan.zone)}"
        if phase
        else f"the plan has no phase {name}",
        "wait; to stop early, move its end with `pilotbed pilot amend PLAN.yaml --reason …`",
        {"phase": name, "end": phase.end} if phase else {},
    )


def _of_evaluation(facts: Facts) -> Iterator[Gate]:
    yield Gate(
        "report",
        facts.report_made,
        f"no report has been made since the evaluation of round {facts.round} began",
        f"make it with `pilotbed report {facts.plan.pilot} --format pdf --lang sv -o FILE`",
        {"round": facts.round},
    )


_GATES: dict[tuple[str, str], Callable[[Facts], Iterator[Gate]]] = {
    ("planning", "legal_check"): _of_planning,
    ("legal_check", "baseline"): _of_legal_check,
    ("baseline", "pilot"): _of_baseline,
    ("pilot", "evaluation"): _of_pilot,
    ("evaluation", "decision"): _of_evaluation,
    ("evaluation", "pilot"): _of_another_round,
    ("decision", "pilot"): _of_another_round,
}
