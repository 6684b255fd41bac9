"""The daemon ends and another one takes its place: jobs go on, and no outcome is lost."""

import signal
from contextlib import ExitStack
from pathlib import Path

from tests.corridor import seed
from tests.corridor.conftest import Starting, Working
from tests.corridor.waiting import gone
from tests.corridor.workshop import job_runs, states

BLOCKS = ("echo $$ >started", "read line <go", "echo got $line")


def test_jobs_go_on_and_are_taken_up(working: Working) -> None:
    """After SIGTERM the running jobs stay; the next daemon adopts them and finishes the run, none started twice."""
    workshop = working()
    started, go_a, go_b = (workshop.pipe(name) for name in ("started", "go-a", "go-b"))
    for job, go in (("A", "go-a"), ("B", "go-b")):
        workshop.shell(job, "echo $$ >started", f"read line <{go}", "echo got $line")
    workshop.shell("C")
    workshop.workflow("W", "A", "B")
    workshop.trigger("both", "W", {"A": "SUCCEEDED", "B": "SUCCEEDED"}, "C")
    run_id = workshop.start("W")
    pids = started.lines(2)
    before = job_runs(workshop.run("W", run_id), "A")
    workshop.daemon.stop()
    later = working()
    assert later.daemon.logged("recovered")["attempts"] == 2
    assert job_runs(later.run("W", run_id), "A") == before
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)
    go_a.send("one")
    go_b.send("two")
    run = later.finished("W", run_id)
    assert states(run) == dict.fromkeys("ABC", "SUCCEEDED")
    assert [later.output(job_runs(run, job)[0]["Id"]) for job in "AB"] == ["got one\n", "got two\n"]
    assert started.is_silent()


def test_outcome_without_a_daemon_is_picked_up(working: Working) -> None:
    """A job that fails while no daemon runs has failed with its own code and message, at its own time."""
    workshop = working()
    started, go = workshop.pipe("started"), workshop.pipe("go")
    workshop.shell("J", *BLOCKS, "echo the disk is full >&2", "exit 4")
    workshop.shell("bad")
    workshop.workflow("W", "J")
    workshop.trigger("failed", "W", {"J": "FAILED"}, "bad")
    run_id = workshop.start("W")
    pid = int(started.line())
    workshop.daemon.stop()
    go.send()
    gone(pid)
    later = working()
    run = later.finished("W", run_id)
    assert states(run) == {"J": "FAILED", "bad": "SUCCEEDED"}
    assert job_runs(run, "J")[0]["ErrorMessage"] == "Command failed with exit code 4: the disk is full"


def test_a_taken_up_job_can_be_stopped(working: Working) -> None:
    """The next daemon ends the process group of a job that another daemon has started."""
    workshop = working()
    started = workshop.pipe("started")
    workshop.shell("J", "echo $$ >started", "sleep 600 & echo $! >started", "wait")
    workshop.workflow("W", "J")
    run_id = workshop.start("W")
    pids = started.lines(2)
    workshop.daemon.stop()
    later = working()
    later.glue.stop_workflow_run(Name="W", RunId=run_id)
    assert states(later.finished("W", run_id)) == {"J": "STOPPED"}
    for pid in pids:
        gone(int(pid))


def test_waiting_job_runs_wait_on(working: Working) -> None:
    """A job run that waited for its job before the restart starts when the job's other run has ended after it."""
    workshop = working()
    started, go = workshop.pipe("started"), workshop.pipe("go")
    workshop.shell("J", *BLOCKS)
    workshop.workflow("W", "J")
    first, second = workshop.start("W"), workshop.start("W")
    started.line()
    workshop.daemon.stop()
    later = working()
    assert states(later.run("W", second)) == {"J": "WAITING"}
    go.send()
    started.line()
    go.send()
    assert {later.finished("W", run)["Status"] for run in (first, second)} == {"COMPLETED"}


def test_boto3_in_a_job_finds_the_next_daemon(working: Working) -> None:
    """A job that was started by a daemon on a fixed port reaches its successor there."""
    workshop = working()
    first = workshop.daemon
    started, go = workshop.pipe("started"), workshop.pipe("go")
    workshop.python("J", f"open('{started.path}', 'w').write('on\\n')", f"open('{go.path}').readline()", PUT)
    workshop.workflow("W", "J")
    run_id = workshop.start("W")
    started.line()
    first.stop()
    later = working("--listen", first.url.removeprefix("http://"))
    go.send()
    run = later.finished("W", run_id)
    assert run["WorkflowRunProperties"] == {"found": "42"}, job_runs(run, "J")


def test_everything_is_there_after_a_restart(working: Working) -> None:
    """Definitions, history and graphs read the same from the next daemon, and a run of the past can be resumed."""
    workshop = working()
    seed.define(workshop)
    run = workshop.ran("W1")
    history, workflow = workshop.glue.get_workflow_runs(Name="W1"), workshop.glue.get_workflow(Name="W1")
    workshop.daemon.stop()
    later = working()
    assert later.run("W1", run["WorkflowRunId"]) == run
    assert later.glue.get_workflow_runs(Name="W1")["Runs"] == history["Runs"]
    assert later.glue.get_workflow(Name="W1")["Workflow"] == workflow["Workflow"]
    seed.repair(later, "J2", "J3")
    resumed = later.resumed("W1", run["WorkflowRunId"], "J2", "J3")
    assert states(resumed) == dict.fromkeys(seed.JOBS, "SUCCEEDED")


def test_views_are_made_anew_from_the_log(working: Working, state: Path) -> None:
    """With the persisted rows deleted, or replaced by rubbish, every answer is the same again."""
    workshop = working()
    seed.define(workshop)
    first = workshop.ran("W1")
    workshop.resumed("W1", first["WorkflowRunId"], "J2")
    history = workshop.glue.get_workflow_runs(Name="W1", IncludeGraph=True)["Runs"]
    job_history = workshop.glue.get_job_runs(JobName="J2")["JobRuns"]
    for content in (None, b"rubbish" * 1000):
        workshop.daemon.stop()
        for file in state.glob("views.db*"):
            file.unlink()
        if content is not None:
            (state / "views.db").write_bytes(content)
        workshop = working()
        assert workshop.glue.get_workflow_runs(Name="W1", IncludeGraph=True)["Runs"] == history
        assert workshop.glue.get_job_runs(JobName="J2")["JobRuns"] == job_history


def test_followers_are_let_go(working: Working) -> None:
    """Whoever follows a job's output when the daemon stops gets what there is and the end; the job goes on."""
    workshop = working()
    started, go = workshop.pipe("started"), workshop.pipe("go")
    workshop.shell("J", "echo first", *BLOCKS)
    job_run_id = workshop.glue.start_job_run(JobName="J")["JobRunId"]
    started.line()
    with ExitStack() as stack:
        path = f"/v1/job-runs/{job_run_id}/logs?follow=1"
        followed = [stack.enter_context(workshop.daemon.opened(path)) for _ in range(2)]
        assert [answer.read(len(b"first\n")) for answer in followed] == [b"first\n"] * 2
        workshop.daemon.stop()
        assert [answer.read() for answer in followed] == [b""] * 2
    later = working()
    go.send("it")
    later.job_ended("J", job_run_id)
    assert later.output(job_run_id) == "first\ngot it\n"


def test_interrupt_stops_the_daemon_too(starting: Starting) -> None:
    """Ctrl-C (SIGINT) ends the daemon as SIGTERM does."""
    daemon = starting()
    daemon.process.send_signal(signal.SIGINT)
    daemon.stop()
    assert daemon.logged("stopped")


PUT = """
import sys, boto3
arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
boto3.client("glue").put_workflow_run_properties(
    Name=arguments["--WORKFLOW_NAME"], RunId=arguments["--WORKFLOW_RUN_ID"], RunProperties={"found": "42"})
"""
