"""How far each broker has every event, what is retained there, and the number of the last session.

That is no part of the log, which tells what happened and not who heard of it, nor of the views, which may be deleted
and made anew. It is a small file of its own in the state directory, written aside, put in place and on the disk each
time: one that is lost or damaged costs duplicates, never events. An ephemeral daemon keeps it in memory.
"""

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from daemon.logs import get_logger

POSITIONS_FILE = "mqtt.json"
SAVE_SECONDS = 1.0
"""The file is written no more often than this, but where something must be on the disk before it is told."""

log = get_logger()


class Place(msgspec.Struct):
    """How far one broker is: in the log with this id (empty: none has begun), the last position that it acknowledged
    with all before it; and the topics on which something is retained there."""

    log_id: str
    position: int
    retained: list[str] = []


class _File(msgspec.Struct):
    session: int = 0
    places: dict[str, Place] = {}


class Positions:
    """The file at `path`, or memory where there is no path."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._is_lost = False
        self._file = self._read()
        self._changed = 0
        self._saved = 0
        self._saved_at = 0.0
        self._saving = asyncio.Lock()
        self._complained = False

    def place(self, target: str, log_id: str, head: int) -> Place:
        """How far a target is. One that was never seen begins at the log's head, and so does one whose place is
        in another log; one beyond the head (the log is an older copy) goes back to it. Where all places were lost,
        it is sent everything again."""
        known = self._file.places.get(target)
        if known is None:
            known = self._file.places[target] = Place(log_id, 0 if self._is_lost else head)
        elif known.log_id != log_id:
            known.log_id, known.position = log_id, head if known.log_id else 0
        elif known.position > head:
            log.warning("mqtt_position_beyond_log", position=known.position, head=head)
            known.position = head
        self._changed += 1
        return known

    def knows(self, target: str) -> bool:
        """Whether a target was seen before."""
        return target in self._file.places

    def next_session(self) -> int:
        """The number of a new session, higher than any before it."""
        self._file.session += 1
        self._changed += 1
        return self._file.session

    def moved(self, place: Place, position: int) -> None:
        """Every event up to a position is acknowledged."""
        place.position = position
        self._changed += 1

    def retain(self, place: Place, topics: Iterable[str]) -> None:
        """These are the topics on which something is retained."""
        place.retained = sorted(topics)
        self._changed += 1

    async def save_now_and_then(self) -> None:
        """Puts what has changed on the disk if that has not been done for a while."""
        if time.monotonic() - self._saved_at >= SAVE_SECONDS:
            await self.save()

    async def save(self) -> None:
        """Puts what has changed on the disk. What cannot be written is tried again the next time."""
        async with self._saving:
            if self._path is None or self._saved == self._changed:
                return
            content, changed = msgspec.json.format(msgspec.json.encode(self._file)), self._changed
            self._saved_at = time.monotonic()
            try:
                await asyncio.to_thread(_write, self._path, content)
            except OSError as error:
                self._complain(error)
                return
            self._saved, self._complained = changed, False

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            log.warning("mqtt_position_not_written", reason=str(error))
        self._complained = True

    def _read(self) -> _File:
        if self._path is None or not self._path.exists():
            return _File()
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_File)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("mqtt_position_unreadable", path=str(self._path), reason=str(error))
            self._is_lost = True
            return _File()


def _write(path: Path, content: bytes) -> None:
    aside = path.with_name(path.name + ".new")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
