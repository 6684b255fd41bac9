"""The way back from a log that cannot be written.

Memory is ahead of the log by what is queued for it. When the log refuses a unit (a full disk, a lost mount), or a
decision broke half-way, memory tells of things that never came to be. So every command is refused with the reason
until everything has been read from the log anew; from there reads are true, and changes are refused until the log can
be written again.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import NamedTuple

from daemon.errors import LogUnavailable
from daemon.handling import Handler
from daemon.journal import Journal, unavailable
from daemon.logs import get_logger
from events.log_file import UnreadableLog
from projections.store import StaleViews

RETRY_SECONDS = 2.0
log = get_logger()


class Steps(NamedTuple):
    """What is done on the way, in this order. The first two are tried again for as long as they fail."""

    read_log: Callable[[], None]
    """Makes everything in memory anew from the log."""
    probe: Callable[[], None]
    """Raises OSError as long as the log cannot be written."""
    take_up: Callable[[], None]
    """Takes up what is under way: commands are handled again."""


class Recovery:
    """Goes that way whenever it is told that the log `failed`; one at a time."""

    def __init__(self, handler: Handler, journal: Journal, steps: Steps) -> None:
        self._handler = handler
        self._journal = journal
        self._steps = steps
        self._under_way: asyncio.Task[None] | None = None
        self._is_ahead = False
        self._available_since = 0.0
        self.fault: str | None = None
        """Why changes are refused; None when they are not."""

    def failed(self, error: Exception) -> None:
        """The log refused a unit, or a decision broke half-way: memory is no longer what the log says."""
        if self._under_way is None:
            self._is_ahead = True
            self._shut(error)
            log.error("log_unavailable", reason=str(error))
            self._under_way = asyncio.get_running_loop().create_task(self._recover())

    def check(self) -> None:
        """Raises LogUnavailable while what stands in memory is ahead of a log that refused it."""
        if self._is_ahead:
            raise LogUnavailable("The log could not be written and is being read anew. Ask again.")

    def cancel(self) -> None:
        """Gives up, where there is something to give up: the daemon stops."""
        if self._under_way is not None:
            self._under_way.cancel()

    def _shut(self, error: Exception) -> None:
        self.fault = str(error)
        self._handler.close(str(unavailable(error)))

    async def _recover(self) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(LogUnavailable):
            await self._journal.settled()
        await self._until_succeeds(self._steps.read_log)
        self._is_ahead = False
        if loop.time() < self._available_since + RETRY_SECONDS:
            await asyncio.sleep(RETRY_SECONDS)  # the probe may be content with a disk that the log is not
        await self._until_succeeds(self._steps.probe)
        self._open(loop.time())

    def _open(self, now: float) -> None:
        self._under_way, self._available_since = None, now
        self.fault = None
        self._journal.reopen()
        self._handler.open()
        self._steps.take_up()

    async def _until_succeeds(self, step: Callable[[], None]) -> None:
        while not self._succeeds(step):  # noqa: ASYNC110  # a disk that has room again tells nobody
            await asyncio.sleep(RETRY_SECONDS)

    def _succeeds(self, step: Callable[[], None]) -> bool:
        try:
            step()
        except (OSError, UnreadableLog, StaleViews) as error:
            self._shut(error)
            return False
        return True
