"""Has the events of archived runs let go: looks up what the log itself says of each run, and has it decided.

The file is the client's matter: it is written and read back before. Nothing of what the client says is trusted but the
file's name and digest and which runs it is about.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import NamedTuple

from daemon.archive_commands import Archived, ArchiveRuns, Candidate
from daemon.clock import Clock
from daemon.errors import InvalidInput
from daemon.handling import Handler
from daemon.past_runs import PastRuns
from events.ledger import Ledger
from events.runs import RunResumed
from events.vocabulary import StreamId, is_run_stream
from projections.standing import Standing

MOST_RUNS = 50
"""Runs in one commit at most, so that nobody who waits for the writer waits for long."""

LONGEST_NAME = 255
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Request(NamedTuple):
    """Runs that are in a file, each with the version of its stream there."""

    file: str
    digest: str
    runs: Sequence[tuple[str, int]]
    carry: bool = False


class Archiving:
    """Archives the runs of one log."""

    def __init__(self, handler: Handler, ledger: Ledger, clock: Clock) -> None:
        self._handler = handler
        self._ledger = ledger
        self._clock = clock
        self._past_runs = PastRuns(ledger, lambda: handler.standing)

    async def archive(self, asked: Request, by: str) -> Archived:
        """Lets go of the runs' events, of some or all of them. Raises InvalidInput, and the leaves of ReglueError."""
        _check(asked)
        candidates = tuple([await self._candidate(run, version) for run, version in asked.runs])
        now, seed = self._clock.now(), self._clock.seed()
        command = ArchiveRuns(now, by, seed, asked.file, asked.digest, candidates, asked.carry)
        archived: Archived = await self._handler.handle(command)
        return archived

    async def _candidate(self, run: StreamId, version: int) -> Candidate:
        """What the log says of a run, with its graph brought into memory; others are answered in between. What changes
        until all are looked up shows in the decision."""
        await self._past_runs.recall(run)
        await asyncio.sleep(0)
        return looked_up(self._ledger, self._handler.standing, run, version)


def looked_up(ledger: Ledger, standing: Standing, run: StreamId, version: int) -> Candidate:
    """What the log says of a run that is in an archive as of a version of its stream."""
    places = ledger.places_of(run)
    resumes = standing.resumes.of(run)
    return Candidate(
        run,
        version,
        places.get(1, 0),
        ledger.chain_of(run, version),
        ledger.unmovable(places.values()) if version in places else ledger.position() + 1,
        resumes,
        _referring(ledger, resumes),
    )


def _referring(ledger: Ledger, resumes: Sequence[StreamId]) -> dict[StreamId, int]:
    """Those of the resumes that fold onto the run they resumed, and as of which version; 0 for one that is not on the
    disk yet."""
    found: dict[StreamId, int] = {}
    for run in resumes:
        beginning = ledger.page(0, ledger.position(), 1, run)
        first = beginning[0].event if beginning else None
        if first is None or isinstance(first, RunResumed):
            found[run] = first.previous_version if first is not None else 0
    return found


def _check(asked: Request) -> None:
    if not 1 <= len(asked.runs) <= MOST_RUNS:
        raise InvalidInput(f"runs: {len(asked.runs)} are given; from 1 to {MOST_RUNS} are archived at once.")
    if not asked.file or len(asked.file) > LONGEST_NAME or "/" in asked.file or not asked.file.isprintable():
        raise InvalidInput(f"file: {asked.file[:100]!r} is not the name of a file; leave its folder out.")
    if not _DIGEST.fullmatch(asked.digest):
        raise InvalidInput("digest: it must be the SHA-256 of the file, 64 digits of lower-case hex.")
    seen: set[str] = set()
    for run, _ in asked.runs:
        if not is_run_stream(run):
            raise InvalidInput(f"runs: {run[:100]!r} is no run, job run or crawl.")
        if run in seen:
            raise InvalidInput(f"runs: {run} is given twice.")
        seen.add(run)
