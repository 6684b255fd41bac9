"""Stopping runs and attempts, time-outs, and retries."""

import pytest

from daemon import commands
from tests.daemon.decisions.specification import Specification, limited

TEXT = """
T1: -> A B
T2: A -> C
T3: A=STOPPED | B=STOPPED -> D
"""


def test_stop_ends_everything_under_way() -> None:
    """RUNNING, then STOPPING while attempts end, then STOPPED."""
    spec = Specification(TEXT).start()
    spec.when(commands.StopRun, "W", spec.run)
    spec.then("run to stop", "A to end as STOPPED", "B to end as STOPPED")
    assert (spec.graph().status, spec.attempts("A")[0].state) == ("STOPPING", "STOPPING")
    spec.ends("A", "STOPPED").then("A STOPPED")
    spec.ends("B", "STOPPED").then("B STOPPED", "run STOPPED")
    assert spec.counts() == {"Stopped": 2}


def test_nothing_fires_while_stopping() -> None:
    """Neither a condition on success nor one on STOPPED fires a trigger in a run that is being stopped."""
    spec = Specification(TEXT).start()
    spec.when(commands.StopRun, "W", spec.run)
    spec.ends("A").then("A STOPPED")
    spec.ends("B", "SUCCEEDED").then("B STOPPED", "run STOPPED")
    assert not spec.attempts("C")
    assert not spec.attempts("D")


def test_waiting_attempts_end_at_once() -> None:
    """An attempt that waits for its job ends as STOPPED with the request to stop."""
    spec = Specification("T1: -> A\nT2: A -> B")
    other = spec.start().run
    spec.start().then("run started", "T1 fired", "A waits")
    spec.when(commands.StopRun, "W", spec.run).then("run to stop", "A STOPPED", "run STOPPED")
    spec.ends("A", run=other).then("A SUCCEEDED", "T2 fired", "B started")


def test_runs_outlive_their_workflow() -> None:
    """A run whose workflow was deleted goes on; it can be stopped and given properties, and not be resumed."""
    spec = Specification("T1: -> A\nT2: A -> B").start()
    spec.when(commands.RemoveWorkflow, "W")
    spec.ends("A").then("A SUCCEEDED", "T2 fired", "B started")
    spec.when(commands.PutRunProperties, "W", spec.run, {"day": "1"})
    spec.when(commands.StopRun, "W", spec.run).then("run to stop", "B to end as STOPPED")
    spec.ends("B", "STOPPED").then("B STOPPED", "run STOPPED")
    spec.then_refused("EntityNotFoundException", "create it again", commands.ResumeRun, "W", spec.run, ("wnode_x",))
    spec.then_refused("EntityNotFoundException", "does not exist", commands.StopRun, "W", "wr_" + "0" * 64)


@pytest.mark.parametrize("state", ["STOPPING", "STOPPED", "COMPLETED"])
def test_only_a_running_run_can_be_stopped(state: str) -> None:
    """Any other status is refused as IllegalWorkflowState."""
    spec = Specification("T1: -> A").start()
    if state != "COMPLETED":
        spec.when(commands.StopRun, "W", spec.run)
    if state != "STOPPING":
        spec.ends("A")
    spec.then_refused("IllegalWorkflowStateException", f"is {state};", commands.StopRun, "W", spec.run)


def test_one_attempt_can_be_stopped() -> None:
    """Outside of a stopping run a stopped job meets conditions on STOPPED."""
    spec = Specification(TEXT).start()
    attempt = spec.under_way("A").id
    spec.when(commands.StopJobRun, spec.run, attempt).then("A to end as STOPPED")
    spec.when(commands.StopJobRun, spec.run, attempt).then()
    spec.ends("A", "FAILED").then("A STOPPED", "T3 fired", "D started")
    spec.when(commands.StopJobRun, spec.run, attempt).then()


def test_time_out_ends_an_attempt_as_timeout() -> None:
    """Whatever the process made of being ended, the state is TIMEOUT; being stopped later does not change it."""
    spec = Specification("T1: -> A\nT2: A=TIMEOUT -> B", {"A": {"MaxRetries": 3}}).start()
    attempt = spec.under_way("A").id
    spec.when(commands.TimeOutNode, spec.run, attempt).then("A to end as TIMEOUT")
    spec.when(commands.StopJobRun, spec.run, attempt).then()
    spec.ends("A", "FAILED").then("A TIMEOUT", "T2 fired", "B started")


def test_time_out_of_an_ended_attempt_is_nothing() -> None:
    """The clock may come late."""
    spec = Specification("T1: -> A B").start()
    attempt = spec.under_way("A").id
    spec.ends("A").when(commands.TimeOutNode, spec.run, attempt).then()


def test_outcome_that_comes_twice_is_nothing() -> None:
    """The second report of an attempt changes nothing, and neither does one for an attempt that nobody knows."""
    spec = Specification("T1: -> A B").start()
    attempt = spec.under_way("A").id
    spec.ends("A").when(commands.CompleteNode, spec.run, attempt, "FAILED").then()
    spec.when(commands.CompleteNode, spec.run, "jr_unknown", "FAILED").then()
    spec.when(commands.CompleteNode, "wr_unknown", attempt, "FAILED").then()


def test_failed_attempts_are_retried() -> None:
    """Each retry is an attempt of its own: numbered, named after the first, under the same trigger."""
    spec = Specification("T1: -> A\nT2: A=FAILED -> B", {"A": {"MaxRetries": 2}}).start()
    first = spec.under_way("A").id
    spec.ends("A", "FAILED").then("A FAILED, retried", "A started again (1)")
    spec.ends("A", "FAILED").then("A FAILED, retried", "A started again (2)")
    spec.ends("A", "FAILED").then("A FAILED", "T2 fired", "B started")
    found = [(a.id, a.number, a.trigger, a.retried) for a in spec.attempts("A")]
    assert found == [
        (f"{first}_attempt_2", 2, "T1", False),
        (f"{first}_attempt_1", 1, "T1", True),
        (first, 0, "T1", True),
    ]
    assert spec.counts() == {"Failed": 1, "Running": 1}


def test_retry_that_succeeds_meets_conditions() -> None:
    """The last attempt's state counts."""
    spec = Specification("T1: -> A\nT2: A -> B\nT3: A=FAILED -> C", {"A": {"MaxRetries": 1}}).start()
    spec.ends("A", "FAILED")
    spec.ends("A").then("A SUCCEEDED", "T2 fired", "B started")


@pytest.mark.parametrize("state", ["TIMEOUT", "STOPPED", "ERROR"])
def test_only_failures_are_retried(state: str) -> None:
    """Time-outs, stopped runs and errors are not followed by another attempt."""
    spec = Specification("T1: -> A B", {"A": {"MaxRetries": 5}}).start()
    spec.ends("A", state).then(f"A {state}")


def test_nothing_is_retried_in_a_stopping_run() -> None:
    """An attempt that fails while its run is stopped is the last."""
    spec = Specification("T1: -> A", {"A": {"MaxRetries": 5}}).start()
    attempt = spec.under_way("A").id
    spec.when(commands.TimeOutNode, spec.run, attempt).when(commands.StopRun, "W", spec.run).then("run to stop")
    spec.ends("A", "FAILED").then("A TIMEOUT", "run STOPPED")


def test_job_deleted_meanwhile_is_not_retried() -> None:
    """Without a definition there is nothing to try again."""
    spec = Specification("T1: -> A", {"A": {"MaxRetries": 5}}).start()
    spec.when(commands.RemoveJob, "A")
    spec.ends("A", "FAILED").then("A FAILED", "run COMPLETED")


def test_retry_keeps_its_place_before_waiting_runs() -> None:
    """The next attempt takes over the slot of the one that failed."""
    spec = Specification("T1: -> A", limited("A", MaxRetries=1))
    first = spec.start().run
    spec.start()
    spec.ends("A", "FAILED", run=first).then("A FAILED, retried", "A started again (1)")
    spec.ends("A", run=first).then("A SUCCEEDED", "run COMPLETED", "A started")


def test_late_outcome_keeps_its_own_time() -> None:
    """An attempt that ended while no daemon ran is completed at the moment it ended."""
    spec = Specification("T1: -> A").start()
    attempt, ended_at = spec.under_way("A").id, spec.at + 1
    spec.at += 60_000
    spec.when(commands.CompleteNode, spec.run, attempt, "FAILED", "no", 3, ended_at)
    ended = spec.attempts("A")[0]
    assert (ended.completed_at, ended.modified_at, ended.error, ended.exit_code) == (ended_at, spec.at, "no", 3)
