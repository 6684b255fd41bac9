"""Opens a file of a log to be read, whatever its name: what it is shows in its first bytes."""

import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import cast

from daemon.audit.findings import Kind
from daemon.exports.arrow_loading import arrow_module
from daemon.exports.content import Bytes, Place, Reader, UnusableFile
from daemon.exports.json_lines import JsonLinesReader

_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"


class _Decompressed:
    """A compressed file's content; what is wrong with the compression is told as what is wrong with the file."""

    def __init__(self, content: Bytes, place: Place) -> None:
        self._content = content
        self._place = place

    def read(self, size: int, /) -> bytes:
        """See Bytes."""
        return self._told(self._content.read, size)

    def readline(self, size: int, /) -> bytes:
        """See Bytes."""
        return self._told(self._content.readline, size)

    def _told(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except (EOFError, zlib.error, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            kind: Kind = "removed" if isinstance(error, EOFError) else "changed"
            raise self._place.damaged(kind, f"it is cut off or damaged ({error})") from error


@contextmanager
def opened_reader(path: Path | None) -> Iterator[Reader]:
    """A reader of a file, or of standard input. Raises UnusableFile, NeedsArrow and OSError."""
    if path is None:
        yield _reader(cast(BufferedReader, sys.stdin.buffer), "standard input", None)
        return
    with path.open("rb") as file:
        yield _reader(file, str(path), path)


def _reader(file: BufferedReader, name: str, path: Path | None) -> Reader:
    begins = file.peek(4)[:4]
    if begins == _PARQUET:
        if path is None:
            raise UnusableFile(f"{name}: Parquet cannot be read from a pipe. Name the file itself.")
        reader: Reader = arrow_module("parquet").ParquetReader(path, Place(name, "row"))
        return reader
    place = Place(name, "line")
    return JsonLinesReader(_plain(file, begins, place), place)


def _plain(file: BufferedReader, begins: bytes, place: Place) -> Bytes:
    if begins.startswith(_GZIP):
        return _Decompressed(gzip.GzipFile(fileobj=file), place)
    if begins == _ZSTD:
        return _Decompressed(arrow_module("zstd").decompressing(file), place)
    return file
