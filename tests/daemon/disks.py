"""A log's disk from outside: kept busy so that commits wait, made to refuse them, and looked at."""

import sqlite3
import struct
from pathlib import Path

from events.ledger import Ledger

_WAL_HEADER = 32
_FRAME_HEADER = 24


class BusyDisk:
    """Another process's hold on the log's file: as long as it lasts a commit waits (five seconds at most)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._other = sqlite3.connect(path, isolation_level=None)

    def hold(self) -> None:
        """From here commits wait."""
        self._other.execute("BEGIN IMMEDIATE")

    def let_go(self) -> None:
        """From here they go on."""
        self._other.execute("ROLLBACK")

    def streams(self) -> list[str]:
        """The stream of every event that is on the disk, in order, read past the daemon."""
        rows = self._other.execute("SELECT originator_id FROM stored_events ORDER BY rowid").fetchall()
        return [row[0] for row in rows]

    def commits(self) -> int:
        """How many transactions the write-ahead log holds: each ends with a frame that gives the database's size."""
        content = Path(f"{self._path}-wal").read_bytes()
        page_size, salt = struct.unpack(">I", content[8:12])[0], content[16:24]
        starts = range(_WAL_HEADER, len(content) - _FRAME_HEADER, _FRAME_HEADER + page_size)
        frames = [content[start : start + _FRAME_HEADER] for start in starts]
        return sum(frame[4:8] != b"\0\0\0\0" and frame[8:16] == salt for frame in frames)

    def close(self) -> None:
        """Lets go for good."""
        self._other.close()


def impatient(ledger: Ledger) -> None:
    """The log gives up at once where it would wait for five seconds, so that a held disk refuses its commits."""
    with ledger._store.get_connection(commit=True) as connection:
        connection.cursor().execute("PRAGMA busy_timeout=0")
