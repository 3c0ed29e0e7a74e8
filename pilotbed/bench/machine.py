"""The machine that was measured on: figures mean nothing without its size."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """`cores` that this process may use; `memory_gib` and `cpu` are unknown (None, "") off Linux."""

    cores: int
    memory_gib: float | None
    cpu: str
    python: str
    system: str


def this_machine() -> Machine:
    affinity = getattr(os, "sched_getaffinity", None)
    return Machine(
        cores=len(affinity(0)) if affinity is not None else os.cpu_count() or 1,
        memory_gib=_memory_gib(),
        cpu=_said(Path("/proc/cpuinfo"), "model name"),
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
    )


def _memory_gib() -> float | None:
    size = _said(Path("/proc/meminfo"), "MemTotal").split()
    return round(int(size[0]) / 1024 / 1024, 1) if size else None


def _said(file: Path, name: str) -> str:
    """The first value of that name in a file of `name: value` lines, "" where there is none."""
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == name:
                return value.strip()
    return ""
