"""Gives the room that archived runs left in the files back to the disk.

Pages that were freed are used again by what comes, so this is for a log that shall be small at once. It writes each
file anew, and needs that much room beside it meanwhile.
"""

from pathlib import Path

import msgspec

from daemon.state_files import LOG_FILE, VIEWS_FILE
from daemon.state_lock import StateLock
from events.ledger import write_anew


class Compacted(msgspec.Struct, frozen=True):
    """How many bytes log and rows took together before, and take now."""

    before: int
    after: int


def compact(directory: Path) -> Compacted:
    """Writes the files anew. Raises StateDirectoryBusy while a daemon holds them, UnreadableLog, OSError."""
    lock = StateLock(directory)
    try:
        files = [path for path in (directory / LOG_FILE, directory / VIEWS_FILE) if path.exists()]
        before = _size(files)
        for path in files:
            write_anew(path)
        return Compacted(before, _size(files))
    finally:
        lock.release()


def _size(files: list[Path]) -> int:
    return sum(path.stat().st_size for path in files)
