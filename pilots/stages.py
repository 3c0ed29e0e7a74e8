"""The stages of a pilot, as a pure state machine: facts in, gates out; nothing is read or written here.

planning -> legal_check -> baseline -> pilot -> evaluation -> decision -> follow_up -> closed. None is
skipped, and only a rollout goes back: from evaluation or decision to pilot, in the next round. What comes
before planning is an idea: a plan that no registry holds yet, which `pilotbed pilot check` reads.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from pilots.errors import WrongStage
from pilots.plan import Plan

Stage = Literal[
    "planning", "legal_check", "baseline", "pilot", "evaluation", "decision", "follow_up", "closed"
]

STAGES: tuple[str, ...] = get_args(Stage)

GateName = Literal[
    "primary_goal",
    "phases",
    "baseline_length",
    "gdpr_basis",
    "article9",
    "dpia",
    "product_status",
    "supplier_agreement",
    "insurance",
    "participants",
    "consents",
    "baseline_days",
    "next_phase",
    "phase_over",
    "report",
]

GATE_NAMES: tuple[str, ...] = get_args(GateName)

WARNINGS = {
    "embedded_broker": "people are measured on the embedded broker, which is for trying out: what it has not "
    "handed over is lost when it stops. Connect the devices to Mosquitto and set PILOTBED_MQTT"
}
"""What is said of a step, and kept with it, without stopping it."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where a pilot may go: the stage, and the round it is then in."""

    stage: str
    round: int


@dataclass(frozen=True, slots=True)
class Gate:
    """Something that a step demands: whether it is met, and where not, what is missing and the way out.

    `about` are the facts of what is missing by name, for who words it in another language.
    """

    name: GateName
    met: bool
    missing: str = ""
    way_out: str = ""
    about: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the gates look at.

    `participants` counts those who take part now; `without_consent` has (participant, what to) for each of
    them whose device needs a consent that does not hold. `kinds` are those of the pilot's devices.
    `days` holds, by group, for each participant who takes part the number of days (or nights) with a value of
    the primary goal's metric in the phase that the next one is compared with. `report_made`: one was made
    since the pilot came to evaluation. `embedded_broker`: devices publish to the broker for trying out.
    """

    plan: Plan
    stage: str
    round: int
    now_us: int
    participants: int
    without_consent: Sequence[tuple[str, str]]
    kinds: Collection[str]
    days: Mapping[str, Sequence[int]]
    report_made: bool
    embedded_broker: bool


def next_steps(plan: Plan, stage: str, round_: int) -> tuple[Step, ...]:
    """Where a pilot of that plan may go from that stage and round, onwards first; () from the last."""
    place = STAGES.index(stage)
    onwards = tuple(Step(following, round_) for following in STAGES[place + 1 : place + 2])
    if plan.kind == "rollout" and stage in ("evaluation", "decision"):
        return (*onwards, Step("pilot", round_ + 1))
    return onwards


def step_to(plan: Plan, stage: str, round_: int, to: str) -> Step:
    """The step to that stage; raises `WrongStage` with those there are."""
    if to not in STAGES:
        raise WrongStage(f'there is no stage "{to}": stages are {", ".join(STAGES)}')
    steps = next_steps(plan, stage, round_)
    for step in steps:
        if step.stage == to:
            return step
    way_out = "it was the last stage"
    if steps:
        way_out = f'the next stage is "{steps[0].stage}"'
    if stage in ("evaluation", "decision") and to == "pilot":
        way_out += "; only a rollout goes round again"
    raise WrongStage(f'pilot "{plan.pilot}" stands in "{stage}" and cannot go to "{to}": {way_out}')


def warnings(facts: Facts, step: Step) -> tuple[str, ...]:
    """The keys of `WARNINGS` that hold for the step."""
    measured = step.stage == "baseline" and facts.participants > 0
    return ("embedded_broker",) if measured and facts.embedded_broker else ()
