"""Fills gaps: events that did not come by the broker are asked of the daemon, or given up and said to be lost."""

import asyncio
import time

import msgspec

from daemon.cli.failures import Failure
from daemon.cli.watching.board import Board
from daemon.cli.watching.daemon_reads import DaemonReads
from daemon.cli.watching.fold import give_up, take_event
from daemon.cli.watching.payloads import Event

PATIENCE_SECONDS = 1.5
"""A gap may close by itself within this: events and the head travel beside each other."""

TRIES = 3


class Filled(msgspec.Struct, frozen=True):
    """What came of looking for a gap: its events, or why they are lost."""

    events: tuple[Event, ...] = ()
    lost: tuple[int, int] | None = None
    reason: str = ""


class CatchingUp:
    """Looks after the gaps of one board. Call `look` now and then; it is patient by itself."""

    def __init__(self, board: Board, reads: DaemonReads) -> None:
        self._board = board
        self._reads = reads
        self._gap: tuple[int, int] | None = None
        self._since = 0.0
        self._tries = 0

    async def look(self) -> Filled:
        """Fill the oldest gap if it has been there for a while."""
        now = time.monotonic()
        gaps = self._board.sequence.gaps
        if not gaps:
            self._gap = None
            return Filled()
        if gaps[0] != self._gap:
            self._gap, self._since, self._tries = gaps[0], now, 0
            return Filled()
        if now - self._since < PATIENCE_SECONDS:
            return Filled()
        return await self._fill(gaps[0])

    async def _fill(self, gap: tuple[int, int]) -> Filled:
        board = self._board
        self._tries += 1
        self._since = time.monotonic()
        try:
            client = self._reads.client(board)
            events = await asyncio.to_thread(self._reads.missed, client, board, gap)
        except Failure as error:
            if self._tries < TRIES:
                return Filled()
            give_up(board, *gap)
            return Filled(lost=gap, reason=error.message)
        taken = tuple(event for event in events if take_event(board, event))
        board.version += 1
        if not taken and gap in board.sequence.gaps and self._tries >= TRIES:
            give_up(board, *gap)
            return Filled(lost=gap, reason="the daemon does not have them")
        return Filled(taken)
