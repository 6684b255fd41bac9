"""All that stands at one moment: the definitions, the inboxes, the runs under way, the slots of jobs, and finished runs
on demand.

`apply` takes one event of any stream into account, and is the same for the living daemon, for its start and for a
replay of the whole log. The living daemon's memory is ahead of its log by what is being written: it uses `anticipate`,
and says by `recorded` when that is done.
"""

from collections.abc import Iterable

from events import crawlers, runs
from events.archives import RunArchived
from events.design import DesignRecorded, Event
from events.seals import LogSealed, Seal, sealed
from events.vocabulary import SEAL_STREAM, StreamId, is_inbox_stream, is_run_stream
from projections.designs import Definition, Designs
from projections.inboxes import Inbox, Inboxes
from projections.job_slots import JobSlots
from projections.references import ReadStream, References
from projections.resumes import Resumes
from projections.run_graph import begin, evolve
from projections.run_values import RunGraph

_BEGINNINGS = frozenset({runs.RunStarted, runs.RunResumed, runs.JobRunRequested, crawlers.CrawlRequested})


class Standing:
    """How things stand after the events that were applied. `runs` holds the graphs of all runs under way, by run id.
    `slots` are those to fold, for a reader who has his own."""

    def __init__(self, read: ReadStream, slots: JobSlots | None = None) -> None:
        self.designs = Designs()
        self.inboxes = Inboxes()
        self.slots = slots if slots is not None else JobSlots()
        self.runs: dict[StreamId, RunGraph] = {}
        self.references = References(read, self.designs)
        self.resumes = Resumes()
        self.recorded_designs: set[str] = set()
        self.seal: Seal | None = None
        """The newest seal of the log."""
        self._active: dict[str, set[StreamId]] = {}
        self._ahead: dict[StreamId, RunGraph] = {}

    def graph(self, run: StreamId) -> RunGraph:
        """The graph of any run, under way or finished. Raises UnknownRun."""
        return self.runs.get(run) or self._ahead.get(run) or self.references.graph(run)

    def known(self, run: StreamId) -> RunGraph | None:
        """The graph of a run, if it can be had without reading the log."""
        return self.runs.get(run) or self._ahead.get(run) or self.references.cached(run)

    def active_runs(self, workflow: str) -> int:
        """How many runs of a workflow count towards its MaxConcurrentRuns now."""
        return len(self._active.get(workflow, ()))

    def apply(self, stream: StreamId, event: Event) -> int:
        """Takes the next event of a stream into account; returns the version that the stream has with it."""
        graph = self.runs.get(stream)
        if graph is not None:  # most events by far are of a run under way
            return self._go_on(graph, event)
        if is_run_stream(stream):
            return self._apply_to_run(stream, event)
        if isinstance(event, DesignRecorded):
            self.recorded_designs.add(self.designs.compiled(event.snapshot).hash)
            return 1
        if is_inbox_stream(stream):
            return self.inboxes.evolve(stream, event)
        if isinstance(event, LogSealed):
            self.seal = sealed(self.seal.number + 1 if self.seal is not None else 1, event)
            return self.seal.number
        return self.designs.evolve(stream, event)

    def anticipate(self, stream: StreamId, event: Event) -> int:
        """Applies an event that the log does not hold yet. Until `recorded` says that it does, a run that has ended
        stays in memory, whatever else the cache takes in: read from the log it would lack its end."""
        version = self.apply(stream, event)
        if is_run_stream(stream) and stream not in self.runs:
            self._ahead[stream] = self.graph(stream)
        return version

    def recorded(self, facts: Iterable[tuple[StreamId, int, Event]]) -> None:
        """The log holds these facts now: (stream, version, event) each."""
        for stream, version, _ in facts:
            graph = self._ahead.get(stream)
            if graph is not None and graph.version == version:
                del self._ahead[stream]
                self.references.keep(graph)

    def noted(self, facts: Iterable[tuple[StreamId, int, Event]]) -> None:
        """The rows take these facts, which the log holds, into account now."""
        for stream, _, event in facts:
            if type(event) is runs.RunResumed:
                self.resumes.noted(event.previous, stream)

    def row(self, stream: StreamId) -> Definition | Inbox | Seal | None:
        """What is persisted as one row for a stream that holds no run: a definition, an inbox, the newest seal."""
        if stream == SEAL_STREAM:
            return self.seal
        return self.inboxes.at(stream) if is_inbox_stream(stream) else self.designs.at(stream)

    def put(self, row: Definition | Inbox | Seal) -> None:
        """Puts a persisted row back, at a start."""
        match row:
            case Seal():
                self.seal = row
            case Inbox():
                self.inboxes.put(row)
            case Definition():
                self.designs.put(row)

    def take(self, graphs: Iterable[RunGraph]) -> None:
        """Takes over the graphs of all runs under way, at a start: the slots of jobs follow from them."""
        for graph in graphs:
            self._hold(graph)
        self.slots.restore(self.runs.values())

    def resume_replay(self, run: StreamId, version: int) -> None:
        """Before a replay goes on in the middle of a run's stream: its graph as of that version."""
        graph = self.references.graph(run, version)
        if graph.is_active:
            self._hold(graph)
        else:
            self.references.keep(graph)

    def _apply_to_run(self, stream: StreamId, event: Event) -> int:
        """The first event of a run, or what comes after its end."""
        if type(event) is RunArchived:
            self.references.keep(graph := begin(stream, event, self.references.design, self._previous))
            return graph.version
        if type(event) not in _BEGINNINGS:
            return self._go_on(self.graph(stream), event)
        self._hold(begin(stream, event, self.references.design, self._previous))
        if type(event) is runs.RunResumed:
            self.resumes.add(event.previous, stream)
        return 1

    def _go_on(self, graph: RunGraph, event: Event) -> int:
        evolve(graph, event)
        self.slots.evolve(graph.run_id, event)
        # By type: on these classes isinstance() costs as much as half of a step, and a replay asks for every event.
        if type(event) is runs.RunCompleted:
            self._release(graph)
        return graph.version

    def _previous(self, run: StreamId, version: int) -> RunGraph:
        graph = self.runs.get(run) or self._ahead.get(run)
        return graph if graph is not None and graph.version == version else self.references.graph(run, version)

    def _hold(self, graph: RunGraph) -> None:
        self.runs[graph.run_id] = graph
        self._active.setdefault(graph.workflow, set()).add(graph.run_id)

    def _release(self, graph: RunGraph) -> None:
        """A run that ended leaves the memory of those under way, and stays in the cache for a while."""
        del self.runs[graph.run_id]
        self._active[graph.workflow].discard(graph.run_id)
        self.references.keep(graph)
