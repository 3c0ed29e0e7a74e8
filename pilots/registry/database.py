"""Opening the registry's database, and its transactions. The only place that knows engines apart."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, exc, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from pilots import civil_time
from pilots.errors import RegistryError, RegistryUnavailable, UnstorableValue
from pilots.registry.migrating import migrate, revision

BUSY_S = 10
"""How long a writer waits for another: a bulk of daily values takes about a second on a slow disk."""

HUNG_S = 30
"""How long PostgreSQL waits for a writer that has gone silent, before it lets the others go on."""

_WRITERS_LOCK = 7_263_541
"""PostgreSQL's advisory locks are numbers; this one is ours."""

_NOTICING = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}
"""libpq's settings by which a server that vanished is noticed within 20 s, and not after hours."""


class Database:
    """An open registry database; `clock` gives now in µs UTC.

    Writing transactions stand one at a time, across threads and processes; readers never wait for them.
    """

    def __init__(self, engine: Engine, clock: Callable[[], int]) -> None:
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        self._clock = clock

    @classmethod
    def open(cls, url: str, *, clock: Callable[[], int] = civil_time.now) -> Self:
        """The registry at `sqlite:PATH` (or `sqlite:///PATH`) or `postgresql+psycopg://…`, made or migrated.

        Raises `RegistryError` when it cannot be opened, `RegistryTooNew` when a later version wrote it.
        """
        address = _address(url)
        try:
            engine = _sqlite(address) if address.get_backend_name() == "sqlite" else _postgresql(address)
            database = cls(engine, clock)
            with ExitStack() as on_failure:
                on_failure.callback(engine.dispose)
                migrate(engine, database._writer, _shown(address))
                on_failure.pop_all()
        except (exc.DBAPIError, OSError) as error:
            raise _not_opened(address, error) from error
        return database

    @classmethod
    def exists(cls, url: str) -> bool:
        """Whether there is a registry at the address, as `open` takes it; makes none.

        Raises `RegistryError` where a server does not say.
        """
        address = _address(url)
        if address.get_backend_name() == "sqlite":
            return bool(address.database) and Path(str(address.database)).exists()
        engine = _postgresql(address)
        try:
            with engine.connect() as connection:
                return revision(connection) is not None
        except (exc.DBAPIError, OSError) as error:
            raise _not_opened(address, error) from error
        finally:
            engine.dispose()

    @property
    def url(self) -> str:
        """The address that opens this registry again in another process, password included."""
        return self._engine.url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._telling_why(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._telling_why(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def _telling_why(self) -> Iterator[None]:
        try:
            yield
        except exc.DataError as error:
            raise UnstorableValue(f"the registry cannot hold a value: {_reason(error)}") from error
        except exc.IntegrityError:
            raise
        except (exc.DBAPIError, exc.TimeoutError) as error:
            shown = _shown(self._engine.url)
            raise RegistryUnavailable(f"the registry {shown} does not answer: {_reason(error)}") from error


def upsert(connection: Connection, table: Table) -> Insert:
    """An insert that replaces the row of the same primary key, for many rows of parameters."""
    dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(table)
    changed = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
    key = list(table.primary_key)
    statement: Insert = (
        insert.on_conflict_do_update(index_elements=key, set_=changed)
        if changed
        else insert.on_conflict_do_nothing(index_elements=key)
    )
    return statement


def _not_opened(address: URL, error: exc.DBAPIError | OSError) -> RegistryError:
    return RegistryError(f"the registry {_shown(address)} cannot be opened: {_reason(error)}")


def _shown(address: URL) -> str:
    if address.get_backend_name() == "sqlite":
        return f"sqlite:{address.database}"
    public = address.difference_update_query(["password", "sslpassword"])
    return public.render_as_string(hide_password=True)


def _reason(error: exc.SQLAlchemyError | OSError) -> str:
    # Of a driver's error without the statement, and on one line.
    return " ".join(str(error.orig if isinstance(error, exc.DBAPIError) else error).split())


def _address(url: str) -> URL:
    if url.startswith("sqlite:") and not url.startswith("sqlite://"):
        return URL.create("sqlite", database=url.removeprefix("sqlite:"))
    try:
        address = make_url(url)
    except (exc.ArgumentError, ValueError):  # ValueError: the port is no number
        address = None
    if address is None or address.get_backend_name() not in ("sqlite", "postgresql"):
        raise RegistryError(
            "the registry's address is not understood: write sqlite:PATH or postgresql+psycopg://…"
        )
    return address


def _sqlite(address: URL) -> Engine:
    if address.database and address.database != ":memory:":
        file = Path(address.database)
        file.parent.mkdir(parents=True, exist_ok=True)
        # Home points and the link from device to participant lie here: nobody else on the machine reads it.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    # Errors end up in logs, and parameters are codes and home points: none is ever shown.
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": BUSY_S})
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin a transaction only at the first write; `_begin_sqlite` begins it at once.
    connection.isolation_level = None
    with closing(connection.cursor()) as cursor:
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")
        _write_ahead(cursor)


def _write_ahead(cursor: Any) -> None:
    # Changing the journal ignores the busy timeout when two processes meet at a new file.
    deadline = time.monotonic() + BUSY_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock first: one that began by reading cannot wait for another, only fail.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(address: URL) -> Engine:
    try:
        engine = create_engine(
            address.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            # A connection that broke while it lay in the pool is replaced before anybody gets it.
            pool_pre_ping=True,
            # Otherwise a database in SQL_ASCII, as Debian makes it without a locale, answers in bytes.
            connect_args={"client_encoding": "utf8"}
            | {name: limit for name, limit in _NOTICING.items() if name not in address.query},
        )
    except ModuleNotFoundError as error:
        raise RegistryError(f"PostgreSQL needs {error.name}: pip install 'pilotbed[postgres]'") from error
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    # One writer at a time, as in SQLite: what holds between rows (no overlap, no code twice) holds here too.
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(
            f"SET LOCAL lock_timeout = '{BUSY_S}s'; "
            f"SET LOCAL idle_in_transaction_session_timeout = '{HUNG_S}s'; "
            f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})"
        )
