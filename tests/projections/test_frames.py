"""Frames laid over the graph as of a run's beginning give the graph as of each of its events."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from events.vocabulary import StreamId
from projections.designs import Designs
from projections.frames import frames, state_of
from projections.rebuild import reader
from projections.references import References
from projections.run_graph import begin
from projections.run_history import outcome
from projections.run_values import RunGraph
from tests.daemon.decisions.random_workflows import BODIES, EXAMPLES, workflow_texts
from tests.daemon.decisions.specification import Specification
from tests.daemon.decisions.test_random_resumes import story
from tests.projections.memory_log import MemoryLog


def states(graph: RunGraph) -> dict[str, str | None]:
    """How every vertex of a graph stands."""
    return {vertex: state_of(graph, vertex) for vertex in graph.design.order}


def check_frames(log: MemoryLog, run: StreamId) -> None:
    """Every frame of a run says what a fold up to its event says."""
    references = References(reader(log), Designs())
    first, *following = log.stream(run)
    graph = begin(run, first.event, references.design, references.graph)
    shown = states(graph)
    made = list(frames(graph, following))
    assert [frame.position for frame in made] == [recorded.position for recorded in following]
    for frame in made:
        if frame.vertex is not None:
            assert frame.vertex in shown
            shown[frame.vertex] = frame.state
        folded = References(reader(log), Designs()).graph(run, frame.version)
        assert shown == states(folded)
        assert (frame.status, frame.outcome) == (folded.status, outcome(folded))
        assert frame.statistics == folded.statistics


@EXAMPLES
@given(workflow_texts(cycles=True), BODIES, st.data())
def test_frames_give_the_graph_at_every_position(text: str, bodies: Any, data: st.DataObject) -> None:
    """Whatever happens in first and resumed runs, states by frames are those of the graph folded so far."""
    spec, runs, _ = story(text, bodies, data)
    for run in runs:
        check_frames(spec.log, run)


def test_frames_tell_a_run() -> None:
    """A run reads from its frames like a story, and each says what it touched and how that stands."""
    spec = Specification("T1: -> A\nT2: A -> B").start().ends("A").ends("B", "FAILED")
    references = References(reader(spec.log), Designs())
    first, *following = spec.log.stream(spec.run)
    graph = begin(spec.run, first.event, references.design, references.graph)
    assert [(frame.text, frame.vertex, frame.state) for frame in frames(graph, following)] == [
        ("trigger T1 fired", "TRIGGER:T1", "FIRED"),
        ("A started", "JOB:A", "RUNNING"),
        ("A SUCCEEDED", "JOB:A", "SUCCEEDED"),
        ("trigger T2 fired", "TRIGGER:T2", "FIRED"),
        ("B started", "JOB:B", "RUNNING"),
        ("B FAILED", "JOB:B", "FAILED"),
        ("run COMPLETED", None, None),
    ]
