"""The schema's versions, applied by Alembic from inside the package: no alembic.ini, no working directory."""

from sqlalchemy import Connection

from graph.ledger.tables import metadata


def upgrade(conn: Connection) -> None:
    """Bring the schema to the newest revision, inside the caller's transaction."""
    metadata.create_all(conn)
