"""A simulation against running ingest: paced by what it has committed, checked by what the store holds."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import analysis.pipeline
from ingest.address import BrokerAddress
from pilotbed.errors import NoService
from pilotbed.installation import broker_in_use, open_readings, required_service
from pilotbed.service_client import ServiceClient
from pilotbed.settings import Settings
from pilotbed.workers import running_workers, worker_samples
from pilots.civil_time import now, to_rfc3339
from pilots.plan import Plan
from pilots.registry import Registry
from simulators.faults import Faults
from simulators.run import Published, simulate

COMMITTED = "pilotbed_ingest_committed_messages_total"

Held = Mapping[str, Mapping[str, int]]
"""Readings that the store holds, by device and stream."""


@dataclass(frozen=True, slots=True)
class Ingest:
    """What a simulation must know of ingest: its broker, what it has committed, what then is held."""

    broker: BrokerAddress
    committed: Callable[[], int]
    held: Callable[[Plan], Held]


def through(service: ServiceClient, broker: BrokerAddress) -> Ingest:
    """Ingest within the service that owns the readings."""

    def held(plan: Plan) -> Held:
        items = service.get(
            f"/api/v1/pilots/{plan.pilot}/quality",
            start=to_rfc3339(plan.phase_start(plan.phases[0])),
            end=to_rfc3339(plan.phase_end(plan.phases[-1])),
        ).json()["items"]
        return {item["device"]: item["streams"] for item in items}

    return Ingest(broker, lambda: int(service.samples().get(COMMITTED, 0)), held)


@contextmanager
def running_ingest(settings: Settings, registry: Registry) -> Iterator[Ingest]:
    """Ingest of this installation, within `up` or as workers of their own. Raises `NoService`."""
    if settings.store_has_one_owner:
        with closing(required_service(settings)) as service:
            yield through(service, broker_in_use(settings))
        return
    workers = running_workers(settings)
    if not workers:
        raise NoService(f"no worker runs on {settings.data}: start one with: pilotbed ingest")
    with open_readings(settings) as store:

        def held(plan: Plan) -> Held:
            found = analysis.pipeline.quality(
                registry,
                store,
                plan.pilot,
                start=plan.phase_start(plan.phases[0]),
                end=plan.phase_end(plan.phases[-1]),
                now_us=now(),
            )
            return {item.device: item.streams for item in found.items}

        yield Ingest(
            broker_in_use(settings),
            lambda: int(sum(worker_samples(worker).get(COMMITTED, 0) for worker in workers.values())),
            held,
        )


def simulate_through(
    ingest: Ingest,
    plan: Plan,
    registry: Registry,
    *,
    seed: int,
    days: int | None,
    truth: Path | None,
    faults: Faults = frozenset(),
    progress: Callable[[int, int], None] | None = None,
) -> Published:
    """Publish a plan's story to the broker; see `simulators.run.simulate` for what is raised."""
    held: Held | None = None

    def stored(device: str, stream: str) -> int:
        nonlocal held
        if held is None:  # asked for once, at the end
            held = ingest.held(plan)
        return held.get(device, {}).get(stream, 0)

    return simulate(
        plan,
        registry,
        ingest.broker,
        seed=seed,
        days=days,
        faults=faults,
        committed=ingest.committed,
        stored=stored,
        truth_path=truth,
        progress=progress,
    )
