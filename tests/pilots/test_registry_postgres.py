"""The registry on PostgreSQL: a server that goes and comes back, odd databases, wrong addresses."""

import socket
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from pilots.errors import RegistryError, RegistryUnavailable, UnstorableValue
from pilots.plan import read_plan
from pilots.registry import Registry
from tests.pilots.plans import MINIMAL, changed
from tests.postgres import PASSWORD, USER, Postgres


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A server of this test, that it may stop."""
    started = Postgres()
    started.start()
    yield started
    started.remove()


@pytest.mark.parametrize("go", [Postgres.stop, Postgres.kill], ids=["stopped", "killed"])
def test_a_server_that_goes_is_named_and_once_it_is_back_all_goes_on(
    server: Postgres, go: Callable[[Postgres], None]
) -> None:
    with Registry.open(server.url("postgres")) as registry:
        registry.add_pilot(read_plan(MINIMAL), MINIMAL)
        go(server)
        for ask in (registry.revision, partial(registry.create_token, "admin")):
            with pytest.raises(RegistryUnavailable) as caught:
                ask()
            assert f"@127.0.0.1:{server.port}/postgres does not answer: " in str(caught.value)
            assert PASSWORD not in str(caught.value)
            assert "\n" not in str(caught.value)
        server.start()
        registry.add_device("natt", "bed-1", "bed")
        assert len(registry.devices()) == 1


def test_a_server_that_was_restarted_while_nobody_asked_is_not_noticed(server: Postgres) -> None:
    with Registry.open(server.url("postgres")) as registry:
        server.stop()
        server.start()
        assert registry.revision() == 0
        server.kill()
        server.start()
        registry.add_pilot(read_plan(MINIMAL), MINIMAL)


def test_what_a_server_had_not_committed_when_it_went_is_not_there(server: Postgres) -> None:
    def write(registry: Registry) -> None:
        with registry._writing() as connection:
            connection.exec_driver_sql("INSERT INTO revisions VALUES ('figures', 1)")
            server.kill()

    with Registry.open(server.url("postgres")) as registry:
        with pytest.raises(RegistryUnavailable):
            write(registry)
        server.start()
        assert registry.figures_revision() == (0, 0)


def test_a_server_that_says_nothing_is_given_up() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(RegistryError, match=r"cannot be opened: .*timeout"),
    ):
        Registry.open(f"postgresql+psycopg://127.0.0.1:{silent.getsockname()[1]}/db?connect_timeout=2")


def test_a_server_that_vanishes_is_noticed_within_half_a_minute(postgres: Postgres) -> None:
    with postgres.database() as url, Registry.open(url) as registry, registry._reading() as connection:
        asked = connection.connection.dbapi_connection.info.get_parameters()
    waits = int(asked["keepalives_idle"]) + int(asked["keepalives_interval"]) * int(asked["keepalives_count"])
    assert waits <= 30
    assert int(asked["tcp_user_timeout"]) <= 30_000
    assert int(asked["connect_timeout"]) <= 30


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("{user}:hemlig@{host}/postgres", "password authentication failed"),
        ("{host}/postgres?user={user}&password=hemlig", "password authentication failed"),
        ("{user}:{password}@{host}/none", 'database "none" does not exist'),
        ("{user}:hemlig@127.0.0.1:1/pilots", "refused"),
        ("{user}:hemlig@{host}/postgres?nonsense=1", 'invalid connection option "nonsense"'),
    ],
)
def test_why_it_cannot_be_opened_is_said_without_the_password(
    postgres: Postgres, address: str, reason: str
) -> None:
    filled_in = address.format(user=USER, password=PASSWORD, host=f"127.0.0.1:{postgres.port}")
    with pytest.raises(RegistryError, match=reason) as caught:
        Registry.open(f"postgresql+psycopg://{filled_in}")
    assert "the registry postgresql+psycopg://" in str(caught.value)
    assert "127.0.0.1:" in str(caught.value)
    assert "hemlig" not in str(caught.value)


def test_an_address_without_a_driver_gets_ours(postgres: Postgres) -> None:
    with postgres.database() as url, Registry.open(url.replace("+psycopg", "")) as registry:
        assert registry.pilots() == []


def test_a_database_made_without_a_locale_holds_every_letter(postgres: Postgres) -> None:
    ascii_only = "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
    plan = changed("Nattillsyn", "Nattillsyn på Åsgården 𝄞")
    with postgres.database(ascii_only) as url, Registry.open(url) as registry:
        assert registry.add_pilot(read_plan(plan), plan).plan_text == plan
        assert registry.pilot("natt").plan.title == "Nattillsyn på Åsgården 𝄞"


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_what_the_database_has_no_room_for_is_refused(registry: Registry) -> None:
    with pytest.raises(UnstorableValue, match="NUL"):
        registry.create_token("admin", note="a\0b")
    with pytest.raises(UnstorableValue, match="NUL"):
        registry.pilot("natt\0")
    with pytest.raises(UnstorableValue, match="out of range"):
        registry.revoke_token(2**40)
    assert registry.tokens() == []
