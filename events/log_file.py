"""What the file of a log is: its marks, its table, and how a file is told from one that is not ours.

Shared by the ledger, which writes it, and by those who only read it (`events/reading.py`).
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

APPLICATION_ID = 0x5265476C
"""`PRAGMA application_id` of our files ("ReGl"): tells another program's database from ours."""

SCHEMA_VERSION = 3
CHAINED_SCHEMA = 2
"""From this schema on each row carries the chain of its event (`events/proofs.py`)."""

ELIDED_SCHEMA = 3
"""From this schema on positions may stand as hashes in place of rows (`events/elisions.py`), and a log may say which
file it was read from."""

TABLE = "stored_events"
COLUMNS = "originator_id, originator_version, topic, state"
ELIDED_TABLE = "elided"
ORIGIN_TABLE = "origin"
INSERT_ROW = f"INSERT INTO {TABLE} (rowid, {COLUMNS}, chain) VALUES (?, ?, ?, ?, ?, ?)"
INSERT_ELIDED = f"INSERT INTO {ELIDED_TABLE} (first, last, nodes) VALUES (?, ?, ?)"
INSERT_ORIGIN = f"INSERT INTO {ORIGIN_TABLE} (id, document) VALUES (1, ?)"
_SQLITE_HEADER = b"SQLite format 3\0"


_BESIDES = (
    f"CREATE TABLE IF NOT EXISTS {ELIDED_TABLE} (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, "
    "nodes BLOB NOT NULL)",
    f"CREATE TABLE IF NOT EXISTS {ORIGIN_TABLE} (id INTEGER PRIMARY KEY CHECK (id = 1), document TEXT NOT NULL)",
)
_MARKED = f"PRAGMA user_version={SCHEMA_VERSION}"

CREATION = (
    f"CREATE TABLE IF NOT EXISTS {TABLE} (rowid INTEGER PRIMARY KEY AUTOINCREMENT, "
    "originator_id TEXT NOT NULL, originator_version INTEGER NOT NULL, topic TEXT NOT NULL, "
    "state BLOB NOT NULL, chain BLOB, "
    "UNIQUE (originator_id, originator_version))",
    *_BESIDES,
    f"PRAGMA application_id={APPLICATION_ID}",
    _MARKED,
)
"""The statements that make a new log."""


def migration(schema: int) -> tuple[str, ...]:
    """The statements that bring a log of an older schema to today's: its rows stay as they are."""
    chained = (f"ALTER TABLE {TABLE} ADD COLUMN chain BLOB",) if schema < CHAINED_SCHEMA else ()
    return (*chained, *_BESIDES, _MARKED) if schema < SCHEMA_VERSION else ()


class UnreadableLog(Exception):
    """The file is not a log of reglue, or it is damaged."""


def schema_of(path: Path, connect: Callable[[], sqlite3.Connection]) -> int | None:
    """Looks at an existing file, by a connection that is closed again: the schema of its log, None for one that was
    never finished. Raises UnreadableLog for one that is not ours."""
    try:
        with path.open("rb") as file:
            if file.read(len(_SQLITE_HEADER)) != _SQLITE_HEADER:
                raise sqlite3.DatabaseError("file is not a database")  # SQLite would take a very small one for empty
        connection = connect()
        try:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            schema = int(connection.execute("PRAGMA user_version").fetchone()[0])
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        finally:
            connection.close()
    except (OSError, sqlite3.OperationalError) as error:
        raise cannot_open(path, error) from error
    except sqlite3.Error as error:
        raise UnreadableLog(
            f"{path} is not a readable SQLite database ({error}). "
            "Restore it from a copy, or use another state directory."
        ) from error
    if not application and not tables:
        return None  # left by a daemon that was killed while it made the file
    if application != APPLICATION_ID:
        raise UnreadableLog(f"{path} is another program's database, not a log of reglue. Use another state directory.")
    if schema > SCHEMA_VERSION:
        raise UnreadableLog(f"{path} was made by a newer version of reglue (schema {schema}; known: {SCHEMA_VERSION}).")
    return schema


def cannot_open(path: Path | None, error: Exception) -> UnreadableLog:
    """For a file that is not to blame: its disk, or its permissions."""
    return UnreadableLog(
        f"The log at {path or 'memory'} cannot be opened: {error}. See that its disk has room, and that the user may "
        "read it, and the daemon's user write it."
    )
