"""Ending what runs: a whole run, single job runs, and attempts whose time is up."""

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from events.catalogue import decode, encode
from tests.corridor.conftest import Working
from tests.corridor.waiting import NamedPipe, gone
from tests.corridor.workshop import Workshop, job_runs, states

STAYS = ("echo $$ >started", "sleep 600 & echo $! >started", "wait")
"""A job that tells its own pid and that of a process it started, then stays."""

LONG_AGO_MILLIS = 10 * 60_000


def pids(started: NamedPipe, count: int) -> list[int]:
    """The process ids that jobs have written."""
    return [int(line) for line in started.lines(count)]


def refusal(send: Any, **members: Any) -> str:
    """The code of the error that a call is answered with."""
    with pytest.raises(ClientError) as caught:
        send(**members)
    code: str = caught.value.response["Error"]["Code"]
    return code


def test_stopped_run_ends_its_process_groups(workshop: Workshop) -> None:
    """All running jobs are ended with every process they started; the others never start, not even on STOPPED."""
    started = workshop.pipe("started")
    for job in ("A", "B"):
        workshop.shell(job, *STAYS, MaxRetries=3)
    workshop.shell("after")
    workshop.workflow("W", "A", "B")
    workshop.trigger("stopped", "W", {"A": "STOPPED"}, "after")
    run_id = workshop.start("W")
    processes = pids(started, 4)
    workshop.glue.stop_workflow_run(Name="W", RunId=run_id)
    run = workshop.finished("W", run_id)
    for pid in processes:
        gone(pid)
    assert run["Status"] == "STOPPED"
    assert states(run) == {"A": "STOPPED", "B": "STOPPED", "after": None}
    assert run["Statistics"]["StoppedActions"] == 2
    assert [len(job_runs(run, job)) for job in ("A", "B")] == [1, 1]


def test_only_a_running_run_can_be_stopped(workshop: Workshop) -> None:
    """A run that has ended is left as it is; one that is not there is not found."""
    workshop.shell("J")
    workshop.workflow("W", "J")
    run = workshop.ran("W")
    before = workshop.daemon.position()
    stop = workshop.glue.stop_workflow_run
    assert refusal(stop, Name="W", RunId=run["WorkflowRunId"]) == "IllegalWorkflowStateException"
    assert refusal(stop, Name="W", RunId="wr_" + "0" * 64) == "EntityNotFoundException"
    assert refusal(stop, Name="W0", RunId=run["WorkflowRunId"]) == "EntityNotFoundException"
    assert workshop.daemon.position() == before


def test_job_that_will_not_end_is_killed(working: Working) -> None:
    """A job that shrugs off SIGTERM is ended by SIGKILL after the grace, with its group, and is STOPPED."""
    workshop = working("--stop-grace-seconds", "0.2")
    started = workshop.pipe("started")
    workshop.shell("J", "trap '' TERM", "echo $$ >started", "while :; do sleep 600; done")
    job_run_id = workshop.glue.start_job_run(JobName="J")["JobRunId"]
    [pid] = pids(started, 1)
    workshop.glue.batch_stop_job_run(JobName="J", JobRunIds=[job_run_id])
    assert workshop.job_ended("J", job_run_id)["JobRunState"] == "STOPPED"
    gone(pid)


def test_batch_stop_tells_each_outcome(workshop: Workshop) -> None:
    """BatchStopJobRun stops what runs, passes over what has ended, and names what is not there."""
    started = workshop.pipe("started")
    workshop.shell("J", *STAYS)
    workshop.shell("K")
    running, ended = workshop.glue.start_job_run(JobName="J")["JobRunId"], workshop.job_ran("K")["Id"]
    pids(started, 2)
    unknown = "jr_" + "0" * 64
    answer = workshop.glue.batch_stop_job_run(JobName="J", JobRunIds=[running, unknown, ended])
    assert answer["SuccessfulSubmissions"] == [{"JobName": "J", "JobRunId": running}]
    assert {(error["JobRunId"], error["ErrorDetail"]["ErrorCode"]) for error in answer["Errors"]} == {
        (unknown, "EntityNotFoundException"),
        (ended, "EntityNotFoundException"),
    }
    assert workshop.job_ended("J", running)["JobRunState"] == "STOPPED"


def test_stopped_job_run_lets_its_workflow_run_go_on(workshop: Workshop) -> None:
    """A job run of a workflow run that is stopped by itself is STOPPED, is not retried, and may be acted on."""
    started = workshop.pipe("started")
    workshop.shell("J", *STAYS, MaxRetries=2)
    workshop.shell("after")
    workshop.workflow("W", "J")
    workshop.trigger("stopped", "W", {"J": "STOPPED"}, "after")
    run_id = workshop.start("W")
    pids(started, 2)
    job_run = job_runs(workshop.run("W", run_id), "J")[0]
    workshop.glue.batch_stop_job_run(JobName="J", JobRunIds=[job_run["Id"]])
    run = workshop.finished("W", run_id)
    assert (run["Status"], states(run)) == ("COMPLETED", {"J": "STOPPED", "after": "SUCCEEDED"})
    assert len(job_runs(run, "J")) == 1


def test_job_ended_by_a_signal_from_elsewhere_failed(workshop: Workshop) -> None:
    """A job that somebody else kills has FAILED, and its message names the signal."""
    started, _ = workshop.pipe("started"), workshop.pipe("never")
    workshop.shell("J", "echo $$ >started", "read _ <never")
    job_run_id = workshop.glue.start_job_run(JobName="J")["JobRunId"]
    os.kill(pids(started, 1)[0], signal.SIGKILL)
    job_run = workshop.job_ended("J", job_run_id)
    assert job_run["JobRunState"] == "FAILED"
    assert "SIGKILL" in job_run["ErrorMessage"]


def test_attempt_whose_time_is_up_ends_in_timeout(working: Working, state: Path) -> None:
    """An attempt older than its timeout of one minute is ended, with its group, and is TIMEOUT: no retry follows, and
    a condition on TIMEOUT matches.

    Timeouts are whole minutes. So that no test waits for one, the job's start is put ten minutes back in the log while
    no daemon runs; the next daemon finds the time used up.
    """
    workshop = working()
    started = workshop.pipe("started")
    workshop.shell("J", *STAYS, Timeout=1, MaxRetries=2)
    workshop.shell("after")
    workshop.workflow("W", "J")
    workshop.trigger("timed-out", "W", {"J": "TIMEOUT"}, "after")
    run_id = workshop.start("W")
    processes = pids(started, 2)
    workshop.daemon.stop()
    put_starts_back(state, run_id)
    later = working()
    run = later.finished("W", run_id)
    for pid in processes:
        gone(pid)
    assert states(run) == {"J": "TIMEOUT", "after": "SUCCEEDED"}
    assert (run["Statistics"]["TimeoutActions"], len(job_runs(run, "J"))) == (1, 1)


def put_starts_back(state: Path, run_id: str) -> None:
    """Makes a run's events older in the log, and leaves the views to be made anew from it."""
    for file in state.glob("views.db*"):
        file.unlink()
    with closing(sqlite3.connect(state / "log.db")) as log, log:
        rows = log.execute("SELECT rowid, topic, state FROM stored_events WHERE originator_id = ?", (run_id,))
        for rowid, topic, body in rows.fetchall():
            event = decode(topic, body)
            _, older = encode(msgspec.structs.replace(event, at=event.at - LONG_AGO_MILLIS))
            log.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (older, rowid))
