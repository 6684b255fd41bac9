"""One daemon's working parts, put together, as its edges see them.

The engine joins handler, dispatch, scheduler, sealing and executor: it says who is told of what is committed, starts
and stops them in order, and answers for all of them. What has parts of its own lives beside it: the rows of the views
in `daemon/rows.py`, the way back from a log that cannot be written in `daemon/recovery.py`.
"""

import contextlib
import os
from collections.abc import Callable, Sequence
from typing import Any

from daemon.archiving import Archiving
from daemon.batch_windows import BatchWindows
from daemon.clock import Clock, SystemClock
from daemon.commands import Command
from daemon.commits import Commits
from daemon.decisions.decision import with_nodes
from daemon.dispatch import Dispatch
from daemon.errors import EntityNotFound, LogUnavailable
from daemon.executors.port import Executor
from daemon.feed import Feed
from daemon.handling import Handler
from daemon.journal import Journal
from daemon.logs import get_logger
from daemon.past_jobs import PastJobs
from daemon.past_runs import PastRuns
from daemon.recovery import Recovery, Steps
from daemon.replays import Replays
from daemon.rows import Rows
from daemon.run_ends import RunEnds
from daemon.scheduler import Scheduler
from daemon.sealing import Pace, Sealing
from daemon.settings import Settings
from daemon.state_files import LOG_FILE as LOG_FILE  # whoever makes an engine opens its log
from daemon.state_files import VIEWS_FILE as VIEWS_FILE
from events.design import Event
from events.ledger import Fact, Ledger
from events.notifications import EventReceived
from events.vocabulary import CRAWLER, RUN_ID_PREFIX, StreamId, inbox_stream, node_key, run_stream, table_stream
from projections.references import UnknownRun
from projections.run_history import RunSummary
from projections.run_values import RunGraph
from projections.standing import Standing
from projections.store import AttemptPage
from projections.table_versions import TableVersion, versions_of

log = get_logger()

Observer = Callable[[Sequence[tuple[StreamId, int, Event]]], None]
"""Told of what was committed, after everybody whom it concerns: (stream, version, event) each. It takes note and does
no more."""


class Engine:
    """See the module. Make it and `start` it on the running loop; `close` it in the end."""

    def __init__(self, settings: Settings, ledger: Ledger, executor: Executor, clock: Clock | None = None) -> None:
        self.settings = settings
        self.executor = executor
        self._ledger = ledger
        self._clock = clock or SystemClock()
        self._rows = Rows(None if settings.ephemeral else settings.state_dir / VIEWS_FILE, ledger)
        standing = self._rows.open()
        self._journal = Journal(ledger)
        self.handler = Handler(standing, self._journal, settings.strict_glue)
        self._past_jobs = PastJobs(ledger, lambda: self.standing.designs)
        self._past_runs = PastRuns(ledger, lambda: self.standing)
        self.feed = Feed(settings.mqtt_namespace, ledger, self._rows)
        self.replays = Replays(ledger, lambda: self.standing, lambda: self._rows.position)
        self.dispatch = Dispatch(self.handler, executor, self._clock, self.job_at)
        self.scheduler = Scheduler(self.handler, self._clock)
        self.batch_windows = BatchWindows(self.handler, self._clock)
        # What keeps nothing has nothing to prove.
        pace = Pace(settings.seal_every_events, 0 if settings.ephemeral else settings.seal_every_seconds)
        self.sealing = Sealing(self.handler, ledger, self._clock, pace)
        self.archiving = Archiving(self.handler, ledger, self._clock)
        self.run_ends = RunEnds()
        self._recovery = Recovery(self.handler, self._journal, Steps(self._read_log, ledger.probe, self._take_up_again))
        self.handler.on_committed = self._committed
        self.handler.on_failed = self._recovery.failed
        self._phase = "starting"
        self.commits = Commits()
        """Wakes whoever follows the log: at each commit, and when the daemon is about to stop."""
        self.committed_units = self.committed_events = 0
        """How many decisions with events, and events of them, this engine has had written."""
        self.observer: Observer = lambda facts: None
        self.monitors: Callable[[], dict[str, Any]] = lambda: {"state": "off"}
        """How the monitors are served, for `health`."""

    @property
    def status(self) -> str:
        """`starting`, `ready`, `log unavailable` or `stopping`."""
        return "log unavailable" if self._phase == "ready" and self._recovery.fault else self._phase

    @property
    def standing(self) -> Standing:
        """How things stand now; ahead of the log by what is queued for it, see `settled`."""
        return self.handler.standing

    def start(self, environment: dict[str, str]) -> None:
        """Takes up what was under way; from here commands are handled. `environment` is added to every job's."""
        self.dispatch.environment = environment
        self.executor.open(self.dispatch.reported)
        recovered = self.dispatch.recover()
        schedules = self.scheduler.recover()
        self.batch_windows.recover()
        self.sealing.recover()
        self._phase = "ready"
        runs, position = len(self.standing.runs), self._ledger.position()
        log.info("recovered", runs=runs, attempts=recovered, schedules=schedules, position=position)

    async def handle(self, command: Command) -> Any:
        """Decides a command, and answers when its events are on the disk. Raises the leaves of ReglueError."""
        return await self.handler.handle(command)

    async def settled(self) -> None:
        """Returns when everything that stands in memory now is on the disk: to be awaited before a read is answered.

        Raises LogUnavailable when something of it could not be written: what was read then never came to be.
        """
        await self._journal.settled()
        self._recovery.check()

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return self._clock.now()

    def seed(self) -> bytes:
        """Randomness for one command's ids."""
        return self._clock.seed()

    def graph(self, run_id: str) -> RunGraph:
        """The graph of any run. Raises UnknownRun."""
        return self.standing.graph(run_id)

    async def recall(self, run_id: str) -> None:
        """Brings a run that has left the memory back into it, in pieces: whoever asks for it next need not fold it
        while nobody else is answered. An id that no run has is left to who asks next."""
        await self._past_runs.recall(run_id)

    async def workflow_run(self, run_id: str) -> RunGraph:
        """The graph of the workflow run that somebody named by this id, recalled first. Raises EntityNotFound."""
        await self.recall(run_id)
        try:
            if run_id.startswith(RUN_ID_PREFIX):
                return self.graph(run_id)
        except UnknownRun:
            pass
        raise EntityNotFound(f"There is no run with the id {run_id[:300]!r}.")

    def refuse_archived(self, run_id: str) -> None:
        """Raises RunInArchive if a run's events, or those of a job run or crawl that stood alone, were archived."""
        with contextlib.suppress(UnknownRun):
            with_nodes(self.standing.graph(run_stream(run_id)))

    def job_at(self, job: str, version: int) -> dict[str, Any]:
        """A job's definition as of a version of its stream; empty when there was none."""
        return self._past_jobs.at(job, version)

    def runs_of(self, workflow: str, limit: int, before: int | None = None) -> list[tuple[int, RunSummary]]:
        """A workflow's runs, newest first, each with its ordinal; `before` is the last ordinal of the page before."""
        return self._rows.use(lambda views: views.runs_of(workflow, limit, before))

    def chain_of(self, root: str) -> list[RunSummary]:
        """The runs that were resumed from a first run, by way of others too, oldest first; itself left out."""
        return self._rows.use(lambda views: views.chain_of(root))

    def facts_of(self, run_id: str) -> list[Event]:
        """What a run's own stream holds. What was decided just now is there once `settled` has returned."""
        return [recorded.event for recorded in self._ledger.stream(run_id)]

    def latest_run(self, workflow: str) -> RunSummary | None:
        """The newest run of a workflow."""
        newest = self.runs_of(workflow, 1)
        return newest[0][1] if newest else None

    def job_runs_of(self, job: str, limit: int, before: int | None = None) -> list[tuple[int, str, str]]:
        """A job's attempts, newest first: ordinal, attempt id, and the run whose stream holds it."""
        return self._rows.use(lambda views: views.job_runs_of(job, limit, before))

    def attempts_from(self, page: AttemptPage) -> list[tuple[str, str]]:
        """Attempts in order of their ids, each with the run whose stream holds it."""
        return self._rows.use(lambda views: views.attempts_from(page))

    def crawls_of(self, crawler: str, limit: int, before: int | None = None) -> list[tuple[int, str, str]]:
        """A crawler's attempts, newest first: ordinal, attempt id, and the run whose stream holds it."""
        return self._rows.use(lambda views: views.attempts_of(node_key(CRAWLER, crawler), limit, before))

    def table_versions(self, database: str, table: str) -> list[TableVersion]:
        """The versions of a table of the catalog, oldest first; none if there is no such table."""
        return versions_of([recorded.event for recorded in self._ledger.stream(table_stream(database, table))])

    def run_of_attempt(self, attempt_id: str) -> str | None:
        """The run whose stream holds an attempt."""
        return self._rows.use(lambda views: views.run_of_attempt(attempt_id))

    def notifications_of(self, graph: RunGraph) -> list[EventReceived]:
        """The events that began a run, or the run that it was resumed from, as they were received. What was received
        just now is there once `settled` has returned."""
        batch = graph.cause.batch
        if batch is None:
            return []
        facts = self._ledger.between(inbox_stream(graph.workflow), batch.first, batch.last)
        return [fact.event for fact in facts if isinstance(fact.event, EventReceived)]

    def health(self) -> dict[str, Any]:
        """What `/healthz` says: status, why it is not ready, how much is under way."""
        return {
            "status": self.status,
            "reason": self._recovery.fault,
            "active_runs": len(self.standing.runs),
            "position": self._rows.position,
            "executor": self.settings.executor,
            "pid": os.getpid(),
            "mqtt": self.monitors(),
        }

    def stopping(self) -> None:
        """Says that the daemon is about to stop: readers that follow a log come to their end."""
        self._phase = "stopping"
        self.run_ends.release()
        self.commits.happened()

    async def close(self) -> None:
        """Writes what is queued and stops; jobs go on."""
        self.stopping()
        self.handler.close("Nothing was changed: the daemon is stopping. Ask the next one.")
        self._recovery.cancel()
        await self.executor.close()
        self.dispatch.deadlines.clear()
        self.scheduler.stop()
        self.batch_windows.stop()
        await self.sealing.close()
        await self._journal.close()
        self._rows.close()
        self._ledger.close()

    async def end(self) -> None:
        """Ends every job and stops, recording nothing of it: for an engine that keeps nothing."""
        self.stopping()
        self.handler.close("Nothing was changed: the daemon is being emptied or stopped. Ask again.")
        with contextlib.suppress(LogUnavailable):
            await self._journal.settled()
        await self.executor.end()
        await self.close()

    def _committed(self, facts: Sequence[Fact], position: int) -> None:
        self.committed_units += 1
        self.committed_events += len(facts)
        self._rows.note(facts, position, self.standing)
        self.dispatch.committed(facts)
        self.scheduler.committed(facts)
        self.batch_windows.committed(facts)
        self.sealing.committed(facts, position)
        self.observer(facts)
        self.run_ends.committed(facts)
        self.commits.happened()

    def _read_log(self) -> None:
        self.handler.standing = self._rows.open()

    def _take_up_again(self) -> None:
        self.dispatch.recover()
        self.scheduler.recover()
        self.batch_windows.recover()
        self.sealing.recover()
        log.info("log_available_again", position=self._ledger.position())
