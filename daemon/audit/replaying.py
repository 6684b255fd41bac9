"""Says how things stood at a position of the log, by the same fold as the daemon's."""

from collections.abc import Callable
from typing import NamedTuple

from daemon.audit.facts import LogSource, before
from daemon.audit.found_runs import run_in
from daemon.audit.processors import usable_processors
from daemon.audit.replay_processes import folded
from daemon.audit.replay_shares import WHOLE_STREAM, Extract, History, read_until
from daemon.mqtt.messages import moment as written_time
from events.archives import RunArchived
from events.reading import ReadOnlyLog
from projections.designs import Designs
from projections.references import References
from projections.run_history import RunSummary
from projections.run_values import RunGraph

LONG = 100_000
"""From so many events on several processes replay a log: one takes as long to start as to fold some 25,000."""

MOST_PROCESSES = 4
"""Each takes the memory of a replay, and each looks at all rows of the log for its own."""

Progress = Callable[[int, int], None]
"""Told how far the replay is: the position, and the one it goes to."""


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
    read = read_until(log, moment.position)
    first = log.page(0, WHOLE_STREAM, 1, run)[0]
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
    """How things stood at a moment, with the `keep` newest runs of each workflow. A long log is folded by as many
    processes as there are processors to use, up to `MOST_PROCESSES`."""
    is_long = moment.position - log.elided_events(moment.position) >= LONG
    processes = min(usable_processors(), MOST_PROCESSES) if is_long else 1
    extract = Extract(moment.position, keep)
    found = folded(log, extract, processes, lambda position: progress(position, moment.position))
    progress(moment.position, moment.position)
    defined = set(found.defined)
    workflows = [
        _workflow(name, bool(name) and name not in defined, found.histories.get(name))
        for name in sorted(defined.union(found.histories))
    ]
    return Then(moment, [one for one in workflows if one.name or one.runs], found.under_way)


def _workflow(name: str, removed: bool, known: History | None) -> Workflow:
    if known is None:
        return Workflow(name, removed, 0, [])
    return Workflow(name, removed, known.runs, [row for _, row in known.newest])
