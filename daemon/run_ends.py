"""Who waits for the end of which run, so that nobody need ask for it again and again."""

import asyncio
from collections.abc import Sequence

from events.ledger import Fact
from events.runs import RunCompleted
from events.vocabulary import StreamId


class RunEnds:
    """Told of what is committed; wakes those who wait for a run's end, and everybody when the daemon stops."""

    def __init__(self) -> None:
        self._waiting: dict[StreamId, set[asyncio.Future[None]]] = {}
        self._is_over = False

    def committed(self, facts: Sequence[Fact]) -> None:
        """The log holds these facts."""
        if self._waiting:
            for fact in facts:
                if isinstance(fact.event, RunCompleted):
                    self._wake(fact.stream)

    def release(self) -> None:
        """Nobody waits any longer: the daemon stops."""
        self._is_over = True
        for run in tuple(self._waiting):
            self._wake(run)

    async def wait(self, run: StreamId, seconds: float) -> None:
        """Returns when the run's end is committed, when the time is up or the daemon stops, whichever comes first. The
        run must be under way when this is called."""
        if self._is_over:
            return
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(run, set()).add(ended)
        try:
            await asyncio.wait((ended,), timeout=seconds)
        finally:
            waiting = self._waiting.get(run, set())
            waiting.discard(ended)
            if not waiting:
                self._waiting.pop(run, None)

    def _wake(self, run: StreamId) -> None:
        for ended in self._waiting.pop(run, ()):
            if not ended.done():
                ended.set_result(None)
