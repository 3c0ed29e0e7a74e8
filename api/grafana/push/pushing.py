"""One push into a Grafana: how it is done, and what became of each thing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from grafana_client.api import GrafanaApi

from api.grafana.push.answers import asking
from api.grafana.push.differences import Difference

Kind = Literal["folder", "data source", "contact point", "dashboard", "rules"]
Action = Literal["create", "update", "unchanged", "remove", "stale", "refuse"]

FROM_FILES = "it comes from files on Grafana's server: change it there, with pilotbed grafana build"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one thing, or would have; `why` says what stood in the way where it was refused,
    what does not work yet, or what to do about what is stale: there by an older push, and built no more."""

    kind: Kind
    name: str
    action: Action
    differences: Sequence[Difference] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Push:
    """Into which Grafana; whether over somebody's change; whether it is only looked at; whether what is stale
    goes."""

    grafana: GrafanaApi
    force: bool = False
    dry_run: bool = False
    prune: bool = False

    def done(self, outcome: Outcome, write: Callable[[], object]) -> Outcome:
        """The outcome, once it is written. Raises `GrafanaError`."""
        if not self.dry_run:
            with asking(f"{outcome.action} the {outcome.kind} “{outcome.name}”"):
                write()
        return outcome
