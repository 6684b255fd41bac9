"""Reads the log: the questions that can be asked of it, and a log that is only read.

An audit reads a log without a daemon, beside a running one, or in a copy on a disk that takes no writes, and never
leaves a trace. SQLite's own read-only mode is not enough for that: beside a log that nobody holds it makes the files
`-wal` and `-shm`, and where it may not, it fails. So the way in is chosen by what lies there.
"""

import hashlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from events.archives import RunArchived
from events.catalogue import CATALOGUE, STORED_NAMES, UPCASTS, class_of, decode
from events.design import Event
from events.elisions import Elided, unpacked
from events.log_file import (
    CHAINED_SCHEMA,
    COLUMNS,
    ELIDED_SCHEMA,
    ELIDED_TABLE,
    ORIGIN_TABLE,
    TABLE,
    UnreadableLog,
    schema_of,
)
from events.proofs import StoredRow
from events.shares import Share
from events.vocabulary import StreamId

PAGE = 2_000
_SMALL_PAGE = 300
"""For who reads a whole log and keeps nothing of it: so many rows stay in the processor's cache until they are
read."""

_STRETCH = 20_000
"""How many rows a question goes through at most where it leaves most of them out: it cannot be interrupted."""

_WAL_HEADER_BYTES = 32
_tuple = tuple.__new__
"""Makes a Recorded as Recorded() would, without its detour through Python: a rebuild does that for every event."""


class Recorded(NamedTuple):
    """An event as the log holds it; `position` orders all events of all streams."""

    position: int
    stream: StreamId
    version: int
    event: Event


class Extent(NamedTuple):
    """A stream's newest version, the positions of its first and its last event, and the bytes of its bodies."""

    version: int
    first: int
    last: int
    bytes: int


class Reading(ABC):
    """What can be asked of a log."""

    def position(self) -> int:
        """The position of the newest event; 0 when there is none."""
        return int(self._rows(f"SELECT MAX(rowid) FROM {TABLE}", ())[0][0] or 0)

    def stream(self, stream: StreamId, up_to: int | None = None) -> list[Recorded]:
        """The events of one stream in order, up to and including a version."""
        where = f"originator_id=? AND originator_version<={up_to}" if up_to is not None else "originator_id=?"
        return self._select(f"{where} ORDER BY originator_version", (stream,))

    def between(self, stream: StreamId, first: int, last: int) -> list[Recorded]:
        """The events of one stream from one version to another, both included, in order."""
        where = f"originator_id=? AND originator_version BETWEEN {first:d} AND {last:d} ORDER BY originator_version"
        return self._select(where, (stream,))

    def latest(self, stream: StreamId, up_to: int) -> Recorded | None:
        """The newest event of the stream at or before a version."""
        where = "originator_id=? AND originator_version<=? ORDER BY originator_version DESC LIMIT 1"
        found = self._select(where, (stream, up_to))
        return found[0] if found else None

    def after(self, position: int, until: int | None = None) -> Iterator[Recorded]:
        """Every event after a position in the order of the log, read when it is its turn; `until` is the last position
        wanted."""
        bound = until if until is not None else self.position()
        where = f"rowid>? AND rowid<=? ORDER BY rowid LIMIT {_SMALL_PAGE}"
        while position < bound:
            page = self._rows(f"SELECT rowid, {COLUMNS} FROM {TABLE} WHERE {where}", (position, bound))
            for at, stream, version, name, body in page:
                yield _tuple(Recorded, (at, stream, version, decode(name, body)))
            if len(page) < _SMALL_PAGE:
                return
            position = page[-1][0]

    def shared(self, share: Share, position: int, until: int) -> Iterator[tuple[int, StreamId, Event]]:
        """The events of a share's streams after a position, up to and including another, in the order of the log, read
        in pages: the position of each, its stream, and the event, which is read when it is its turn."""
        where = f"rowid>? AND rowid<=? AND {share.condition} ORDER BY rowid LIMIT {_SMALL_PAGE}"
        statement = f"SELECT rowid, originator_id, topic, state FROM {TABLE} WHERE {where}"
        until = min(until, self.position())
        while position < until:
            stretch = min(position + _STRETCH, until)
            page = self._rows(statement, (position, stretch))
            for at, stream, name, body in page:
                yield at, stream, decode(name, body)
            position = page[-1][0] if len(page) == _SMALL_PAGE else stretch

    def streams_at(self, positions: Iterable[int]) -> list[tuple[int, StreamId]]:
        """The positions of these that hold an event, in order, each with its stream. What is no text in an id that
        somebody changed is replaced."""
        where = f"rowid IN ({','.join(map(str, positions))}) ORDER BY rowid"
        rows = self._rows(f"SELECT rowid, CAST(originator_id AS BLOB) FROM {TABLE} WHERE {where}", ())
        return [(position, stream.decode(errors="replace")) for position, stream in rows]

    def page(self, after: int, until: int, limit: int, stream: StreamId | None = None) -> list[Recorded]:
        """The first `limit` events after one position, up to and including another; of one stream, if one is given."""
        if stream is None:
            return self._select("rowid>? AND rowid<=? ORDER BY rowid LIMIT ?", (after, until, limit))
        # By version, which is the same order and the index's own: sorting would read the whole stream for each page.
        where = "originator_id=? AND rowid>? AND rowid<=? ORDER BY originator_version LIMIT ?"
        return self._select(where, (stream, after, until, limit))

    def newest(self, until: int) -> Recorded | None:
        """The newest event at or before a position, which may be one whose event was moved out of the log."""
        found = self._select("rowid<=? ORDER BY rowid DESC LIMIT 1", (until,))
        return found[0] if found else None

    def beginning(self, prefix: str, limit: int) -> list[StreamId]:
        """The streams whose names begin so, in the order of names, `limit` at most."""
        is_first = f"(originator_version=1 OR topic='{STORED_NAMES[RunArchived]}')"
        where = f"originator_id>=? AND originator_id<? AND {is_first} ORDER BY originator_id LIMIT ?"
        rows = self._rows(f"SELECT originator_id FROM {TABLE} WHERE {where}", (prefix, prefix + "\U0010ffff", limit))
        return [stream for (stream,) in rows]

    def merged(self, streams: Sequence[StreamId], span: tuple[int, int], limit: int) -> list[Recorded]:
        """The first `limit` events of some streams in the order of the log: after one position, up to and including
        another."""
        of_them = f"originator_id IN ({','.join('?' * len(streams))})"
        return self._select(f"{of_them} AND rowid>? AND rowid<=? ORDER BY rowid LIMIT ?", (*streams, *span, limit))

    def latest_named(self, stream: StreamId, up_to: int, events: Sequence[type[Event]]) -> Recorded | None:
        """The newest event of one of these types in the stream, at or before a version."""
        names = [STORED_NAMES[event] for event in events]
        where = f"originator_id=? AND originator_version<=? AND topic IN ({','.join('?' * len(names))})"
        found = self._select(f"{where} ORDER BY originator_version DESC LIMIT 1", (stream, up_to, *names))
        return found[0] if found else None

    def named(self, events: Sequence[type[Event]]) -> Iterator[Recorded]:
        """Every event of these types, of any version, in the order of the log, read in pages."""
        names = [name for name in (*CATALOGUE, *UPCASTS) if class_of(name) in events]
        where = f"rowid>? AND topic IN ({','.join('?' * len(names))}) ORDER BY rowid LIMIT {PAGE}"
        position = 0
        while page := self._select(where, (position, *names)):
            yield from page
            position = page[-1].position

    def extent(self, stream: StreamId) -> Extent:
        """How far a stream reaches. All zero if there is none."""
        columns = "MAX(originator_version), MIN(rowid), MAX(rowid), SUM(LENGTH(state))"
        found = self._rows(f"SELECT {columns} FROM {TABLE} WHERE originator_id=?", (stream,))
        return Extent(*(value or 0 for value in found[0]))

    def identity(self) -> str | None:
        """What tells this log from others: 16 hex digits of a hash over its first event. None while it is empty."""
        rows = self._rows(f"SELECT {COLUMNS} FROM {TABLE} ORDER BY rowid LIMIT 1", ())
        if not rows:
            return None
        stream, version, name, body = rows[0]
        return hashlib.sha256(b"\0".join((stream.encode(), b"%d" % version, name.encode(), body))).hexdigest()[:16]

    def pages(self, position: int, until: int, size: int = PAGE) -> Iterator[list[StoredRow]]:
        """The rows after a position up to another as they are stored, in pages, not looked into; each is a plain tuple
        in the order of StoredRow."""
        columns = "rowid, CAST(originator_id AS BLOB), originator_version, CAST(topic AS BLOB), CAST(state AS BLOB)"
        where = f"rowid>? AND rowid<=? ORDER BY rowid LIMIT {size:d}"
        statement = f"SELECT {columns}, {self._chain_column} FROM {TABLE} WHERE {where}"
        while page := self._rows(statement, (position, until)):
            yield page
            position = page[-1][0]

    def end(self) -> tuple[int, int | None]:
        """The position of the newest event, and the last that was ever given to one; None if the table's count of them
        is gone."""
        found = self._rows(
            f"SELECT (SELECT MAX(rowid) FROM {TABLE}), (SELECT seq FROM sqlite_sequence WHERE name='{TABLE}')", ()
        )
        return int(found[0][0] or 0), found[0][1]

    def chained_from(self) -> int | None:
        """The first position whose event carries a chain; None if none does."""
        where = f"{self._chain_column} IS NOT NULL ORDER BY rowid LIMIT 1"
        found = self._rows(f"SELECT rowid FROM {TABLE} WHERE {where}", ())
        return int(found[0][0]) if found else None

    def place_of(self, stream: bytes, version: int) -> tuple[int, bytes | None] | None:
        """Position and chain of one event of a stream, if it is there."""
        where = "originator_id=CAST(? AS TEXT) AND originator_version=?"
        found = self._rows(f"SELECT rowid, {self._chain_column} FROM {TABLE} WHERE {where}", (stream, version))
        return found[0] if found else None

    def newest_before(self, stream: bytes, version: int) -> tuple[int, int] | None:
        """Position and version of the event that is there before a version of a stream."""
        where = "originator_id=CAST(? AS TEXT) AND originator_version<? ORDER BY originator_version DESC LIMIT 1"
        found = self._rows(f"SELECT rowid, originator_version FROM {TABLE} WHERE {where}", (stream, version))
        return found[0] if found else None

    def bodies(self, stream: StreamId, until: int) -> list[tuple[int, int, str, bytes]]:
        """The events of a stream up to a position, not looked into: position, version, topic, body. What is no text in
        a topic that somebody changed is replaced."""
        where = "originator_id=? AND rowid<=? ORDER BY originator_version"
        columns = "rowid, originator_version, CAST(topic AS BLOB), CAST(state AS BLOB)"
        rows = self._rows(f"SELECT {columns} FROM {TABLE} WHERE {where}", (stream, until))
        return [(position, version, topic.decode(errors="replace"), body) for position, version, topic, body in rows]

    def elided(self, position: int = 0, until: int = 2**63 - 1) -> Iterator[Elided]:
        """The ranges without rows that begin after a position, up to another, in order, read in pages."""
        where = "first>? AND first<=? ORDER BY first LIMIT ?"
        statement = f"SELECT first, last, CAST(nodes AS BLOB) FROM {ELIDED_TABLE} WHERE {where}"
        while self._may_elide and (page := self._rows(statement, (position, until, PAGE))):
            yield from (Elided(first, last, unpacked(nodes)) for first, last, nodes in page)
            position = page[-1][0]

    def elided_events(self, until: int = 2**63 - 1) -> int:
        """How many events stand as hashes only, in ranges that begin up to a position."""
        statement = f"SELECT COALESCE(SUM(last - first + 1), 0) FROM {ELIDED_TABLE} WHERE first<=?"
        return int(self._rows(statement, (until,))[0][0]) if self._may_elide else 0

    def origin(self) -> str | None:
        """The document of the file that this log was read from; None for a log of its own."""
        found = self._rows(f"SELECT document FROM {ORIGIN_TABLE}", ()) if self._may_elide else []
        return str(found[0][0]) if found else None

    @property
    def _chain_column(self) -> str:
        return "chain"

    @property
    def _may_elide(self) -> bool:
        return True

    def _select(self, where: str, values: tuple[Any, ...]) -> list[Recorded]:
        rows = self._rows(f"SELECT rowid, {COLUMNS} FROM {TABLE} WHERE {where}", values)
        return [_tuple(Recorded, (at, stream, version, decode(name, body))) for at, stream, version, name, body in rows]

    @abstractmethod
    def _rows(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        """What a statement finds, as plain tuples. Raises UnreadableLog."""


class ReadOnlyLog(Reading):
    """A log of any schema that is read and left as it is, whoever else holds it. Use it in one thread, as a context.

    Three ways in: a log that a daemon holds, or held when it was killed, is shared with it (its `-shm` is there). A
    copy that has its `-wal` but no `-shm` is read together with that through a file layer that takes no locks, so
    that SQLite needs no `-shm`. A file alone is declared immutable. The last two hold only as long as nobody writes,
    so after each question it is looked whether somebody has begun to; then the way is chosen anew.
    """

    def __init__(self, path: Path) -> None:
        """Raises UnreadableLog for a file that is missing or not a log."""
        schema = schema_of(path, lambda: connected_to_read(path)) if _about(path) is not None else None
        if schema is None:
            raise UnreadableLog(f"There is no log at {path}. Name the state directory of a daemon, or a copy of it.")
        self.path = path
        self.schema = schema
        """The version of the file's form."""
        self._held: int | None = None
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    @contextmanager
    def still(self) -> Iterator[None]:
        """While it lasts, the log is what it was at the first question, whatever a daemon appends or moves out.

        Nothing is in the way of that daemon, but its write-ahead log grows meanwhile. Raises UnreadableLog where a
        daemon came only after the beginning, and moved events out.
        """
        self._hold()
        try:
            yield
        finally:
            self._held = None
            if self._db.in_transaction:
                self._db.execute("COMMIT")

    def _hold(self) -> None:
        self._db.execute("BEGIN")
        elided, self._held = self._held, None
        self._held = self.elided_events()
        if elided not in (None, self._held):
            raise UnreadableLog(f"Events were moved out of the log at {self.path} while it was read. Ask again.")

    @property
    def _chain_column(self) -> str:
        return "chain" if self.schema >= CHAINED_SCHEMA else "NULL"

    @property
    def _may_elide(self) -> bool:
        return self.schema >= ELIDED_SCHEMA

    def _open(self) -> None:
        self._found = _lying_there(self.path)
        self._is_shared = _is_shared(self.path)
        self._db = connected_to_read(self.path)

    def _rows(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        while True:
            try:
                rows = self._db.execute(statement, values).fetchall()
                if self._is_as_found():
                    return rows
            except sqlite3.Error as error:
                if self._is_as_found():
                    raise UnreadableLog(f"The log at {self.path} cannot be read: {error}.") from error
            self._db.close()
            self._open()
            if self._held is not None:
                self._hold()

    def _is_as_found(self) -> bool:
        return self._is_shared or _lying_there(self.path) == self._found


def connected_to_read(path: Path) -> sqlite3.Connection:
    """A connection to an SQLite file that leaves no trace beside it; see ReadOnlyLog for how long it may be relied
    on."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro{_way_in(path)}", uri=True, isolation_level=None)
    if not _is_shared(path):
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # or SQLite would want a -shm
    return connection


def _way_in(path: Path) -> str:
    """What to add to the address for SQLite."""
    if _is_shared(path):
        return ""
    wal = _about(_beside(path, "-wal"))
    return "&vfs=unix-none" if wal is not None and wal[0] > _WAL_HEADER_BYTES else "&immutable=1"


def _is_shared(path: Path) -> bool:
    """Whether a daemon holds the log, or held it when it was killed."""
    return _beside(path, "-wal").exists() and _beside(path, "-shm").exists()


def _lying_there(path: Path) -> tuple[tuple[int, int] | None, ...]:
    """Size and time of the log and of its write-ahead log: whoever writes changes one of them."""
    return _about(path), _about(_beside(path, "-wal"))


def _about(path: Path) -> tuple[int, int] | None:
    """Size and time of a file that holds anything."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return (found.st_size, found.st_mtime_ns) if found.st_size else None


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
