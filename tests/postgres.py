"""A real PostgreSQL server for tests: one for a whole run, or one of a test's own that it may kill."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.brokers import free_port
from tests.parts import require_postgres

USER = "pilotbed"
PASSWORD = "hemligt-losenord"
STARTS_WITHIN_S = 120


class Postgres:
    """A server with its own folder and port; what was committed is there again after a stop or a kill.

    Its folder lies outside pytest's, which only the user who runs the tests may enter: as root, the server
    runs as the user `postgres`.
    """

    def __init__(self) -> None:
        self._programs = require_postgres()
        self._user = "postgres" if os.getuid() == 0 else None
        self._folder = Path(tempfile.mkdtemp(prefix="pilotbed-postgres-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        secret = self._folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        if self._user:
            shutil.chown(self._folder, self._user)
        # Sorted as Swedish is written, not byte by byte: no test may rest on the bytes' order.
        self._run(
            "initdb",
            *(f"--pgdata={self._folder}/data", "--no-sync", "--encoding=UTF8"),
            *("--locale=C", "--locale-provider=icu", "--icu-locale=sv"),
            *(f"--username={USER}", f"--pwfile={secret}", "--auth=scram-sha-256"),
        )

    def url(self, database: str) -> str:
        """The address of a database as `PILOTBED_REGISTRY` has it."""
        return f"postgresql+psycopg://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def database(self, options: str = "") -> Iterator[str]:
        """The address of a new database, dropped at the end; `options` are those of CREATE DATABASE."""
        name = f"test_{uuid.uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} {options}")
        yield self.url(name)
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """One statement of the owner of all databases, outside any of a test's."""
        with self._connect() as connection:
            connection.execute(statement.encode())

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    f"{self._programs}/postgres",
                    f"-D{self._folder}/data",
                    f"-p{self.port}",
                    *("-clisten_addresses=127.0.0.1", "-cunix_socket_directories=", "-cfsync=off"),
                ],
                cwd=self._folder,
                user=self._user,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"postgres does not answer on port {self.port}:\n{self.log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End it in order; whoever is connected is told and thrown out."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it at once, as a crash does; the next start recovers."""
        self._end(signal.SIGQUIT)

    def remove(self) -> None:
        """Stop it, and take its folder away."""
        self.stop()
        shutil.rmtree(self._folder)

    @property
    def log(self) -> str:
        """What the server wrote since it was made."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            process.send_signal(how)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=PASSWORD,
            dbname="postgres",
            autocommit=True,
            connect_timeout=10,
        )

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [f"{self._programs}/{program}", *arguments],
            cwd=self._folder,
            user=self._user,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{program} ends with {done.returncode}:\n{done.stderr}")
