"""Which runs an archive takes: those that ended long enough ago, but for those that a run which stays refers to.

Read from the log alone. It is only a plan: who carries it out looks at each run again.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

import msgspec

from events.archives import RunArchived
from events.crawlers import CrawlRequested
from events.reading import ReadOnlyLog
from events.runs import JobRunRequested, RunCompleted, RunResumed, RunStarted
from events.vocabulary import StreamId

Progress = Callable[[int, int], None]
"""Told how far it is: the position, and the last one."""

_BEGINNINGS = (RunStarted, RunResumed, JobRunRequested, CrawlRequested)


class Chosen(NamedTuple):
    """Which runs to archive: those that ended before a moment (milliseconds), of some workflows or of all and outside
    of workflows. With `carries` runs may go whose graphs others need."""

    before: int
    workflows: Collection[str] = ()
    carries: bool = False


class Leaving(msgspec.Struct, frozen=True):
    """A run that is to be archived: its stream's newest version, the positions of its first and last event, how much
    its bodies take, and when it ended."""

    run: StreamId
    workflow: str
    version: int
    began: int
    last: int
    bytes: int
    ended_at: int


class Staying(msgspec.Struct, frozen=True):
    """A run that ended long enough ago and has to stay, for `needed_by` was resumed from it and stays."""

    run: StreamId
    workflow: str
    needed_by: StreamId


class Plan(msgspec.Struct, frozen=True):
    """The runs that leave, those that began last first, so that none is needed any more when its turn comes; and those
    that stay though they are old enough. `archived` counts the runs that were archived before."""

    leaving: list[Leaving]
    staying: list[Staying]
    archived: int

    @property
    def events(self) -> int:
        """How many events leave."""
        return sum(one.version for one in self.leaving)

    @property
    def bytes(self) -> int:
        """How much their bodies take."""
        return sum(one.bytes for one in self.leaving)

    @property
    def last(self) -> int:
        """The last position among them, to which the log must be sealed; 0 if there are none."""
        return max((one.last for one in self.leaving), default=0)


def plan_archive(log: ReadOnlyLog, chosen: Chosen, progress: Progress) -> Plan:
    """Goes through the ends and the resumes of all runs once. Raises UnreadableLog."""
    ended: dict[StreamId, int] = {}
    resumes: defaultdict[StreamId, list[StreamId]] = defaultdict(list)
    archived, end = 0, log.position()
    for one in log.named((RunCompleted, RunResumed, RunArchived)):
        match one.event:
            case RunCompleted():
                if one.event.at < chosen.before:
                    ended[one.stream] = one.event.at
            case RunResumed():
                resumes[one.event.previous].append(one.stream)
            case RunArchived():
                archived += 1
        progress(one.position, end)
    workflows = {run: _workflow_of(log, run) for run in ended}
    wanted = {run for run in ended if not chosen.workflows or workflows[run] in chosen.workflows}
    needed = {} if chosen.carries else _needed(wanted, resumes)
    leaving = [_leaving(log, run, workflows[run], ended[run]) for run in wanted if run not in needed]
    staying = [Staying(run, workflows[run], needed[run]) for run in sorted(needed)]
    return Plan(sorted(leaving, key=lambda one: -one.began), staying, archived)


def _needed(wanted: Collection[StreamId], resumes: dict[StreamId, list[StreamId]]) -> dict[StreamId, StreamId]:
    """Those of the runs that one which stays refers to, each with that one. Who stays for it keeps others in turn."""
    previous = {resume: run for run, those in resumes.items() for resume in those}
    needed: dict[StreamId, StreamId] = {}
    for staying in [resume for resume in previous if resume not in wanted]:
        pair = (staying, previous[staying])
        while pair[1] in wanted and pair[1] not in needed:
            needed[pair[1]] = pair[0]
            pair = (pair[1], previous.get(pair[1], ""))
    return needed


def _workflow_of(log: ReadOnlyLog, run: StreamId) -> str:
    first = log.stream(run, 1)
    event = first[0].event if first else None
    return event.workflow if isinstance(event, RunStarted | RunResumed) else ""


def _leaving(log: ReadOnlyLog, run: StreamId, workflow: str, ended_at: int) -> Leaving:
    extent = log.extent(run)
    return Leaving(run, workflow, extent.version, extent.first, extent.last, extent.bytes, ended_at)


def batches(leaving: Collection[Leaving], runs: int, events: int) -> Iterator[list[Leaving]]:
    """The runs in the order they are in, so many at a time, and with so many events unless one alone has more."""
    batch: list[Leaving] = []
    for one in leaving:
        if batch and (len(batch) == runs or sum(other.version for other in batch) + one.version > events):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch
