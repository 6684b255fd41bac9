"""Logs as older versions of reglue left them, made by code."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from events.catalogue import encode
from events.ledger import Fact
from events.log_file import APPLICATION_ID

_SCHEMA_1 = """
CREATE TABLE stored_events (rowid INTEGER PRIMARY KEY AUTOINCREMENT, originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL,
    UNIQUE (originator_id, originator_version));
"""


def schema_1(path: Path, facts: Sequence[Fact]) -> Path:
    """A closed log from before events were chained."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.executescript(_SCHEMA_1)
    database.executemany(
        "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)",
        [(fact.stream, fact.version, *encode(fact.event)) for fact in facts],
    )
    database.execute(f"PRAGMA application_id={APPLICATION_ID}")
    database.execute("PRAGMA user_version=1")
    database.commit()
    database.close()
    return path
