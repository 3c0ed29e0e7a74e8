"""What staff measure and write down can be wrong: ranges, kinds, units."""

import math

from pilots.errors import InvalidObservation
from pilots.instruments import INSTRUMENTS
from pilots.records import LOGGED_KINDS, LoggedEvent, Score, Weighing

HEAVIEST_KG = 400.0
"""More than any scale for people in care shows: what is heavier was read or typed wrongly."""


def check_observation(observation: Score | Weighing | LoggedEvent) -> None:
    """Raises `InvalidObservation` for what cannot be: a total outside its instrument's range, what is no
    person's weight, an event of another kind than `LOGGED_KINDS`."""
    match observation:
        case Score():
            _check_score(observation)
        case Weighing():
            if not (math.isfinite(observation.kg) and 0 < observation.kg <= HEAVIEST_KG):
                raise InvalidObservation(
                    f"weighing of {observation.participant}: {observation.kg} kg is not a person's weight "
                    f"(more than 0, at most {HEAVIEST_KG:g})"
                )
        case LoggedEvent():
            if observation.kind not in LOGGED_KINDS:
                raise InvalidObservation(
                    f'logged event of {observation.participant}: unknown kind "{observation.kind}": '
                    f"it is one of {', '.join(LOGGED_KINDS)}"
                )


def _check_score(score: Score) -> None:
    instrument = INSTRUMENTS.get(score.instrument)
    if instrument is None:
        raise InvalidObservation(
            f'score of {score.participant}: unknown instrument "{score.instrument}": '
            f"it is one of {', '.join(INSTRUMENTS)}"
        )
    if not (instrument.low <= score.value <= instrument.high and score.value == int(score.value)):
        raise InvalidObservation(
            f"score of {score.participant} on {score.day}: {score.instrument} {score.value:g} is not a whole "
            f"number from {instrument.low} to {instrument.high}"
        )
