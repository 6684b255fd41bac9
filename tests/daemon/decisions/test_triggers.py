"""When triggers fire within a run."""

import pytest

from daemon import commands
from events.vocabulary import CRAWLER, node_key
from tests.daemon.decisions.specification import Specification, all_end

STATES = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT")
W1 = """
T1: -> J1
T2: J1 -> J2
T3: J1 -> J3
T4: J2 -> J4
T5: J3 -> J5
"""


def test_seed_workflow_runs_partly() -> None:
    """W1 of the seed: J1 starts J2 and J3, both fail, J4 and J5 never run, and the run is COMPLETED."""
    spec = Specification(W1).start().then("design recorded", "run started", "T1 fired", "J1 started")
    spec.ends("J1").then("J1 SUCCEEDED", "T2 fired", "J2 started", "T3 fired", "J3 started")
    spec.ends("J2", "FAILED").then("J2 FAILED")
    spec.ends("J3", "FAILED").then("J3 FAILED", "run COMPLETED")
    assert not spec.attempts("J4")
    assert spec.graph().status == "COMPLETED"


@pytest.mark.parametrize("state", STATES)
def test_condition_matches_its_state_only(state: str) -> None:
    """Of four triggers that watch a job for the four states, the one for the state it ended in fires."""
    text = "T0: -> J\n" + "\n".join(f"T{wanted}: J={wanted} -> K{wanted}" for wanted in STATES)
    spec = Specification(text).start()
    spec.ends("J", state).then(f"J {state}", f"T{state} fired", f"K{state} started")


def test_error_matches_nothing() -> None:
    """A job that ends in ERROR meets no condition, and the run is COMPLETED."""
    spec = Specification("T1: -> J\nT2: J | J=FAILED -> K").start()
    spec.ends("J", "ERROR").then("J ERROR", "run COMPLETED")


@pytest.mark.parametrize("state", STATES)
def test_and_waits_for_every_condition(state: str) -> None:
    """AND fires once all its conditions are met, whatever states they name."""
    spec = Specification(f"T1: -> A B C\nT2: A={state} & B=SUCCEEDED & C=FAILED -> D").start()
    spec.ends("C", "FAILED").then("C FAILED")
    spec.ends("A", state).then(f"A {state}")
    spec.ends("B").then("B SUCCEEDED", "T2 fired", "D started")


def test_and_with_one_condition_unmet_stays_silent() -> None:
    """AND does not fire when one of its conditions is not met."""
    spec = Specification("T1: -> A B\nT2: A & B -> C").start()
    spec.ends("A")
    spec.ends("B", "FAILED").then("B FAILED", "run COMPLETED")


@pytest.mark.parametrize("state", STATES)
def test_any_fires_on_the_first_match(state: str) -> None:
    """ANY fires as soon as one condition is met."""
    spec = Specification(f"T1: -> A B\nT2: A | B={state} -> C").start()
    spec.ends("B", state).then(f"B {state}", "T2 fired", "C started")


def test_any_fires_once_in_a_run() -> None:
    """A second match of ANY starts nothing."""
    spec = Specification("T1: -> A B\nT2: A | B -> C").start()
    spec.ends("A")
    spec.ends("B").then("B SUCCEEDED")


def test_missing_logical_means_and() -> None:
    """Several conditions without Logical are taken as AND."""
    spec = Specification("T1: -> A B\nT2: A & B -> C")
    predicate = {"Conditions": [{"JobName": n, "State": "SUCCEEDED", "LogicalOperator": "EQUALS"} for n in "AB"]}
    spec.when(commands.ChangeTrigger, "T2", {"Predicate": predicate, "Actions": [{"JobName": "C"}]}).start()
    spec.ends("A").then("A SUCCEEDED")
    spec.ends("B").then("B SUCCEEDED", "T2 fired", "C started")


def test_latest_run_of_a_node_counts() -> None:
    """A node that runs twice counts with its latest result: what had matched no longer does."""
    spec = Specification("T1: -> A B\nT2: B -> A\nT3: A & C -> D\nT4: A=FAILED -> C").start()
    spec.ends("A").then("A SUCCEEDED")
    spec.ends("B").then("B SUCCEEDED", "T2 fired", "A started")
    spec.ends("A", "FAILED").then("A FAILED", "T4 fired", "C started")
    spec.ends("C").then("C SUCCEEDED", "run COMPLETED")


@pytest.mark.parametrize("state", ["CREATED", "DEACTIVATED"])
def test_trigger_that_is_not_activated_stays_silent(state: str) -> None:
    """A conditional trigger left CREATED, or stopped, does not fire."""
    spec = Specification(f"T1: -> J\nT2 {state}: J -> K").start()
    spec.ends("J").then("J SUCCEEDED", "run COMPLETED")


def test_all_actions_of_a_firing_start_together() -> None:
    """One firing starts each of its jobs, and a job named twice once."""
    spec = Specification("T1: -> A\nT2: A -> B C B").start()
    spec.ends("A").then("A SUCCEEDED", "T2 fired", "B started", "C started")


def test_job_under_two_triggers_is_one_node() -> None:
    """A job that two triggers start is one node with the attempts of both, newest first."""
    spec = Specification("T1: -> A B\nT2: A -> C\nT3: B -> C").start()
    all_end(spec, "ACB")
    spec.ends("C").then("C SUCCEEDED", "run COMPLETED")
    assert [attempt.trigger for attempt in spec.attempts("C")] == ["T3", "T2"]
    assert spec.counts() == {"Succeeded": 3}


def test_predecessors_are_the_runs_that_met_the_predicate() -> None:
    """A firing names the attempts whose ends met its conditions, and those only."""
    spec = Specification("T1: -> A B\nT2: A | B=FAILED -> C").start()
    spec.ends("A")
    assert spec.graph().fired["T2"].predecessors == (("JOB:A", spec.attempts("A")[0].id),)
    assert spec.graph().fired["T1"].predecessors == ()


def test_runs_do_not_see_each_other() -> None:
    """A job that ends in one run fires nothing in another run of the same workflow."""
    spec = Specification("T1: -> A\nT2: A -> B", {"A": {"ExecutionProperty": {"MaxConcurrentRuns": 2}}})
    first = spec.start().run
    second = spec.start().run
    spec.ends("A", run=first)
    assert [fact.stream for fact in spec.facts] == [first] * 3
    assert not spec.attempts("B", second)


def test_unknown_crawler_ends_in_error() -> None:
    """A crawler node is attempted and ends in ERROR, which no condition matches, if there is no such crawler."""
    spec = Specification("T1: -> crawler:C J\nT2: crawler:C=FAILED -> K").start()
    spec.then("design recorded", "run started", "T1 fired", "C refused ERROR", "J started")
    attempt = spec.graph().attempts[node_key(CRAWLER, "C")][0]
    assert "Create it, then resume" in str(attempt.error)


def test_cycle_ends() -> None:
    """Triggers in a circle fire once each, so the run ends."""
    spec = Specification("T1: -> A\nT2: A -> B\nT3: B -> A").start()
    spec.ends("A").then("A SUCCEEDED", "T2 fired", "B started")
    spec.ends("B").then("B SUCCEEDED", "T3 fired", "A started")
    spec.ends("A").then("A SUCCEEDED", "run COMPLETED")
