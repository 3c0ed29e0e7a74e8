"""What a command works on: the registry, and the readings directly or through the service that owns them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.address import BrokerAddress
from pilotbed.errors import NoService, PilotbedError, SettingsError
from pilotbed.service_file import read_service_file
from pilotbed.settings import Settings

# The command line explains itself without what a command works on: databases, arrays and formats come late.
if TYPE_CHECKING:
    from ingest.formats import Formats
    from pilotbed.service_client import ServiceClient
    from pilots.plan import Plan
    from pilots.registry import Registry
    from store import TimeSeriesStore


def plan_from(text: str, source: str) -> "Plan":
    """A plan whose goals name metrics of our catalogue, the primary one such as can carry a decision."""
    from analysis.catalogue import METRICS, NOT_DECISIVE
    from pilots.plan import read_plan

    return read_plan(text, source, METRICS, NOT_DECISIVE)


def plan_text(file: Path) -> str:
    """The text of a plan, or of a map. Raises `PilotbedError` where it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PilotbedError(f"{file} is not text in UTF-8 (byte {error.start}): save it as UTF-8") from error


def make_data_folder(settings: Settings) -> None:
    """The folder of everything, readable by this user alone: it holds what people do at night."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)


def formats_of(settings: Settings) -> "Formats":
    """The foreign formats as this installation hears them. Raises `SettingsError`."""
    from ingest.formats import Formats
    from ingest.topics import TopicFilterError

    try:
        return Formats(settings.foreign_topics, settings.models)
    except TopicFilterError as error:
        raise SettingsError(f"foreign_topics: {error}") from error


def outside_broker(settings: Settings) -> BrokerAddress | None:
    """The broker that the settings name, or None for the embedded one."""
    return BrokerAddress.parse(settings.mqtt, settings.mqtt_ca) if settings.mqtt else None


def broker_in_use(settings: Settings) -> BrokerAddress:
    """The broker that devices publish to. Raises `NoService` where it would be the embedded one of none."""
    broker = outside_broker(settings)
    if broker is not None:
        return broker
    service = required_service(settings)
    service.close()
    mqtt = service.access.mqtt
    if mqtt is None:
        raise NoService("pilotbed api knows no broker: name it as PILOTBED_MQTT")
    return BrokerAddress(mqtt.host, mqtt.port, mqtt.user, mqtt.password)


@contextmanager
def open_registry(settings: Settings) -> "Iterator[Registry]":
    from pilots.registry import Registry

    make_data_folder(settings)
    registry = Registry.open(settings.registry_address)
    try:
        yield registry
    finally:
        registry.close()


@contextmanager
def open_readings(settings: Settings) -> "Iterator[TimeSeriesStore]":
    from store import open_store

    make_data_folder(settings)
    store = open_store(settings.store_address, settings.store_token.get_secret_value())
    try:
        yield store
    finally:
        store.close()


def running_service(settings: Settings) -> "ServiceClient | None":
    """The service that runs on this data folder, or None; the file of a killed one does not count.

    Its token is asked for: on the port of a killed service another installation's may answer now.
    """
    access = read_service_file(settings.service_file)
    if access is None:
        return None
    from pilotbed.service_client import ServiceClient

    client = ServiceClient(access)
    if client.opens():
        return client
    client.close()
    return None


def required_service(settings: Settings) -> "ServiceClient":
    """The running service. Raises `NoService` with how to start one."""
    client = running_service(settings)
    if client is None:
        raise NoService(
            f"no service runs on {settings.data}: start one with: pilotbed up --data {settings.data}"
        )
    return client
