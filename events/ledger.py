"""The log itself: appends facts, and answers what `events/reading.py` asks of a log.

This is the only file that knows the `eventsourcing` library. Its SQLite recorder is used as a store, through its own
extension points (pool, recorder): table of our own making with an id that is never reused, statements that insert
many rows at once (sqlite3 hands the interpreter's lock over for every single-row statement, which starves a writer
thread beside a busy loop), and pages of plain rows for replay. Everything here blocks; `daemon/journal.py` owns the
one thread that writes.

Durability: WAL with synchronous=FULL, so a commit that returned is on the disk.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eventsourcing.persistence import DatabaseError, IntegrityError, PersistenceError
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteDatastore,
)

from events.archives import RunArchived
from events.catalogue import CATALOGUE, STORED_NAMES, encode
from events.design import Event
from events.log_file import COLUMNS, CREATION, TABLE, UnreadableLog, cannot_open, migration, schema_of
from events.moving import Sealed, Unmovable, move_out, seal_of
from events.proofs import FRAME, UNCHAINED, link
from events.reading import Reading
from events.seals import LogSealed
from events.vocabulary import SEAL_STREAM, StreamId

_PROBE_BYTES = 1 << 20
_KNOWN_CHAINS = 4_096
_PIECES = (512, 128, 32, 8, 1)
_WIDTH = 6
_TOPICS = slice(3, None, _WIDTH)
"""Where the topics are among the values of rows."""

_NAMES = {name: name.encode() for name in CATALOGUE}
_STUB = STORED_NAMES[RunArchived]
_ROW = f"({','.join('?' * _WIDTH)})"
_INSERTS = [
    (size, f"INSERT INTO {TABLE} (rowid, {COLUMNS}, chain) VALUES {','.join([_ROW] * size)}") for size in _PIECES
]


Move = Callable[[sqlite3.Cursor], None]
"""Takes rows out in a transaction."""


class Fact(NamedTuple):
    """An event on its way into the log: its stream, the version it takes there, the event."""

    stream: StreamId
    version: int
    event: Event


class VersionConflict(Exception):
    """Another writer has appended to the stream first. With one daemon on a state directory this cannot be: look for
    a second one."""


def _move_nothing(cursor: sqlite3.Cursor) -> None:
    """For commits that move nothing."""


class _Pool(SQLiteConnectionPool):
    """Connections with our pragmas and a statement cache that holds more than one statement.

    Each keeps what it has read up to its cache's size, for good, so that is small: streams are named by time, what is
    appended goes to the same few pages, and the system's own cache holds the rest.
    """

    def _create_connection(self) -> SQLiteConnection:
        connection = sqlite3.connect(
            self.db_name, uri=True, check_same_thread=False, isolation_level=None, cached_statements=64, timeout=5
        )
        if not self.is_sqlite_memory_mode:
            connection.execute("PRAGMA journal_mode=WAL")
        for pragma in ("synchronous=FULL", "cache_size=-2048", "wal_autocheckpoint=10000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.row_factory = sqlite3.Row
        return SQLiteConnection(connection, self.max_age)


class _Recorder(SQLiteApplicationRecorder):
    """The library's recorder over a table whose ids are never given twice, written in few statements."""

    def construct_create_table_statements(self) -> list[str]:
        return list(CREATION)

    def insert_rows(self, values: list[Any], move: Move) -> None:
        """Writes rows in one durable transaction; `values` holds those of one row after those of the other. What else
        is to be done in it is told the cursor."""
        with self.datastore.transaction(commit=True) as cursor:
            start = 0
            for size, statement in _INSERTS:
                count = size * _WIDTH
                while len(values) - start >= count:
                    cursor.execute(statement, values[start : start + count])
                    start += count
            move(cursor.sqlite_cursor)

    def migrate(self, statements: Sequence[str]) -> None:
        """Brings a log of an older schema to today's."""
        with self.datastore.transaction(commit=True) as cursor:
            for statement in statements:
                cursor.execute(statement)


class _Chains:
    """The chain of the newest event of each stream that was appended to lately. It keeps two generations, so that what
    is asked for stays and the rest goes, at no more cost than that of a dictionary."""

    def __init__(self) -> None:
        self._young: dict[StreamId, bytes] = {}
        self._old: dict[StreamId, bytes] = {}

    def get(self, stream: StreamId) -> bytes | None:
        """The stream's newest chain, if it is known."""
        return self._young.get(stream) or self._old.get(stream)

    def update(self, newest: dict[StreamId, bytes]) -> None:
        """Takes what was committed."""
        self._young.update(newest)
        if len(self._young) > _KNOWN_CHAINS:
            self._young, self._old = {}, self._young


class Ledger(Reading):
    """The log in one SQLite file. Any thread may read; one thread at a time may `commit`."""

    def __init__(self, path: Path | None) -> None:
        """Opens the log at `path`, making it if there is none; None keeps it in memory. Raises UnreadableLog."""
        is_there = path is not None and path.exists() and path.stat().st_size > 0
        schema = _schema_of(path) if is_there and path is not None else None
        name = path.absolute().as_uri() if path is not None else f"file:reglue-{id(self)}?mode=memory&cache=shared"
        self._store = SQLiteDatastore(name, originator_id_type="text")
        self._store.pool.close()
        self._store.pool = _Pool(db_name=name)
        self._recorder = _Recorder(self._store, events_table_name=TABLE)
        self._path = path
        self._chains = _Chains()
        self._last: int | None = None
        self._seals: list[Sealed] = []
        self._seals_as_of: int | None = None
        try:
            if schema is None:
                self._recorder.create_table()
            elif statements := migration(schema):
                self._recorder.migrate(statements)
        except PersistenceError as error:
            raise cannot_open(path, error) from error

    def commit(self, facts: Sequence[Fact]) -> int:
        """Appends all facts in one durable transaction, or none; returns the position of the last one.

        Positions are consecutive. An event that says that those before it in its stream were moved out of the log takes
        them out. Raises VersionConflict when a stream already has one of the versions, OSError when
        the store cannot be written (a full disk, a lost file).
        """
        try:
            values, newest, last = self._linked(facts)
            move = self._mover(facts) if _STUB in values[_TOPICS] else _move_nothing
            self._recorder.insert_rows(values, move)
        except Unmovable as error:
            self._last = None
            raise VersionConflict(str(error)) from error
        except IntegrityError as error:
            self._last = None
            raise VersionConflict(str(error)) from error
        except (DatabaseError, PersistenceError, sqlite3.Error) as error:
            self._last = None
            raise OSError(f"The log cannot be written: {error}.") from error
        self._chains.update(newest)
        self._last = last
        return last

    def _linked(self, facts: Sequence[Fact]) -> tuple[list[Any], dict[StreamId, bytes], int]:
        """The values of the facts' rows, the newest chain of each of their streams, and the last position."""
        position = self._last if self._last is not None else self._given()
        values: list[Any] = []
        newest: dict[StreamId, bytes] = {}
        for stream, version, event in facts:
            topic, state = encode(event)
            before = newest.get(stream) or self._chain_before(stream, version)
            position += 1
            name, key = _NAMES[topic], stream.encode()
            # framed(), in pieces: every event pays for this.
            chain = link(before, FRAME(position, version, len(key), len(name)), key, name, state)
            newest[stream] = chain
            values += (position, stream, version, topic, state, chain)
        return values, newest, position

    def _chain_before(self, stream: StreamId, version: int) -> bytes:
        if version == 1:
            return UNCHAINED
        known = self._chains.get(stream)
        if known is not None:
            return known
        where = "originator_id=? AND originator_version=?"
        found = self._rows(f"SELECT chain FROM {TABLE} WHERE {where}", (stream, version - 1))
        return (found[0][0] if found else None) or UNCHAINED

    def _mover(self, facts: Sequence[Fact]) -> Move:
        """What moves out the events that facts say were moved. Raises Unmovable."""
        moved = [fact for fact in facts if type(fact.event) is RunArchived]
        for fact in moved:
            assert isinstance(fact.event, RunArchived)
            if (
                fact.event.events != fact.version - 1
                or self.chain_of(fact.stream, fact.version - 1) != fact.event.chain
            ):
                raise Unmovable(f"The stream {fact.stream} is not as its archive was made of.")
        seals = self.seals()

        return lambda cursor: move_out(cursor, [(fact.stream, fact.version - 1) for fact in moved], seals)

    def seals(self) -> Sequence[Sealed]:
        """The positions of all seals, in order. Asks the file for new ones only after a commit, for runs are archived
        many at a time."""
        last, known = self._last, self._seals
        if last is None or last != self._seals_as_of:
            events = [one.event for one in self.between(SEAL_STREAM, len(known) + 1, 1 << 62)]
            new = [
                Sealed(e.first, e.last, e.events == e.last - e.first + 1) for e in events if isinstance(e, LogSealed)
            ]
            # Whoever else asks at the same time finds the same: so nothing is added to a list that another adds to.
            self._seals, self._seals_as_of = [*known, *new], last
        return self._seals

    def chain_of(self, stream: StreamId, version: int) -> str:
        """The chain of an event in hex; empty for one that has none, or is not there."""
        found = self.place_of(stream.encode(), version)
        return found[1].hex() if found is not None and found[1] is not None else ""

    def places_of(self, stream: StreamId) -> dict[int, int]:
        """The versions of a stream that are in the log, each with its position; in order of position."""
        statement = f"SELECT originator_version, rowid FROM {TABLE} WHERE originator_id=? ORDER BY rowid"
        return dict(self._rows(statement, (stream,)))

    def unmovable(self, positions: Iterable[int]) -> int | None:
        """The first of these positions whose event no whole seal speaks for."""
        seals = self.seals()
        return next((position for position in positions if seal_of(position, seals) is None), None)

    def _given(self) -> int:
        """The last position that was ever given to an event, one that was cut off included."""
        found = self._rows("SELECT seq FROM sqlite_sequence WHERE name=?", (TABLE,))
        return max(int(found[0][0]) if found else 0, self.position())

    def probe(self) -> None:
        """Raises OSError when the disk that the log is on takes no more."""
        if self._path is None:
            return
        trial = self._path.with_suffix(".probe")
        try:
            with trial.open("wb") as file:
                file.write(bytes(_PROBE_BYTES))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OSError(f"The log cannot be written: {error.strerror} ({self._path}).") from error
        finally:
            trial.unlink(missing_ok=True)

    def check(self) -> None:
        """Has SQLite check the file's structure. Takes time in proportion to its size. Raises UnreadableLog."""
        for row in self._rows("PRAGMA quick_check(1)", ()):
            if row[0] != "ok":
                raise UnreadableLog(f"The log is damaged: {row[0]}. Restore it from a copy.")

    def close(self) -> None:
        """Closes every connection; the write-ahead log is folded into the file."""
        self._store.close()

    def _rows(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        try:
            with self._store.get_connection(commit=False) as connection:
                cursor = connection.cursor().sqlite_cursor
                cursor.row_factory = None
                return cursor.execute(statement, values).fetchall()
        except (PersistenceError, sqlite3.Error) as error:
            raise UnreadableLog(f"The log cannot be read: {error}.") from error


def write_anew(path: Path) -> None:
    """Writes a database that nobody holds anew, without the pages that hold nothing. Raises OSError."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise OSError(f"{path} cannot be written anew: {error}. It is as it was.") from error
    finally:
        connection.close()


def _schema_of(path: Path) -> int | None:
    """Looked at before anything is written to the file."""
    return schema_of(path, lambda: sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=5))
