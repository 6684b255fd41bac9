"""The engine's parts that an archive needs, for a state directory that no daemon holds: log, rows, and the way that
commands take; no jobs, no schedules, no clients."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from daemon.archive_commands import Archived
from daemon.archiving import Archiving, Request
from daemon.clock import SystemClock
from daemon.errors import LogUnavailable
from daemon.handling import Handler
from daemon.journal import Journal
from daemon.keys import Signer
from daemon.rows import Rows
from daemon.sealing import Pace, Sealing
from daemon.state_files import LOG_FILE, VIEWS_FILE
from daemon.state_lock import StateLock
from events.ledger import Fact, Ledger


class Offline:
    """Holds a state directory from its making to the end of its context."""

    def __init__(self, directory: Path, signer: Signer | None, by: str) -> None:
        """Raises StateDirectoryBusy while a daemon holds it, UnreadableLog, OSError."""
        self._by = by
        self._lock = StateLock(directory)
        self._runner = asyncio.Runner()
        try:
            self._ledger = Ledger(directory / LOG_FILE)
            self._rows = Rows(directory / VIEWS_FILE, self._ledger)
            self._runner.run(self._open(signer))
        except BaseException:
            self._runner.close()
            self._lock.release()
            raise

    async def _open(self, signer: Signer | None) -> None:
        standing = self._rows.open()
        self._journal = Journal(self._ledger)
        self._handler = Handler(standing, self._journal, False)
        self._handler.on_committed = self._committed
        self._handler.on_failed = self._failed
        clock = SystemClock()
        self._sealing = Sealing(self._handler, self._ledger, clock, Pace(0, 0))
        self._sealing.signer = signer
        self._sealing.recover()
        self._archiving = Archiving(self._handler, self._ledger, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._runner.run(self._close())
        self._runner.close()
        self._ledger.close()
        self._lock.release()

    async def _close(self) -> None:
        await self._journal.close()
        self._rows.close()

    def seal(self) -> int:
        """Seals what is not sealed yet, as much as one seal takes; returns the last position under a seal. Raises
        UnreadableLog and the leaves of ReglueError."""
        self._runner.run(self._sealing.run_once())
        newest = self._handler.standing.seal
        return newest.last if newest is not None else 0

    def archive(self, asked: Request) -> Archived:
        """Lets go of the events of runs. Raises the leaves of ReglueError."""
        return self._runner.run(self._archiving.archive(asked, self._by))

    def _committed(self, facts: Sequence[Fact], position: int) -> None:
        self._rows.note(facts, position, self._handler.standing)
        self._sealing.committed(facts, position)

    def _failed(self, error: Exception) -> None:
        """What stands in memory is not what the log holds; so this is the end."""
        self._handler.close(f"Nothing more was changed: {error}")
        raise LogUnavailable(str(error)) from error
