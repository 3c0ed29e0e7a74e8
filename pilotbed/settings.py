"""What an installation can be told: by option, environment (`PILOTBED_…`), or `pilotbed.toml`."""

import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pilotbed.errors import SettingsError
from pilotbed.logs import LogFormat

CONFIGURATION = "pilotbed.toml"

SECRET = {"mqtt", "registry", "store_token"}
"""Settings that hold a password or a token: no message shows them."""


class Settings(BaseSettings):
    """One installation. Addresses left out mean the embedded parts, all under `data`."""

    model_config = SettingsConfigDict(
        env_prefix="PILOTBED_", env_ignore_empty=True, toml_file=CONFIGURATION, extra="forbid"
    )

    data: Path = Field(Path("pilotbed-data"), description="folder of everything the installation keeps")
    store: str = Field(
        "",
        description="duckdb:PATH, or influxdb+http(s)://host:8086/BUCKET?org=ORG; "
        "by default DATA/readings.duckdb",
    )
    store_token: SecretStr = Field(SecretStr(""), description="the token that opens an InfluxDB store")
    registry: str = Field(
        "",
        description="sqlite:PATH, or postgresql+psycopg://user:password@host/DATABASE; "
        "by default DATA/registry.sqlite",
        repr=False,  # it may hold a password
    )
    mqtt: str = Field(
        "",
        description="mqtt://[user:password@]host[:port] or mqtts://…; by default an embedded broker",
        repr=False,  # it may hold a password
    )
    mqtt_client_id: str = Field(
        "pilotbed-ingest", description="the name under which the broker keeps what is not acknowledged"
    )
    mqtt_ca: Path | None = Field(
        None,
        description="PEM file of the authority that signed the broker's certificate; by default the system's",
    )
    mqtt_accounts: Path | None = Field(
        None,
        description="folder into which Mosquitto's `passwords` and `acl` are written from the registry",
    )
    mqtt_limits: Path | None = Field(
        None, description="Mosquitto's configuration file, whose limits `doctor` judges"
    )
    foreign_topics: dict[str, list[str]] = Field(
        {},
        description="topic filters of foreign formats where they are not the usual ones: a table of lists by "
        "adapter, as JSON in the environment",
    )
    mqtt_port: int = Field(
        1883, ge=0, le=65535, description="port of the embedded broker; 0 for any free one"
    )
    http_host: str = Field("127.0.0.1", description="address that pages and API listen on")
    http_port: int = Field(8000, ge=0, le=65535, description="port of pages and API; 0 for any free one")
    analyse_every_s: float = Field(
        300.0, ge=0, description="seconds between recomputing days with new data; 0 only on demand"
    )
    workers: int = Field(2, ge=1, le=256, description="processes that compute metrics")
    scheduler: str = Field(
        "",
        description="tcp://host:8786 of a Dask scheduler whose workers compute metrics; by default `workers`",
    )
    ingest_http_port: int = Field(
        8001,
        ge=0,
        le=65535,
        description="port of health and counters where ingest runs apart; 0 for any free one",
    )
    log_format: LogFormat = Field(
        "auto", description="json (a line each), text, or auto: text on a terminal, else json"
    )
    secure_cookies: bool = Field(False, description="set where people reach the service over HTTPS only")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def store_address(self) -> str:
        return self.store or f"duckdb:{self.data / 'readings.duckdb'}"

    @property
    def registry_address(self) -> str:
        return self.registry or f"sqlite:{self.data / 'registry.sqlite'}"

    @property
    def store_has_one_owner(self) -> bool:
        """Only one process at a time can open the store."""
        return self.store_address.startswith("duckdb:")

    @property
    def models(self) -> Path:
        """The folder of the installation's own model mappings; it need not be there."""
        return self.data / "models"

    @property
    def service_file(self) -> Path:
        """Where a running service says how to reach it."""
        return self.data / "service.json"

    def shown(self) -> dict[str, str]:
        """The engines that were chosen, as a log may show them: without passwords."""
        return {
            "store": _without_password(self.store_address),
            "registry": _without_password(self.registry_address),
            "broker": _without_password(self.mqtt) if self.mqtt else "embedded",
        }


def settings(**given: Any) -> Settings:
    """Settings with the options that were given; None means not given.

    Raises `SettingsError` with every setting that cannot be, or when `pilotbed.toml` is no TOML.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise SettingsError("\n".join(_explained(dict(fault)) for fault in error.errors())) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{CONFIGURATION} is not TOML: {error}") from error


def _without_password(address: str) -> str:
    # Not by the parts of a URL: PostgreSQL's password may hold / ? or #, or stand behind the ?.
    return re.sub(r"(password=)[^&]*", r"\1***", re.sub(r"//.*@", "//", address))


def _explained(fault: dict[str, Any]) -> str:
    name = ".".join(map(str, fault["loc"]))
    if fault["type"] == "extra_forbidden":
        there_are = ", ".join(Settings.model_fields)
        return f"{CONFIGURATION}: there is no setting {name!r}; there are {there_are}"
    value = "(not shown)" if name in SECRET else repr(fault["input"])
    return (
        f"{name} {value}: {fault['msg']}; it comes from an option, PILOTBED_{name.upper()} or {CONFIGURATION}"
    )
