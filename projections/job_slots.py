"""How many runs of each job or crawler are under way, and which attempts wait for one to end.

A job's MaxConcurrentRuns (a crawler's is one) holds over all workflows and runs, so no single run's graph can tell.
The fold takes the events of every run.
"""

from collections.abc import Callable, Iterable
from typing import Any

from events import runs
from events.design import Event
from events.vocabulary import NodeKey, StreamId
from projections.run_values import Attempt, RunGraph


class JobSlots:
    """Per node key: the attempts under way, and those that wait, first come first."""

    def __init__(self) -> None:
        self._running: dict[NodeKey, dict[str, StreamId]] = {}
        self._waiting: dict[NodeKey, dict[str, StreamId]] = {}

    def running(self, node: NodeKey) -> int:
        """How many attempts at this job are under way, in all runs."""
        return len(self._running.get(node, ()))

    def under_way(self, node: NodeKey) -> tuple[tuple[str, StreamId], ...]:
        """The attempts that run, each with its run."""
        return tuple(self._running.get(node, {}).items())

    def waiting(self, node: NodeKey) -> tuple[tuple[str, StreamId], ...]:
        """The waiting attempts of this job with their runs, first come first."""
        return tuple(self._waiting.get(node, {}).items())

    def crowded(self) -> tuple[NodeKey, ...]:
        """The jobs for which any attempt waits."""
        return tuple(node for node, waiting in self._waiting.items() if waiting)

    def evolve(self, run: StreamId, event: Event) -> None:
        """Takes one more event of any run into account."""
        step = _STEPS.get(type(event))
        if step is not None:
            step(self, run, event)

    def _wait(self, run: StreamId, event: runs.NodeWaiting) -> None:
        self._waiting.setdefault(event.node, {})[event.attempt_id] = run

    def _start(self, run: StreamId, event: runs.NodeStarted) -> None:
        self._end_waiting(event)
        self._running.setdefault(event.node, {})[event.attempt_id] = run

    def _end(self, run: StreamId, event: runs.NodeCompleted | runs.NodeRefused) -> None:
        self._end_waiting(event)
        self._running.get(event.node, {}).pop(event.attempt_id, None)

    def _end_waiting(self, event: runs.NodeStarted | runs.NodeCompleted | runs.NodeRefused) -> None:
        waiting = self._waiting.get(event.node)
        if waiting:
            waiting.pop(event.attempt_id, None)

    def restore(self, graphs: Iterable[RunGraph]) -> None:
        """Starts anew from the graphs of all runs that are under way."""
        self._running.clear()
        self._waiting.clear()
        for graph, attempt in sorted(_under_way(graphs), key=lambda pair: pair[1].started_at):
            if attempt.state == "WAITING":
                self._waiting.setdefault(attempt.node, {})[attempt.id] = graph.run_id
            else:
                self._running.setdefault(attempt.node, {})[attempt.id] = graph.run_id


def _under_way(graphs: Iterable[RunGraph]) -> Iterable[tuple[RunGraph, Attempt]]:
    """Every attempt that waits or runs, with its run."""
    for graph in graphs:
        for attempt_id, node in graph.active.items():
            yield graph, next(a for a in graph.attempts[node] if a.id == attempt_id)


_STEPS: dict[type[Event], Callable[[JobSlots, StreamId, Any], None]] = {
    runs.NodeWaiting: JobSlots._wait,
    runs.NodeStarted: JobSlots._start,
    runs.NodeRefused: JobSlots._end,
    runs.NodeCompleted: JobSlots._end,
}
