"""A second process that looks at the second part of a log: what it is good for, and what its end in any way does."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from daemon.audit.chains import Followed
from daemon.audit.findings import Report
from daemon.audit.parts import SecondPart
from daemon.audit.second_process import COMMAND, Beside, beside
from daemon.audit.verification import Evidence, verify
from events.ledger import Ledger
from tests.daemon.audit import tampering
from tests.daemon.audit.archived_logs import ArchivedLog, repaired
from tests.daemon.audit.tampering import fact, seals_of, written
from tests.daemon.audit.two_parts import cut_short

NEWEST = 63
DEADLINE_SECONDS = 60
HALF_A_LINE = (sys.executable, "-c", "print('7'); print('{\"events\":', end='')")
SILENT = (sys.executable, "-c", "import time; time.sleep(600)")
NOT_THERE = ("/nonexistent/python",)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sound log, that is cut after position 41."""
    return written(tmp_path / "log.db")


class Watched:
    """What becomes of second processes: each one, and what it said."""

    def __init__(self) -> None:
        self.others: list[Beside] = []
        self.said: list[Followed | None] = []

    @contextmanager
    def beside(self, part: SecondPart | None) -> Iterator[Beside]:
        """As the real one, under watch."""
        with beside(part) as other:
            self.others.append(other)
            self.met(other)
            followed = other.followed

            def noted(told: Callable[[int], None]) -> Followed | None:
                self.said.append(followed(told))
                return self.said[-1]

            other.followed = noted  # type: ignore[method-assign]
            yield other

    def met(self, other: Beside) -> None:
        """A second process has begun."""


class Killed(Watched):
    """Second processes that are killed as soon as they have begun."""

    def met(self, other: Beside) -> None:
        """It goes."""
        assert other.process is not None
        other.process.kill()


def in_two_processes(path: Path, watched: Watched, evidence: Evidence | None = None) -> Report:
    """What is said of a log by two processes, however short it is."""
    with cut_short(with_process=True), pytest.MonkeyPatch.context() as patch:
        patch.setattr("daemon.audit.verification.beside", watched.beside)
        report = verify(path, evidence or Evidence(), processors=2)
    assert all(other.process is None or other.process.poll() is not None for other in watched.others)
    return msgspec.structs.replace(report, seconds=0)


def in_one(path: Path, evidence: Evidence | None = None) -> Report:
    """What is said of a log by one process."""
    return msgspec.structs.replace(verify(path, evidence or Evidence()), seconds=0)


def test_second_process_looks_at_the_second_part(path: Path) -> None:
    """Of a sound log it says what it holds, and the report is that of one process."""
    watched = Watched()
    report = in_two_processes(path, watched, Evidence(seals_of(path)))
    assert report == in_one(path, Evidence(seals_of(path)))
    assert report.is_sound
    assert [(said.events, said.unchained) for said in watched.said if said is not None] == [(NEWEST - 41, 0)]


@pytest.mark.parametrize("tamper", [tampering.change, tampering.remove, tampering.insert, tampering.reorder])
@pytest.mark.parametrize("place", [7, 50])
def test_tampering_is_named_as_by_one_process(path: Path, place: int, tamper: Callable[[Path, int], None]) -> None:
    """In either part, what was done is named in the words of one process; of its own part the second says nothing."""
    tamper(path, place)
    watched = Watched()
    report = in_two_processes(path, watched)
    assert not report.is_sound
    assert report == in_one(path)
    assert place == 7 or watched.said == [None]


def test_part_of_a_process_that_is_killed_is_looked_at_nevertheless(path: Path) -> None:
    """Damage in the part of a process that is gone is found."""
    watched = Killed()
    assert in_two_processes(path, watched).is_sound
    tampering.change(path, 50)
    report = in_two_processes(path, watched)
    assert watched.said == [None, None]
    assert report == in_one(path)
    assert 50 in {finding.position for finding in report.findings}


@pytest.mark.parametrize("command", [HALF_A_LINE, SILENT, NOT_THERE], ids=["half a line", "silent", "not there"])
def test_process_that_is_no_help_is_done_without(
    path: Path, command: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that does not start, ends within a line or says nothing for long is given up, and ended."""
    monkeypatch.setattr("daemon.audit.second_process.COMMAND", command)
    monkeypatch.setattr("daemon.audit.second_process.MOST_SILENT_SECONDS", 60 if command != SILENT else 0.1)
    tampering.change(path, 50)
    watched = Watched()
    assert in_two_processes(path, watched) == in_one(path)
    assert watched.said == [None]


def test_what_is_appended_meanwhile_is_not_looked_at(path: Path) -> None:
    """A daemon that appends between the beginnings of the two does not matter: both look at what was there at first."""
    ledger = Ledger(path)
    before = in_one(path)

    class Appending(Watched):
        @contextmanager
        def beside(self, part: SecondPart | None) -> Iterator[Beside]:
            ledger.commit([fact(number) for number in range(60, 70)])
            with super().beside(part) as other:
                yield other

    watched = Appending()
    report = in_two_processes(path, watched)
    ledger.close()
    assert report == before
    assert watched.said != [None]


def test_what_is_archived_meanwhile_makes_no_difference(tmp_path: Path) -> None:
    """Where a daemon moves events out between the beginnings of the two, the first does it all: it has them still."""
    log = repaired(tmp_path / "log.db")
    before = in_one(log.path)

    class Archiving(Watched):
        @contextmanager
        def beside(self, part: SecondPart | None) -> Iterator[Beside]:
            _archive(log)
            with super().beside(part) as other:
                yield other

    watched = Archiving()
    report = in_two_processes(log.path, watched)
    assert report == before
    assert (report.elided, watched.said) == (0, [None])
    assert in_one(log.close()).elided


def _archive(log: ArchivedLog) -> None:
    assert log.archive(log.spec.run).runs


def test_verification_that_is_left_leaves_no_process(path: Path) -> None:
    """Where something else ends the verification, the second process ends with it."""

    def interrupted(position: int, end: int) -> None:
        raise KeyboardInterrupt

    watched = Watched()
    with cut_short(with_process=True), pytest.MonkeyPatch.context() as patch:
        patch.setattr("daemon.audit.verification.beside", watched.beside)
        with pytest.raises(KeyboardInterrupt):
            verify(path, Evidence(), interrupted, processors=2)
    assert watched.others[0].process is not None
    assert watched.others[0].process.poll() is not None


def test_process_whose_caller_is_gone_ends(path: Path) -> None:
    """Who began it may be killed: its first word that nobody hears is its last."""
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.close()
    part = SecondPart(os.fsencode(path), 41, NEWEST, 0, False)
    with process.stdin as door:
        door.write(msgspec.json.encode(part))
    assert process.wait(DEADLINE_SECONDS) == 1


def test_threads_may_verify(path: Path) -> None:
    """In threads beside each other, as a daemon has them, two processes each give the same report."""
    one = in_one(path)
    with cut_short(with_process=True), ThreadPoolExecutor(2) as threads:
        found = [threads.submit(verify, path, Evidence(), processors=2) for _ in range(2)]
        reports = [msgspec.structs.replace(each.result(DEADLINE_SECONDS), seconds=0) for each in found]
    assert reports == [one, one]


def test_one_processor_has_no_second_process(path: Path) -> None:
    """Where one processor may be used, or the log is short, nothing is started."""
    watched = Watched()
    with cut_short(with_process=True), pytest.MonkeyPatch.context() as patch:
        patch.setattr("daemon.audit.verification.beside", watched.beside)
        assert verify(path, Evidence(), processors=1).is_sound
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("daemon.audit.verification.beside", watched.beside)
        assert verify(path, Evidence(), processors=2).is_sound
    assert [other.process for other in watched.others] == [None, None]
