"""Fills a new log with the rows of another, exactly as they were.

It is written past the ledger's commits: without a journal and in one transaction, for a copy that is not whole is
thrown away. So whoever makes one makes it under a name of its own, verifies it, and only then puts it in its place.
"""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from events.elisions import Elided
from events.ledger import Ledger
from events.log_file import INSERT_ELIDED, INSERT_ORIGIN, TABLE
from events.proofs import StoredRow

_CACHE_KIB = 65_536
_INSERT = (
    f"INSERT INTO {TABLE} (rowid, originator_id, originator_version, topic, state, chain) "
    "VALUES (?, CAST(? AS TEXT), ?, CAST(? AS TEXT), ?, ?)"
)


class Taken(Exception):
    """A row's stream has its version already; `index` says which of the rows that were given it is."""

    def __init__(self, index: int) -> None:
        super().__init__("A stream has an event of this version already.")
        self.index = index


class LogCopy:
    """A new log at a path where there is none. Use it as a context; it is a log once `finish` has returned."""

    def __init__(self, path: Path) -> None:
        """Raises UnreadableLog when it cannot be made."""
        Ledger(path).close()
        self._path = path
        self._db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", f"cache_size=-{_CACHE_KIB}"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute("BEGIN EXCLUSIVE")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def add(self, rows: Sequence[StoredRow]) -> None:
        """Adds rows, in ascending order of position. Raises Taken, and OSError when the disk takes no more."""
        try:
            self._db.executemany(_INSERT, rows)
        except sqlite3.IntegrityError as error:
            raise Taken(self._refused(rows)) from error
        except sqlite3.Error as error:
            raise OSError(f"{self._path} cannot be written: {error}.") from error

    def elide(self, one: Elided) -> None:
        """Adds a range of hashes. Raises OSError when the disk takes no more."""
        try:
            self._db.execute(INSERT_ELIDED, one.row)
        except sqlite3.Error as error:
            raise OSError(f"{self._path} cannot be written: {error}.") from error

    def finish(self, given: int | None, origin: str | None = None) -> None:
        """Makes the copy durable. `given` is the last position that was ever given to an event; None if that is not
        known of the original either. `origin` is the header of the archive that it was read from. Raises OSError."""
        try:
            self._db.execute("DELETE FROM sqlite_sequence WHERE name=?", (TABLE,))
            if given is not None:
                self._db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (TABLE, given))
            if origin is not None:
                self._db.execute(INSERT_ORIGIN, (origin,))
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise OSError(f"{self._path} cannot be written: {error}.") from error
        self._db.close()
        with self._path.open("rb+") as file:
            os.fsync(file.fileno())

    def _refused(self, rows: Sequence[StoredRow]) -> int:
        """The first row that was not taken: those before it were."""
        last = self._db.execute(f"SELECT MAX(rowid) FROM {TABLE}").fetchone()[0]
        return next((index + 1 for index, row in enumerate(rows) if row[0] == last), 0)
