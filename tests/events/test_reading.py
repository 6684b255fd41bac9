"""A log that is only read: alone, beside a writer, as a copy; and that nothing shows it was read."""

import hashlib
import shutil
import sqlite3
from pathlib import Path

import pytest

from events.design import TriggerActivated
from events.ledger import Fact, Ledger
from events.log_file import SCHEMA_VERSION, UnreadableLog
from events.reading import PAGE, ReadOnlyLog


def facts(stream: str, count: int, first: int = 1) -> list[Fact]:
    """Facts at consecutive versions."""
    return [Fact(stream, version, TriggerActivated(version, stream)) for version in range(first, first + count)]


def content(folder: Path) -> dict[str, str]:
    """Every file of a folder with a digest of what is in it."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


def copied(path: Path, to: Path, *endings: str) -> Path:
    """A copy of a log with some of the files beside it."""
    to.mkdir()
    for ending in ("", *endings):
        shutil.copy(f"{path}{ending}", to / f"log.db{ending}")
    return to / "log.db"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log of the test lies, alone in its folder."""
    folder = tmp_path / "state"
    folder.mkdir()
    return folder / "log.db"


def test_closed_log_is_read_without_a_trace(path: Path) -> None:
    """What was appended is read, and the folder is byte for byte as it was, no file added."""
    ledger = Ledger(path)
    ledger.commit([*facts("a", 3), *facts("b", 1)])
    ledger.close()
    before = content(path.parent)
    with ReadOnlyLog(path) as log:
        assert log.schema == SCHEMA_VERSION
        assert log.position() == 4
        assert [(r.position, r.stream, r.version, r.event.at) for r in log.after(2)] == [(3, "a", 3, 3), (4, "b", 1, 1)]
        assert [r.version for r in log.stream("a", 2)] == [1, 2]
        assert [r.version for r in log.between("a", 2, 3)] == [2, 3]
        newest = log.latest("a", 9)
    assert newest is not None
    assert newest.version == 3
    assert content(path.parent) == before == {"log.db": before["log.db"]}


def test_log_of_a_living_writer_is_read_to_its_newest_event(path: Path) -> None:
    """Beside a writer a reader sees each commit, those too that are in the write-ahead log alone."""
    ledger = Ledger(path)
    ledger.commit(facts("a", PAGE))
    with ReadOnlyLog(path) as log:
        assert log.position() == PAGE
        ledger.commit(facts("b", 5))
        assert log.position() == PAGE + 5
        assert len(list(log.after(0))) == PAGE + 5
    ledger.commit(facts("c", 1))
    ledger.close()


def test_copy_with_its_write_ahead_log_is_read_without_a_trace(path: Path, tmp_path: Path) -> None:
    """A copy made while a daemon ran holds its newest events beside the file; they are read, and nothing is made."""
    ledger = Ledger(path)
    ledger.commit(facts("a", 7))
    copy = copied(path, tmp_path / "copy", "-wal")
    ledger.close()
    before = content(copy.parent)
    assert sorted(before) == ["log.db", "log.db-wal"]
    with ReadOnlyLog(copy) as log:
        assert [r.version for r in log.stream("a")] == [1, 2, 3, 4, 5, 6, 7]
    assert content(copy.parent) == before


def test_log_of_a_killed_daemon_is_read(path: Path, tmp_path: Path) -> None:
    """What a killed daemon left, with both files beside its log, is read to the newest event."""
    ledger = Ledger(path)
    ledger.commit(facts("a", 7))
    left = copied(path, tmp_path / "left", "-wal", "-shm")
    ledger.close()
    with ReadOnlyLog(left) as log:
        assert log.position() == 7


def test_writer_that_comes_later_is_noticed(path: Path) -> None:
    """A daemon that opens the log while it is read alone is noticed: its commits are seen, and nothing is mixed up."""
    first = Ledger(path)
    first.commit(facts("a", 3 * PAGE))
    first.close()
    with ReadOnlyLog(path) as log:
        reading = log.after(0)
        assert next(reading).position == 1
        second = Ledger(path)
        second.commit(facts("b", 3))
        assert [r.position for r in reading] == list(range(2, 3 * PAGE + 1))
        assert log.position() == 3 * PAGE + 3
        second.close()
        third = Ledger(path)
        third.commit(facts("b", 1, 4))
        third.close()
        assert log.position() == 3 * PAGE + 4


@pytest.mark.parametrize("make", [lambda path: None, Path.touch])
def test_missing_log_is_named(path: Path, make: object) -> None:
    """No file, or an empty one, is refused by its path; nothing is made."""
    assert callable(make)
    make(path)
    before = content(path.parent)
    with pytest.raises(UnreadableLog, match=r"no log at .*log\.db.*state directory"):
        ReadOnlyLog(path)
    assert content(path.parent) == before


def test_other_databases_and_newer_logs_are_refused(path: Path) -> None:
    """A file of another program or of a newer version is named as such."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE songs (name TEXT)")
    database.close()
    with pytest.raises(UnreadableLog, match="another program's database"):
        ReadOnlyLog(path)
    path.unlink()
    Ledger(path).close()
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    database.close()
    with pytest.raises(UnreadableLog, match="newer version"):
        ReadOnlyLog(path)
