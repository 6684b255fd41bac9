"""Runs that have left the memory, brought back in pieces.

A run is folded from its stream when somebody asks for it and no cache holds it. For ten thousand nodes, or at the end
of a chain of resumes, that takes part of a second, in which the daemon would answer nobody. Whoever can wait has the
run recalled first: it is folded a few hundred events at a time, with the loop let go between them.
"""

import asyncio
from collections.abc import Callable

from events.reading import Reading
from events.runs import RunResumed
from events.vocabulary import StreamId, is_run_stream
from projections.run_graph import begin, evolve
from projections.run_values import RunGraph
from projections.standing import Standing

AT_ONCE = 250
"""Events between two turns of the event loop: some milliseconds' worth."""


class PastRuns:
    """Recalls the runs of one log. One at a time: who asks for the same run meanwhile finds it there."""

    def __init__(self, log: Reading, standing: Callable[[], Standing]) -> None:
        self._log = log
        self._standing = standing
        self._one_at_a_time = asyncio.Lock()

    async def recall(self, run: StreamId) -> None:
        """Returns when the graph of the run is in memory; at once for a run that is, or that there is none of."""
        if not is_run_stream(run) or self._is_known(run):
            return
        async with self._one_at_a_time:
            for stream in self._unknown_chain(run):
                await self._fold(stream)

    def _is_known(self, run: StreamId) -> bool:
        return self._standing().known(run) is not None

    def _unknown_chain(self, run: StreamId) -> list[StreamId]:
        """The run and those that it was resumed from, as far back as none is at hand; the first of them first."""
        chain: list[StreamId] = []
        previous: tuple[StreamId, int] | None = (run, 0)
        while previous is not None and not self._is_at_hand(*previous):
            first = self._log.between(previous[0], 1, 1)
            chain += [previous[0]] if first else []
            event = first[0].event if first else None
            previous = (event.previous, event.previous_version) if isinstance(event, RunResumed) else None
        return chain[::-1]

    def _is_at_hand(self, run: StreamId, version: int) -> bool:
        return self._is_known(run) or self._standing().references.recall(run, version)

    async def _fold(self, run: StreamId) -> None:
        graph: RunGraph | None = None
        version = 0
        while part := self._log.between(run, version + 1, version + AT_ONCE):
            for recorded in part:
                if graph is None:
                    references = self._standing().references
                    graph = begin(run, recorded.event, references.design, references.graph)
                else:
                    evolve(graph, recorded.event)
            version = part[-1].version
            if len(part) < AT_ONCE:
                break
            await asyncio.sleep(0)
        # What happened to the run meanwhile had it folded, and stands in memory; what was made here then lacks that.
        if graph is not None and not self._is_known(run):
            self._standing().references.keep(graph)
