"""A simulation against the running service: paced by what it has committed, checked by what it holds."""

from collections.abc import Callable
from pathlib import Path

from ingest.address import BrokerAddress
from pilotbed.installation import ServiceClient
from pilots.civil_time import to_rfc3339
from pilots.plan import Plan
from pilots.registry import Registry
from simulators.run import Published, simulate

COMMITTED = "pilotbed_ingest_committed_messages_total"


def simulate_through(
    service: ServiceClient,
    plan: Plan,
    registry: Registry,
    *,
    seed: int,
    days: int | None,
    truth: Path | None,
    progress: Callable[[int, int], None] | None = None,
) -> Published:
    """Publish a plan's story to the service's broker; see `simulators.run.simulate` for what is raised."""
    mqtt = service.access.mqtt
    return simulate(
        plan,
        registry,
        BrokerAddress(mqtt.host, mqtt.port, mqtt.user, mqtt.password),
        seed=seed,
        days=days,
        committed=lambda: service.counter(COMMITTED),
        stored=_StoredReadings(service, plan),
        truth_path=truth,
        progress=progress,
    )


class _StoredReadings:
    """How many readings the store holds of each device and stream, asked for once at the end."""

    def __init__(self, service: ServiceClient, plan: Plan) -> None:
        self._service = service
        self._plan = plan
        self._found: dict[str, dict[str, int]] = {}

    def __call__(self, device: str, stream: str) -> int:
        if not self._found:
            plan = self._plan
            items = self._service.get(
                f"/api/v1/pilots/{plan.pilot}/quality",
                start=to_rfc3339(plan.phase_start(plan.phases[0])),
                end=to_rfc3339(plan.phase_end(plan.phases[-1])),
            ).json()["items"]
            self._found = {item["device"]: item["streams"] for item in items}
        return self._found.get(device, {}).get(stream, 0)
