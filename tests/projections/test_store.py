"""Persisted rows: never ahead of the log, complete with what is about to be written, and made again from the log."""

import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon import commands
from events.design import JobChanged
from projections.rebuild import catch_up, reader
from projections.run_history import summarize
from projections.standing import Standing
from projections.store import SCHEMA_VERSION, StaleViews, ViewStore
from tests.daemon.decisions.random_workflows import BODIES, EXAMPLES, play, resume, workflow_texts
from tests.daemon.decisions.specification import Specification
from tests.projections.comparing import row_values, standing_values
from tests.projections.lagging import LaggingViews

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where many small files cost no time; the rows do not know the difference."""

CHAIN = "T1: -> A\nT2: A -> B"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the rows of the test lie."""
    return tmp_path / "views.db"


def change_something(spec: Specification, data: st.DataObject) -> None:
    """Changes a definition, or puts properties into a run."""
    run = data.draw(st.sampled_from(spec.log_runs()))
    job = data.draw(st.sampled_from(spec.standing.designs.all("job"))).name
    changes: list[tuple[Any, ...]] = [
        (commands.ChangeJob, job, {"Timeout": data.draw(st.integers(1, 9))}),
        (commands.TagResource, "job", job, {"n": str(data.draw(st.integers(1, 9)))}),
        (commands.PutRunProperties, "W", run, {"n": str(data.draw(st.integers(1, 9)))}),
        (commands.StopTrigger, "T0"),
    ]
    spec.when(*data.draw(st.sampled_from(changes)))


@EXAMPLES
@given(workflow_texts(cycles=False), BODIES, st.data())
def test_rows_survive_a_crash_at_any_moment(text: str, bodies: Any, data: st.DataObject) -> None:
    """However far memory, log and rows are apart when the daemon dies, the rows and the log give what the log says."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        spec = Specification(text, bodies)
        lagging = LaggingViews(spec, Path(folder, "views.db"))

        def lag() -> None:
            lagging.decided()
            lagging.commit(data.draw(st.integers(0, 3)))
            if data.draw(st.booleans()):
                lagging.views.flush()

        run = spec.start().run
        lag()
        play(spec, data, lag)
        for _ in range(2):
            change_something(spec, data)
            lag()
        resume(spec, data, [run])
        lag()
        lagging.views.close()
        log = spec.log.until(lagging.committed)
        reopened, fresh = ViewStore(Path(folder, "views.db")), ViewStore(None)
        assert reopened.position <= lagging.committed
        live = standing_values(catch_up(log, fresh), log)
        assert standing_values(catch_up(log, reopened), log) == live
        assert row_values(reopened, log) == row_values(fresh, log)
        reopened.close()
        fresh.close()


def test_definition_is_not_written_ahead_of_the_log(path: Path) -> None:
    """A definition that was changed twice, of which the log has the first only, is written as the first left it."""
    spec = Specification(CHAIN)
    lagging = LaggingViews(spec, path)
    for timeout in (1, 2):
        spec.when(commands.ChangeJob, "A", {"Timeout": timeout})
        lagging.decided()
    lagging.commit(1)
    lagging.views.flush()
    lagging.views.close()
    rows = ViewStore(path)
    found = catch_up(spec.log.until(lagging.committed), rows).designs.job("A")
    assert found is not None
    assert (found.body, found.version) == ({"Timeout": 1}, 2)
    rows.close()


def test_definition_is_not_applied_twice(path: Path) -> None:
    """Rows held back by a run that is ahead of the log: a definition written already keeps its version."""
    spec = Specification(CHAIN).start()
    lagging = LaggingViews(spec, path)
    put = (commands.PutRunProperties, "W", spec.run)
    for command in ((*put, {"a": "1"}), (commands.ChangeJob, "A", {"Timeout": 1}), (*put, {"a": "2"})):
        spec.when(*command)
        lagging.decided()
    lagging.commit(2)
    lagging.views.flush()
    lagging.views.close()
    log, rows = spec.log.until(lagging.committed), ViewStore(path)
    assert isinstance(log.stream("job:A")[-1].event, JobChanged)
    found = catch_up(log, rows).designs.job("A")
    assert found is not None
    assert found.version == 2
    rows.close()


def test_answers_include_what_is_not_written_yet(path: Path) -> None:
    """Rows about to be written are laid over those in the file."""
    spec = Specification(CHAIN)
    lagging = LaggingViews(spec, path)
    spec.start()
    lagging.decided()
    lagging.commit(1)
    attempt = spec.under_way("A").id
    assert [row[1] for row in lagging.views.runs_of("W", 9)] == [summarize(spec.graph())]
    assert [row[1:] for row in lagging.views.job_runs_of("A", 9)] == [(attempt, spec.run)]
    assert lagging.views.run_of_attempt(attempt) == spec.run
    assert lagging.views.is_behind
    before = row_values(lagging.views, spec.log)
    lagging.views.flush()
    assert lagging.views.position == lagging.committed
    assert row_values(lagging.views, spec.log) == before | {
        "position": lagging.committed,
        "active": [spec.run],
        "designs": [spec.graph().design.hash],
    }
    spec.ends("A")
    lagging.decided()
    lagging.commit(1)
    assert lagging.views.runs_of("W", 9)[0][1] == summarize(spec.graph())
    assert lagging.views.run_of_attempt("jr_unknown") is None
    lagging.views.close()


@pytest.mark.parametrize("flushed", [0, 3, 7])
def test_runs_and_job_runs_are_paged(path: Path, flushed: int) -> None:
    """Newest first, in pages that neither leave out nor repeat, wherever the border of the written rows lies."""
    spec = Specification(CHAIN, {"A": {"ExecutionProperty": {"MaxConcurrentRuns": 9}}})
    lagging = LaggingViews(spec, path)
    for number in range(7):
        if number == flushed:
            lagging.views.flush()
        spec.start()
        lagging.decided()
        lagging.commit(1)
    runs = spec.log_runs()
    assert paged(lambda before: [(o, s.run_id) for o, s in lagging.views.runs_of("W", 3, before)]) == runs[::-1]
    assert paged(lambda before: [(o, run) for o, _, run in lagging.views.job_runs_of("A", 3, before)]) == runs[::-1]
    lagging.views.close()


def paged(page: Callable[[int | None], list[tuple[int, str]]]) -> list[str]:
    """All pages, each asked for with the last ordinal of the one before."""
    found: list[str] = []
    before: int | None = None
    while rows := page(before):
        found += [run for _, run in rows]
        before = rows[-1][0]
    return found


def test_job_runs_that_stand_alone_are_rows_too(path: Path) -> None:
    """A job run outside of any workflow is found by its job and its id, and is no run of any workflow."""
    spec = Specification(CHAIN)
    lagging = LaggingViews(spec, path)
    spec.when(commands.RequestJobRun, "A", {})
    lagging.decided()
    lagging.commit(1)
    assert [row[1:] for row in lagging.views.job_runs_of("A", 9)] == [(spec.answer, spec.answer)]
    assert lagging.views.runs_of("W", 9) == []
    lagging.views.close()


def test_attempt_that_waited_is_one_row(path: Path) -> None:
    """Waiting and starting are two events of one attempt, whose place in the list stays."""
    spec = Specification("T1: -> A").start()
    lagging = LaggingViews(spec, path)
    first = spec.run
    spec.start()
    lagging.decided()
    lagging.commit(1)
    lagging.views.flush()
    waiting = lagging.views.job_runs_of("A", 9)
    spec.ends("A", run=first)
    lagging.decided()
    lagging.commit(1)
    assert lagging.views.job_runs_of("A", 9) == waiting
    lagging.views.flush()
    assert lagging.views.job_runs_of("A", 9) == waiting
    lagging.views.close()


def test_rows_ahead_of_the_log_are_refused(path: Path) -> None:
    """Rows that know more than the log belong to another one."""
    spec = Specification(CHAIN)
    LaggingViews(spec, path).views.close()
    with pytest.raises(StaleViews, match="the rows are at"):
        catch_up(spec.log.until(1), ViewStore(path))


@pytest.mark.parametrize("statement", [f"PRAGMA user_version={SCHEMA_VERSION + 1}", "DROP TABLE position"])
def test_rows_of_another_version_are_refused(path: Path, statement: str) -> None:
    """A file with another schema must be made anew."""
    ViewStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    with pytest.raises(StaleViews):
        ViewStore(path)


def test_file_that_is_no_database_is_refused(path: Path) -> None:
    """Anything else than a database must be made anew too."""
    path.write_bytes(b"rubbish" * 1_000)
    with pytest.raises(StaleViews):
        ViewStore(path)


@pytest.mark.parametrize("table", ["definitions", "designs", "runs_under_way"])
def test_damaged_rows_are_refused(path: Path, table: str) -> None:
    """Rows that cannot be read while catching up must be made anew: nothing in them is not in the log."""
    spec = Specification(CHAIN).start()
    LaggingViews(spec, path).views.close()
    with sqlite3.connect(path) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name=?", (table,)).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xaa" * size)
    with pytest.raises(StaleViews):
        catch_up(spec.log, ViewStore(path))


def test_definition_row_that_is_no_definition_is_refused(path: Path) -> None:
    """So must a row whose body another version wrote."""
    spec = Specification(CHAIN)
    LaggingViews(spec, path).views.close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE definitions SET body = '{}'")
    connection.close()
    with pytest.raises(StaleViews):
        catch_up(spec.log, ViewStore(path))


def test_locked_file_is_an_os_error(path: Path) -> None:
    """Rows that cannot be written are kept and written later."""
    spec = Specification(CHAIN).start()
    views = ViewStore(path)
    views.note(list(spec.facts), len(spec.facts), spec.standing)
    views._db.execute("PRAGMA busy_timeout=0")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OSError, match="database is locked"):
        views.flush()
    other.execute("ROLLBACK")
    other.close()
    assert views.is_behind
    views.flush()
    assert views.active_runs() == [spec.run]
    views.close()


def test_standing_needs_no_rows(path: Path) -> None:
    """Rows are a matter of speed: a standing from the log alone equals one from rows."""
    spec = Specification(CHAIN).start()
    LaggingViews(spec, path).views.close()
    rows = ViewStore(path)
    fresh = Standing(reader(spec.log))
    for recorded in spec.log.after(0):
        fresh.apply(recorded.stream, recorded.event)
    assert standing_values(catch_up(spec.log, rows), spec.log) == standing_values(fresh, spec.log)
    rows.close()
