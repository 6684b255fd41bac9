"""Carries out a plan: seals, writes the file and reads it back, packs what jobs wrote, and has the runs let go.

Rows go only after the file is on the disk and was read back to its end. Interrupted anywhere before, it leaves a file
that does no harm; interrupted later, runs that are either in the log or stubs of that file. The next archive takes what
is left.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec

from daemon.archive_commands import Archived
from daemon.archiving import MOST_RUNS, Request
from daemon.exports.archiving import write_archive
from daemon.exports.destination import GZIP, ZSTD, Destination
from daemon.exports.exporting import PARQUET, Exported, Format, Target, format_of
from daemon.exports.importing import read_back
from daemon.retention.attempt_logs import Directories, clear, directories_of, left_by_others, note, pack
from daemon.retention.planning import Plan, Progress, batches
from daemon.state_files import LOG_FILE
from events.reading import ReadOnlyLog
from events.vocabulary import StreamId

FOLDER = "archive"
LOCK_FILE = "archive.lock"
MOST_EVENTS = 5_000
"""Events that leave in one commit at most, unless one run alone has more."""

_JSON_LINES = ".jsonl"

Phase = Callable[[str], AbstractContextManager[Progress]]
"""Begins a part of the work that may take its time, named for people; hands out what is to be told how far it is."""


class Keeper(Protocol):
    """Who may write the log: a daemon, or the engine's parts where none is running."""

    def seal(self) -> int:
        """Seals what is not sealed yet, as much as one seal takes; returns the last position under a seal."""

    def archive(self, asked: Request) -> Archived:
        """Lets go of the events of runs."""


class Options(msgspec.Struct, frozen=True):
    """How to carry out a plan: the folder or the file to write to (None: the state directory's own folder), in which
    format, whether graphs that runs refer to are carried, and whether the attempts' directories stay."""

    to: Path | None = None
    format: Format | None = None
    carries: bool = False
    keeps_logs: bool = False


class Task(NamedTuple):
    """A plan that is to be carried out: on which state directory, and how; and who is told of each part of the work."""

    directory: Path
    plan: Plan
    options: Options
    phase: Phase

    @property
    def log(self) -> Path:
        """The log's file."""
        return self.directory / LOG_FILE


class CannotArchive(Exception):
    """Nothing more is archived; the text says why, what is there by now, and the way out."""


class Done(msgspec.Struct, kw_only=True):
    """What was archived: the file, what is in it, the runs that went with their events, and why others stayed."""

    file: Exported
    runs: int = 0
    events: int = 0
    refused: dict[StreamId, str] = {}
    logs: str | None = None
    """What the jobs wrote, packed; null where there was nothing, or it stays."""
    directories: int = 0
    """How many attempts' directories went."""


@contextmanager
def turn(directory: Path) -> Iterator[None]:
    """One archive of a state directory at a time. Raises CannotArchive while another is at it, OSError."""
    handle = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise CannotArchive(f"Another `reglue archive` is at work on {directory}; wait for its end.") from error
    finally:
        os.close(handle)


def archive_path(directory: Path, plan: Plan, options: Options) -> Path:
    """The file to write: the one that is named, or one named by the days on which the runs ended."""
    to = options.to if options.to is not None else directory / FOLDER
    if to != directory / FOLDER and not to.is_dir() and not str(options.to).endswith(os.sep):
        return to
    days = [f"{datetime.fromtimestamp(one.ended_at / 1000, UTC):%Y-%m-%d}" for one in plan.leaving]
    ending = PARQUET if options.format == "parquet" else _JSON_LINES
    stem, number = f"runs-{min(days)}-{max(days)}", 1
    while (path := to / f"{stem}{f'-{number}' if number > 1 else ''}{ending}").exists():
        number += 1
    return path


def clear_up(directory: Path, folder: Path) -> int:
    """Takes away the attempts' directories that an interrupted archive did not come to; returns how many."""
    left = left_by_others(folder)
    if not left:
        return 0
    with ReadOnlyLog(directory / LOG_FILE) as log:
        return sum(clear(directory, archive, lambda run: _is_gone(log, run)) for archive in left)


def _is_gone(log: ReadOnlyLog, run: StreamId) -> bool:
    return log.place_of(run.encode(), 1) is None and log.extent(run).version > 0


def archive(task: Task, keeper: Keeper) -> Done:
    """Carries out a plan that has runs in it, in the caller's `turn`.

    Raises CannotArchive, CannotExport, AlreadyThere, NeedsArrow, UnusableFile, UnreadableLog, OSError, and what the
    keeper raises.
    """
    _seal(keeper, task.plan.last, task.phase)
    path = archive_path(task.directory, task.plan, task.options)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    done = Done(file=_written(task, path))
    directories = _directories(task)
    if directories:
        with task.phase("packing logs") as told:
            done.logs = str(pack(task.directory, directories, path, told))
        note(directories, path)
    _let_go(task, keeper, done)
    if directories:
        gone = {one.run for one in task.plan.leaving} - done.refused.keys()
        done.directories = clear(task.directory, path, gone.__contains__)
    return done


def _seal(keeper: Keeper, last: int, phase: Phase) -> None:
    """Only what a seal speaks for may leave hashes."""
    with phase("sealing") as told:
        reached = -1
        while (now := keeper.seal()) < last:
            if now <= reached:
                raise CannotArchive(f"The log could be sealed to position {now} only, and the runs reach to {last}.")
            reached = now
            told(reached, last)


def _written(task: Task, path: Path) -> Exported:
    """The file, written and read back."""
    target = Target(Destination(path), task.options.format or format_of(_without_compression(path)))
    with task.phase("writing") as told, ReadOnlyLog(task.log) as log:
        exported = write_archive(log, [one.run for one in task.plan.leaving], target, told)
    with task.phase("reading back") as told:
        found = read_back(path, told)
    if not found.report.is_sound or found.sha256 != exported.sha256:
        what = found.report.findings[0].what if found.report.findings else "It is not what was written."
        raise CannotArchive(
            f"{path} was written and does not verify: {what} Nothing was let go. Verify the log itself, and the disk."
        )
    return exported


def _without_compression(path: Path) -> Path:
    return path.with_suffix("") if path.suffix in (GZIP, ZSTD) else path


def _directories(task: Task) -> Directories:
    """What is to be packed of what the jobs wrote."""
    if task.options.keeps_logs:
        return {}
    with ReadOnlyLog(task.log) as log:
        return directories_of(log, task.directory, [one.run for one in task.plan.leaving])


def _let_go(task: Task, keeper: Keeper, done: Done) -> None:
    leaving = task.plan.leaving
    events = {one.run: one.version for one in leaving}
    name = Path(done.file.file or "").name
    with task.phase("archiving") as told:
        tried = 0
        for batch in batches(leaving, MOST_RUNS, MOST_EVENTS):
            runs = [(one.run, one.version) for one in batch]
            archived = keeper.archive(Request(name, done.file.sha256, runs, task.options.carries))
            done.runs += len(archived.runs)
            done.events += sum(events[run] for run in archived.runs)
            done.refused |= archived.refused
            tried += len(batch)
            told(tried, len(leaving))
