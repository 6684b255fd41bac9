"""Exports and imports as tests ask for them."""

from pathlib import Path

from daemon.exports.destination import Destination
from daemon.exports.exporting import Exported, Format, Target, export, format_of
from daemon.exports.importing import Imported, Steps, import_log
from daemon.state_files import LOG_FILE
from events.reading import ReadOnlyLog
from tests.daemon.audit.tampering import written

SEALED_EVENTS = 63
"""How many events the log of `sealed_log` has: see `written`."""


def unheard(position: int, end: int) -> None:
    """Is told how far it is, and does nothing with it."""


def sealed_log(directory: Path) -> Path:
    """A state directory with a sound, sealed log and nothing else."""
    directory.mkdir()
    written(directory / LOG_FILE)
    return directory


def exported(directory: Path, file: Path, until: int | None = None) -> Exported:
    """The log of a state directory, written to a file in the format that its name asks for."""
    target = Target(Destination(file, replaces=True), format_of(file))
    with ReadOnlyLog(directory / LOG_FILE) as log:
        return export(log, until, target, unheard)


def to(file: Path, format: Format | None = None) -> Target:
    """A file that is not there yet."""
    return Target(Destination(file), format or format_of(file))


def imported(file: Path, directory: Path, is_anyway: bool = False) -> Imported:
    """The log of a new state directory, made out of a file."""
    return import_log(file, directory, is_anyway, Steps(unheard, unheard))
