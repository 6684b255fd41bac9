"""What a broker tells of its changes, to be waited for one by one."""

import asyncio

DEADLINE_SECONDS = 30.0


class Changes:
    """Takes each URL, or the empty text of a broker that ended, in order."""

    def __init__(self) -> None:
        self._told: asyncio.Queue[str] = asyncio.Queue()

    def __call__(self, url: str) -> None:
        self._told.put_nowait(url)

    async def next(self) -> str:
        """The next change, as soon as there is one."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return await self._told.get()

    def is_empty(self) -> bool:
        """Whether everything that was told has been taken."""
        return self._told.empty()
