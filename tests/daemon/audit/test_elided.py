"""Logs with hashes in place of events: what a verification makes of them, and of who makes such hashes by hand."""

import sqlite3
from pathlib import Path

import pytest

from daemon.audit.verification import Evidence, verify
from events.log_file import INSERT_ELIDED
from tests.daemon.audit.tampering import elide, import_from_archive, put, rows_of, seals_of, written

Found = list[tuple[str, int | None]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sound log with seals over the positions 1 to 20, 21 to 41 and 42 to 60."""
    return written(tmp_path / "log.db")


def found(path: Path) -> Found:
    """Kind and position of all findings."""
    return [(one.kind, one.position) for one in verify(path, Evidence(seals_of(path))).findings]


def run(path: Path, statement: str, *values: object) -> None:
    """Runs a statement on the log's file."""
    database = sqlite3.connect(path)
    with database:
        database.execute(statement, values)
    database.close()


def test_archive_with_hashes_for_all_else_is_sound(tmp_path: Path) -> None:
    """A log read from an archive holds some streams and all seals, and hashes for the rest: it fits its seals, and how
    many events it does not hold is told."""
    path = written(tmp_path / "log.db", 58)
    others = [row[0] for row in rows_of(path) if row[1] not in ("job:J0", "seal")]
    for position in others:
        elide(path, position, position)
    import_from_archive(path)
    report = verify(path, Evidence(seals_of(path)))
    assert report.findings == []
    assert (report.events, report.elided, report.is_archive) == (61 - len(others), len(others), True)
    assert report.sealed_to == 60


@pytest.mark.parametrize(("first", "last"), [(1, 20), (2, 5), (40, 41), (43, 43)])
def test_hashes_that_nothing_backs_are_removed_events(path: Path, first: int, last: int) -> None:
    """Who removes events and leaves the right hashes is found, for nothing in the log says that they were moved; the
    seals fit all the same."""
    elide(path, first, last)
    kinds = {kind for kind, _ in found(path)}
    assert kinds == {"removed"}


def test_changed_hashes_do_not_fit_their_seal(path: Path) -> None:
    """Other hashes, or none, make the range of their seal unfit."""
    elide(path, 24, 30)
    before = rows_of(path)
    run(path, "UPDATE elided SET nodes = substr(nodes, 1, length(nodes) - 1) || x'00'")
    assert ("unsealed", 21) in found(path)
    run(path, "UPDATE elided SET nodes = 'none'")
    assert {("unsealed", 21), ("removed", 24)} <= set(found(path))
    assert rows_of(path) == before


def test_hashes_that_were_removed_leave_a_hole(path: Path) -> None:
    """Who takes the hashes away as well leaves positions without anything."""
    elide(path, 24, 30)
    run(path, "DELETE FROM elided")
    assert {("removed", 24), ("unsealed", 21)} <= set(found(path))


def test_event_beside_its_hash_is_found(path: Path) -> None:
    """An event at a position that stands as a hash is named, as is one with other content."""
    row = rows_of(path)[25]
    elide(path, 24, 30)
    kept = rows_of(path)
    put(path, [*kept[:23], row, *kept[23:]])
    assert ("inserted", 26) in found(path)
    put(path, [*kept[:23], (*row[:4], b"{}", row[5]), *kept[23:]])
    assert ("inserted", 26) in found(path)


@pytest.mark.parametrize(("first", "last"), [(61, 62), (19, 22), (63, 63), (64, 90), (1_000, 2**62)])
def test_hashes_that_no_seal_speaks_for_are_found(path: Path, first: int, last: int) -> None:
    """Only one seal may speak for a range of hashes, whatever lies there, and after the end of the log none does."""
    run(path, "DELETE FROM stored_events WHERE rowid BETWEEN ? AND ?", first, last)
    run(path, INSERT_ELIDED, first, last, bytes(33))
    assert ("removed", first) in found(path)
