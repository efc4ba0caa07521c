"""The schema's versions, applied by Alembic from inside the package: no alembic.ini, no working directory.

A new version: change ``graph.ledger.tables``, add a revision in ``versions`` that does the same, and let the
test that compares both say whether it does.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from graph.errors import ConfigurationError

_LOCK = 0x76657269  # any constant: the name of PostgreSQL's advisory lock around a migration


def upgrade(conn: Connection) -> None:
    """Bring the schema to the newest revision, inside the caller's transaction and one process at a time.

    ConfigurationError where a newer version of the software has written it.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = conn
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise ConfigurationError(f"the ledger was made by another version of Veripath: {error}") from error
