"""The floors: what the disk, the kernel and the libraries below need for the least that has to be done."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import orjson

from events.log_file import TABLE
from events.reading import PAGE

Row = tuple[str, int, str, bytes]
"""A row of the log: stream, version, stored name, body."""

_SCHEMA = (
    f"CREATE TABLE {TABLE} (rowid INTEGER PRIMARY KEY AUTOINCREMENT, originator_id TEXT NOT NULL, "
    "originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL, "
    "UNIQUE (originator_id, originator_version))"
)
_INSERT = f"INSERT INTO {TABLE} (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)"


class DurableTable:
    """A table like the log's, in SQLite with WAL and synchronous=FULL, without any code of ours around it."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA wal_autocheckpoint=10000")
        self._db.execute(_SCHEMA)
        self._row = 0

    def commit(self, times: int = 50) -> float:
        """Seconds for one durable commit of one small row, out of as many in turn."""
        began = time.perf_counter()
        for _ in range(times):
            self._row += 1
            self._db.execute(_INSERT, ("floor", self._row, "floor/1", b"x" * 100))
        return (time.perf_counter() - began) / times

    def insert(self, rows: Sequence[Row], batch: int) -> float:
        """Seconds to insert these rows by `executemany`, one durable transaction per batch. The rows leave again
        untimed."""
        began = time.perf_counter()
        for start in range(0, len(rows), batch):
            self._db.execute("BEGIN")
            self._db.executemany(_INSERT, rows[start : start + batch])
            self._db.execute("COMMIT")
        seconds = time.perf_counter() - began
        self._db.execute(f"DELETE FROM {TABLE}")
        return seconds

    def close(self) -> None:
        """Closes the file."""
        self._db.close()


def rows_of(log: Path, stream: str | None = None) -> list[Row]:
    """The rows of a log, or of one stream in it, in order."""
    where, values = ("WHERE originator_id = ?", (stream,)) if stream else ("", ())
    statement = f"SELECT originator_id, originator_version, topic, state FROM {TABLE} {where} ORDER BY rowid"
    database = sqlite3.connect(log)
    try:
        return database.execute(statement, values).fetchall()
    finally:
        database.close()


def fetch_and_loads(log: Path) -> float:
    """Seconds to fetch every row of a log in pages and parse each body as JSON."""
    database = sqlite3.connect(log)
    began, position = time.perf_counter(), 0
    while page := database.execute(
        f"SELECT rowid, originator_id, originator_version, topic, state FROM {TABLE} WHERE rowid > ? "
        f"ORDER BY rowid LIMIT {PAGE}",
        (position,),
    ).fetchall():
        for row in page:
            orjson.loads(row[4])
        position = page[-1][0]
    seconds = time.perf_counter() - began
    database.close()
    return seconds


def spawn(times: int = 20) -> float:
    """Seconds to spawn /bin/true and reap it, out of as many in turn."""
    began = time.perf_counter()
    for _ in range(times):
        os.waitpid(os.posix_spawn("/bin/true", ["true"], os.environ), 0)
    return (time.perf_counter() - began) / times


def bare_python() -> float:
    """Seconds that an interpreter without any module of ours takes from start to end."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)
    return time.perf_counter() - began
