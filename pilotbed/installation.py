"""What a command works on: the registry, and the readings directly or through the service that owns them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from analysis.catalogue import METRICS
from ingest.address import BrokerAddress
from ingest.formats import Formats
from ingest.topics import TopicFilterError
from pilotbed.errors import NoService, PilotbedError, ServiceUnreachable, SettingsError
from pilotbed.samples import samples
from pilotbed.service_file import ServiceAccess, read_service_file
from pilotbed.settings import Settings
from pilots.plan import Plan, read_plan
from pilots.registry import Registry
from store import TimeSeriesStore, open_store

REQUEST_S = 600.0
"""Recomputing a whole pilot answers when it is done."""


def plan_from(text: str, source: str) -> Plan:
    """A plan whose goals name metrics of our catalogue."""
    return read_plan(text, source, metrics=METRICS)


def plan_text(file: Path) -> str:
    """The text of a plan file. Raises `PilotbedError` where it is not UTF-8."""
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PilotbedError(f"{file} is not text in UTF-8 (byte {error.start}): save it as UTF-8") from error


def make_data_folder(settings: Settings) -> None:
    """The folder of everything, readable by this user alone: it holds what people do at night."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)


def formats_of(settings: Settings) -> Formats:
    """The foreign formats as this installation hears them. Raises `SettingsError`."""
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
def open_registry(settings: Settings) -> Iterator[Registry]:
    make_data_folder(settings)
    registry = Registry.open(settings.registry_address)
    try:
        yield registry
    finally:
        registry.close()


@contextmanager
def open_readings(settings: Settings) -> Iterator[TimeSeriesStore]:
    make_data_folder(settings)
    store = open_store(settings.store_address, settings.store_token.get_secret_value())
    try:
        yield store
    finally:
        store.close()


class ServiceClient:
    """The HTTP API of the running service, with its administrator's token."""

    def __init__(self, access: ServiceAccess) -> None:
        self.access = access
        self._client = httpx.Client(
            base_url=access.http,
            headers={"Authorization": f"Bearer {access.token}"},
            timeout=httpx.Timeout(REQUEST_S, connect=2.0),
        )

    def opens(self) -> bool:
        """Somebody answers, and the token is theirs."""
        try:
            return self._client.get("/api/v1/pilots", params={"limit": 1}).status_code != 401
        except httpx.HTTPError:
            return False

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self._answered("GET", path, params=parameters)

    def post(self, path: str, body: Any = None) -> httpx.Response:
        return self._answered("POST", path, json=body)

    def delete(self, path: str) -> httpx.Response:
        return self._answered("DELETE", path)

    def _answered(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise ServiceUnreachable(f"the service at {self.access.http} does not answer: {error}") from error
        if answer.is_error:
            raise ServiceUnreachable(_problem(answer))
        return answer

    def samples(self) -> dict[str, float]:
        """What `/metrics` shows without labels, by name."""
        return samples(self.get("/metrics").text)

    def close(self) -> None:
        self._client.close()


def _problem(answer: httpx.Response) -> str:
    """The detail of an RFC 9457 problem, or what there is."""
    try:
        body = answer.json()
    except ValueError:
        return f"{answer.request.url.path} answered {answer.status_code}"
    return str(body.get("detail") or body.get("title") or answer.status_code)


def running_service(settings: Settings) -> ServiceClient | None:
    """The service that runs on this data folder, or None; the file of a killed one does not count.

    Its token is asked for: on the port of a killed service another installation's may answer now.
    """
    access = read_service_file(settings.service_file)
    if access is None:
        return None
    client = ServiceClient(access)
    if client.opens():
        return client
    client.close()
    return None


def required_service(settings: Settings) -> ServiceClient:
    """The running service. Raises `NoService` with how to start one."""
    client = running_service(settings)
    if client is None:
        raise NoService(
            f"no service runs on {settings.data}: start one with: pilotbed up --data {settings.data}"
        )
    return client
