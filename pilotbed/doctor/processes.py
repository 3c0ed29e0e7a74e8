"""The processes of the installation on this machine."""

from collections.abc import Iterator, Mapping

from pilotbed.doctor.finding import Finding
from pilotbed.service_client import ServiceClient
from pilotbed.service_file import read_worker_files
from pilotbed.settings import Settings
from pilotbed.workers import readiness


def running(chosen: Settings, service: ServiceClient | None, workers: Mapping[str, str]) -> Iterator[Finding]:
    """The service, and each worker of ingest that runs apart: whether it answers, and can do its work."""
    if service is None:
        how = "pilotbed up" if chosen.store_has_one_owner else "pilotbed api"
        yield Finding("service", "warning", f"not running; start it with: {how} --data {chosen.data}")
    else:
        yield Finding("service", "ok", f"answers on {service.access.http}")
        if chosen.store_has_one_owner:
            yield _ingest("ingest", service.access.http)
    for name, address in workers.items():
        yield _ingest(f"ingest {name}", address)
    for name in read_worker_files(chosen.data).keys() - workers.keys():
        yield Finding(
            f"ingest {name}",
            "failed",
            "has ended without a word; the broker keeps its messages: start it again as before, with "
            f"--client-id {name} and its --share where it had one",
        )
    if not chosen.store_has_one_owner and not workers:
        yield Finding("ingest", "warning", "no worker runs on this machine; start one with: pilotbed ingest")


def _ingest(part: str, address: str) -> Finding:
    why = readiness(address)
    if why is not None:
        return Finding(part, "failed", why)
    return Finding(part, "ok", "subscribed at its broker, commits")
