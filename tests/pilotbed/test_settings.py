"""What an installation is told, and who is heard when they disagree: option, environment, pilotbed.toml."""

from pathlib import Path

import pytest

from pilotbed.errors import SettingsError
from pilotbed.settings import settings
from tests.running import Installation


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATA", "STORE", "REGISTRY", "MQTT", "HTTP_PORT", "MQTT_PORT"):
        monkeypatch.delenv(f"PILOTBED_{name}", raising=False)


def test_left_alone_everything_lies_under_one_folder() -> None:
    found = settings()
    assert found.data == Path("pilotbed-data")
    assert found.store_address == "duckdb:pilotbed-data/readings.duckdb"
    assert found.registry_address == "sqlite:pilotbed-data/registry.sqlite"
    assert (found.mqtt, found.http_host, found.http_port, found.mqtt_port) == ("", "127.0.0.1", 8000, 1883)


def test_an_option_goes_before_the_environment_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("pilotbed.toml").write_text('http_port = 8001\nmqtt_port = 1801\ndata = "of-the-file"\n')
    assert settings().http_port == 8001
    monkeypatch.setenv("PILOTBED_HTTP_PORT", "8002")
    assert settings().http_port == 8002
    assert settings(http_port=8003).http_port == 8003
    assert settings(http_port=None).http_port == 8002, "an option that was not given"
    assert (settings().mqtt_port, settings().data) == (1801, Path("of-the-file"))


def test_a_setting_that_cannot_be_names_itself_its_value_and_where_it_comes_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PILOTBED_HTTP_PORT", "eighty")
    monkeypatch.setenv("PILOTBED_MQTT_PORT", "70000")
    with pytest.raises(SettingsError) as raised:
        settings()
    first, second = sorted(str(raised.value).splitlines())
    assert first.startswith("http_port 'eighty': ")
    assert "PILOTBED_HTTP_PORT or pilotbed.toml" in first
    assert second.startswith("mqtt_port '70000': ")


def test_a_file_that_is_no_toml_is_named() -> None:
    Path("pilotbed.toml").write_text("http_port: 8001\n")
    with pytest.raises(SettingsError, match=r"pilotbed\.toml is not TOML: .*line 1"):
        settings()


def test_commands_follow_the_same_order(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "here")
    del installation.environment["PILOTBED_DATA"]
    (installation.folder / "pilotbed.toml").write_text('data = "of-the-file"\n')

    def made() -> set[str]:
        return {path.parent.name for path in installation.folder.glob("*/registry.sqlite")}

    installation.run("pilot", "list")
    assert made() == {"of-the-file"}
    installation.environment["PILOTBED_DATA"] = "of-the-environment"
    installation.run("pilot", "list")
    assert made() == {"of-the-file", "of-the-environment"}
    installation.run("pilot", "list", "--data", "of-the-option")
    assert made() == {"of-the-file", "of-the-environment", "of-the-option"}


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PILOTBED_MQTT", "mqtt://pilotbed:pass-word@broker")
    monkeypatch.setenv("PILOTBED_STORE_TOKEN", "to-ken")
    monkeypatch.setenv("PILOTBED_REGISTRY", "postgresql+psycopg://pilotbed:pass-word@host/registry")
    found = settings()
    assert found.store_token.get_secret_value() == "to-ken"
    assert "pass-word" not in repr(found)
    assert "to-ken" not in repr(found)
    with pytest.raises(SettingsError) as raised:
        settings(store_token=["to-ken"])
    assert "to-ken" not in str(raised.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://pilotbed:pass-word@host/registry",
        "postgresql+psycopg://pilotbed:pass-word/?#and:more@host/registry",
        "postgresql+psycopg://host/registry?user=pilotbed&password=pass-word",
    ],
)
def test_the_log_names_the_registry_without_its_password(address: str) -> None:
    shown = settings(registry=address).shown()["registry"]
    assert shown.startswith("postgresql+psycopg://host/registry")
    assert "pass-word" not in shown
    assert "more" not in shown


def test_a_variable_that_is_empty_counts_as_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PILOTBED_MQTT_CA", "")
    assert settings().mqtt_ca is None


def test_a_setting_that_there_is_not_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pilotbed.toml").write_text("htpp_port = 8080\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"there is no setting 'htpp_port'.*http_port"):
        settings()
