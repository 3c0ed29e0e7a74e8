"""What an installation can be told: by option, environment (`PILOTBED_…`), or `pilotbed.toml`."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from pilotbed.errors import SettingsError

CONFIGURATION = "pilotbed.toml"


class Settings(BaseSettings):
    """One installation. Addresses left out mean the embedded parts, all under `data`."""

    model_config = SettingsConfigDict(env_prefix="PILOTBED_", toml_file=CONFIGURATION, extra="ignore")

    data: Path = Field(Path("pilotbed-data"), description="folder of everything the installation keeps")
    store: str = Field("", description="duckdb:PATH; by default DATA/readings.duckdb")
    registry: str = Field("", description="sqlite:PATH; by default DATA/registry.sqlite")
    mqtt: str = Field(
        "", description="mqtt://[user:password@]host[:port] or mqtts://…; by default an embedded broker"
    )
    mqtt_client_id: str = Field(
        "pilotbed-ingest", description="the name under which the broker keeps what is not acknowledged"
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
    def service_file(self) -> Path:
        """Where a running service says how to reach it."""
        return self.data / "service.json"


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


def _explained(fault: dict[str, Any]) -> str:
    name = ".".join(map(str, fault["loc"]))
    return (
        f"{name} {fault['input']!r}: {fault['msg']}; it comes from an option, PILOTBED_{name.upper()} or "
        f"{CONFIGURATION}"
    )
