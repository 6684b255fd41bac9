"""The log on a real disk: what it appends, what it refuses, and how it reads back."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from events import ledger as ledger_module
from events.design import TriggerActivated, TriggerDeactivated
from events.ledger import Fact, Ledger, VersionConflict
from events.reading import PAGE


def fact(stream: str, version: int) -> Fact:
    """Any fact at a version of a stream; its time tells which."""
    return Fact(stream, version, TriggerActivated(version, stream))


def facts(stream: str, count: int, first: int = 1) -> list[Fact]:
    """Facts at consecutive versions."""
    return [fact(stream, version) for version in range(first, first + count)]


def places(ledger: Ledger, stream: str) -> list[tuple[int, int]]:
    """Position and version of each event of a stream."""
    return [(recorded.position, recorded.version) for recorded in ledger.stream(stream)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log of the test lies."""
    return tmp_path / "log.db"


@pytest.fixture(params=["file", "memory"])
def ledger(request: pytest.FixtureRequest, path: Path) -> Iterator[Ledger]:
    """An empty log, on the disk and in memory."""
    ledger = Ledger(path if request.param == "file" else None)
    yield ledger
    ledger.close()


@pytest.fixture
def on_disk(path: Path) -> Iterator[Ledger]:
    """An empty log on the disk."""
    ledger = Ledger(path)
    yield ledger
    ledger.close()


def test_what_is_appended_is_read(ledger: Ledger) -> None:
    """Facts come back with their streams, versions and values, in the order of the log."""
    given = [fact("a", 1), fact("b", 1), fact("a", 2)]
    assert ledger.commit(given) == 3
    assert [Fact(r.stream, r.version, r.event) for r in ledger.after(0)] == given
    assert places(ledger, "a") == [(1, 1), (3, 2)]
    assert ledger.position() == 3


def test_empty_log(ledger: Ledger) -> None:
    """A new log is at position 0 and holds nothing."""
    assert (ledger.position(), list(ledger.after(0)), ledger.stream("a"), ledger.latest("a", 9)) == (0, [], [], None)


def test_stream_up_to_a_version(ledger: Ledger) -> None:
    """A stream can be read as it was, and for its newest event at or before a version."""
    ledger.commit(facts("a", 5))
    assert [recorded.version for recorded in ledger.stream("a", 3)] == [1, 2, 3]
    newest = ledger.latest("a", 3)
    assert newest is not None
    assert newest.version == 3


def test_names_of_streams_are_values(ledger: Ledger) -> None:
    """A stream may be named anything, quotes and wildcards included."""
    names = ["job:o'brien", "job:%", "job:日本", 'job:"; DROP TABLE stored_events; --']
    ledger.commit([fact(name, 1) for name in names])
    assert [recorded.stream for name in names for recorded in ledger.stream(name)] == names


@pytest.mark.parametrize("count", [1, 7, 8, 9, 31, 33, 127, 129, 511, 513, 1_000])
def test_positions_are_consecutive(ledger: Ledger, count: int) -> None:
    """Whatever number of facts a commit has, it returns the position of the last, without a gap."""
    assert ledger.commit([fact("first", 1)]) == 1
    assert ledger.commit(facts("a", count)) == count + 1
    assert [position for position, _ in places(ledger, "a")] == list(range(2, count + 2))


def test_conflict_appends_nothing(ledger: Ledger) -> None:
    """One taken version fails the whole commit, over all its streams, and the log stays usable."""
    ledger.commit(facts("a", 2))
    with pytest.raises(VersionConflict):
        ledger.commit([fact("b", 1), fact("a", 2), fact("c", 1)])
    assert (ledger.position(), places(ledger, "b"), places(ledger, "c")) == (2, [], [])
    assert ledger.commit([fact("b", 1)]) == 3


def test_conflict_within_one_commit(ledger: Ledger) -> None:
    """The same version twice in one commit is a conflict too."""
    with pytest.raises(VersionConflict):
        ledger.commit([fact("a", 1), fact("a", 1)])
    assert ledger.position() == 0


def test_all_after_a_position_in_pages(ledger: Ledger) -> None:
    """More events than a page holds come in order, each once, up to a last position if one is given."""
    total = 2 * PAGE + 1
    ledger.commit(facts("a", total))
    assert [recorded.position for recorded in ledger.after(0)] == list(range(1, total + 1))
    assert [recorded.position for recorded in ledger.after(PAGE - 1, PAGE + 2)] == [PAGE, PAGE + 1, PAGE + 2]
    assert [recorded.position for recorded in ledger.after(0, PAGE)] == list(range(1, PAGE + 1))
    assert list(ledger.after(total)) == []


def test_reading_on_sees_only_what_was_there(ledger: Ledger) -> None:
    """What is appended while the log is read is left for the next time."""
    ledger.commit(facts("a", PAGE))
    reading = ledger.after(0)
    next(reading)
    ledger.commit(facts("b", 5))
    assert len(list(reading)) == PAGE - 1


def test_other_threads_read_while_one_writes(on_disk: Ledger) -> None:
    """A reader sees a commit whole or not at all."""
    found: list[int] = []

    def read() -> None:
        for _ in range(200):
            found.append(len(on_disk.stream("a")))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(50):
        on_disk.commit(facts("a", 10, 10 * number + 1))
    for reader in readers:
        reader.join()
    assert all(count % 10 == 0 for count in found)
    assert len(on_disk.stream("a")) == 500


def test_log_is_there_after_it_was_closed(path: Path) -> None:
    """A log opened again goes on where it ended."""
    first = Ledger(path)
    first.commit(facts("a", 3))
    first.close()
    second = Ledger(path)
    assert second.commit([fact("a", 4)]) == 4
    assert [r.event for r in second.after(0)] == [f.event for f in facts("a", 4)]
    second.close()


def test_positions_are_never_given_twice(path: Path) -> None:
    """The newest event may be cut off by hand; its position is not used again."""
    first = Ledger(path)
    first.commit(facts("a", 3))
    first.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM stored_events WHERE rowid=3")
    connection.close()
    second = Ledger(path)
    assert second.commit([Fact("a", 3, TriggerDeactivated(3, "a"))]) == 4
    assert places(second, "a") == [(1, 1), (2, 2), (4, 3)]
    second.close()


def test_commits_are_flushed_to_the_disk(on_disk: Ledger) -> None:
    """Every connection of the log writes ahead (WAL) and flushes at each commit (synchronous=FULL, which is 2)."""
    on_disk.commit([fact("a", 1)])
    with on_disk._store.get_connection(commit=True) as one, on_disk._store.get_connection(commit=False) as other:
        for connection in (one, other):
            cursor = connection.cursor().sqlite_cursor
            modes = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
            assert modes == ["wal", 2]


def test_probe_leaves_nothing_behind(on_disk: Ledger, tmp_path: Path) -> None:
    """Trying whether the disk takes more leaves the folder as it was."""
    before = sorted(tmp_path.iterdir())
    on_disk.probe()
    assert sorted(tmp_path.iterdir()) == before


def test_probe_of_a_lost_folder_fails(on_disk: Ledger, tmp_path: Path) -> None:
    """A folder that is gone, as after a lost mount, takes no more."""
    for file in tmp_path.iterdir():
        file.unlink()
    tmp_path.rmdir()
    with pytest.raises(OSError, match="No such file"):
        on_disk.probe()


def test_size_of_statements_is_prepared_for_every_count() -> None:
    """The pieces that a commit is cut into end with one, so that any number of facts is covered."""
    assert ledger_module._PIECES[-1] == 1
    assert list(ledger_module._PIECES) == sorted(ledger_module._PIECES, reverse=True)


def test_opening_an_existing_log_writes_nothing(tmp_path: Path) -> None:
    """Looking at a log leaves its file as it is, byte for byte: an audit may open a copy that must not change."""
    path = tmp_path / "log.db"
    ledger = Ledger(path)
    ledger.commit([Fact("trigger:T", 1, TriggerActivated(1, "t"))])
    ledger.close()
    before = path.read_bytes()
    again = Ledger(path)
    assert again.position() == 1
    again.close()
    assert path.read_bytes() == before
