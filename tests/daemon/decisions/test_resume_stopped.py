"""Resuming a run that was stopped, which only our own command may ask for."""

import pytest

from daemon import commands
from projections.rebuild import reader
from projections.references import References
from tests.daemon.decisions.specification import Specification

CHAIN = "T1: -> A B\nT2: A -> C\nT3: C & B -> D"


def stopped(text: str, *under_way: str) -> Specification:
    """A run in which these jobs are under way is stopped, and they end."""
    spec = Specification(text).start()
    for job in ("A", "C"):
        if job not in under_way and spec.attempts(job) and spec.attempts(job)[0].is_active:
            spec.ends(job)
    spec.when(commands.StopRun, "W", spec.run)
    for job in under_way:
        spec.ends(job, "STOPPED")
    assert spec.graph().status == "STOPPED"
    return spec


def go_on(spec: Specification, *picks: str) -> Specification:
    """Resumes the stopped run as our own command does."""
    spec.when(*spec.resuming(*picks), True)
    spec.run = spec.answer.run_id
    return spec


def test_glue_and_strict_glue_refuse_it() -> None:
    """Without the flag, and under strict-glue even with it."""
    spec = stopped(CHAIN, "A", "B")
    spec.then_refused("IllegalWorkflowStateException", "only a COMPLETED run", *spec.resuming("A"))
    spec.strict = True
    spec.then_refused("IllegalWorkflowStateException", "strict-glue", *spec.resuming("A"), True)


def test_the_rest_of_the_workflow_runs() -> None:
    """What the stop ended runs again, what it kept from starting starts, what had succeeded is carried."""
    spec = stopped(CHAIN, "B", "C")
    go_on(spec, "B", "C").then("run resumed", "B started", "C started")
    spec.ends("B")
    spec.ends("C").then("C SUCCEEDED", "T3 fired", "D started")
    spec.ends("D").then("D SUCCEEDED", "run COMPLETED")
    assert spec.counts() == {"Succeeded": 4}
    assert spec.attempts("A")[0].run_id != spec.run


def test_what_the_stop_silenced_fires() -> None:
    """A trigger on STOPPED did not fire while the run was stopped; it does when the run goes on without restarting
    what it waits for."""
    text = "T1: -> A B\nT2: A=STOPPED -> C\nT3: B=STOPPED -> D"
    go_on(stopped(text, "A", "B"), "A").then("run resumed", "A started", "T3 fired", "D started")


def test_what_waits_for_a_restarted_node_is_held() -> None:
    """ANY that a carried node meets waits for the restarted node that it watches too."""
    text = "T1: -> A B\nT2: A=STOPPED | B -> C"
    spec = go_on(stopped(text, "A", "B"), "B").then("run resumed", "B started")
    spec.ends("B").then("B SUCCEEDED", "T2 fired", "C started")


@pytest.mark.parametrize("status", ["RUNNING", "STOPPING"])
def test_what_is_under_way_cannot_be_resumed(status: str) -> None:
    """The flag is for STOPPED runs alone."""
    spec = Specification(CHAIN).start()
    if status == "STOPPING":
        spec.when(commands.StopRun, "W", spec.run)
    spec.then_refused("IllegalWorkflowStateException", status, *spec.resuming("A"), True)


def test_the_log_tells_the_same() -> None:
    """A run resumed from a stopped one is folded from its streams to what stands in memory."""
    text = "T1: -> A B\nT2: A=STOPPED -> C\nT3: B=STOPPED -> D"
    spec = go_on(stopped(text, "A", "B"), "A")
    assert References(reader(spec.log), spec.standing.designs).graph(spec.run) == spec.graph()
