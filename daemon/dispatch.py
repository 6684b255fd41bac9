"""Hands each committed fact on: starts and stops go to the executor, deadlines are set and dropped.

Effects follow the commit, never the decision, so nothing is started that the log does not know of. Outcomes come back
as commands through the handler.
"""

from collections.abc import Sequence

from msgspec import structs

from daemon import commands, crawl_lines
from daemon.clock import Clock
from daemon.deadlines import Deadlines
from daemon.decisions.follow_on import EMPTY_RUN_MILLIS
from daemon.executors.port import Executor, Launch, Outcome
from daemon.handling import Handler
from daemon.launching import JobAt, crawl_launch, launch_of
from daemon.logs import get_logger
from daemon.start_warnings import StartWarnings
from events.ledger import Fact
from events.runs import NodeCompleted, NodeStarted, NodeStopAsked, RunStarted
from events.vocabulary import CRAWLER, node_kind, node_name
from projections.job_terms import timeout_minutes
from projections.run_values import Attempt, RunGraph

MILLIS_PER_MINUTE = 60_000
_NOTICEABLE_MILLIS = 2_000
log = get_logger()


class Dispatch:
    """Carries out what committed facts ask for, and reports outcomes back."""

    def __init__(self, handler: Handler, executor: Executor, clock: Clock, job_at: JobAt) -> None:
        self._handler = handler
        self._executor = executor
        self._clock = clock
        self._job_at = job_at
        self._streams: dict[str, str] = {}
        self._outcomes: dict[str, Outcome] = {}
        self.deadlines = Deadlines(clock)
        self._warnings = StartWarnings()
        self.environment: dict[str, str] = {}

    def committed(self, facts: Sequence[Fact]) -> None:
        """Carries out one unit of facts."""
        launches: list[Launch] = []
        for stream, _, event in facts:
            match event:
                case NodeStarted():
                    launches.append(self._launch(stream, event.attempt_id))
                case NodeCompleted():
                    if node_kind(event.node) == CRAWLER:
                        crawl_lines.append(self._executor.crawler_log(node_name(event.node)), event, facts)
                    self._streams.pop(event.attempt_id, None)
                    self._outcomes.pop(event.attempt_id, None)
                    self.deadlines.drop(event.attempt_id)
                case NodeStopAsked():
                    self._executor.stop(event.attempt_id, event.reason)
                case RunStarted():
                    self._settle_if_empty(stream)
                    self._warnings.started(stream, event, self._handler.standing.designs)
        if launches:
            self._executor.start(launches)

    def recover(self) -> int:
        """Takes up every attempt and every empty run that is under way: at a start, and when the log was read anew.
        Returns how many attempts."""
        self.deadlines.clear()
        attempts = self._under_way()
        for run in list(self._handler.standing.runs):
            self._settle_if_empty(run)
        for run, attempt in attempts:
            launch = self._launch(run, attempt.id)
            if attempt.id not in self._outcomes:
                self._executor.recover(launch, attempt.stop_reason)  # type: ignore[arg-type]  # a StopReason by the fold
        # Last, because what follows from an outcome (other attempts) is not committed yet and must not be taken up.
        for run, attempt in attempts:
            if attempt.id in self._outcomes:
                self._complete(run, attempt.id, self._outcomes[attempt.id])
        return len(attempts)

    def reported(self, attempt_id: str, outcome: Outcome) -> None:
        """Takes an executor's report; one for an attempt that has ended is passed over.

        It is kept until it is in the log: while that cannot be written nobody else may know of it any more.
        """
        run = self._streams.get(attempt_id)
        if run is not None:
            self._outcomes[attempt_id] = structs.replace(outcome, ended_at=outcome.ended_at or self._clock.now())
            self._complete(run, attempt_id, self._outcomes[attempt_id])

    def _under_way(self) -> list[tuple[str, Attempt]]:
        """The attempts that were started and have not ended, each with its run."""
        graphs = self._handler.standing.runs.items()
        found = [(run, graph.find(attempt_id)) for run, graph in graphs for attempt_id in graph.active]
        return [(run, attempt) for run, attempt in found if attempt is not None and attempt.state != "WAITING"]

    def _complete(self, run: str, attempt_id: str, outcome: Outcome) -> None:
        now = self._clock.now()
        late = outcome.ended_at is not None and outcome.ended_at < now - _NOTICEABLE_MILLIS
        self._submit(
            commands.CompleteNode(
                now,
                "executor",
                self._clock.seed(),
                run,
                attempt_id,
                outcome.state,
                outcome.error,
                outcome.exit_code,
                outcome.ended_at if late else None,
                outcome.findings,
            )
        )

    def _launch(self, run: str, attempt_id: str) -> Launch:
        graph = self._handler.standing.graph(run)
        attempt = graph.find(attempt_id)
        assert attempt is not None
        self._streams[attempt_id] = run
        if node_kind(attempt.node) == CRAWLER:
            return crawl_launch(graph, attempt, self._handler.standing.designs)
        self._set_deadline(graph, attempt)
        return launch_of(graph, attempt, self._job_at, self.environment)

    def _set_deadline(self, graph: RunGraph, attempt: Attempt) -> None:
        job = self._job_at(attempt.node.partition(":")[2], attempt.job_version)
        minutes = timeout_minutes(graph, attempt, job)
        if minutes:
            due = attempt.started_at + minutes * MILLIS_PER_MINUTE
            self.deadlines.set(attempt.id, due, lambda: self._time_out(graph.run_id, attempt.id))

    def _time_out(self, run: str, attempt_id: str) -> None:
        log.info("attempt_timed_out", run_id=run, job_run_id=attempt_id)
        self._submit(commands.TimeOutNode(self._clock.now(), "clock", self._clock.seed(), run, attempt_id))

    def _settle_if_empty(self, run: str) -> None:
        """An empty run ends by the clock, because nothing else will happen in it."""
        graph = self._handler.standing.runs.get(run)
        if graph is not None and not graph.attempts:
            due = graph.started_at + EMPTY_RUN_MILLIS
            self.deadlines.set(run, due, lambda: self._settle(run))

    def _settle(self, run: str) -> None:
        self._submit(commands.SettleRun(self._clock.now(), "clock", self._clock.seed(), run))

    def _submit(self, command: commands.Command) -> None:
        """Submits a command of the daemon's own. While the log cannot be written it is let go: `recover` brings it
        again."""
        if not self._handler.is_closed:
            self._handler.submit(command)
