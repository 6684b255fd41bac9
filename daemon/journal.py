"""The one thread that writes the log, and group commit.

Whatever is queued while a commit is under way goes into the next one, all in a single durable transaction; so a busy
daemon pays for a disk flush per batch, not per event. A unit (the facts of one decision) is kept whole: all of it or
nothing.

The daemon's memory is ahead of the log by what is queued. So after a unit that could not be written every later one
is refused as well, for it was decided on facts that never came to be, until the owner has read the log again and
calls `reopen`.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from daemon.errors import LogUnavailable
from events.ledger import Fact, Ledger, VersionConflict

MAX_BATCH = 2_000
"""Facts in one transaction at most, so that the first of them need not wait for very many."""

Done = Callable[[int, Exception | None], None]
"""Called on the loop when a unit's fate is known: the position of its last fact, or the error that it failed with."""


class Unit:
    """Facts that are appended together, and who is to be told."""

    __slots__ = ("done", "facts")

    def __init__(self, facts: Sequence[Fact], done: Done) -> None:
        self.facts = facts
        self.done = done


class Journal:
    """Queues units for the log; all methods are called on the event loop's thread."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._queue: SimpleQueue[Unit | None] = SimpleQueue()
        self._appended = 0
        self._delivered = 0
        self._waiters: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._failure: Exception | None = None
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    @property
    def is_settled(self) -> bool:
        """Whether nothing is queued."""
        return self._delivered == self._appended

    def append(self, facts: Sequence[Fact], done: Done) -> None:
        """Queues one unit. `done` is called when it is on the disk, or cannot be."""
        self._appended += 1
        self._queue.put(Unit(facts, done))

    async def settled(self) -> None:
        """Returns when everything queued so far is on the disk. Raises LogUnavailable when something of it could not
        be written."""
        if self.is_settled:
            return
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._waiters.append((self._appended, waiter))
        await waiter

    def reopen(self) -> None:
        """Takes units again after a failure: the memory they are decided on has been read from the log anew."""
        self._failure = None

    async def close(self) -> None:
        """Writes what is queued, then ends the thread."""
        self._queue.put(None)
        await self._loop.run_in_executor(None, self._thread.join)
        await asyncio.sleep(0)

    def _write(self) -> None:
        while (unit := self._queue.get()) is not None:
            batch, more = self._batch(unit)
            outcomes = self._commit(batch)
            self._loop.call_soon_threadsafe(self._deliver, outcomes)
            if not more:
                return

    def _batch(self, unit: Unit) -> tuple[list[Unit], bool]:
        """The first unit and those queued behind it, up to MAX_BATCH facts; and whether more may come."""
        batch, size = [unit], len(unit.facts)
        while size < MAX_BATCH:
            try:
                following = self._queue.get_nowait()
            except Empty:
                break
            if following is None:
                return batch, False
            batch.append(following)
            size += len(following.facts)
        return batch, True

    def _commit(self, batch: Sequence[Unit]) -> list[tuple[Unit, int, Exception | None]]:
        """Writes a batch. A conflict fails the whole transaction, so it is halved until the guilty one stands alone."""
        if self._failure is not None:
            return [(unit, 0, self._failure) for unit in batch]
        facts = [fact for unit in batch for fact in unit.facts]
        try:
            last = self._ledger.commit(facts) if facts else 0
        except VersionConflict as error:
            if len(batch) > 1:
                half = len(batch) // 2
                return self._commit(batch[:half]) + self._commit(batch[half:])
            self._failure = error
            return [(batch[0], 0, error)]
        except Exception as error:  # whatever the store says, the loop must hear of it
            self._failure = error
            return [(unit, 0, error) for unit in batch]
        return _placed(batch, last)

    def _deliver(self, outcomes: Sequence[tuple[Unit, int, Exception | None]]) -> None:
        for unit, position, error in outcomes:
            self._delivered += 1
            unit.done(position, error)
        failed = next((error for _, _, error in outcomes if error is not None), None)
        while self._waiters and self._waiters[0][0] <= self._delivered:
            waiter = self._waiters.popleft()[1]
            if waiter.cancelled():
                continue
            waiter.set_exception(unavailable(failed)) if failed else waiter.set_result(None)


def unavailable(error: Exception) -> LogUnavailable:
    """What a client is told of a unit that could not be written."""
    reason = str(error).rstrip(".")
    return LogUnavailable(f"Nothing was changed: {reason}. Try again when the log's disk has room and can be written.")


def _placed(batch: Sequence[Unit], last: int) -> list[tuple[Unit, int, Exception | None]]:
    """Each unit with the position of its last fact: positions within one commit are consecutive."""
    outcomes: list[tuple[Unit, int, Exception | None]] = []
    position = last - sum(len(unit.facts) for unit in batch)
    for unit in batch:
        position += len(unit.facts)
        outcomes.append((unit, position, None))
    return outcomes
