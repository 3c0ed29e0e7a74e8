"""The broker: whether it lets us in, what its crash costs, and whether it knows our accounts."""

import ssl
import threading
from collections.abc import Iterator, Sequence

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from ingest.accounts import ACL, PASSWORDS, acl_file, password_file
from ingest.address import BrokerAddress
from ingest.limits import lost_in_a_crash, read_limits
from pilotbed.doctor.existing import existing_registry
from pilotbed.doctor.finding import Finding, tried
from pilotbed.doctor.queue import covered
from pilotbed.installation import formats_of, outside_broker
from pilotbed.settings import Settings

ANSWER_S = 10.0
CLIENT_ID = "pilotbed-doctor"


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
    yield tried("broker's queue", lambda: covered(chosen, intake))
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
    with existing_registry(chosen) as registry:
        accounts, devices = (registry.accounts(), registry.devices()) if registry else ([], [])
    formats = formats_of(chosen)
    acl = acl_file(accounts, user, tuple(formats.filters(devices)), formats.denied(devices))
    way_out = "write them with: pilotbed device accounts"
    for name in (PASSWORDS, ACL):
        if not (folder / name).exists():
            return Finding(part, "failed", f"{folder / name} is not there: {way_out}")
    ours = f"{user}:"
    passwords = (folder / PASSWORDS).read_text(encoding="utf-8").splitlines()
    others = [line for line in passwords if not line.startswith(ours)]
    expected = password_file(accounts, user, "").splitlines()[1:]
    same_acl = (folder / ACL).read_text(encoding="utf-8") == acl
    if not same_acl or others != expected or len(others) == len(passwords):
        return Finding(part, "failed", f"{folder} does not say what the registry says: {way_out}")
    return Finding(part, "ok", f"{folder} says what the registry says, accounts: {len(accounts)}")
