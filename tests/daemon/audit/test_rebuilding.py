"""Rows made anew equal those that were there, or it is said which ones do not."""

import sqlite3
from pathlib import Path

import pytest

from daemon.audit.rebuilding import Difference, check, rebuild
from daemon.engine import LOG_FILE, VIEWS_FILE
from daemon.state_lock import StateDirectoryBusy, StateLock
from events.log_file import UnreadableLog
from events.reading import ReadOnlyLog
from projections.rebuild import catch_up
from projections.store import ViewStore
from tests.daemon.audit.kept_logs import kept, repaired


def changed(directory: Path, *statements: str) -> None:
    """Somebody changes rows by hand."""
    database = sqlite3.connect(directory / VIEWS_FILE)
    with database:
        for statement in statements:
            database.execute(statement)
    database.close()


def test_rows_equal_those_that_were_there(tmp_path: Path) -> None:
    """What a daemon has kept is what the log gives, row by row; the new rows are taken up by the next start."""
    spec = repaired()
    directory = kept(spec, tmp_path)
    found = rebuild(directory)
    assert found.is_equal
    assert (found.position, found.rows["runs"]) == (spec.log.position(), 3)
    views = ViewStore(directory / VIEWS_FILE)
    assert views.position == spec.log.position()
    views.close()
    assert {path.name for path in directory.iterdir()} == {LOG_FILE, VIEWS_FILE, "daemon.pid"}


def test_rows_that_are_behind_are_not_wrong(tmp_path: Path) -> None:
    """Rows that lag behind the log, as a kill leaves them, are brought up to it before they are compared."""
    spec = repaired()
    directory = kept(spec, tmp_path)
    (directory / VIEWS_FILE).unlink()
    views = ViewStore(directory / VIEWS_FILE)
    catch_up(spec.log.until(spec.log.position() // 2), views)
    views.close()
    assert rebuild(directory).is_equal


@pytest.mark.parametrize(
    ("statement", "table", "kind"),
    [
        ("UPDATE runs SET active = 1 - active WHERE run_id = (SELECT MIN(run_id) FROM runs)", "runs", "changed"),
        ("DELETE FROM attempts WHERE attempt_id = (SELECT MIN(attempt_id) FROM attempts)", "attempts", "missing"),
        ("INSERT INTO designs VALUES ('zz')", "designs", "extra"),
    ],
)
def test_wrong_rows_are_named_and_replaced(tmp_path: Path, statement: str, table: str, kind: str) -> None:
    """A row that was changed, taken away or put in by hand is found, by --check again and again; a rebuild repairs."""
    directory = kept(repaired(), tmp_path)
    changed(directory, statement)
    for found in (check(directory), check(directory), rebuild(directory)):
        assert [(one.table, one.kind) for one in found.differences] == [(table, kind)]
    assert rebuild(directory).is_equal


def test_many_differences_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more than so many are listed, the others counted."""
    monkeypatch.setattr("daemon.audit.rebuilding.MOST_LISTED", 1)
    directory = kept(repaired(), tmp_path)
    changed(directory, "INSERT INTO designs VALUES ('zy')", "INSERT INTO designs VALUES ('zz')")
    found = check(directory)
    assert (found.differences, found.more) == ([Difference("designs", "zy", "extra")], 1)


def test_rows_that_cannot_be_used_are_made_all_the_same(tmp_path: Path) -> None:
    """Without rows, or with damaged ones, there is nothing to compare with; new ones are made."""
    directory = kept(repaired(), tmp_path)
    (directory / VIEWS_FILE).write_bytes(b"no database at all, but longer than its header is")
    assert rebuild(directory).unusable
    assert rebuild(directory).is_equal
    (directory / VIEWS_FILE).unlink()
    assert check(directory).unusable == "there were none"
    assert not (directory / VIEWS_FILE).exists()


def test_a_running_daemon_keeps_its_rows(tmp_path: Path) -> None:
    """While a daemon holds the state directory nothing is replaced; comparing is allowed."""
    directory = kept(repaired(), tmp_path)
    lock = StateLock(directory)
    try:
        with pytest.raises(StateDirectoryBusy):
            rebuild(directory)
        assert check(directory).is_equal
    finally:
        lock.release()


def test_no_log_is_said_before_anything_is_made(tmp_path: Path) -> None:
    """A directory without a log stays as it is."""
    with pytest.raises(UnreadableLog, match="There is no log at"):
        rebuild(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_check_leaves_no_trace(tmp_path: Path) -> None:
    """Beside log and rows nothing is left by a check."""
    directory = kept(repaired(), tmp_path)
    assert check(directory).is_equal
    assert {path.name for path in directory.iterdir()} == {LOG_FILE, VIEWS_FILE}
    with ReadOnlyLog(directory / LOG_FILE) as log:
        assert log.position()
