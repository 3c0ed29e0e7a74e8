"""Checks an installation, and says what to do."""

from collections.abc import Iterator

from pilotbed.doctor import broker, kept, machine, processes
from pilotbed.doctor.finding import Finding, tried
from pilotbed.installation import running_service
from pilotbed.settings import Settings
from pilotbed.workers import running_workers

__all__ = ["Finding", "findings"]


def findings(chosen: Settings) -> Iterator[Finding]:
    """Every check in turn; those of the present rate take a few seconds."""
    yield tried("registry", lambda: kept.registry(chosen))
    service, workers = running_service(chosen), running_workers(chosen)
    yield from processes.running(chosen, service, workers)
    yield tried("store", lambda: kept.store(chosen, service))
    intake = list(workers.values())
    if service is not None:
        intake.append(service.access.http)
        service.close()
    yield from broker.checked(chosen, intake)
    yield machine.clock()
    yield machine.disk(chosen)
    yield tried("retention", lambda: kept.retention(chosen))
