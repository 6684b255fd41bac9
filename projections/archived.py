"""What is known of a run whose events were moved out of the log: its row, and the graphs that other runs take over.

An archived run has a graph without nodes, so that everything that lists runs goes on as before; `archived` says that
there is more elsewhere. Whoever needs nodes or events has to look for that first.
"""

import zlib
from collections.abc import Callable

import msgspec

from events.archives import Details, RowFailure, RunArchived, RunRow
from events.vocabulary import DesignSnapshot
from projections.checkpoints import pack, unpack
from projections.design_graph import DesignGraph
from projections.run_history import summarize
from projections.run_values import RunGraph

Design = Callable[[str], DesignGraph]
"""Finds the compiled design by its content hash."""


def row_of(graph: RunGraph) -> RunRow:
    """The row of a run that has ended, to be kept in its stub."""
    summary = summarize(graph)
    assert summary.completed_at is not None, "only ended runs are archived"
    told = summary.failures
    return RunRow(
        summary.workflow,
        summary.status,
        summary.started_at,
        summary.completed_at,
        graph.modified_at,
        summary.cause,
        summary.by,
        summary.root,
        summary.total,
        summary.statistics,
        summary.previous,
        summary.depth,
        summary.properties,
        summary.error,
        tuple(RowFailure(one.node, one.state, one.attempt_id, one.error) for one in told.first),
        told.roots,
        told.blocked,
    )


def own_attempts(graph: RunGraph) -> tuple[str, ...]:
    """The lowest and the highest id of the attempts that the run executed itself."""
    own = [one.id for attempts in graph.attempts.values() for one in attempts if one.run_id == graph.run_id]
    return (min(own), max(own)) if own else ()


def details_of(graph: RunGraph) -> Details:
    """The graph as of its version, to be kept in its stub."""
    return Details(graph.version, zlib.compress(pack(graph)))


def archived_graph(stream: str, event: RunArchived) -> RunGraph:
    """What is left of a run in the log."""
    row = event.run
    return RunGraph(
        run_id=stream,
        workflow=row.workflow,
        design=DesignGraph(DesignSnapshot(row.workflow)),
        status=row.status,
        started_at=row.started_at,
        cause=row.cause,
        by=row.by,
        version=event.events + 1,
        completed_at=row.completed_at,
        modified_at=row.modified_at,
        error=row.error,
        properties=row.properties,
        previous=row.previous,
        root=row.root,
        depth=row.depth,
        statistics=row.statistics,
        archived=event,
    )


def graph_before(event: RunArchived, version: int, design: Design) -> RunGraph | None:
    """The run's graph as of a version from before it was archived, if it was kept."""
    for kept in event.details:
        if kept.version == version:
            return unpack(zlib.decompress(kept.graph), design)
    return None


class _Designs(msgspec.Struct):
    """What of a packed graph names designs: by their content hashes, those of earlier runs with their parameters."""

    design: str
    earlier: dict[str, tuple[str, dict[str, str]]] = {}


def designs_in(event: RunArchived) -> set[str]:
    """The content hashes of the designs without which the graphs that were kept cannot be read."""
    found: set[str] = set()
    for kept in event.details:
        named = msgspec.msgpack.decode(zlib.decompress(kept.graph), type=_Designs)
        found |= {named.design, *(design for design, _ in named.earlier.values())}
    return found
