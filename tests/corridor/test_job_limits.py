"""How many runs of one job or of one workflow go on at once, and what happens to the ones above the limit."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.corridor.conftest import Working
from tests.corridor.waiting import until
from tests.corridor.workshop import Workshop, job_runs, states


@pytest.fixture
def blocking(workshop: Workshop) -> Workshop:
    """Job J, which writes its run's id to the pipe `started` and ends at a line from the pipe `go`."""
    workshop.pipe("started")
    workshop.pipe("go")
    workshop.shell("J", *BLOCKS)
    return workshop


BLOCKS = ('while [ "$1" != --JOB_RUN_ID ]; do shift; done', "echo $2 >started", "read _ <go")


def refusal(send: Any, **members: Any) -> tuple[str, str]:
    """Code and text of the error that a call is answered with."""
    with pytest.raises(ClientError) as caught:
        send(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def state_of(workshop: Workshop, workflow: str, run_id: str) -> str | None:
    """The state of job J in a workflow run, as it stands."""
    return states(workshop.run(workflow, run_id))["J"]


def test_a_second_workflow_run_waits_for_the_job(blocking: Workshop) -> None:
    """A job at its limit of one waits in the second run (WAITING), and starts when the first has ended."""
    started, go = blocking.pipes
    blocking.workflow("W", "J")
    first, second = blocking.start("W"), blocking.start("W")
    begun = started.line()
    assert (state_of(blocking, "W", first), state_of(blocking, "W", second)) == ("RUNNING", "WAITING")
    assert blocking.run("W", second)["Statistics"]["WaitingActions"] == 1
    assert started.is_silent()
    go.send()
    assert started.line() == job_runs(blocking.run("W", second), "J")[0]["Id"] != begun
    go.send()
    assert {blocking.finished("W", run)["Status"] for run in (first, second)} == {"COMPLETED"}


def test_waiting_runs_start_in_their_order(blocking: Workshop) -> None:
    """The queue of a job is served first come, first served, across workflows."""
    started, go = blocking.pipes
    for workflow in ("V", "W"):
        blocking.workflow(workflow, "J")
    runs = [(workflow, blocking.start(workflow)) for workflow in ("V", "W", "V", "W")]
    expected = [job_runs(blocking.run(*run), "J")[0]["Id"] for run in runs]
    begun = []
    for _ in runs:
        begun.append(started.line())
        go.send()
    assert begun == expected
    for run in runs:
        blocking.finished(*run)


def test_a_raised_limit_lets_waiting_runs_start(blocking: Workshop) -> None:
    """What waits for a job starts as soon as the job's limit is raised."""
    started, go = blocking.pipes
    blocking.workflow("W", "J")
    runs = [blocking.start("W") for _ in range(3)]
    started.line()
    job = blocking.glue.get_job(JobName="J")["Job"]
    update = {"Role": "role", "Command": job["Command"], "ExecutionProperty": {"MaxConcurrentRuns": 3}}
    blocking.glue.update_job(JobName="J", JobUpdate=update)
    started.lines(2)
    assert {state_of(blocking, "W", run) for run in runs} == {"RUNNING"}
    for _ in runs:
        go.send()
    for run in runs:
        blocking.finished("W", run)


def test_a_stopped_run_does_not_wait_any_more(blocking: Workshop) -> None:
    """A run that is stopped while its job waits ends at once, and its place in the queue is gone."""
    started, go = blocking.pipes
    blocking.workflow("W", "J")
    first, second = blocking.start("W"), blocking.start("W")
    started.line()
    blocking.glue.stop_workflow_run(Name="W", RunId=second)
    assert blocking.run("W", second)["Status"] == "STOPPED"
    assert state_of(blocking, "W", second) == "STOPPED"
    go.send()
    blocking.finished("W", first)
    assert started.is_silent()


def test_start_job_run_above_the_limit_is_refused(blocking: Workshop) -> None:
    """Outside of workflows Glue's own error is given, and nothing is recorded."""
    started, go = blocking.pipes
    job_run_id = blocking.glue.start_job_run(JobName="J")["JobRunId"]
    started.line()
    before = blocking.daemon.position()
    assert refusal(blocking.glue.start_job_run, JobName="J")[0] == "ConcurrentRunsExceededException"
    assert blocking.daemon.position() == before
    go.send()
    blocking.job_ended("J", job_run_id)
    assert len(blocking.glue.get_job_runs(JobName="J")["JobRuns"]) == 1


def test_queued_job_runs_wait(blocking: Workshop) -> None:
    """With JobRunQueuingEnabled StartJobRun above the limit is WAITING, and starts later."""
    started, go = blocking.pipes
    first = blocking.glue.start_job_run(JobName="J")["JobRunId"]
    second = blocking.glue.start_job_run(JobName="J", JobRunQueuingEnabled=True)["JobRunId"]
    assert started.line() == first
    assert blocking.job_run("J", second)["JobRunState"] == "WAITING"
    go.send()
    assert started.line() == second
    go.send()
    assert blocking.job_ended("J", second)["JobRunState"] == "SUCCEEDED"


def test_limit_of_workflow_runs(blocking: Workshop) -> None:
    """At its MaxConcurrentRuns a workflow takes no start, by itself or by its trigger; after an end it does again."""
    started, go = blocking.pipes
    blocking.workflow("W", "J", MaxConcurrentRuns=1)
    run_id = blocking.start("W")
    started.line()
    before = blocking.daemon.position()
    code, text = refusal(blocking.glue.start_workflow_run, Name="W")
    assert (code, text.partition(".")[0]) == (
        "ConcurrentRunsExceededException",
        "Concurrent runs exceeded for workflow: W",
    )
    assert refusal(blocking.glue.start_trigger, Name="W-start")[0] == "ConcurrentRunsExceededException"
    assert blocking.daemon.position() == before
    go.send()
    blocking.finished("W", run_id)
    blocking.glue.start_trigger(Name="W-start")
    started.line()
    go.send()
    until(lambda: blocking.daemon.get("/healthz")["active_runs"], lambda count: count == 0)
    assert len(blocking.glue.get_workflow_runs(Name="W")["Runs"]) == 2


def test_limit_holds_against_many_at_once(blocking: Workshop) -> None:
    """Of many starts at the same moment exactly as many succeed as the limit allows."""
    started, go = blocking.pipes
    blocking.workflow("W", "J", MaxConcurrentRuns=2)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: blocking.daemon.call("StartWorkflowRun", b'{"Name": "W"}'), range(40)))
    assert sorted(answer.status for answer in answers) == [200] * 2 + [400] * 38
    for _ in range(2):
        started.line()
        go.send()
    until(lambda: blocking.daemon.get("/healthz")["active_runs"], lambda count: count == 0)
    assert len(blocking.glue.get_workflow_runs(Name="W")["Runs"]) == 2


def test_strict_glue_fails_instead_of_waiting(working: Working, workshop: Workshop) -> None:
    """Under strict-glue a job at its limit ends FAILED in a workflow run, with Glue's message."""
    started, go = workshop.pipe("started"), workshop.pipe("go")
    workshop.daemon.stop()
    strict = working("--strict-glue", "true")
    strict.shell("J", *BLOCKS)
    strict.workflow("W", "J")
    first = strict.start("W")
    started.line()
    second = strict.ran("W")
    assert job_runs(second, "J")[0]["JobRunState"] == "FAILED"
    assert job_runs(second, "J")[0]["ErrorMessage"] == "Max concurrent runs exceeded"
    go.send()
    strict.finished("W", first)
