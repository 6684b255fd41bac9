"""What the jobs of archived runs wrote: packed beside the archive, and taken away once their runs are gone.

Which directories those are is written down before the first run goes (`NAME.logs.todo`), and forgotten when the last of
them went. So an archive that was interrupted in between leaves a note by which the next one clears up.
"""

import gzip
import os
import shutil
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from daemon.executors.attempt_directory import AttemptDirectory
from daemon.exports.destination import Destination, bring_to_disk, opened_sink
from daemon.lodging import ATTEMPTS_FOLDER
from events.reading import ReadOnlyLog
from events.runs import NodeRefused, NodeStarted, NodeWaiting
from events.vocabulary import StreamId

LOGS = ".logs.tar.gz"
TODO = ".logs.todo"
_GZIP_LEVEL = 4

Progress = Callable[[int, int], None]
"""Told how many directories are done, and of how many."""

Directories = Mapping[StreamId, Sequence[str]]
"""The attempts of runs that left a directory, by run."""


def directories_of(log: ReadOnlyLog, state_dir: Path, runs: Iterable[StreamId]) -> Directories:
    """The attempts that these runs executed and that left a directory."""
    root = str(state_dir / ATTEMPTS_FOLDER)
    if not os.path.isdir(root):
        return {}
    found = {run: [one for one in _attempts(log, run) if _directory(state_dir, one).is_dir()] for run in runs}
    return {run: attempts for run, attempts in found.items() if attempts}


def _attempts(log: ReadOnlyLog, run: StreamId) -> Iterator[str]:
    births = (one.event for one in log.stream(run))
    ids = (one.attempt_id for one in births if isinstance(one, NodeStarted | NodeWaiting | NodeRefused))
    return iter(dict.fromkeys(ids))


def _directory(state_dir: Path, attempt: str) -> Path:
    return Path(AttemptDirectory(str(state_dir / ATTEMPTS_FOLDER), attempt).path)


def pack(state_dir: Path, directories: Directories, archive: Path, progress: Progress) -> Path:
    """Packs the directories beside an archive, each under its attempt's id. Raises AlreadyThere and OSError; then there
    is no such file."""
    packed = archive.with_name(archive.name + LOGS)
    attempts = [attempt for those in directories.values() for attempt in those]
    with (
        opened_sink(Destination(packed)) as sink,
        gzip.GzipFile("", "wb", _GZIP_LEVEL, sink) as compressed,
        tarfile.open(fileobj=compressed, mode="w|") as file,
    ):
        for done, attempt in enumerate(attempts, 1):
            file.add(_directory(state_dir, attempt), arcname=attempt)
            progress(done, len(attempts))
    return packed


def note(directories: Directories, archive: Path) -> None:
    """Writes down which directories are to go."""
    with opened_sink(Destination(archive.with_name(archive.name + TODO), replaces=True)) as sink:
        sink.write(msgspec.json.encode(directories))


def clear(state_dir: Path, archive: Path, are_gone: Callable[[StreamId], bool]) -> int:
    """Takes away what was written down for an archive and whose runs are gone from the log; returns how many
    directories went. A note that cannot be read stays."""
    todo = archive.with_name(archive.name + TODO)
    try:
        directories = msgspec.json.decode(todo.read_bytes(), type=dict[str, list[str]])
    except (FileNotFoundError, msgspec.DecodeError):
        return 0
    count = 0
    for run, attempts in directories.items():
        if are_gone(run):
            for attempt in attempts:
                shutil.rmtree(_directory(state_dir, attempt), ignore_errors=True)
                count += 1
    todo.unlink()
    bring_to_disk(todo.parent)
    return count


def left_by_others(folder: Path) -> list[Path]:
    """The archives in a folder whose directories were written down and not taken away."""
    return [file.with_name(file.name.removesuffix(TODO)) for file in sorted(folder.glob(f"*{TODO}"))]
