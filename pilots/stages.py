"""The stages a pilot passes through, in order, one at a time."""

from pilots.errors import WrongStage

STAGES = ("planning", "legal_check", "baseline", "pilot", "evaluation", "decision", "follow_up", "closed")


def check_step(pilot: str, stage: str, to: str) -> None:
    """Raises `WrongStage` unless `to` is the stage right after `stage`: none is skipped or gone back to."""
    if to not in STAGES:
        raise WrongStage(f'there is no stage "{to}": stages are {", ".join(STAGES)}')
    place = STAGES.index(stage)
    following = STAGES[place + 1] if place + 1 < len(STAGES) else None
    if to == following:
        return
    way_out = f'the next stage is "{following}"' if following else "it was the last stage"
    raise WrongStage(f'pilot "{pilot}" stands in "{stage}" and cannot go to "{to}": {way_out}')
