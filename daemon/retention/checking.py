"""Holds archives against the log that their runs were moved out of.

An archive is read back as an import would read it, and so fits the seals that it holds; its newest seal must be the
log's, which ties the hashes that were left there to the events that are here. And it must be the very file that stubs
name. One that is damaged is a finding, as far as it can be read; what is no such file at all cannot be held against
anything.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from daemon.audit.findings import Finding
from daemon.audit.verification import Evidence, Progress
from daemon.exports.content import DamagedFile
from daemon.exports.importing import read_back
from events.archives import RunArchived
from events.reading import ReadOnlyLog


class Checked(NamedTuple):
    """An archive that was read back: how many runs and events of the log it holds."""

    file: str
    runs: int
    events: int


class Archives(NamedTuple):
    """What came of reading archives back: what the log is to be held against as well, what was found, and each one."""

    evidence: Evidence
    findings: list[Finding]
    checked: list[Checked]


def check_archives(log: Path, files: Sequence[Path], evidence: Evidence, progress: Progress) -> Archives:
    """Reads archives back and looks for the runs that were moved into them.

    Raises UnusableFile for what is no file of a log, UnreadableLog, NeedsArrow and OSError.
    """
    stubs: dict[str, list[RunArchived]] = {}
    names: dict[str, int] = {}
    with ReadOnlyLog(log) as reading:
        for one in reading.named((RunArchived,)) if files else ():
            if isinstance(one.event, RunArchived):
                stubs.setdefault(one.event.digest, []).append(one.event)
                names[one.event.file] = names.get(one.event.file, 0) + 1
    found, checked, seals = list[Finding](), list[Checked](), list(evidence.seals)
    for file in files:
        named = names.get(file.name, 0)
        try:
            back = read_back(file, progress)
        except DamagedFile as error:
            found += [*error.findings, *([_unknown(file, named)] if named else [])]
            continue
        found += back.report.findings
        mine = stubs.get(back.sha256, [])
        found += [] if mine else [_unknown(file, named)]
        seals += [back.seal] if back.seal is not None else []
        checked.append(Checked(str(file), len(mine), sum(one.events for one in mine)))
    return Archives(evidence._replace(seals=seals), found, checked)


def _unknown(file: Path, named: int) -> Finding:
    if named:
        runs = f"{named:,} runs of this log were" if named > 1 else "a run of this log was"
        what = f"{file.name} is not the file that {runs} moved into: its SHA-256 is another."
        return Finding("changed", what, "It was changed or made anew after they were moved.", file=str(file))
    what = f"No run of this log was moved into {file.name}."
    return Finding("rewritten", what, "The log was written anew since, or it is another log's archive.", file=str(file))
