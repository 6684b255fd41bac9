"""A log is folded by several processes as by one, whatever comes in their way, and none of them stays behind."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.audit import replaying
from daemon.audit.replay_processes import Incomplete, Part, folded, folded_beside, parts_of
from daemon.audit.replay_shares import Extract, Replayed, replayed
from daemon.audit.replaying import moment_in, replay
from events.catalogue import DamagedEvent
from events.reading import ReadOnlyLog
from events.shares import BEGINNING, END, WHOLE
from projections.run_graph import ImpossibleHistory
from tests.daemon.audit.archived_logs import ArchivedLog, repaired
from tests.daemon.decisions.specification import Specification


def quiet(_: int) -> None:
    """Told how far it is."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of thirteen runs: some were resumed, one is archived, one under way."""
    log = repaired(tmp_path / "log.db")
    for _ in range(3):
        log.spec.start().ends("A").ends("B", "FAILED").resume("B").ends("B", "FAILED").resume("B").ends("B").ends("C")
    log.spec.start().ends("A")
    log.seal_all()
    log.archive(log.spec.log_runs()[0], carry=True)
    return log.close()


def all_of(log: ReadOnlyLog) -> Extract:
    """The whole log, with a hundred runs of each workflow."""
    return Extract(log.position(), 100)


def alone(path: Path) -> Replayed:
    """What one process finds."""
    with ReadOnlyLog(path) as log:
        return replayed(log, all_of(log), WHOLE, quiet)


def beside(log: ReadOnlyLog, processes: int, progress: Callable[[int], None] = quiet) -> Replayed:
    """What so many processes find."""
    extract = all_of(log)
    parts = parts_of(log, extract.until, processes)
    assert len(parts) == processes
    return folded_beside(log, extract, parts, progress)


def instead_of_python(folder: Path, script: str) -> str:
    """A program that is started in the place of the interpreter."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    return str(program)


def children() -> set[str]:
    """The processes that this one has started and that are there."""
    tasks = Path("/proc/self/task").iterdir()
    return {child for task in tasks for child in Path(task, "children").read_text().split()}


@pytest.mark.parametrize("processes", [2, 4])
def test_several_find_what_one_does(path: Path, processes: int) -> None:
    """The same answer, and what they have done grows to the end and never shrinks."""
    told: list[int] = []
    with ReadOnlyLog(path) as log:
        assert beside(log, processes, told.append) == alone(path)
    assert told == sorted(told)


def test_long_logs_are_folded_by_several(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a number of events on, and where there is a second processor; the answer is that of a short log."""
    started = tmp_path / "started"
    with ReadOnlyLog(path) as log:
        short = replay(log, moment_in(log, None, None), 2)
        monkeypatch.setattr(
            sys, "executable", instead_of_python(tmp_path, f': > {started}; exec {sys.executable} "$@"')
        )
        assert (replay(log, moment_in(log, None, None), 2), started.exists()) == (short, False)
        monkeypatch.setattr(replaying, "LONG", log.position() - log.elided_events())
        assert replay(log, moment_in(log, None, None), 2) == short
    assert started.exists() == (len(os.sched_getaffinity(0)) > 1)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("exit 1", id="fails"),
        pytest.param("exit 0", id="ends without an answer"),
        pytest.param('echo 7; printf \'{"defined": [], "hist\'; kill -9 $$', id="is killed while it answers"),
        pytest.param("echo Traceback", id="says something else"),
    ],
)
def test_what_one_process_fails_to_find_another_does(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    """A process that comes to no end is not missed: the answer is whole, and never one without its share."""
    monkeypatch.setattr(sys, "executable", instead_of_python(tmp_path, script))
    with ReadOnlyLog(path) as log:
        with pytest.raises(Incomplete):
            beside(log, 2)
        assert folded(log, all_of(log), 2, quiet) == alone(path)


def test_processes_that_cannot_be_started_are_not_missed(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system starts no further process, one finds it all."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with ReadOnlyLog(path) as log:
        assert folded(log, all_of(log), 2, quiet) == alone(path)


def test_parts_are_of_one_size(tmp_path: Path) -> None:
    """Whatever was archived, each has about as many events, and all of the sample is in one of them."""
    log = ArchivedLog(Specification("T1: -> A"), tmp_path / "log.db")
    for _ in range(200):
        log.spec.start().ends("A")
    log.seal_all()
    log.archive(*log.spec.log_runs()[:120])
    with ReadOnlyLog(log.close()) as read:
        end = read.position()
        for count in (2, 3, 4):
            parts = parts_of(read, end, count)
            sizes = [len(list(read.shared(part.share, 0, end))) for part in parts]
            assert len(parts) == count
            assert max(sizes) < 1.1 * sum(sizes) / count
            assert [part.done(end) for part in parts] == [len(part.sample) for part in parts]
            assert sum(len(part.sample) for part in parts) > 100


def test_few_runs_make_few_parts(tmp_path: Path) -> None:
    """A log is not cut where no run begins; if it has none, it stays whole."""
    log = ArchivedLog(Specification("T1: -> A"), tmp_path / "log.db")
    log.keep()
    with ReadOnlyLog(log.path) as read:
        assert [part.share for part in parts_of(read, read.position(), 4)] == [WHOLE]
        assert parts_of(read, 0, 4) == [Part(WHOLE, ())]
        log.spec.start().ends("A").start()
        log.keep()
        assert 1 < len(parts_of(read, read.position(), 8)) <= 3
    log.close()


def damage(path: Path, position: int, body: bytes) -> None:
    """Puts another body in the place of an event's."""
    database = sqlite3.connect(path)
    with database:
        assert database.execute("UPDATE stored_events SET state=? WHERE rowid=?", (body, position)).rowcount
    database.close()


def places(path: Path, name: str, number: int) -> list[int]:
    """The positions of a share's events of a type, when there are two shares."""
    with ReadOnlyLog(path) as log:
        end = log.position()
        found = log.shared(parts_of(log, end, 2)[number].share, 0, end)
        return [position for position, _, event in found if type(event).__name__ == name]


def garble(path: Path) -> type[Exception]:
    """An event of each share cannot be read."""
    for number in (0, 1):
        damage(path, places(path, "NodeCompleted", number)[0], b"{")
    return DamagedEvent


def forge(path: Path) -> type[Exception]:
    """In the share of the other process an attempt starts again that has ended."""
    database = sqlite3.connect(path)
    (place, *_) = places(path, "NodeCompleted", 1)
    stream, body = database.execute("SELECT originator_id, state FROM stored_events WHERE rowid=?", (place,)).fetchone()
    with database:
        statement = "UPDATE stored_events SET state=?, topic='node.completed/1' WHERE originator_id=? AND rowid>?"
        assert database.execute(statement, (body, stream, place)).rowcount
    database.close()
    return ImpossibleHistory


@pytest.mark.parametrize("harm", [garble, forge])
def test_damage_is_told_as_by_one(path: Path, harm: Callable[[Path], type[Exception]]) -> None:
    """Whichever process comes to it, the error is the one that a single process meets first."""
    expected = harm(path)
    with ReadOnlyLog(path) as log:
        with pytest.raises(expected) as by_one:
            folded(log, all_of(log), 1, quiet)
        with pytest.raises(expected) as by_two:
            folded(log, all_of(log), 2, quiet)
    assert str(by_two.value) == str(by_one.value)


def test_runs_that_are_archived_meanwhile_are_there_or_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the beginning of the one process and that of the other runs are moved out of the log: no answer is made
    of two logs."""
    log = repaired(tmp_path / "log.db")
    log.seal_all()
    moved, python = tmp_path / "moved", f"until [ -e {tmp_path / 'moved'} ]; do sleep 0.05; done; exec {sys.executable}"

    def archive(_: int) -> None:
        if not moved.exists():
            log.archive(*log.spec.log_runs())
            moved.touch()

    with ReadOnlyLog(log.path) as read:
        extract = Extract(read.position(), 100)
        monkeypatch.setattr(sys, "executable", instead_of_python(tmp_path, f'{python} "$@"'))
        with pytest.raises(Incomplete):
            folded_beside(read, extract, parts_of(read, extract.until, 2), archive)
        assert folded(read, extract, 2, quiet) == replayed(read, extract, WHOLE, quiet)
    log.close()


def test_interrupted_it_leaves_nothing_behind(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C goes through, and the other processes are gone by then."""

    def interrupt(_: int) -> None:
        assert len(children() - before) == 3
        raise KeyboardInterrupt

    before = children()
    monkeypatch.setattr(sys, "executable", instead_of_python(tmp_path, "exec sleep 60"))
    with ReadOnlyLog(path) as log, pytest.raises(KeyboardInterrupt):
        beside(log, 4, interrupt)
    assert children() <= before


def test_process_ends_with_the_one_that_started_it(tmp_path: Path) -> None:
    """However that ended: here it does not even take the answer any more, which is larger than a pipe."""
    log = ArchivedLog(Specification("T1: -> A"), tmp_path / "log.db")
    for _ in range(300):
        log.spec.start().ends("A")
    words = [sys.executable, "-P", "-m", "daemon.audit.replay_processes", log.close(), 2**62, 1_000, BEGINNING, END]
    process = subprocess.Popen(list(map(str, words)), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        assert os.read(process.stdout.fileno(), 1)
        process.stdin.close()
        assert process.wait(60) == 1
