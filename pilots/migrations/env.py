"""Alembic's entry: runs the migrations on the connection, or the SQL buffer, that it is given."""

from alembic import context
from sqlalchemy import Connection

from pilots.tables import metadata

connection: Connection | None = context.config.attributes.get("connection")
if connection is None:
    context.configure(dialect_name=context.config.attributes["dialect"], target_metadata=metadata)
else:
    context.configure(connection=connection, target_metadata=metadata)

with context.begin_transaction():
    context.run_migrations()
