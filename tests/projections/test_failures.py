"""What failed first in a run, and what never ran because of it."""

from projections.failures import MOST_TOLD, Failures, failures_of
from projections.run_history import summarize
from tests.daemon.decisions.specification import Specification, all_end


def test_root_failures_are_not_downstream_of_others() -> None:
    """H handled A's failure and failed itself: A is the root; D is blocked by B, C by A."""
    spec = Specification("T1: -> A B\nT2: A -> C\nT3: A=FAILED -> H\nT4: B -> D").start()
    spec.ends("A", "FAILED").ends("B", "TIMEOUT").ends("H", "FAILED")
    found = failures_of(spec.graph())
    assert [(one.node, one.state) for one in found.first] == [("JOB:A", "FAILED"), ("JOB:B", "TIMEOUT")]
    assert (found.roots, found.blocked) == (2, 2)
    assert summarize(spec.graph()).failures == found


def test_on_a_circle_all_are_told() -> None:
    """Each is downstream of the other, so none can be left out for that."""
    spec = Specification("T1: -> A\nT2: A=FAILED -> B\nT3: B=FAILED -> A").start()
    spec.ends("A", "FAILED").ends("B", "FAILED").ends("A", "FAILED")
    assert [one.node for one in failures_of(spec.graph()).first] == ["JOB:A", "JOB:B"]


def test_nothing_is_told_of_runs_that_went_well_or_go_on() -> None:
    """A run under way may still retry or handle what failed."""
    spec = Specification("T1: -> A B").start().ends("A", "FAILED")
    assert failures_of(spec.graph()) == summarize(spec.graph()).failures == Failures()
    spec.ends("B")
    assert failures_of(spec.graph()).roots == 1
    assert failures_of(Specification("T1: -> A").start().ends("A").graph()) == Failures()


def test_many_failures_are_counted_and_a_few_are_told() -> None:
    """A row must not grow with its run."""
    names = [f"J{number:03d}" for number in range(50)]
    spec = Specification(f"T1: -> {' '.join(names)}").start()
    all_end(spec, names, "FAILED")
    found = failures_of(spec.graph())
    assert (len(found.first), found.roots) == (MOST_TOLD, 50)
