"""How long the broker's queue lasts while ingest is away, at the present rate."""

import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.limits import Limits, memory_bytes, outage, read_limits
from pilotbed.doctor.finding import Finding
from pilotbed.settings import Settings
from pilotbed.workers import worker_samples

SAMPLE_S = 3.0
"""Between two looks at the counters: devices that send every second show, and nobody waits long."""

WEEKEND_S = 65 * 3600
"""From Friday afternoon to Monday morning."""

MINUTES_S = 600
SMALLEST_WINDOW = 1000
"""With fewer messages under way a commit is small, and ingest slow."""

LARGEST_PAYLOAD = 256 * 1024
"""What ingest takes at most."""


class Rate(NamedTuple):
    """What comes in: messages a second, and bytes of payload a message."""

    messages_per_s: float
    bytes_per_message: float

    def __str__(self) -> str:
        assumed = ", assumed because none has come yet" if self is ASSUMED else ""
        return f"{self.messages_per_s:.3g} messages a second of {self.bytes_per_message:.0f} bytes{assumed}"


ASSUMED = Rate(1, 150)
"""What a few dozen residents send."""


def _present_rate(intake: Sequence[str]) -> Rate:
    """Of the busiest process, for each has a queue of its own; since its start where nothing comes now."""
    before = [worker_samples(address) for address in intake]
    if any(before):
        time.sleep(SAMPLE_S)
    found = (_rate(earlier, worker_samples(address)) for earlier, address in zip(before, intake, strict=True))
    return max((rate for rate in found if rate is not None), default=ASSUMED)


def _rate(earlier: dict[str, float], later: dict[str, float]) -> Rate | None:
    messages, size, seconds = "received_messages_total", "received_bytes_total", SAMPLE_S

    def came(name: str) -> float:
        full = f"pilotbed_ingest_{name}"
        return later.get(full, 0) - earlier.get(full, 0)

    if came(messages) <= 0:
        earlier = {}
        seconds = max(time.time() - later.get("process_start_time_seconds", 0), SAMPLE_S)
    if came(messages) <= 0:
        return None
    return Rate(came(messages) / seconds, came(size) / came(messages))


def covered(chosen: Settings, intake: Sequence[str]) -> Finding:
    """How long an outage the broker's queue covers at the present rate."""
    part = "broker's queue"
    rate = _present_rate(intake)
    if chosen.mqtt_limits is None:
        defaults = outage(Limits(), *rate)
        return Finding(
            part,
            "warning",
            "how much it keeps while ingest is away is not known: name its configuration as "
            f"PILOTBED_MQTT_LIMITS. Mosquitto's own limit of {Limits().max_queued_messages} messages "
            + _lasts(defaults.seconds, rate),
        )
    limits = read_limits(chosen.mqtt_limits)
    longest = outage(limits, *rate)
    if longest.ended_by is None:
        need = memory_bytes(WEEKEND_S, *rate)
        text = f"no limit but the broker's memory; at {rate}, a weekend takes {need / 2**20:,.0f} MiB"
    else:
        text = f"{longest.ended_by} {_lasts(longest.seconds, rate)}"
    if longest.seconds < MINUTES_S:
        return Finding(part, "failed", f"{text}; then it drops in silence: see deploy/mosquitto/limits.conf")
    also = [
        *(
            [f"{text}: less than a weekend, then it drops in silence: see deploy/mosquitto/limits.conf"]
            if longest.seconds < WEEKEND_S
            else []
        ),
        *_traps(limits),
    ]
    if also:
        return Finding(part, "warning", "; ".join(also))
    return Finding(part, "ok", text)


def _traps(limits: Limits) -> Iterator[str]:
    if 0 < limits.max_inflight_messages < SMALLEST_WINDOW:
        yield f"max_inflight_messages {limits.max_inflight_messages} makes commits small and ingest slow"
    if 0 < limits.message_size_limit < LARGEST_PAYLOAD:
        yield f"message_size_limit {limits.message_size_limit} drops larger messages in silence"


def _lasts(seconds: float, rate: Rate) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"lasts {seconds / length:.0f} {unit} at {rate}"
    return f"lasts {seconds:.0f} seconds at {rate}"
