"""A resume costs what it re-runs: its stream refers to the run before and copies nothing of it."""

import pytest

from events.runs import NodeStarted, RunResumed
from tests.daemon.decisions.specification import Specification, all_end
from tests.projections.comparing import graph_values

MOST_BYTES = 4_096
LINKS = 100


def resumed(nodes: int) -> Specification:
    """A workflow of this many nodes, all but one succeeded; resumed from that one, with two nodes downstream."""
    names = [f"J{number:05}" for number in range(nodes - 3)]
    spec = Specification(f"T1: -> BAD {' '.join(names)}\nT2: BAD -> NEXT\nT3: NEXT -> LAST").start()
    all_end(spec, names)
    spec.ends("BAD", "FAILED").resume("BAD")
    all_end(spec, ["BAD", "NEXT", "LAST"])
    assert (spec.graph().status, len(spec.graph().design.nodes)) == ("COMPLETED", nodes)
    assert spec.counts() == {"Succeeded": nodes}
    return spec


@pytest.mark.parametrize("nodes", [10, 10_000])
def test_stream_of_a_resume_does_not_grow_with_the_graph(nodes: int) -> None:
    """Ten nodes or ten thousand: the same events and the same few bytes."""
    spec = resumed(nodes)
    stream = spec.log.stream(spec.run)
    assert isinstance(stream[0].event, RunResumed)
    assert [r.event.node for r in stream if isinstance(r.event, NodeStarted)] == ["JOB:BAD", "JOB:NEXT", "JOB:LAST"]
    assert len(stream) == 10
    assert spec.log.bytes_of(spec.run) <= MOST_BYTES


def test_streams_are_equally_long_whatever_the_graph() -> None:
    """The bytes of the two streams differ at most by the digits of the previous run's version."""
    small, large = resumed(10), resumed(1_000)
    assert abs(small.log.bytes_of(small.run) - large.log.bytes_of(large.run)) <= len("1000")


def chain() -> tuple[Specification, list[str]]:
    """A run and a hundred resumes, each of which repairs one node more; and all run ids."""
    names = [f"J{number:03}" for number in range(LINKS)]
    spec = Specification(f"T1: -> FIRST {' '.join(names)}").start().ends("FIRST")
    all_end(spec, names, "FAILED")
    runs = [spec.run]
    for name in names:
        runs.append(spec.resume(name).ends(name).run)
    return spec, runs


def test_chain_of_a_hundred_resumes_shows_who_ran_what() -> None:
    """The last graph is complete, and each node names the run that executed it."""
    spec, runs = chain()
    graph = spec.graph()
    assert (graph.root, graph.depth, graph.previous) == (runs[0], LINKS, runs[-2])
    executed = [attempts[0].run_id for _, attempts in sorted(graph.attempts.items())]
    assert executed == runs
    assert spec.counts() == {"Succeeded": LINKS + 1}


def test_chain_reads_the_same_from_the_log() -> None:
    """With nothing in memory every graph of the chain is folded from the streams alone, and equals the live one."""
    spec, runs = chain()
    live = [graph_values(spec.graph(run)) for run in runs]
    spec.standing.references.clear()
    assert [graph_values(spec.graph(run)) for run in reversed(runs)] == live[::-1]


def test_chain_is_read_from_the_log_once() -> None:
    """A graph that was folded once is kept: reading it again touches no stream."""
    spec, runs = chain()
    spec.standing.references.clear()
    spec.log.reads = 0
    spec.graph(runs[-1])
    assert spec.log.reads <= LINKS + 2
    spec.log.reads = 0
    spec.graph(runs[-1])
    spec.resume("FIRST")
    assert spec.log.reads == 0


def test_resumed_run_shares_the_attempts_it_copied() -> None:
    """Copied details are the very values of the run before, not copies."""
    spec = resumed(10)
    previous = spec.graph(spec.graph().previous)
    assert all(spec.attempts(f"J0000{number}")[0] is previous.attempts[f"JOB:J0000{number}"][0] for number in range(7))
