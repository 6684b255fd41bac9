"""Finds the graph of any run: from memory, else from its stream, following a resumed run's references to the runs
before.

A resumed run's stream holds only what it did itself. Its graph is the fold of the whole chain: the first run, then
each resume on top. Graphs that were folded once stay in a cache bounded by the number of nodes it holds, so long
chains are walked rarely.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence

from events.archives import RunArchived
from events.design import DesignRecorded, Event
from events.runs import RunResumed
from events.vocabulary import StreamId, design_stream
from projections.archived import graph_before
from projections.checkpoints import unpack
from projections.design_graph import DesignGraph
from projections.designs import Designs
from projections.run_graph import begin, evolve
from projections.run_values import RunGraph

CACHED_NODES = 50_000
"""How many nodes, over all graphs, the cache of finished runs holds in a daemon. An attempt takes about half a
kilobyte."""

ReadCheckpoint = Callable[[StreamId], bytes | None]
"""Finds the packed graph of a finished run, if it was kept."""

ReadStream = Callable[[StreamId, int | None], Sequence[Event]]
"""Reads a stream's events in order, up to and including a version (None: all). Empty when there is no such stream."""


class UnknownRun(Exception):
    """The log holds no run of this id."""


class References:
    """Folds runs on demand and remembers the finished ones."""

    def __init__(self, read: ReadStream, designs: Designs) -> None:
        self._read = read
        self._designs = designs
        self._cache: OrderedDict[StreamId, RunGraph] = OrderedDict()
        self._cached_nodes = 0
        self.checkpoint: ReadCheckpoint = lambda run: None
        self.most_nodes = CACHED_NODES
        """How many nodes, over all graphs, are remembered."""

    def graph(self, run: StreamId, version: int | None = None) -> RunGraph:
        """The graph of a run as of a version of its stream (None: now). Raises UnknownRun.

        Without a version the graph that is handed out is the cached one: read it, or fold onto it what was appended.
        """
        cached = self._cache.get(run)
        if cached is not None and version in (None, cached.version):
            self._cache.move_to_end(run)
            return cached
        graph = self._fold_chain(run, version)
        if version is None:
            self.keep(graph)
        return graph

    def cached(self, run: StreamId) -> RunGraph | None:
        """The graph of a run, if it is remembered."""
        return self._cache.get(run)

    def recall(self, run: StreamId, version: int) -> bool:
        """Whether the graph of an earlier run is remembered as of a version, or from now on is, out of its
        checkpoint."""
        known = self._known_at(run, version)
        if known is not None and run not in self._cache:
            self.keep(known)
        return known is not None

    def keep(self, graph: RunGraph) -> None:
        """Remembers the graph of a run, and forgets those that were not asked for the longest."""
        self.forget(graph.run_id)
        self._cache[graph.run_id] = graph
        self._cached_nodes += _weight(graph)
        while self._cached_nodes > self.most_nodes and len(self._cache) > 1:
            self.forget(next(iter(self._cache)))

    def forget(self, run: StreamId) -> None:
        """Drops a run from the cache."""
        graph = self._cache.pop(run, None)
        if graph is not None:
            self._cached_nodes -= _weight(graph)

    def clear(self) -> None:
        """Drops every run from the cache."""
        self._cache.clear()
        self._cached_nodes = 0

    def design(self, name: str) -> DesignGraph:
        """The compiled design of this content hash."""
        compiled = self._designs.compiled_as(name)
        if compiled is not None:
            return compiled
        events = self._read(design_stream(name), None)
        if not events or not isinstance(events[0], DesignRecorded):
            raise UnknownRun(f"The log holds no design {name}, although a run refers to it: the log is damaged.")
        return self._designs.compiled(events[0].snapshot)

    def _fold_chain(self, run: StreamId, version: int | None) -> RunGraph:
        """Walks back to the first run that is known or was not resumed, then folds forward."""
        links: list[tuple[StreamId, Sequence[Event]]] = []
        graph: RunGraph | None = None
        while graph is None:
            events = self._read(run, version)
            if not events:
                graph = self._from_stub(run, version)
                break
            links.append((run, events))
            first = events[0]
            if not isinstance(first, RunResumed):
                break
            run, version = first.previous, first.previous_version
            graph = self._known_at(run, version)
        for stream, events in reversed(links):
            graph = self._fold(stream, events, graph)
        assert graph is not None
        return graph

    def _known_at(self, run: StreamId, version: int) -> RunGraph | None:
        """The graph of an earlier run as of a version, if no stream need be read for it."""
        known = self._cache.get(run)
        if known is None:
            body = self.checkpoint(run)
            known = unpack(body, self.design) if body is not None else None
        return known if known is not None and known.version == version else None

    def _from_stub(self, run: StreamId, version: int | None) -> RunGraph:
        """The graph as of a version whose event was moved out of the log, from what stayed in its place."""
        stub = next(iter(self._read(run, None)), None)
        if not isinstance(stub, RunArchived):
            raise UnknownRun(f"The log holds no run {run}.")
        kept = graph_before(stub, version, self.design) if version is not None else None
        if kept is None:
            raise UnknownRun(f"The log holds no run {run} as of version {version}: it is in the archive {stub.file}.")
        return kept

    def _fold(self, stream: StreamId, events: Sequence[Event], previous: RunGraph | None) -> RunGraph:
        def before(run: StreamId, version: int) -> RunGraph:
            return previous if previous is not None else self.graph(run, version)

        graph = begin(stream, events[0], self.design, before)
        for event in events[1:]:
            evolve(graph, event)
        return graph


def _weight(graph: RunGraph) -> int:
    return len(graph.design.nodes) + 8
