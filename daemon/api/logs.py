"""The output of job runs over HTTP, as bytes, in pieces: a log of any size takes the same memory.

A follower looks at the file again at an interval while its job run is under way. A file's growth can be waited for
only with inotify, for which the standard library has nothing; a look every quarter of a second costs next to nothing
and reads a finished run to its very end, because the run is seen to have ended before the last look.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

PIECE_BYTES = 64 * 1024
LOOK_SECONDS = 0.25


def pieces(path: Path, offset: int) -> Iterator[bytes]:
    """What the file holds from the offset on; nothing if there is no file yet."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(offset)
        while piece := file.read(PIECE_BYTES):
            yield piece


async def followed(path: Path, offset: int, is_under_way: Callable[[], bool]) -> AsyncIterator[bytes]:
    """What the file holds from the offset on, and what is added to it for as long as its job run is under way."""
    growing = True
    while growing:
        growing = is_under_way()
        for piece in pieces(path, offset):
            offset += len(piece)
            yield piece
        if growing:
            await asyncio.sleep(LOOK_SECONDS)
