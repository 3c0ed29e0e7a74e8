"""What the API works on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ingest.formats import Formats
from pilots.registry import Registry
from store import TimeSeriesStore

Check = Callable[[], str | None]
"""None when the part is ready, else one sentence that says why not."""


@dataclass(frozen=True, slots=True)
class Context:
    """The parts of one installation, opened by whoever runs the API and closed by them.

    `checks` answers `/readyz` by name of part; `formats` are those in which devices may publish. `workers` is
    the number of processes a recompute may use, or `scheduler` the address of a Dask scheduler that computes.
    `secure_cookies` is set where the service is reached over HTTPS only, `embedded_broker` where devices
    publish to the broker for trying out.
    """

    registry: Registry
    store: TimeSeriesStore
    checks: Mapping[str, Check] = field(default_factory=dict)
    formats: Formats = field(default_factory=Formats)
    workers: int = 1
    scheduler: str = ""
    secure_cookies: bool = False
    embedded_broker: bool = False
