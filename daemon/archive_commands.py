"""What an archive asks of the daemon, as in `daemon/commands.py`."""

import msgspec

from daemon.commands import Command


class Candidate(msgspec.Struct, frozen=True):
    """A run whose events are in an archive, at `version` of its stream, with what the log itself says of it: the
    position that it `began` at, the `chain` of its newest event, and the first position in its stream that no seal
    speaks for, if there is one.

    `resumes` are the runs that resumed it, and `referring` those of them whose own events are in the log, each with the
    version that it refers to, 0 where that is not on the disk yet.
    """

    run: str
    version: int
    began: int = 0
    chain: str = ""
    unsealed: int | None = None
    resumes: tuple[str, ...] = ()
    referring: dict[str, int] = {}


class ArchiveRuns(Command, frozen=True):
    """Let the events of some runs go that are in the archive `file`, whose SHA-256 is `digest`; with `carry` the graphs
    that other runs refer to stay. Answers an Archived."""

    file: str
    digest: str
    runs: tuple[Candidate, ...]
    carry: bool = False


class Archived(msgspec.Struct, frozen=True):
    """The runs whose events went, and why the others' did not."""

    runs: tuple[str, ...]
    refused: dict[str, str]
