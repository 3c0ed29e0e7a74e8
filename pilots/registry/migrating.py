"""Bringing a registry to the newest migration, once, however many processes open it together."""

import logging
import threading

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from pilots.errors import RegistryTooNew

_one_at_a_time = threading.Lock()
"""Alembic keeps the running migration in module variables."""


def alembic_config() -> Config:
    """Alembic's configuration, pointing at the packaged migrations."""
    config = Config()
    config.set_main_option("script_location", "pilots:migrations")
    config.set_main_option("path_separator", "os")
    return config


def migrate(reader: Engine, writer: Engine, shown: str) -> None:
    """Bring the database to head; `writer`'s transactions stand one at a time.

    `shown` names the database in `RegistryTooNew`, raised when a later version wrote it.
    """
    config = alembic_config()
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it reports each run at INFO
    with reader.connect() as connection:
        if revision(connection) == head:
            return
    with _one_at_a_time, writer.begin() as connection:
        found = revision(connection)  # another process may have been first
        if found == head:
            return
        known = {script.revision for script in scripts.walk_revisions()}
        if found is not None and found not in known:
            raise RegistryTooNew(
                f"the registry {shown} was written by a later version of pilotbed "
                f"(revision {found}, this version knows {head}): upgrade pilotbed, or restore a backup"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision(connection: Connection) -> str | None:
    """The newest migration that the database has had; None where there is no registry."""
    return MigrationContext.configure(connection).get_current_revision()
