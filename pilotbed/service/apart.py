"""What processes of their own need, that `up` brings along."""

from ingest.address import BrokerAddress
from pilotbed.errors import ServiceError
from pilotbed.installation import outside_broker
from pilotbed.settings import Settings


def refuse_duckdb(command: str, settings: Settings) -> None:
    """Raises `ServiceError` where the store is a file that only one process can open."""
    if settings.store_has_one_owner:
        raise ServiceError(
            f"pilotbed {command} needs a store that several processes can open, and {settings.store_address} "
            "has one owner: run everything in one process with `pilotbed up`, or name an InfluxDB store as "
            "PILOTBED_STORE=influxdb+http://HOST:8086/BUCKET?org=ORG"
        )


def required_broker(settings: Settings) -> BrokerAddress:
    """The broker by its address. Raises `ServiceError` without one: the embedded broker belongs to `up`."""
    broker = outside_broker(settings)
    if broker is None:
        raise ServiceError(
            "pilotbed ingest needs a broker: name one as PILOTBED_MQTT=mqtt://[USER:PASSWORD@]HOST[:PORT], "
            "or run `pilotbed up`, which brings one along"
        )
    return broker
