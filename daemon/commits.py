"""Tells those who follow the log that there may be more of it, or that the daemon is about to stop.

One signal for all of them. Who waits looks first and waits then, without letting the loop go in between, so nothing
that happens is missed; what there is to see, each asks for itself.
"""

import asyncio
import contextlib


class Commits:
    """See the module. Used on the running loop."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def happened(self) -> None:
        """Something was committed just now: everybody who waits wakes up."""
        passed, self._next = self._next, asyncio.Event()
        passed.set()

    async def wait(self, seconds: float) -> None:
        """Returns when something has happened, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._next.wait()
