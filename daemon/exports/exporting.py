"""Writes a log to a file, as it stood at one position, however much is appended meanwhile."""

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import IO, Literal, NamedTuple

import msgspec

from daemon.exports.arrow_loading import arrow_module
from daemon.exports.content import ROWS_AT_ONCE, Header, Piece, Writer
from daemon.exports.destination import Destination, compressing, opened_sink
from daemon.exports.json_lines import JsonLinesWriter
from events.elisions import Elided
from events.reading import ReadOnlyLog

Format = Literal["jsonl", "parquet"]
Progress = Callable[[int, int], None]
"""Told how far it is: the position, and the last one."""

PARQUET = ".parquet"


class Target(NamedTuple):
    """Where to write, and how."""

    destination: Destination
    format: Format


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What was written: the file (null for standard output), its positions and size, and the SHA-256 of its bytes."""

    file: str | None
    format: Format
    kind: str
    events: int
    elided: int
    """How many events are there as hashes only."""
    first: int
    last: int
    runs: int | None
    """How many runs an archive was made for."""
    left_out: int = 0
    """How many other runs of the workflows that were asked for are in archives already."""
    bytes: int
    sha256: str
    seconds: float


def format_of(path: Path | None) -> Format:
    """The format that a file's name asks for."""
    return "parquet" if path is not None and path.suffix == PARQUET else "jsonl"


def export(log: ReadOnlyLog, until: int | None, to: Target, progress: Progress) -> Exported:
    """Writes all events, up to and including a position if one is given.

    Raises UnreadableLog, CannotExport, AlreadyThere, NeedsArrow and OSError; then there is no file.
    """
    with log.still():
        return write(_header(log, until), pieces(log, until), to, progress)


def write(header: Header, content: Iterable[Piece], to: Target, progress: Progress) -> Exported:
    """Writes a file. Raises what `export` does, and what comes of `content`."""
    began = time.perf_counter()
    with (
        opened_sink(to.destination) as sink,
        compressing(sink, to.destination.path) as file,
        _writing(file, to.format, header) as writer,
    ):
        for piece in content:
            writer.write(piece)
            progress(piece.last if isinstance(piece, Elided) else piece[-1][0], header.last)
        written = writer.finish()
    return Exported(
        file=str(to.destination.path) if to.destination.path is not None else None,
        format=to.format,
        kind=header.kind,
        events=written.events,
        elided=written.elided,
        first=header.first,
        last=header.last,
        runs=header.runs,
        bytes=sink.bytes,
        sha256=sink.digest,
        seconds=time.perf_counter() - began,
    )


def _header(log: ReadOnlyLog, until: int | None) -> Header:
    """The header of a whole log. One that was read from an archive stays one; and one that ends before those events by
    which others were moved out of it cannot tell more of these than an archive could."""
    end, given = log.end()
    last, given = (end, given) if until is None else (until, until)
    origin = _origin(log)
    if origin is not None:
        return msgspec.structs.replace(origin, last=last, given=given)
    is_torn = until is not None and until < end and any(True for _ in log.elided(0, until))
    return Header(kind="archive" if is_torn else "log", log=log.identity(), first=1, last=last, given=given)


def _origin(log: ReadOnlyLog) -> Header | None:
    """The header of the archive that a log was read from."""
    document = log.origin()
    return msgspec.json.decode(document, type=Header) if document is not None else None


def identity(log: ReadOnlyLog) -> str | None:
    """What tells a log from others; that of the original where only an archive of it is there."""
    origin = _origin(log)
    return origin.log if origin is not None else log.identity()


def pieces(log: ReadOnlyLog, until: int | None) -> Iterator[Piece]:
    """All that a log holds up to a position, in order."""
    last = until if until is not None else log.position()
    ranges = log.elided(0, last)
    waiting = next(ranges, None)
    for page in log.pages(-(2**63), last, ROWS_AT_ONCE):
        start = 0
        while waiting is not None and waiting.first < page[-1][0]:
            stop = bisect_left(page, waiting.first, start, key=itemgetter(0))
            if stop > start:
                yield page[start:stop]
            yield waiting
            start, waiting = stop, next(ranges, None)
        yield page[start:] if start else page
    if waiting is not None:
        yield waiting
        yield from ranges


@contextmanager
def _writing(file: IO[bytes], format: Format, header: Header) -> Iterator[Writer]:
    writer: Writer = (
        arrow_module("parquet").ParquetWriter(file, header) if format == "parquet" else JsonLinesWriter(file, header)
    )
    try:
        yield writer
    except BaseException:
        writer.give_up()
        raise
