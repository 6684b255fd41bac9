"""Folds a log, or one share of its streams, up to a position by the daemon's own fold, for a look back at what there
was then.

What is kept is definitions, runs under way and the newest runs of each workflow; every other run is let go when it has
ended. So memory grows with what is defined and under way, not with history.

A run is folded from its own stream; of the rest of the log it needs at most its design and the run that it was resumed
from, which the fold reads on demand wherever they are. So each share can be folded by itself, and what all shares say
together is what one pass over the log says. Only the slots of jobs are a matter of all runs at once: nobody asks a look
back for them, so they are not folded.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from daemon.audit.uncollected import uncollected
from events.archives import RunArchived
from events.design import Event
from events.reading import ReadOnlyLog
from events.runs import PropertiesPut, RunCompleted, RunResumed, RunStarted
from events.shares import Share
from events.vocabulary import StreamId
from projections.job_slots import JobSlots
from projections.run_history import RunSummary, summarize
from projections.standing import Standing

WHOLE_STREAM = 2**62
_KEPT_NODES = 1_000
"""How many nodes of finished runs are remembered: few, because memory that is used again at once is the fastest, and
because only resumes ask for finished runs, sooner or later than any number of other runs."""

_OF_HISTORY = frozenset({RunStarted, RunResumed, RunCompleted, RunArchived, PropertiesPut})


class Extract(NamedTuple):
    """What is asked of a log: all up to and including a position, with this many of each workflow's newest runs."""

    until: int
    keep: int


class History(msgspec.Struct, frozen=True):
    """How many runs of a workflow there were, and the last of them with the positions at which they began, newest
    first."""

    runs: int
    newest: list[tuple[int, RunSummary]]


class Replayed(msgspec.Struct, frozen=True):
    """What a fold found: the workflows that were defined, the history of each that ever ran, and how many runs, job
    runs and crawls were under way. `elided` is the number of events that had been moved out of the log: two folds of
    the same position read the same log if it is the same."""

    defined: list[str]
    histories: dict[str, History]
    under_way: int
    elided: int


def replayed(log: ReadOnlyLog, extract: Extract, share: Share, progress: Callable[[int], None]) -> Replayed:
    """Folds a share of the log. `progress` is told the position now and then."""
    standing = Standing(read_until(log, extract.until), _Untold())
    standing.resumes.persisted = lambda run: ()  # nobody asks here, and remembering them all would take memory
    histories = _Histories(extract.keep)
    standing.references.most_nodes = _KEPT_NODES
    apply = standing.apply
    with uncollected(), log.still():
        for position, stream, event in log.shared(share, 0, extract.until):
            apply(stream, event)
            if type(event) in _OF_HISTORY:  # one look for most events: this loop is what a replay takes its time for
                histories.note((position, stream, event), standing)
                progress(position)
        return Replayed(
            [definition.name for definition in standing.designs.all("workflow")],
            {name: known.history(standing) for name, known in histories.of_workflow.items()},
            len(standing.runs),
            log.elided_events(),
        )


def together(shares: Sequence[Replayed], keep: int) -> Replayed:
    """What all shares of a log say."""
    names = dict.fromkeys(name for share in shares for name in share.histories)
    return Replayed(
        sorted(name for share in shares for name in share.defined),
        {name: _joined([s.histories[name] for s in shares if name in s.histories], keep) for name in names},
        sum(share.under_way for share in shares),
        shares[0].elided,
    )


def _joined(histories: Sequence[History], keep: int) -> History:
    newest = [run for history in histories for run in history.newest]
    newest.sort(key=lambda run: (run[0], run[1].run_id), reverse=True)
    return History(sum(history.runs for history in histories), newest[:keep])


def read_until(log: ReadOnlyLog, position: int) -> Callable[[StreamId, int | None], list[Event]]:
    """Reads a stream as it was at a position."""

    def read(stream: StreamId, up_to: int | None) -> list[Event]:
        found = [recorded.event for recorded in log.stream(stream, up_to) if recorded.position <= position]
        return found or _stub(log, stream) if up_to is None else found

    return read


def _stub(log: ReadOnlyLog, stream: StreamId) -> list[Event]:
    """What stands for a run that was archived later: runs from before then fold onto what it keeps for them."""
    return [one.event for one in log.page(0, WHOLE_STREAM, 1, stream) if isinstance(one.event, RunArchived)]


class _Untold(JobSlots):
    """Slots that nobody will ask about."""

    def evolve(self, run: StreamId, event: Event) -> None:
        """Takes no account of it."""


class _Histories:
    """The newest runs of every workflow."""

    def __init__(self, keep: int) -> None:
        self.of_workflow: defaultdict[str, _Newest] = defaultdict(lambda: _Newest(keep, self._kept))
        self._kept: dict[StreamId, _Newest] = {}

    def note(self, fact: tuple[int, StreamId, Event], standing: Standing) -> None:
        """A run of a workflow began, or any run ended, was archived, or got properties."""
        position, run, event = fact
        if isinstance(event, RunStarted | RunResumed):
            self.of_workflow[event.workflow].begun(run, position)
            if isinstance(event, RunResumed):
                standing.resumes.noted(event.previous, run)
        elif isinstance(event, RunArchived):
            graph = standing.graph(run)
            if not graph.stands_alone:
                self.of_workflow[graph.workflow].begun(run, event.began, summarize(graph))
        elif (kept := self._kept.get(run)) is not None:
            # A run that something is put to after its end is looked up at the end of all, as those under way are.
            kept.rows[run] = summarize(standing.graph(run)) if isinstance(event, RunCompleted) else None


class _Newest:
    """The newest runs of one workflow, oldest first, with the rows of those that have ended. `kept` says of each in
    which workflow's it is."""

    def __init__(self, keep: int, kept: "dict[StreamId, _Newest]") -> None:
        self.runs = 0
        self.rows: dict[StreamId, RunSummary | None] = {}
        self._places: list[tuple[int, StreamId]] = []
        self._keep = keep
        self._kept = kept

    def begun(self, run: StreamId, position: int, row: RunSummary | None = None) -> None:
        """A run began there. Archived ones are met later than at their place, with their rows."""
        self.runs += 1
        self.rows[run] = row
        self._kept[run] = self
        insort(self._places, (position, run))
        if len(self._places) > self._keep:
            oldest = self._places.pop(0)[1]
            del self.rows[oldest], self._kept[oldest]

    def history(self, standing: Standing) -> History:
        """All of it, with those that are under way as they stand."""
        newest = [(at, self.rows[run] or summarize(standing.graph(run))) for at, run in reversed(self._places)]
        return History(self.runs, newest)
