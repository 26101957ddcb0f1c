"""Runs the revisions on the connection that storage/migration.py hands over."""

from alembic import context

from storage.all_tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
