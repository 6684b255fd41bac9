"""Writes chosen runs to a file that verifies by itself: an archive.

It holds the streams of the runs whole, with what is needed to read them: the designs they ran on, the runs they were
resumed from, the definitions of their workflows, jobs and crawlers, and all seals. All else that the log holds stands
as hashes, so that the seals can be checked. Triggers are left out, for a run's are in its design: so no daemon that
serves an archive has a schedule to follow.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator
from hashlib import sha256
from operator import itemgetter
from typing import NamedTuple

from daemon.exports.content import CannotExport, Header, Piece
from daemon.exports.exporting import Exported, Progress, Target, identity, pieces, write
from events.archives import RunArchived
from events.catalogue import decode
from events.crawlers import CrawlRequested
from events.design import DesignRecorded, Event
from events.elisions import Elided
from events.proofs import LEAF, StoredRow, Tree, framed
from events.reading import ReadOnlyLog
from events.runs import JobRunRequested, RunResumed, RunStarted
from events.seals import LogSealed, Seal, sealed
from events.vocabulary import (
    CRAWLER,
    SEAL_STREAM,
    DesignSnapshot,
    StreamId,
    crawler_stream,
    design_stream,
    job_stream,
    node_kind,
    node_name,
    workflow_stream,
)
from projections.archived import designs_in

_NEWEST = 2**62
_BEGINNINGS = (b"run.started/", b"run.resumed/", b"run.archived/")
_VERIFY = "Find out by `reglue audit verify` what was done to it."


def write_archive(log: ReadOnlyLog, runs: Collection[StreamId], to: Target, progress: Progress) -> Exported:
    """Writes an archive of runs by their streams, as of this moment.

    All events that are left out are hashed and held against the seals, so what is not sound is never archived. Raises
    UnreadableLog, CannotExport (a run is not there, or the log is not sound), AlreadyThere, NeedsArrow and OSError;
    then there is no file.
    """
    with log.still():
        for run in runs:
            _see_that_it_is_whole(log, run)
        wanted = {*_needed(log, runs), SEAL_STREAM}
        newest = [place for stream in wanted if (place := log.newest_before(stream.encode(), _NEWEST)) is not None]
        last = max((position for position, _ in newest), default=0)
        header = Header(kind="archive", log=identity(log), first=1, last=last, given=last, runs=len(runs))
        return write(header, _Cut(log, wanted).through(pieces(log, last)), to, progress)


class RunsOf(NamedTuple):
    """The runs of a workflow whose events are there, oldest first, and how many were archived."""

    there: list[StreamId]
    archived: int


def runs_of(log: ReadOnlyLog, workflow: str, progress: Progress) -> RunsOf:
    """The runs of a workflow. Reads all of the log."""
    found: list[StreamId] = []
    archived = 0
    last = log.position()
    for page in log.pages(0, last):
        for _, stream, _, topic, state, _ in page:
            if topic.startswith(_BEGINNINGS):
                event = decode(topic.decode(), state)
                if isinstance(event, RunStarted | RunResumed) and event.workflow == workflow:
                    found.append(stream.decode())
                elif isinstance(event, RunArchived) and event.run.workflow == workflow:
                    archived += 1
        progress(page[-1][0], last)
    return RunsOf(found, archived)


def _first_of(log: ReadOnlyLog, stream: StreamId) -> Event | None:
    """The first event of a stream that is there."""
    found = log.page(0, _NEWEST, 1, stream)
    return found[0].event if found else None


def _see_that_it_is_whole(log: ReadOnlyLog, run: StreamId) -> None:
    first = _first_of(log, run)
    if first is None:
        raise CannotExport(f"The log holds no run {run}.")
    if isinstance(first, RunArchived):
        raise CannotExport(
            f"The events of {run} were moved into {first.file}; export that one's import (reglue audit import)."
        )


def _needed(log: ReadOnlyLog, runs: Collection[StreamId]) -> set[StreamId]:
    """The streams of the runs, and those without which they cannot be read."""
    needed: set[StreamId] = set()
    pending = list(runs)
    while pending:
        stream = pending.pop()
        if stream not in needed:
            needed.add(stream)
            first = _first_of(log, stream)
            pending += _referred_to(first) if first is not None else ()
    return needed


def _referred_to(event: Event) -> Iterator[StreamId]:
    """The streams that one with this first event refers to."""
    match event:
        case RunStarted() | RunResumed():
            yield design_stream(event.design)
            if event.workflow:
                yield workflow_stream(event.workflow)
            if isinstance(event, RunResumed):
                yield event.previous
        case RunArchived():
            yield from map(design_stream, designs_in(event))
            if event.run.previous:
                yield event.run.previous
        case DesignRecorded():
            yield from _definitions(event.snapshot)
        case JobRunRequested():
            yield job_stream(event.job)
        case CrawlRequested():
            yield crawler_stream(event.crawler)


def _definitions(snapshot: DesignSnapshot) -> Iterator[StreamId]:
    """The streams of the jobs and crawlers that a design starts."""
    for trigger in snapshot.triggers:
        for action in trigger.definition.actions:
            name = node_name(action.node)
            yield crawler_stream(name) if node_kind(action.node) == CRAWLER else job_stream(name)


class _Cut:
    """Goes through a log and leaves hashes in place of all events but those of the wanted streams."""

    def __init__(self, log: ReadOnlyLog, wanted: Collection[StreamId]) -> None:
        self._wanted = {stream.encode() for stream in wanted}
        events = [(one.version, one.event) for one in log.stream(SEAL_STREAM)]
        self._seals = [sealed(version, event) for version, event in events if isinstance(event, LogSealed)]
        self._seals.reverse()
        self._expected = 1
        self._kept: list[StoredRow] = []
        self._begin()

    def _begin(self) -> None:
        """Begins the range of the next seal; after the newest one, what no seal covers yet is one range."""
        self._seal: Seal | None = self._seals.pop() if self._seals else None
        if self._seal is not None and self._seal.first != self._expected:
            raise CannotExport(f"Seal {self._seal.number} does not go on from the one before it. {_VERIFY}")
        self._tree = Tree()
        self._part: Tree | None = None
        self._part_first = 0

    def through(self, content: Iterator[Piece]) -> Iterator[Piece]:
        """What is left of the content of a log."""
        for piece in content:
            rest: Piece | None = piece
            while rest is not None:
                if self._seal is not None and self._expected > self._seal.last:
                    yield from self._end()
                    self._begin()
                now, rest = self._divided(rest)
                yield from self._elided(now) if isinstance(now, Elided) else self._rows(now)
        if self._kept:
            yield self._kept

    def _divided(self, piece: Piece) -> tuple[Piece, Piece | None]:
        """What of a piece lies in the range of the seal, and the rest."""
        if isinstance(piece, Elided):
            return piece, None
        first, last = piece[0][0], piece[-1][0]
        if first != self._expected or last - first + 1 != len(piece):
            raise CannotExport(f"Events are missing or too many from position {self._expected} on. {_VERIFY}")
        if self._seal is None or last <= self._seal.last:
            return piece, None
        cut = bisect_right(piece, self._seal.last, key=itemgetter(0))
        return piece[:cut], piece[cut:]

    def _elided(self, one: Elided) -> Iterator[Piece]:
        """Takes a range that stands as hashes already."""
        if one.first != self._expected or (self._seal is not None and one.last > self._seal.last):
            raise CannotExport(f"The hashes from position {one.first} on are not where they should be. {_VERIFY}")
        self._expected = one.last + 1
        self._part_of(one.first).graft(one.nodes)
        yield from ()

    def _rows(self, rows: list[StoredRow]) -> Iterator[Piece]:
        """Takes events of one sealed range."""
        self._expected = rows[-1][0] + 1
        leaves = [sha256(LEAF + framed((row[0], row[2]), row[1], row[3], row[4])).digest() for row in rows]
        start = 0
        for index in [index for index, row in enumerate(rows) if row[1] in self._wanted]:
            if index > start:
                self._part_of(rows[start][0]).add(leaves[start:index])
            yield from self._cut()
            self._kept.append(rows[index])
            self._tree.add((leaves[index],))
            start = index + 1
        if start < len(rows):
            self._part_of(rows[start][0]).add(leaves[start:])

    def _part_of(self, first: int) -> Tree:
        """The hashes that are being gathered, begun at a position if there are none."""
        if self._part is None:
            self._part, self._part_first = Tree(self._tree.size), first
        return self._part

    def _cut(self) -> Iterator[Piece]:
        """Gives the hashes that were gathered, and the events before them."""
        if self._part is None:
            return
        if self._kept:
            yield self._kept
            self._kept = []
        one = Elided(self._part_first, self._part_first + self._part.size - 1, self._part.subtrees())
        self._tree.graft(one.nodes)
        self._part = None
        yield one

    def _end(self) -> Iterator[Piece]:
        """Ends the range of a seal, which has to fit."""
        yield from self._cut()
        seal = self._seal
        if seal is not None and (self._tree.root().hex(), self._tree.size) != (seal.root, seal.events):
            raise CannotExport(f"The events from position {seal.first} to {seal.last} do not fit their seal. {_VERIFY}")
