"""The duty of sealing the log: decides when, reads the range off the disk, and has the seal appended.

A range is sealed when enough events came since the last seal, or some time after the first of them. Reading and hashing
happen in a thread, and the duty rests between two seals, so that a long log that was never sealed is caught up with
without being felt.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from daemon.clock import Clock
from daemon.deadlines import Deadlines
from daemon.errors import ReglueError
from daemon.handling import Handler
from daemon.keys import Signer
from daemon.logs import get_logger
from daemon.seal_commands import SealLog
from events.ledger import Fact, Ledger
from events.log_file import UnreadableLog
from events.proofs import Tree, framed, leaf
from events.seals import LogSealed, Seal, sealed
from events.vocabulary import SEAL_STREAM

MOST_IN_A_SEAL = 100_000
"""Events under one seal at most: what of a range does not fit its seal is not known more closely than that."""

REST = 9
"""The duty rests for this many times as long as the last seal took."""

ROWS_AT_A_TIME = 250
"""Rows that are read at once for a seal: few, because the daemon keeps the memory that they took."""

_KEY = "seal"
log = get_logger()


class Pace(NamedTuple):
    """How many events, and how many seconds, there are between two seals at most; 0 seconds: no seals at all."""

    events: int
    seconds: float


class Sealing:
    """Seals the log of one daemon. `recover` it first; give it a `signer` before if seals are to be signed."""

    def __init__(self, handler: Handler, ledger: Ledger, clock: Clock, pace: Pace) -> None:
        self.signer: Signer | None = None
        self._handler = handler
        self._ledger = ledger
        self._clock = clock
        self._pace = pace
        self._deadlines = Deadlines(clock)
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._position = 0
        self._open = 0
        self._due: int | None = None
        self._not_before = 0

    def recover(self) -> None:
        """Looks what is to be sealed: at a start, and when the log was read anew."""
        self.stop()
        self._position = self._ledger.position()
        newest = self._handler.standing.seal
        # The newest seal's own event is not worth another seal.
        self._open = max(self._position - newest.last - 1, 0) if newest is not None else self._position
        self._look()

    def committed(self, facts: Sequence[Fact], position: int) -> None:
        """Takes note of what is on the disk."""
        self._position = position
        if facts[0].stream != SEAL_STREAM:
            self._open += len(facts)
            self._look()

    async def run_once(self) -> Seal | None:
        """Seals what is on the disk and not sealed yet, as much as one seal takes; None if that is nothing but the
        newest seal itself. Raises UnreadableLog and the leaves of ReglueError."""
        async with self._turn:
            return await self._sealed() if self._open else None

    async def _sealed(self) -> Seal:
        newest = self._handler.standing.seal
        first = newest.last + 1 if newest is not None else 1
        last = min(self._position, first + MOST_IN_A_SEAL - 1)
        found = await asyncio.to_thread(self._hashed, first, last)
        event = self._signed(LogSealed(self._clock.now(), "daemon", first, last, *found), newest)
        seal: Seal = await self._handler.handle(SealLog(event.at, event.by, b"", event))
        # What is not sealed yet, but for the seal's own event.
        self._open = max(self._position - seal.last - 1, 0)
        log.debug("log_sealed", number=seal.number, first=seal.first, last=seal.last)
        return seal

    def stop(self) -> None:
        """Asks for no more seals."""
        self._deadlines.clear()
        self._due = None

    async def close(self) -> None:
        """Stops, and lets go of the log."""
        self.stop()
        self._pace = Pace(0, 0)
        if self._task is not None:
            await asyncio.wait([self._task])

    def _look(self) -> None:
        """Sets the moment of the next seal, if there is something to seal."""
        if not self._pace.seconds or not self._open or self._task is not None:
            return
        now = self._clock.now()
        due = now if self._open >= self._pace.events else now + round(self._pace.seconds * 1000)
        due = max(due, self._not_before)
        if self._due is None or due < self._due:
            self._due = due
            self._deadlines.set(_KEY, due, self._begin)

    def _begin(self) -> None:
        self._due = None
        self._task = asyncio.get_running_loop().create_task(self._seal())

    async def _seal(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self.run_once()
        except (ReglueError, UnreadableLog) as error:
            if self._pace.seconds:
                log.warning("log_not_sealed", reason=str(error))
            self._not_before = self._clock.now() + round(self._pace.seconds * 1000)
        else:
            self._not_before = self._clock.now() + round(REST * 1000 * (loop.time() - began))
        finally:
            self._task = None
        self._look()

    def _hashed(self, first: int, last: int) -> tuple[int, int, str]:
        """How many events a range has, how many of them carry a chain, and the root over them."""
        tree, chained = Tree(), 0
        for page in self._ledger.pages(first - 1, last, ROWS_AT_A_TIME):
            tree.add(leaf(framed((row[0], row[2]), row[1], row[3], row[4])) for row in page)
            chained += sum(row[5] is not None for row in page)
        return tree.size, chained, tree.root().hex()

    def _signed(self, event: LogSealed, newest: Seal | None) -> LogSealed:
        """The event with the hash of the seal before, and signed if there is a key."""
        linked = _with(event, previous=newest.hash if newest is not None else "")
        if self.signer is None:
            return linked
        named = _with(linked, key_id=self.signer.key_id)
        text = sealed(newest.number + 1 if newest is not None else 1, named).text
        return _with(named, signature=self.signer.sign(text.encode()).hex())


def _with(event: LogSealed, **changes: str) -> LogSealed:
    return msgspec.structs.replace(event, **changes)
