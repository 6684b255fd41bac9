"""Where a file of a log is written to: a path, which appears whole or not at all, or standard output.

A path is written under another name beside it (`NAME.part`), brought to the disk, and only then takes its name. The
bytes that reach the disk are counted and hashed on their way.
"""

import fcntl
import gzip
import hashlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from daemon.exports.arrow_loading import arrow_module

PART = ".part"
GZIP, ZSTD = ".gz", ".zst"
_GZIP_LEVEL = 4
"""Half as large again as with the usual 6 takes less than half of the time."""


class Destination(msgspec.Struct, frozen=True):
    """A path, or None for standard output; `replaces` what is there already."""

    path: Path | None
    replaces: bool = False


class AlreadyThere(Exception):
    """There is a file of this name, and it is not to be replaced."""


class Sink(io.RawIOBase):
    """Passes on what is written to it, and knows how much that was and its SHA-256."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.bytes = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, content: Any, /) -> int:
        """Passes on all of it."""
        size = len(content)
        self._hash.update(content)
        self._file.write(content)
        self.bytes += size
        return size

    @property
    def digest(self) -> str:
        """The SHA-256 of all that was written, in hex."""
        return self._hash.hexdigest()


@contextmanager
def opened_sink(destination: Destination) -> Iterator[Sink]:
    """A sink to write to; what it took is on the disk when the context ends well, and gone when it ends otherwise.

    Raises AlreadyThere and OSError.
    """
    if destination.path is None:
        yield Sink(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    path, part = destination.path, destination.path.with_name(destination.path.name + PART)
    _see_that_it_is_free(destination)
    with open(part, "ab", opener=_for_us_alone) as file:
        _lock(file, path)
        try:
            file.truncate(0)
            sink = Sink(file)
            yield sink
            file.flush()
            os.fsync(file.fileno())
            _see_that_it_is_free(destination)
            os.replace(part, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    bring_to_disk(path.parent)


def _for_us_alone(path: str, flags: int) -> int:
    """As a state directory is: payloads hold the arguments of jobs."""
    return os.open(path, flags, 0o600)


def _see_that_it_is_free(destination: Destination) -> None:
    assert destination.path is not None
    if destination.path.is_dir():
        raise AlreadyThere(f"{destination.path} is a directory; name a file in it.")
    if destination.path.exists() and not destination.replaces:
        raise AlreadyThere(f"{destination.path} is there already; name another file, or replace it with --force.")


def _lock(file: IO[bytes], path: Path) -> None:
    """One at a time: the kernel lets the lock go when its holder ends, so what a killed one left is taken over."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise AlreadyThere(f"{path} is being written by another export; wait for its end.") from error


def bring_to_disk(folder: Path) -> None:
    """The name of a file is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def compressing(sink: Sink, path: Path | None) -> Iterator[IO[bytes]]:
    """What to write to so that the sink gets it as the ending of the path says: `.gz`, `.zst`, or as it is. The same
    content gives the same bytes."""
    ending = path.suffix if path is not None else ""
    if ending == GZIP:
        with gzip.GzipFile("", "wb", _GZIP_LEVEL, sink, mtime=0) as compressed:
            yield compressed  # type: ignore[misc]  # it has all of IO that is used here
    elif ending == ZSTD:
        with arrow_module("zstd").compressing(sink) as compressed:
            yield compressed
    else:
        yield sink  # type: ignore[misc]  # as above
