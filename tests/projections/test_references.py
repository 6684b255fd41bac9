"""Graphs of any run on demand: what is kept in memory, and what is refused."""

import pytest

from events.runs import NodeStarted, RunCompleted, RunStarted, TriggerFired
from events.vocabulary import Cause
from projections import references
from projections.references import UnknownRun
from projections.run_graph import ImpossibleHistory, begin, evolve
from tests.daemon.decisions.specification import Specification
from tests.projections.comparing import graph_values

CHAIN = "T1: -> A\nT2: A -> B"


def finished(count: int) -> tuple[Specification, list[str]]:
    """A specification with so many finished runs."""
    spec = Specification(CHAIN)
    return spec, [spec.start().ends("A").ends("B").run for _ in range(count)]


def test_unknown_run_is_an_error() -> None:
    """A run that the log does not hold is named."""
    with pytest.raises(UnknownRun, match="no run wr_0"):
        Specification(CHAIN).graph("wr_0")


def test_finished_runs_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many nodes as fit are kept, those asked for lately first; the others are read again and are the same."""
    monkeypatch.setattr(references, "CACHED_NODES", 2 * 10)
    spec, runs = finished(3)
    assert {spec.graph(run).status for run in runs} == {"COMPLETED"}
    before = graph_values(spec.graph(runs[0]))
    spec.graph(runs[1])
    spec.log.reads = 0
    spec.graph(runs[0])
    spec.graph(runs[1])
    assert spec.log.reads == 0
    spec.graph(runs[2])
    assert spec.log.reads == 1
    assert graph_values(spec.graph(runs[0])) == before


def test_graph_as_of_a_version() -> None:
    """A run can be read as it was at any version of its stream; the newest graph is not touched by that."""
    spec, (run,) = finished(1)
    newest = graph_values(spec.graph(run))
    for version in range(1, spec.graph(run).version + 1):
        assert spec.standing.references.graph(run, version).version == version
    assert spec.standing.references.graph(run, 3).status == "RUNNING"
    assert graph_values(spec.graph(run)) == newest


@pytest.mark.parametrize(
    "event",
    [
        TriggerFired(1, "x", "T1"),
        TriggerFired(1, "x", "T9"),
        NodeStarted(1, "x", "JOB:A", "ATTEMPT", 0),
        RunCompleted(1, "x", "COMPLETED"),
    ],
    ids=["fired twice", "unknown trigger", "started twice", "completed twice"],
)
def test_impossible_history_is_an_error(event: TriggerFired | NodeStarted | RunCompleted) -> None:
    """Events that cannot follow are not folded: the log was changed, or a faulty version wrote it."""
    spec = Specification(CHAIN).start()
    if isinstance(event, NodeStarted):
        event = NodeStarted(1, "x", "JOB:A", spec.under_way("A").id, 0)
    if isinstance(event, RunCompleted):
        spec.ends("A").ends("B")
    with pytest.raises(ImpossibleHistory):
        evolve(spec.graph(), event)


def test_run_begins_with_a_beginning() -> None:
    """Any other event cannot begin a run's stream."""
    spec = Specification(CHAIN).start()
    started = RunStarted(1, "x", "W", spec.graph().design.hash, Cause("API"))
    resolve = spec.standing.references
    assert begin("wr_1", started, resolve.design, resolve.graph).version == 1
    with pytest.raises(ImpossibleHistory, match="cannot begin a run"):
        begin("wr_1", TriggerFired(1, "x", "T1"), resolve.design, resolve.graph)
