"""Alembic's entry: migrates over the connection that `storage.database.upgrade` (or the revision target) hands in."""

from alembic import context

from storage.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    # SQLite needs IMMEDIATE from the first statement; Alembic's own BEGIN would come too late.
    transactional_ddl=False,
)
context.run_migrations()
