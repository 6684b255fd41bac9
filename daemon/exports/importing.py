"""Makes the log of a new state directory out of a file: every row as it was, and nothing before all of it is verified.

The log is made under a name of its own and takes its place when it is sound and on the disk. Whatever ends an import
before that, the state directory is one that a daemon can begin in, or the next import.
"""

import hashlib
import os
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from daemon.audit.findings import Finding, Report
from daemon.audit.verification import ARCHIVE, Evidence, verify
from daemon.exports.content import ChangedFile, DamagedFile, Header, Piece, Place, Reader
from daemon.exports.destination import bring_to_disk
from daemon.exports.source import opened_reader
from daemon.state_files import LOG_FILE, VIEWS_FILE
from daemon.state_lock import LOCK_FILE, StateLock
from events.copying import LogCopy, Taken
from events.elisions import Elided
from events.reading import ReadOnlyLog
from events.seals import LogSealed, Seal, sealed
from events.vocabulary import SEAL_STREAM

Progress = Callable[[int, int], None]
"""Told how far it is: the position, and the last one."""

PART = "log.db.import"
_NEWEST = 2**62
_SUFFIXES = ("", "-wal", "-shm", "-journal")


class NotEmpty(Exception):
    """The state directory holds a log already."""


class Imported(msgspec.Struct, kw_only=True):
    """What came of an import: the header of the file, and how the log stands the verification."""

    header: Header
    report: Report
    is_kept: bool
    seconds: float


class ReadBack(msgspec.Struct, kw_only=True):
    """What a file holds, how that stands the verification, and the SHA-256 of the file's bytes."""

    header: Header
    report: Report
    sha256: str
    seal: Seal | None = None
    """The newest seal that it holds; None if what it holds is not sound."""


class Steps(NamedTuple):
    """What is told how far an import is: one while the file is read, the other while the log is verified."""

    reading: Progress
    verifying: Progress


def import_log(source: Path | None, directory: Path, is_anyway: bool, steps: Steps) -> Imported:
    """Makes the log of a state directory out of a file (None: standard input).

    One that is not sound is not kept, unless it `is_anyway`. Raises NotEmpty, StateDirectoryBusy, UnusableFile,
    UnreadableLog, NeedsArrow and OSError; then the state directory is as it was.
    """
    began = time.perf_counter()
    with opened_reader(source) as reader, _held(directory) as log:
        copy = log.with_name(PART)
        try:
            _fill(copy, reader, steps.reading)
            report = verify(copy, Evidence(), steps.verifying)
            is_kept = report.is_sound or is_anyway
            if is_kept:
                _put(copy, log)
        finally:
            _remove(copy)
    report.log = str(log)
    return Imported(header=reader.header, report=report, is_kept=is_kept, seconds=time.perf_counter() - began)


def read_back(source: Path, progress: Progress) -> ReadBack:
    """Verifies a file as an import would, and leaves nothing: its log is made beside it and goes again.

    Raises DamagedFile, UnusableFile, UnreadableLog, NeedsArrow and OSError.
    """
    with opened_reader(source) as reader, tempfile.TemporaryDirectory(prefix=".verify-", dir=source.parent) as scratch:
        copy = Path(scratch, PART)
        _fill(copy, reader, progress)
        report = verify(copy, Evidence(), progress)
        report.findings = _located(report.findings, copy, reader.place)
        seal = _newest_seal(copy) if report.is_sound else None
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    report.log = str(source)
    return ReadBack(header=reader.header, report=report, sha256=digest, seal=seal)


def _newest_seal(copy: Path) -> Seal | None:
    with ReadOnlyLog(copy) as log:
        newest = log.latest(SEAL_STREAM, _NEWEST)
    return sealed(newest.version, newest.event) if newest and isinstance(newest.event, LogSealed) else None


@contextmanager
def _held(directory: Path) -> Iterator[Path]:
    """Where the log of an empty state directory will be, while no daemon and no other import can take it. A directory
    that is made for it goes again if nothing comes into it."""
    is_new = not directory.exists()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = StateLock(directory)
    log = directory / LOG_FILE
    try:
        _see_that_it_is_empty(log)
        yield log
    finally:
        if is_new and not log.exists():
            (directory / LOCK_FILE).unlink()
            directory.rmdir()
        lock.release()


def _see_that_it_is_empty(log: Path) -> None:
    if log.exists() and log.stat().st_size:
        with ReadOnlyLog(log) as held:
            position, given = held.end()
        if position or given:
            raise NotEmpty(f"{log} holds events already, and an import touches none. Name another state directory.")


def _fill(copy: Path, reader: Reader, progress: Progress) -> None:
    """Makes the log of what the file holds under its temporary name, and brings it to the disk."""
    _remove(copy)
    header = reader.header
    origin = msgspec.json.encode(header).decode() if header.kind == ARCHIVE else None
    with LogCopy(copy) as log:
        try:
            for piece in reader:
                progress(_take(log, piece), header.last)
        except Taken as error:
            raise reader.fault(error.index, "its stream has an event of this version already") from error
        except ChangedFile as error:
            log.finish(header.given, origin)
            raise _told_more(error, copy, header.last) from error
        log.finish(header.given, origin)


def _take(log: LogCopy, piece: Piece) -> int:
    if isinstance(piece, Elided):
        log.elide(piece)
        return piece.last
    log.add(piece)
    return piece[-1][0]


def _told_more(error: ChangedFile, copy: Path, last: int) -> DamagedFile:
    """What is wrong with a file that can be read to its end, and where, if its events tell."""
    place = error.place
    found = [one for one in verify(copy, Evidence()).findings if one.position is None or one.position <= last]
    findings = _located(found, copy, place)
    first = next((one for one in findings if one.position is not None), None)
    if first is None:
        return place.damaged(error.kind, f"{error}, though its events fit their chains", error.number)
    of_stream = f" ({first.stream} version {first.version})" if first.stream is not None else ""
    reason = f"{error}; at position {first.position}{of_stream}: {first.what.removesuffix('.')}"
    number = error.number
    if error.kind == "changed":
        number = place.of_entry(_numbers(copy, [first])[first.position or 0])
    return DamagedFile(place.told(reason, number), findings)


def _located(found: Sequence[Finding], copy: Path, place: Place) -> list[Finding]:
    """The findings with the file that the log was read from, and the line or row of each that is about an event."""
    numbers = _numbers(copy, found)
    places = {position: place.at(place.of_entry(number)) for position, number in numbers.items()}
    replace = msgspec.structs.replace
    return [replace(one, file=place.name, place=places.get(one.position or 0)) for one in found]


def _numbers(copy: Path, found: Sequence[Finding]) -> dict[int, int]:
    """The entry of the file (the first is 1) at the position of each finding, or where one was that is gone."""
    positions = {one.position for one in found if one.position is not None}
    if not positions:
        return {}
    with ReadOnlyLog(copy) as log:
        entries = [row[0] for page in log.pages(0, max(positions)) for row in page]
        entries += [one.last for one in log.elided(0)]
    entries.sort()
    return {position: bisect_left(entries, position) + 1 for position in positions}


def _put(copy: Path, log: Path) -> None:
    """Puts the copy in the log's place, and takes away what belongs to the empty one."""
    for name in (log, log.with_name(VIEWS_FILE)):
        _remove(name)
    os.replace(copy, log)
    bring_to_disk(log.parent)


def _remove(database: Path) -> None:
    for suffix in _SUFFIXES:
        database.with_name(database.name + suffix).unlink(missing_ok=True)
