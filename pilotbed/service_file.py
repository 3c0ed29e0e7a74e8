"""How running processes tell the command line where they are."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from ingest.address import BrokerAddress


@dataclass(frozen=True, slots=True)
class MqttAccess:
    """Where devices publish: `port_v5` is None where the broker is not the embedded one."""

    host: str
    port: int
    port_v5: int | None
    user: str | None
    password: str | None

    @classmethod
    def of(cls, address: BrokerAddress, *, port_v5: int | None = None) -> "MqttAccess":
        return cls(address.host, address.port, port_v5, address.user, address.password)


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """A running service: its address, an administrator's token, and its broker where it knows one."""

    http: str
    token: str
    mqtt: MqttAccess | None


def write_service_file(path: Path, access: ServiceAccess) -> None:
    """Write it whole or not at all, readable by this user alone: it holds a token."""
    _write(path, asdict(access))


def write_worker_file(path: Path, http: str) -> None:
    """Where a worker of ingest answers for its health and counters."""
    _write(path, {"http": http})


def _write(path: Path, content: dict[str, Any]) -> None:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(content, file)
    draft.replace(path)


def read_service_file(path: Path) -> ServiceAccess | None:
    """The service of this installation as it last said, or None when none has."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    mqtt = found["mqtt"]
    return ServiceAccess(found["http"], found["token"], None if mqtt is None else MqttAccess(**mqtt))


def worker_file(data: Path, client_id: str) -> Path:
    """Where a worker of ingest that runs apart says how to reach it."""
    return data / f"ingest-{quote(client_id, safe='')}.json"


def read_worker_files(data: Path) -> dict[str, str]:
    """The address of each worker by its client id, as it last said; a killed one leaves its own behind."""
    return {
        unquote(file.stem.removeprefix("ingest-")): json.loads(file.read_text(encoding="utf-8"))["http"]
        for file in sorted(data.glob("ingest-*.json"))
    }
