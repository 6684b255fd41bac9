"""Makes all rows of the views anew from the log, and compares them with those that were there.

The rows that were there may be a moment behind the log. So a copy of them is brought up to the same position first, as
a start of the daemon does; whatever differs then was wrong. This is the one audit that may write: it puts the new rows
in place of the old ones, under the lock of the state directory.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from daemon.audit.uncollected import uncollected
from daemon.state_files import LOG_FILE, VIEWS_FILE
from daemon.state_lock import StateLock
from events.reading import ReadOnlyLog, connected_to_read
from events.vocabulary import StreamId
from projections.rebuild import RecordedEvent, catch_up
from projections.store import StaleViews, ViewStore

Progress = Callable[[int, int], None]
"""Told how far the rebuild is: the position, and the end of the log."""

MOST_LISTED = 100
_TOLD_EVERY = 5_000
_SUFFIXES = ("", "-wal", "-shm")


class Difference(msgspec.Struct, frozen=True):
    """A row that is not what the log says: in which table, its key, and whether it was `changed`, `missing` from the
    rows that were there, or `extra` in them."""

    table: str
    key: str
    kind: str


class Rebuilt(msgspec.Struct, kw_only=True):
    """What came of a rebuild. `unusable` says why there was nothing to compare with; `more` counts differences that are
    not listed."""

    position: int
    rows: dict[str, int]
    """How many rows there are by table."""
    unusable: str | None = None
    differences: list[Difference] = []
    more: int = 0

    @property
    def is_equal(self) -> bool:
        """Whether the rows that were there are those that the log gives."""
        return self.unusable is None and not self.differences


class _LogUntil:
    """A log that ends where it ended when this was made, whatever is appended meanwhile."""

    def __init__(self, log: ReadOnlyLog, progress: Progress) -> None:
        self._log = log
        self._end = log.position()
        self._progress = progress

    def position(self) -> int:
        """The position it ends at."""
        return self._end

    def after(self, position: int, until: int | None = None) -> Iterator[RecordedEvent]:
        """Every event after a position."""
        for recorded in self._log.after(position, min(until or self._end, self._end)):
            yield recorded
            if recorded.position % _TOLD_EVERY == 0:
                self._progress(recorded.position, self._end)

    def stream(self, stream: StreamId, up_to: int | None = None) -> Sequence[RecordedEvent]:
        """The events of one stream."""
        return [one for one in self._log.stream(stream, up_to) if one.position <= self._end]


def rebuild(directory: Path, progress: Progress = lambda position, end: None) -> Rebuilt:
    """Replaces the rows of a state directory by rows made anew. Raises StateDirectoryBusy while a daemon runs on it,
    UnreadableLog, OSError."""
    with ReadOnlyLog(directory / LOG_FILE):
        pass  # said before anything is made in a directory that is none
    lock = StateLock(directory)
    try:
        with tempfile.TemporaryDirectory(prefix="rebuild-", dir=directory) as scratch:
            found = _compared(directory, Path(scratch), progress)
            _replace(Path(scratch) / "new.db", directory / VIEWS_FILE)
        return found
    finally:
        lock.release()


def check(directory: Path, progress: Progress = lambda position, end: None) -> Rebuilt:
    """Makes the rows anew elsewhere, compares, and leaves the state directory as it is; a daemon may be running on it.
    Raises UnreadableLog, OSError."""
    with tempfile.TemporaryDirectory(prefix="reglue-rebuild-") as scratch:
        return _compared(directory, Path(scratch), progress)


def _compared(directory: Path, scratch: Path, progress: Progress) -> Rebuilt:
    with uncollected(), ReadOnlyLog(directory / LOG_FILE) as log:
        unusable = _copy(directory / VIEWS_FILE, scratch / "old.db")
        ended = _LogUntil(log, progress)
        if unusable is None:
            unusable = _caught_up(ended, scratch / "old.db")
        reason = _caught_up(ended, scratch / "new.db")
        if reason is not None:
            raise OSError(f"The rows made anew cannot be used: {reason}.")
        progress(ended.position(), ended.position())
    with closing(sqlite3.connect(scratch / "new.db")) as new:
        new.execute("PRAGMA journal_mode=DELETE")  # one file, to be moved as a whole
        tables = _tables(new)
        found = Rebuilt(position=ended.position(), rows=dict(_counts(new, tables)), unusable=unusable)
        if unusable is None:
            new.execute("ATTACH ? AS old", (str(scratch / "old.db"),))
            for difference in _differences(new, tables):
                if len(found.differences) < MOST_LISTED:
                    found.differences.append(difference)
                else:
                    found.more += 1
    return found


def _copy(path: Path, to: Path) -> str | None:
    """Copies the rows that are there, as of one moment; says why it cannot be done, if so."""
    if not path.exists():
        return "there were none"
    try:
        with closing(connected_to_read(path)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        return str(error)
    return None


def _caught_up(log: _LogUntil, path: Path) -> str | None:
    """Brings rows to the end of the log; says why they cannot be used, if so."""
    try:
        views = ViewStore(path)
        try:
            catch_up(log, views)
        finally:
            views.close()
    except StaleViews as error:
        return str(error)
    return None


def _replace(new: Path, views: Path) -> None:
    """Puts one file in the place of another. What belongs to the old one goes first: it must not be taken for the
    new one's. Rows that are gone are made again at the next start, so a kill in between costs time and nothing else."""
    for suffix in _SUFFIXES:
        views.with_name(views.name + suffix).unlink(missing_ok=True)
    os.replace(new, views)


def _tables(new: sqlite3.Connection) -> list[str]:
    found = new.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    return [name for (name,) in found]


def _counts(new: sqlite3.Connection, tables: Iterable[str]) -> Iterator[tuple[str, int]]:
    for table in tables:
        yield table, new.execute(f'SELECT count(*) FROM main."{table}"').fetchone()[0]


def _differences(both: sqlite3.Connection, tables: Sequence[str]) -> Iterator[Difference]:
    """Row by row in the order of the keys: each table's first column is its key."""
    for table in tables:
        with _rows(both, "old", table) as old, _rows(both, "main", table) as new:
            for key, before, after in _paired(old, new):
                kind = "missing" if before is None else "extra" if after is None else "changed"
                if before is None or after is None or not _are_equal(before, after):
                    yield Difference(table, str(key), kind)


@contextmanager
def _rows(both: sqlite3.Connection, schema: str, table: str) -> Iterator[Iterator[tuple[Any, ...]]]:
    with closing(both.cursor()) as cursor:
        yield cursor.execute(f'SELECT * FROM {schema}."{table}" ORDER BY 1')


def _paired(
    old: Iterator[tuple[Any, ...]], new: Iterator[tuple[Any, ...]]
) -> Iterator[tuple[Any, tuple[Any, ...] | None, tuple[Any, ...] | None]]:
    """Rows of both sides by their keys; None where one side has none."""
    left, right = next(old, None), next(new, None)
    while left is not None or right is not None:
        if right is None or (left is not None and left[0] < right[0]):
            assert left is not None, "one of the two is there"
            yield left[0], left, None
            left = next(old, None)
        elif left is None or right[0] < left[0]:
            yield right[0], None, right
            right = next(new, None)
        else:
            yield left[0], left, right
            left, right = next(old, None), next(new, None)


def _are_equal(before: tuple[Any, ...], after: tuple[Any, ...]) -> bool:
    """Whether two rows say the same: bodies may have the members of an object in another order."""
    return before == after or list(map(_read, before)) == list(map(_read, after))


def _read(value: Any) -> Any:
    if not isinstance(value, bytes):
        return value
    for decode in (msgspec.json.decode, msgspec.msgpack.decode):
        try:
            return decode(value)
        except msgspec.DecodeError:
            continue
    return value
