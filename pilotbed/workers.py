"""The workers of ingest that run apart on this machine, by the files they leave in the data folder."""

import httpx

from pilotbed.samples import samples
from pilotbed.service_file import read_worker_files
from pilotbed.settings import Settings

ANSWER_S = 5.0


def running_workers(settings: Settings) -> dict[str, str]:
    """The address of each that answers, by its client id; the file of a killed one does not count."""
    return {name: http for name, http in read_worker_files(settings.data).items() if _answers(http)}


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=ANSWER_S).is_success
    except httpx.HTTPError:
        return False


def worker_samples(address: str) -> dict[str, float]:
    """What a worker counts without labels; nothing where it does not answer."""
    try:
        return samples(httpx.get(f"{address}/metrics", timeout=ANSWER_S).text)
    except httpx.HTTPError:
        return {}


def readiness(address: str) -> str | None:
    """Why a worker cannot do its work now, or None when it can."""
    try:
        answer = httpx.get(f"{address}/readyz", timeout=ANSWER_S)
    except httpx.HTTPError as error:
        return f"{address} does not answer: {error}"
    return None if answer.is_success else str(answer.json()["detail"])
