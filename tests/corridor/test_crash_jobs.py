"""A job, its wrapper or its whole process group is killed, with a daemon there or not; and the daemon itself is halted.

The attempt ends FAILED with a message that says what happened, is tried again if the job allows it, and leaves no
process behind.
"""

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.corridor.crash_audit import Log, await_all_ended, served
from tests.corridor.crash_site import Site
from tests.corridor.crash_storm import KILL, TERM
from tests.corridor.crash_wire import Wire
from tests.corridor.waiting import NamedPipe, gone, until

SCRIPT = """#!/bin/sh
while [ "$1" != --JOB_RUN_ID ]; do shift 2; done
echo "$2" >>"$CRASH_STARTED"
echo "$$ $PPID" >'{up}'
read -r line <'{release}'
"""
BY_JOB = "Command failed with exit code 137, ended by signal 9 (SIGKILL)"
BY_WRAPPER = "its wrapper was ended by signal 9 (SIGKILL) from outside"
VANISHED = "vanished without leaving an exit code: it was killed from outside"


class Processes(NamedTuple):
    """A job's process and its wrapper, which leads the group."""

    job: int
    wrapper: int


class Bench:
    """Runs of one job that says who it is and then waits for a line."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.up, self.release = NamedPipe(site.folder / "up"), NamedPipe(site.folder / "release")
        self.script = site.folder / "job.sh"
        self.script.write_text(SCRIPT.format(up=self.up.path, release=self.release.path))
        self.script.chmod(0o755)
        self.wire = Wire(site.start())

    def start(self, retries: int = 0) -> str:
        """A run of the job, outside of any workflow; its id."""
        command = {"Name": "shell", "ScriptLocation": str(self.script)}
        self.wire.call("CreateJob", Name="job", Role="role", Command=command, MaxRetries=retries)
        job_run_id: str = self.wire.call("StartJobRun", JobName="job")["JobRunId"]
        return job_run_id

    def processes(self) -> Processes:
        """Those of the attempt that began last."""
        return Processes(*map(int, self.up.line().split()))

    def restart(self) -> None:
        """A new daemon in place of one that has ended."""
        self.wire = Wire(self.site.start())

    def attempts(self) -> list[dict[str, Any]]:
        """The job's runs, newest first."""
        return self.wire.pages("GetJobRuns", "JobRuns", JobName="job")

    def check(self, states: list[str]) -> list[str]:
        """All attempts, newest first, are in these states, began once, and nothing is left of them; their errors."""
        await_all_ended(self.wire)
        self.site.await_no_processes()
        attempts, shown = self.attempts(), served(self.wire)
        assert [attempt["JobRunState"] for attempt in attempts] == states
        assert sorted(self.site.starts()) == sorted(attempt["Id"] for attempt in attempts)
        assert self.site.end(TERM) == 0
        log = Log(self.site.state, self.site.folder)
        log.check_order()
        log.check_served(shown)
        assert not self.site.complaints()
        return [attempt.get("ErrorMessage", "") for attempt in attempts]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """The job and a daemon."""
    site = Site(tmp_path)
    try:
        yield Bench(site)
    finally:
        site.clean_up()


def _kill_job(processes: Processes) -> None:
    os.kill(processes.job, KILL)


def _kill_wrapper(processes: Processes) -> None:
    os.kill(processes.wrapper, KILL)


def _kill_group(processes: Processes) -> None:
    os.killpg(processes.wrapper, KILL)


KILLS = [
    pytest.param(_kill_job, BY_JOB, id="job"),
    pytest.param(_kill_wrapper, BY_WRAPPER, id="wrapper"),
    pytest.param(_kill_group, BY_WRAPPER, id="group"),
]


@pytest.mark.parametrize(("kill", "message"), KILLS)
def test_killed_from_outside(bench: Bench, kill: Any, message: str) -> None:
    """The attempt is FAILED, its message says what happened, and no process of it is left."""
    bench.start()
    kill(bench.processes())
    (error,) = bench.check(["FAILED"])
    assert message in error


@pytest.mark.parametrize(("kill", "message"), KILLS)
def test_killed_from_outside_and_tried_again(bench: Bench, kill: Any, message: str) -> None:
    """With MaxRetries a second attempt follows by itself, begins once and counts."""
    first = bench.start(retries=1)
    kill(bench.processes())
    bench.processes()
    bench.release.send()
    assert message in bench.check(["SUCCEEDED", "FAILED"])[1]
    assert bench.site.starts() == [first, f"{first}_attempt_1"]


@pytest.mark.parametrize("kill", [_kill_wrapper, _kill_group])
def test_killed_while_no_daemon_was_there(bench: Bench, kill: Any) -> None:
    """The next daemon finds no exit code, says so, kills what is left and tries again."""
    bench.start(retries=1)
    processes = bench.processes()
    bench.site.end(KILL)
    kill(processes)
    gone(processes.wrapper)
    bench.restart()
    bench.processes()
    gone(processes.job)
    bench.release.send()
    assert VANISHED in bench.check(["SUCCEEDED", "FAILED"])[1]


def test_job_killed_under_an_adopting_daemon(bench: Bench) -> None:
    """A daemon that took over a running job tells what became of it as the one that started it would."""
    bench.start()
    processes = bench.processes()
    bench.site.end(KILL)
    bench.restart()
    _kill_job(processes)
    (error,) = bench.check(["FAILED"])
    assert BY_JOB in error


def test_everything_killed_together(bench: Bench) -> None:
    """Daemon and group killed in one moment: the attempt is FAILED, its retry runs once."""
    bench.start(retries=1)
    processes = bench.processes()
    _kill_group(processes)
    bench.site.end(KILL)
    bench.restart()
    bench.processes()
    bench.release.send()
    bench.check(["SUCCEEDED", "FAILED"])


def test_halted_daemon_goes_on(bench: Bench) -> None:
    """A daemon that was halted answers what was asked in the meantime and records what ended in the meantime."""
    job_run_id = bench.start()
    wrapper = bench.processes().wrapper
    process = bench.site.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    stat = Path(f"/proc/{process.pid}/stat")
    until(lambda: stat.read_text().rpartition(")")[2].split()[0], lambda state: state == "T")
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(Wire(bench.wire.url).call("CreateWorkflow", Name="asked")))
    asking.start()
    bench.release.send()
    gone(wrapper)
    assert not answers
    process.send_signal(signal.SIGCONT)
    asking.join()
    assert answers == [{"Name": "asked"}]
    bench.check(["SUCCEEDED"])
    assert bench.site.starts() == [job_run_id]
