"""A run as it stood at any position of the log, and event by event: what a slider over its history needs.

Only what is on the disk counts. The events of one run are folded, and those of the runs that it was resumed from as
far as no cache holds them; a run of very many events is folded in pieces, with the loop let go between them.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Generic, NamedTuple, NoReturn, TypeVar

from daemon.errors import EntityNotFound, InvalidInput
from events.reading import Reading, Recorded
from events.vocabulary import StreamId
from projections.frames import Frame, frame_after
from projections.run_graph import begin, evolve
from projections.run_values import RunGraph
from projections.standing import Standing

AT_ONCE = 250
"""Events between two turns of the event loop: some milliseconds' worth."""


Shape = TypeVar("Shape")
"""A frame, as whoever asks wants it."""


class FramePage(NamedTuple, Generic[Shape]):
    """Frames in order, and the position to go on after: None at the end."""

    frames: list[Shape]
    next: int | None


class _Folded(NamedTuple):
    """A run's graph, and the version and the position that it was folded to."""

    graph: RunGraph
    position: int


class Replays:
    """Replays the runs of one log. `head` tells the position of the newest event that is on the disk."""

    def __init__(self, log: Reading, standing: Callable[[], Standing], head: Callable[[], int]) -> None:
        self._log = log
        self._standing = standing
        self._head = head
        self._kept: _Folded | None = None

    async def graph(self, run: StreamId, position: int) -> RunGraph:
        """The run's graph as it stood at a position, which nobody changes later.

        Raises EntityNotFound for a run that had not begun by then, InvalidInput for a position that the log has not
        come to.
        """
        folded: RunGraph | None = None
        async for part in self._parts(run, 0, self._checked(position)):
            for recorded in part:
                folded = self._evolved(folded, recorded)
        return folded or self._not_yet(run, position)

    async def frames(self, run: StreamId, after: int, limit: int) -> FramePage[Frame]:
        """The frames of the run's events after a position. Whoever asks for page after page has each event folded
        once. Raises EntityNotFound for a run that is not there."""
        return await self.shaped(run, after, limit, frame_after)

    async def shaped(
        self, run: StreamId, after: int, limit: int, shape: Callable[[RunGraph, Recorded], Shape]
    ) -> FramePage[Shape]:
        """The same in another shape, which is made of an event and the graph after it."""
        head, found = self._head(), list[Shape]()
        folded = self._taken(run, after)
        graph, position = folded if folded is not None else (None, 0)
        async for part in self._parts(run, position, head):
            for recorded in part:
                if graph is not None and len(found) == limit:
                    self._kept = _Folded(graph, position)
                    return FramePage(found, position)
                graph, position = self._evolved(graph, recorded), recorded.position
                if position > after:
                    found.append(shape(graph, recorded))
        if graph is None:
            return self._not_yet(run, head)
        self._kept = _Folded(graph, position)
        return FramePage(found, None)

    def _evolved(self, graph: RunGraph | None, recorded: Recorded) -> RunGraph:
        if graph is not None:
            return evolve(graph, recorded.event)
        references = self._standing().references
        return begin(recorded.stream, recorded.event, references.design, references.graph)

    def _taken(self, run: StreamId, after: int) -> _Folded | None:
        """The graph that the page before ended with, if it is of use; from here on it is the caller's."""
        kept, self._kept = self._kept, None
        return kept if kept is not None and kept.graph.run_id == run and kept.position <= after else None

    async def _parts(self, run: StreamId, after: int, until: int) -> AsyncIterator[Sequence[Recorded]]:
        while part := self._log.page(after, until, AT_ONCE, run):
            yield part
            if len(part) < AT_ONCE:
                return
            after = part[-1].position
            await asyncio.sleep(0)

    def _checked(self, position: int) -> int:
        if position > self._head():
            raise InvalidInput(f"at is {position}, and the newest event of this log is {self._head()}.")
        return position

    def _not_yet(self, run: StreamId, position: int) -> NoReturn:
        """Raises EntityNotFound: there is no such run, or was none then."""
        first = self._log.page(0, self._head(), 1, run)
        if not first:
            raise EntityNotFound(f"There is no run with the id {run[:300]!r}.")
        raise EntityNotFound(f"The run {run} had not begun at {position}: its first event is {first[0].position}.")
