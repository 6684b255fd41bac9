"""What of a log is exported: all of it, all up to a moment, or some runs."""

from pathlib import Path

import msgspec

from daemon.audit.found_runs import run_in
from daemon.audit.replaying import moment_in
from daemon.exports.archiving import RunsOf, runs_of, write_archive
from daemon.exports.content import CannotExport
from daemon.exports.exporting import Exported, Progress, Target, export
from events.reading import ReadOnlyLog


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """All up to a position (`until`) or a moment (`to`, in milliseconds), or the runs that were named (by any beginning
    of their ids) and those of the workflows."""

    until: int | None = None
    to: int | None = None
    runs: tuple[str, ...] = ()
    workflows: tuple[str, ...] = ()


def export_chosen(path: Path, chosen: Chosen, target: Target, progress: Progress) -> Exported:
    """Exports of the log at a path what was chosen.

    Raises NothingThen, NotOneRun, UnreadableLog, CannotExport, AlreadyThere, NeedsArrow and OSError; then there is no
    file.
    """
    with ReadOnlyLog(path) as log:
        if chosen.runs or chosen.workflows:
            found = _streams(log, chosen, progress)
            written = write_archive(log, found.there, target, progress)
            return msgspec.structs.replace(written, left_out=found.archived)
        is_cut = chosen.until is not None or chosen.to is not None
        return export(log, moment_in(log, chosen.until, chosen.to).position if is_cut else None, target, progress)


def _streams(log: ReadOnlyLog, chosen: Chosen, progress: Progress) -> RunsOf:
    """The streams of the runs that were asked for, each once."""
    found = [run_in(log, typed) for typed in chosen.runs]
    archived = 0
    for name in chosen.workflows:
        of_it = runs_of(log, name, progress)
        if not of_it.there:
            moved = "; all of its runs were moved to archives: import those" if of_it.archived else ""
            raise CannotExport(f"The log holds no run of a workflow {name!r}{moved}.")
        found += of_it.there
        archived += of_it.archived
    return RunsOf(list(dict.fromkeys(found)), archived)
