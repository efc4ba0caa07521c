"""Run by Alembic, which hands over the connection that ``upgrade`` was given."""

from alembic import context

from graph.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
