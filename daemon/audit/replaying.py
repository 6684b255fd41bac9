"""Replays the log up to a position, by the same fold as the daemon's, and says how things stood then.

Definitions, runs under way and the newest runs of each workflow are kept; every other run is let go when it has ended.
So memory grows with what is defined and under way, not with history.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

from daemon.audit.facts import LogSource, before
from daemon.audit.found_runs import run_in
from daemon.audit.uncollected import uncollected
from daemon.mqtt.messages import moment as written_time
from events.archives import RunArchived
from events.design import Event
from events.reading import ReadOnlyLog
from events.runs import RunCompleted, RunResumed, RunStarted
from events.vocabulary import StreamId
from projections.designs import Designs
from projections.references import References
from projections.run_history import RunSummary, summarize
from projections.run_values import RunGraph
from projections.standing import Standing

Progress = Callable[[int, int], None]
"""Told how far the replay is: the position, and the one it goes to."""

_WHOLE_STREAM = 2**62
_OF_HISTORY = frozenset({RunStarted, RunResumed, RunCompleted, RunArchived})


class NothingThen(Exception):
    """At the position that was asked for, what was asked for was not there; the text says so."""


class Moment(NamedTuple):
    """A position of the log, and when its event happened (milliseconds)."""

    position: int
    at: int


class Workflow(NamedTuple):
    """A workflow at a moment; `removed` if it was deleted. `runs` counts all, `newest` holds the last of them, newest
    first."""

    name: str
    removed: bool
    runs: int
    newest: list[RunSummary]


class Then(NamedTuple):
    """How things stood: workflows in order of name, and how many runs, job runs and crawls were under way."""

    moment: Moment
    workflows: list[Workflow]
    under_way: int


def moment_in(log: ReadOnlyLog, until: int | None, to: int | None) -> Moment:
    """The moment to replay to: that of the last event at or before a position or a time, or the end of the log.

    Raises NothingThen before the first event, and for a position that the log has not come to.
    """
    end = log.position()
    if until is not None and until > end:
        raise NothingThen(f"The newest event of this log is {end}: there is no position {until}.")
    position = before(LogSource(log), to + 1) if to is not None else until
    position = position if position is not None else end
    newest = log.newest(position)
    if newest is None:
        raise NothingThen(_not_begun(log, end))
    return Moment(newest.position, newest.event.at)


def _not_begun(log: ReadOnlyLog, end: int) -> str:
    if not end:
        return "The log is empty: nothing has happened yet."
    return f"The log held nothing then: its first event is of {written_time(next(log.after(0)).event.at)}."


def graph_at(log: ReadOnlyLog, typed: str, moment: Moment) -> RunGraph:
    """The graph of a run as it stood; nothing but its own events, and those of the runs it was resumed from, is read.
    Raises NotOneRun, and NothingThen for a run that had not begun."""
    run = run_in(log, typed)
    read = _read_until(log, moment.position)
    first = log.page(0, _WHOLE_STREAM, 1, run)[0]
    if isinstance(first.event, RunArchived):
        raise NothingThen(
            f"The events of run {run} were moved into {first.event.file}: read that file into an empty state directory "
            "(reglue audit import), and replay it there."
        )
    if not read(run, 1):
        raise NothingThen(
            f"The run {run} had not begun at position {moment.position}: its first event is {first.position}."
        )
    return References(read, Designs()).graph(run)


def replay(log: ReadOnlyLog, moment: Moment, keep: int, progress: Progress = lambda position, end: None) -> Then:
    """How things stood at a moment, with the `keep` newest runs of each workflow."""
    standing = Standing(_read_until(log, moment.position))
    standing.resumes.persisted = lambda run: ()  # nobody asks here, and remembering them all would take memory
    history: defaultdict[str, _History] = defaultdict(lambda: _History(keep))
    apply = standing.apply
    with uncollected():
        for position, stream, _, event in log.after(0, moment.position):
            apply(stream, event)
            if type(event) in _OF_HISTORY:  # one look for most events: this loop is what a replay takes its time for
                _note(history, (position, stream, event), standing)
                progress(position, moment.position)
    progress(moment.position, moment.position)
    names = {d.name: False for d in standing.designs.all("workflow")} | {
        name: bool(name) and standing.designs.workflow(name) is None for name in history
    }
    workflows = [_workflow(name, names[name], history.get(name), standing) for name in sorted(names)]
    return Then(moment, [one for one in workflows if one.name or one.runs], len(standing.runs))


class _History:
    """The newest runs of one workflow, oldest first, with the rows of those that have ended."""

    def __init__(self, keep: int) -> None:
        self.runs = 0
        self.rows: dict[StreamId, RunSummary | None] = {}
        self._places: list[tuple[int, StreamId]] = []
        self._keep = keep

    @property
    def newest(self) -> list[tuple[StreamId, RunSummary | None]]:
        """The runs that are kept, newest first."""
        return [(run, self.rows[run]) for _, run in reversed(self._places)]

    def begun(self, run: StreamId, position: int, row: RunSummary | None = None) -> None:
        """A run began there. Archived ones are met later than at their place, with their rows."""
        self.runs += 1
        self.rows[run] = row
        insort(self._places, (position, run))
        if len(self._places) > self._keep:
            del self.rows[self._places.pop(0)[1]]


def _note(history: defaultdict[str, _History], fact: tuple[int, StreamId, Event], standing: Standing) -> None:
    """A run of a workflow began, or any run ended, or was archived."""
    position, run, event = fact
    if isinstance(event, RunStarted | RunResumed):
        history[event.workflow].begun(run, position)
        if isinstance(event, RunResumed):
            standing.resumes.noted(event.previous, run)
        return
    graph = standing.graph(run)
    if graph.stands_alone:
        return
    if isinstance(event, RunArchived):
        history[graph.workflow].begun(run, event.began, summarize(graph))
    elif run in history[graph.workflow].rows:
        history[graph.workflow].rows[run] = summarize(graph)


def _workflow(name: str, removed: bool, known: _History | None, standing: Standing) -> Workflow:
    if known is None:
        return Workflow(name, removed, 0, [])
    newest = [row or summarize(standing.graph(run)) for run, row in known.newest]
    return Workflow(name, removed, known.runs, newest)


def _stub(log: ReadOnlyLog, stream: StreamId) -> list[Event]:
    """What stands for a run that was archived later: runs from before then fold onto what it keeps for them."""
    return [one.event for one in log.page(0, _WHOLE_STREAM, 1, stream) if isinstance(one.event, RunArchived)]


def _read_until(log: ReadOnlyLog, position: int) -> Callable[[StreamId, int | None], list[Event]]:
    """Reads a stream as it was at a position."""

    def read(stream: StreamId, up_to: int | None) -> list[Event]:
        found = [recorded.event for recorded in log.stream(stream, up_to) if recorded.position <= position]
        return found or _stub(log, stream) if up_to is None else found

    return read
