"""One daemon's working parts, put together, as its edges see them.

The engine opens the log and the views, brings the standing up to date, and joins handler, dispatch and executor. When
the log cannot be written (a full disk, a lost mount) what stands in memory is ahead of it; the engine then closes the
handler and reads everything from the log anew. From there reads go on and changes are refused with the reason, until
the log can be written again.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from daemon.clock import Clock, SystemClock
from daemon.commands import Command
from daemon.dispatch import Dispatch
from daemon.errors import LogUnavailable
from daemon.executors.port import Executor
from daemon.handling import Handler
from daemon.journal import Journal, unavailable
from daemon.logs import get_logger
from daemon.scheduler import Scheduler
from daemon.settings import Settings
from events.design import JobChanged, JobDefined
from events.ledger import Fact, Ledger, Recorded, UnreadableLog
from events.notifications import EventReceived
from events.vocabulary import CRAWLER, inbox_stream, job_stream, node_key, table_stream
from projections.rebuild import catch_up
from projections.run_history import RunSummary
from projections.run_values import RunGraph
from projections.standing import Standing
from projections.store import AttemptPage, StaleViews, ViewStore
from projections.table_versions import TableVersion, versions_of

LOG_FILE = "log.db"
VIEWS_FILE = "views.db"
FLUSH_SECONDS = 0.05
RETRY_SECONDS = 2.0
_CACHED_JOBS = 4_096
Rows = TypeVar("Rows")
log = get_logger()


class Engine:
    """See the module. Make it and `start` it on the running loop; `close` it in the end."""

    def __init__(self, settings: Settings, ledger: Ledger, executor: Executor, clock: Clock | None = None) -> None:
        self.settings = settings
        self.executor = executor
        self._ledger = ledger
        self._clock = clock or SystemClock()
        self._jobs: dict[tuple[str, int], dict[str, Any]] = {}
        self._views, standing = _open_views(self._views_path, ledger)
        self._journal = Journal(ledger)
        self.handler = Handler(standing, self._journal, settings.strict_glue)
        standing.references.checkpoint = self._checkpoint
        self.dispatch = Dispatch(self.handler, executor, self._clock, self.job_at)
        self.scheduler = Scheduler(self.handler, self._clock)
        self.handler.on_committed = self._committed
        self.handler.on_failed = self._failed
        self._flush: asyncio.TimerHandle | None = None
        self._reload: asyncio.Task[None] | None = None
        self._fault: str | None = None
        self._is_ahead = False
        self._available_since = 0.0
        self.status = "starting"

    @property
    def _views_path(self) -> Path | None:
        return None if self.settings.ephemeral else self.settings.state_dir / VIEWS_FILE

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
        self.status = "ready"
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
        if self._is_ahead:
            raise LogUnavailable("The log could not be written and is being read anew. Ask again.")

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return self._clock.now()

    def seed(self) -> bytes:
        """Randomness for one command's ids."""
        return self._clock.seed()

    def graph(self, run_id: str) -> RunGraph:
        """The graph of any run. Raises UnknownRun."""
        return self.standing.graph(run_id)

    def job_at(self, job: str, version: int) -> dict[str, Any]:
        """A job's definition as of a version of its stream; empty when there was none."""
        current = self.standing.designs.job(job)
        if current is not None and current.version == version:
            return current.body
        found = self._jobs.get((job, version))
        if found is None:
            events = self._ledger.stream(job_stream(job), version)
            found = _job_body(events)
            # A version that is not on the disk yet is told apart from the one before it only when it is.
            if len(events) == version:
                if len(self._jobs) >= _CACHED_JOBS:
                    self._jobs.clear()
                self._jobs[job, version] = found
        return found

    def runs_of(self, workflow: str, limit: int, before: int | None = None) -> list[tuple[int, RunSummary]]:
        """A workflow's runs, newest first, each with its ordinal; `before` is the last ordinal of the page before."""
        return self._rows(lambda views: views.runs_of(workflow, limit, before))

    def latest_run(self, workflow: str) -> RunSummary | None:
        """The newest run of a workflow."""
        newest = self.runs_of(workflow, 1)
        return newest[0][1] if newest else None

    def job_runs_of(self, job: str, limit: int, before: int | None = None) -> list[tuple[int, str, str]]:
        """A job's attempts, newest first: ordinal, attempt id, and the run whose stream holds it."""
        return self._rows(lambda views: views.job_runs_of(job, limit, before))

    def attempts_from(self, page: AttemptPage) -> list[tuple[str, str]]:
        """Attempts in order of their ids, each with the run whose stream holds it."""
        return self._rows(lambda views: views.attempts_from(page))

    def crawls_of(self, crawler: str, limit: int, before: int | None = None) -> list[tuple[int, str, str]]:
        """A crawler's attempts, newest first: ordinal, attempt id, and the run whose stream holds it."""
        return self._rows(lambda views: views.attempts_of(node_key(CRAWLER, crawler), limit, before))

    def table_versions(self, database: str, table: str) -> list[TableVersion]:
        """The versions of a table of the catalog, oldest first; none if there is no such table."""
        return versions_of([recorded.event for recorded in self._ledger.stream(table_stream(database, table))])

    def run_of_attempt(self, attempt_id: str) -> str | None:
        """The run whose stream holds an attempt."""
        return self._rows(lambda views: views.run_of_attempt(attempt_id))

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
            "reason": self._fault,
            "active_runs": len(self.standing.runs),
            "position": self._views.noted,
            "executor": self.settings.executor,
            "pid": os.getpid(),
        }

    async def close(self) -> None:
        """Writes what is queued and stops; jobs go on."""
        self.status = "stopping"
        self.handler.close("Nothing was changed: the daemon is stopping. Ask the next one.")
        if self._reload is not None:
            self._reload.cancel()
        await self.executor.close()
        self.dispatch.deadlines.clear()
        self.scheduler.stop()
        await self._journal.close()
        self._write_views()
        self._views.close()
        self._ledger.close()

    async def end(self) -> None:
        """Ends every job and stops, recording nothing of it: for an engine that keeps nothing."""
        self.status = "stopping"
        self.handler.close("Nothing was changed: the daemon is being emptied or stopped. Ask again.")
        with contextlib.suppress(LogUnavailable):
            await self._journal.settled()
        await self.executor.end()
        await self.close()

    def _committed(self, facts: Sequence[Fact], position: int) -> None:
        if facts:
            self._views.note(facts, position, self.standing)
            self.dispatch.committed(facts)
            self.scheduler.committed(facts)
        if self._flush is None:
            self._flush = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._write_views)

    def _write_views(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        pause = FLUSH_SECONDS
        try:
            self._rows(ViewStore.flush)
        except OSError as error:
            pause = RETRY_SECONDS
            log.warning("views_not_written", reason=str(error))
        if self._views.is_behind and self.status == "ready":
            self._flush = asyncio.get_running_loop().call_later(pause, self._write_views)

    def _rows(self, use: Callable[[ViewStore], Rows]) -> Rows:
        """Uses the rows; those that turn out to be damaged are made anew from the log, and used then."""
        try:
            return use(self._views)
        except StaleViews as error:
            self._views.close()
            self._views = _empty_views(self._views_path, error)
            catch_up(self._ledger, self._views)
            return use(self._views)

    def _failed(self, error: Exception) -> None:
        """The log refused a unit, or a decision broke half-way: memory is no longer what the log says."""
        if self._reload is None:
            self._is_ahead = True
            self._shut(error)
            log.error("log_unavailable", reason=str(error))
            self._reload = asyncio.get_running_loop().create_task(self._read_anew())

    def _shut(self, error: Exception) -> None:
        self.status, self._fault = "log unavailable", str(error)
        self.handler.close(str(unavailable(error)))

    async def _read_anew(self) -> None:
        """Reads everything from the log again, so that reads are true; when it can be written too, takes up what is
        under way."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(LogUnavailable):
            await self._journal.settled()
        await self._until_succeeds(self._read_log)
        if loop.time() < self._available_since + RETRY_SECONDS:
            await asyncio.sleep(RETRY_SECONDS)  # the probe may be content with a disk that the log is not
        await self._until_succeeds(self._ledger.probe)
        self._take_up_again(loop.time())

    def _take_up_again(self, now: float) -> None:
        self._reload, self._available_since = None, now
        self.status, self._fault = "ready", None
        self._journal.reopen()
        self.handler.open()
        self.dispatch.recover()
        self.scheduler.recover()
        log.info("log_available_again", position=self._ledger.position())

    async def _until_succeeds(self, step: Callable[[], None]) -> None:
        while not self._succeeds(step):  # noqa: ASYNC110  # a disk that has room again tells nobody
            await asyncio.sleep(RETRY_SECONDS)

    def _succeeds(self, step: Callable[[], None]) -> bool:
        try:
            step()
        except (OSError, UnreadableLog, StaleViews) as error:
            self._shut(error)
            return False
        return True

    def _checkpoint(self, run_id: str) -> bytes | None:
        return self._views.checkpoint(run_id)

    def _read_log(self) -> None:
        views, standing = _open_views(self._views_path, self._ledger)
        self._views.close()
        self._views, self.handler.standing = views, standing
        standing.references.checkpoint = self._checkpoint
        self._is_ahead = False


def _job_body(events: Sequence[Recorded]) -> dict[str, Any]:
    """The job's definition after these events of its stream."""
    bodies = [r.event.definition for r in events if isinstance(r.event, JobDefined | JobChanged)]
    return bodies[-1] if bodies else {}


def _open_views(path: Path | None, ledger: Ledger) -> tuple[ViewStore, Standing]:
    """The rows and the standing; rows that cannot be used are made anew from the log."""
    try:
        views = ViewStore(path)
        _refuse_lost_log(views, ledger)
        return views, catch_up(ledger, views)
    except StaleViews as error:
        views = _empty_views(path, error)
        return views, catch_up(ledger, views)


def _empty_views(path: Path | None, error: StaleViews) -> ViewStore:
    """New rows in place of those that cannot be used."""
    log.warning("views_rebuilt", reason=str(error))
    for suffix in ("", "-wal", "-shm") if path is not None else ():
        assert path is not None
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return ViewStore(path)


def _refuse_lost_log(views: ViewStore, ledger: Ledger) -> None:
    """An empty log beside rows that were made from one was cut off: to make the rows anew would hide that."""
    if views.position and not ledger.position():
        raise UnreadableLog(
            f"{LOG_FILE} is empty, but {VIEWS_FILE} beside it was made from {views.position} events: the log was lost "
            f"or cut off. Restore {LOG_FILE} from a copy; to begin anew, delete {VIEWS_FILE} too."
        )
