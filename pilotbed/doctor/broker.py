"""The broker: whether it lets us in, what it keeps while ingest is away, and what its crash costs."""

import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest.accounts import ACL, PASSWORDS, acl_file, password_file
from ingest.address import BrokerAddress
from ingest.limits import Limits, lost_in_a_crash, memory_bytes, outage, read_limits
from pilotbed.doctor.finding import Finding, tried
from pilotbed.installation import open_registry, outside_broker
from pilotbed.settings import Settings
from pilotbed.workers import worker_samples

ANSWER_S = 10.0
SAMPLE_S = 3.0
"""Between two looks at the counters: devices that send every second show, and nobody waits long."""

CLIENT_ID = "pilotbed-doctor"
WEEKEND_S = 65 * 3600
"""From Friday afternoon to Monday morning."""

MINUTES_S = 600
SMALLEST_WINDOW = 1000
"""With fewer messages under way a commit is small, and ingest slow."""

LARGEST_PAYLOAD = 256 * 1024
"""What ingest takes at most."""


def checked(chosen: Settings, intake: Sequence[str]) -> Iterator[Finding]:
    """Every check of the broker; `intake` are the addresses of the processes that take its messages."""
    if not chosen.mqtt:
        yield Finding(
            "broker",
            "warning",
            "embedded, for trying out: what it has acknowledged and not delivered is lost with it; "
            "real devices need PILOTBED_MQTT",
        )
        return
    yield tried("broker", lambda: _lets_us_in(chosen))
    yield tried("broker's queue", lambda: _queue(chosen, intake))
    if chosen.mqtt_limits is not None:
        yield tried("broker's crash", lambda: _crash(chosen))
    if chosen.mqtt_accounts is not None:
        yield tried("broker's accounts", lambda: _accounts(chosen))


def _lets_us_in(chosen: Settings) -> Finding:
    broker = outside_broker(chosen)
    assert broker is not None
    why = _refusal(broker)
    if why is not None:
        return Finding("broker", "failed", f"{broker} {why}")
    return Finding("broker", "ok", f"{broker} lets us in")


def _refusal(broker: BrokerAddress) -> str | None:
    """Why a short connection fails, or None."""
    # Where a broker takes the user for the client id, a clean session would be the end of ingest's.
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=CLIENT_ID,
        clean_session=False,
        protocol=MQTTProtocolVersion.MQTTv311,
    )
    if broker.user is not None:
        client.username_pw_set(broker.user, broker.password)
    if broker.tls:
        client.tls_set_context(broker.tls_context())
    answered = threading.Event()
    refused: list[str] = []

    def on_connect(_: object, __: object, ___: object, code: object, ____: object) -> None:
        if getattr(code, "is_failure", True):
            refused.append(f"refused the connection: {code}")
        answered.set()

    client.on_connect = on_connect
    try:
        client.connect(broker.host, broker.port)
    except ssl.SSLError as error:
        return f"is not trusted: {error}; PILOTBED_MQTT_CA names the authority of its certificate"
    except OSError as error:
        return f"cannot be reached: {error}"
    client.loop_start()
    if not answered.wait(ANSWER_S):
        refused.append("does not answer")
    client.disconnect()
    client.loop_stop()
    return refused[0] if refused else None


class Rate(NamedTuple):
    """What comes in: messages a second, and bytes of payload a message."""

    messages_per_s: float
    bytes_per_message: float


def _present_rate(intake: Sequence[str]) -> Rate:
    """Of the busiest process, for each has a queue of its own; since its start where nothing comes now."""
    before = [worker_samples(address) for address in intake]
    if not any(before):
        return Rate(0, 0)
    time.sleep(SAMPLE_S)
    return max(
        _rate(earlier, worker_samples(address)) for earlier, address in zip(before, intake, strict=True)
    )


def _rate(earlier: dict[str, float], later: dict[str, float]) -> Rate:
    messages, size, seconds = "received_messages_total", "received_bytes_total", SAMPLE_S

    def came(name: str) -> float:
        full = f"pilotbed_ingest_{name}"
        return later.get(full, 0) - earlier.get(full, 0)

    if came(messages) <= 0:
        earlier = {}
        seconds = max(time.time() - later.get("process_start_time_seconds", 0), SAMPLE_S)
    if came(messages) <= 0:
        return Rate(0, 0)
    return Rate(came(messages) / seconds, came(size) / came(messages))


def _queue(chosen: Settings, intake: Sequence[str]) -> Finding:
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
        text = f"no limit but the broker's memory; at {_shown(rate)}, a weekend takes {need / 2**20:,.0f} MiB"
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
    if not rate.messages_per_s:
        return "lasts for ever while nothing comes in"
    return f"lasts {_duration(seconds)} at {_shown(rate)}"


def _shown(rate: Rate) -> str:
    return f"{rate.messages_per_s:.3g} messages a second of {rate.bytes_per_message:.0f} bytes"


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def _crash(chosen: Settings) -> Finding:
    assert chosen.mqtt_limits is not None
    limits = read_limits(chosen.mqtt_limits)
    text = f"a crash of the broker loses {lost_in_a_crash(limits)}"
    if not limits.queue_qos0_messages:
        text += "; of QoS 0, all that comes while ingest is away"
    return Finding("broker's crash", "ok" if limits.persistence else "failed", text)


def _accounts(chosen: Settings) -> Finding:
    """Whether Mosquitto's files say what the registry says."""
    part, folder, broker = "broker's accounts", chosen.mqtt_accounts, outside_broker(chosen)
    assert folder is not None
    assert broker is not None
    user = broker.user or ""
    with open_registry(chosen) as registry:
        accounts = registry.accounts()
    way_out = "write them with: pilotbed device accounts"
    for name in (PASSWORDS, ACL):
        if not (folder / name).exists():
            return Finding(part, "failed", f"{folder / name} is not there: {way_out}")
    ours = f"{user}:"
    passwords = (folder / PASSWORDS).read_text(encoding="utf-8").splitlines()
    others = [line for line in passwords if not line.startswith(ours)]
    expected = password_file(accounts, user, "").splitlines()[1:]
    same_acl = (folder / ACL).read_text(encoding="utf-8") == acl_file(accounts, user)
    if not same_acl or others != expected or len(others) == len(passwords):
        return Finding(part, "failed", f"{folder} does not say what the registry says: {way_out}")
    return Finding(part, "ok", f"{folder} says what the registry says, accounts: {len(accounts)}")
