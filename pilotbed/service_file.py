"""How a running service tells the command line where it is."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class MqttAccess:
    """Where devices publish: `port_v5` is None where the broker is not the embedded one."""

    host: str
    port: int
    port_v5: int | None
    user: str | None
    password: str | None


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """A running service: its address, an administrator's token, and its broker."""

    http: str
    token: str
    mqtt: MqttAccess


def write_service_file(path: Path, access: ServiceAccess) -> None:
    """Write it whole or not at all, readable by this user alone: it holds a token."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        json.dump(asdict(access), file)
    draft.replace(path)


def read_service_file(path: Path) -> ServiceAccess | None:
    """The service of this installation as it last said, or None when none has."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return ServiceAccess(found["http"], found["token"], MqttAccess(**found["mqtt"]))
