"""The executor that runs jobs as operating system processes which outlive the daemon.

It keeps the table of running attempts and joins the parts: `script_command` makes the command line, `spawning`
starts it at most once, `attempt_directory` says how far an attempt came, `exit_watch` tells of its end, `group_end`
ends it on request, `error_message` says why it failed.
"""

import asyncio
import contextlib
import os
import resource
import signal
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from daemon.executors import crawl_files, host_refusal, process_table
from daemon.executors.attempt import LOST, Attempt, Ending, ending_of, outcome_of
from daemon.executors.attempt_directory import AttemptDirectory, Claim
from daemon.executors.boot_record import BootRecord
from daemon.executors.exit_watch import ExitWatch
from daemon.executors.group_end import GroupEnd
from daemon.executors.port import Launch, LogFiles, Outcome, Report, StopReason
from daemon.executors.script_command import CannotRun, command_line
from daemon.executors.spawning import Spawner, Task

_SPAWNS_A_TURN = 4
"""How many processes are started before the event loop gets its turn: 1 ms, or 5 ms where all processors are busy."""

_KILLED_WITHIN_SECONDS = 10.0


class ProcessExecutor:
    """An `Executor` for crawls, and for `pythonshell` and `shell` jobs. Needs Linux 5.4 (pidfd).

    Attempts are kept under `<state_dir>/attempts`. `grace_seconds` lie between TERM and KILL when one is stopped.
    """

    def __init__(self, state_dir: Path, grace_seconds: float = 10.0) -> None:
        self._state_dir = state_dir.absolute()
        self._root = str(self._state_dir / "attempts")
        self._grace_seconds = grace_seconds
        self._queue: OrderedDict[str, Launch] = OrderedDict()
        self._running: dict[str, Attempt] = {}
        self._pumping = False
        self._open = False

    def open(self, report: Report) -> None:
        """Make the directory, raise the limit of open files (a running attempt takes one) and begin to watch."""
        os.makedirs(self._root, 0o750, exist_ok=True)
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._boot = BootRecord(self._state_dir)
        # Kept for good: what is recovered later in this daemon's life is as old.
        self._rebooted = self._boot.changed
        self._spawner = Spawner(self._boot.present, _raise_file_limit())
        self._environment = dict(os.environ)
        self._watch = ExitWatch()
        self._open = True

    def start(self, launches: Sequence[Launch]) -> None:
        """Queue them; they are spawned in small batches from the next turn of the loop on."""
        for launch in launches:
            if launch.job_run_id not in self._running:
                self._queue[launch.job_run_id] = launch
        self._pump_soon()

    def stop(self, job_run_id: str, reason: StopReason) -> None:
        """End the attempt's process group; one that is still queued is not started at all."""
        attempt = self._running.get(job_run_id)
        if attempt is None:
            self._queue.pop(job_run_id, None)
            self._report_soon(job_run_id, Outcome(reason))
        elif attempt.stop_reason is None:
            attempt.stop_reason = reason
            attempt.group_end = GroupEnd(attempt.claim.pid, self._watch, partial(self._finish, attempt))
            attempt.group_end.begin(self._grace_seconds)

    def recover(self, launch: Launch, stop_reason: StopReason | None) -> None:
        """Take the attempt up where its directory says it stands; one that is in hand already stays as it is."""
        if launch.job_run_id in self._running or launch.job_run_id in self._queue:
            if stop_reason is not None:
                self.stop(launch.job_run_id, stop_reason)
            return
        try:
            directory = AttemptDirectory(self._root, launch.job_run_id)
            self._take_up(launch, directory, stop_reason)
        except (OSError, ValueError) as error:
            self._report_soon(launch.job_run_id, Outcome("FAILED", host_refusal.not_taken_up(error)))

    async def close(self) -> None:
        """Stop watching. What is queued is left for the next daemon, which finds no claim and starts it."""
        if not self._open:
            return
        self._open = False
        self._queue.clear()
        for attempt in self._running.values():
            if attempt.group_end is not None:
                attempt.group_end.cancel()
            attempt.close()
        self._running.clear()
        self._watch.close()
        self._spawner.close()

    async def end(self) -> None:
        """Kill every process group and wait for the leaders' ends, then close."""
        ended = asyncio.Event()
        self._report = lambda job_run_id, outcome: None if self._running else ended.set()
        self._queue.clear()
        for attempt in list(self._running.values()):
            self._kill(attempt)
        if self._running:
            # A process that the kernel does not let go yet, such as one in a hung mount, is not waited for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_KILLED_WITHIN_SECONDS):
                    await ended.wait()
        await self.close()

    def _kill(self, attempt: Attempt) -> None:
        attempt.stop_reason = attempt.stop_reason or "STOPPED"
        if attempt.group_end is not None:
            attempt.group_end.cancel()
            attempt.group_end = None
        process_table.signal_group(attempt.claim.pid, signal.SIGKILL)
        if attempt.pidfd < 0:
            self._finish(attempt)

    def logs(self, job_run_id: str) -> LogFiles:
        """The attempt's stdout.log and stderr.log."""
        return AttemptDirectory(self._root, job_run_id).logs()

    def crawler_log(self, crawler: str) -> Path:
        """A file under `<state_dir>/crawlers`."""
        return crawl_files.log_file(self._state_dir, crawler)

    def _pump_soon(self) -> None:
        if self._queue and not self._pumping:
            self._pumping = True
            self._loop.call_soon(self._pump)

    def _pump(self) -> None:
        self._pumping = False
        for _ in range(min(_SPAWNS_A_TURN, len(self._queue))):
            self._begin(self._queue.popitem(last=False)[1])
        self._pump_soon()

    def _begin(self, launch: Launch) -> None:
        try:
            directory = AttemptDirectory(self._root, launch.job_run_id)
            if directory.make() or directory.is_unclaimed():
                self._spawn(launch, directory)
            else:
                # Told to start what was claimed before: never a second time.
                self._take_up(launch, directory, None)
        except CannotRun as error:
            self._report_soon(launch.job_run_id, Outcome("FAILED", str(error)))
        except (OSError, ValueError) as error:
            self._report_soon(launch.job_run_id, Outcome("FAILED", host_refusal.not_started(error, self._root)))

    def _spawn(self, launch: Launch, directory: AttemptDirectory) -> None:
        self._boot.confirm()
        environment = {**self._environment, **launch.environment, process_table.MARKER: launch.job_run_id}
        if launch.crawl is None:
            command = command_line(launch)
        else:
            command = crawl_files.prepared(directory, launch.crawl, self.crawler_log(launch.job))
        spawned = self._spawner.spawn(Task(directory, command, environment))
        try:
            self._watch_attempt(Attempt(launch, directory, spawned.claim, spawned.pidfd))
        except OSError:
            spawned.abandon()
            raise
        spawned.tell_to_go()

    def _take_up(self, launch: Launch, directory: AttemptDirectory, stop_reason: StopReason | None) -> None:
        claim = directory.read_claim()
        pidfd = self._open_process(claim)
        if claim is not None and pidfd is not None:
            attempt = Attempt(launch, directory, claim, pidfd)
            attempt.adopted = True
            self._watch_attempt(attempt)
            if stop_reason is not None:
                self.stop(launch.job_run_id, stop_reason)
            return
        outcome = self._outcome_of_gone(launch, directory, stop_reason)
        if outcome is None:
            self._begin_again(launch, directory)
        else:
            self._report_soon(launch.job_run_id, outcome)

    def _open_process(self, claim: Claim | None) -> int | None:
        """A pidfd of the very process that a claim names, None if that is gone."""
        if claim is None or claim.boot != self._boot.present:
            return None
        try:
            pidfd = os.pidfd_open(claim.pid)
        except ProcessLookupError:
            return None
        started = process_table.start_time(claim.pid)
        if started is not None and claim.earliest <= started <= claim.latest:
            return pidfd
        os.close(pidfd)
        return None

    def _outcome_of_gone(
        self, launch: Launch, directory: AttemptDirectory, stop_reason: StopReason | None
    ) -> Outcome | None:
        """How an attempt ended that no process runs any more; None if it never began."""
        written, claim = directory.read_exit(), directory.read_claim()
        if claim is not None and claim.boot == self._boot.present and (stop_reason or written is None):
            process_table.kill_orphans(claim.pid, launch.job_run_id)
        if stop_reason is not None:
            return Outcome(stop_reason, exit_code=written.code if written else None)
        if written is not None:
            return LOST if written.code is None else outcome_of(launch, directory, ending_of(written))
        if self._rebooted:
            directory.write_lost()
            return LOST
        if claim is None or directory.never_began(claim):
            return None
        return outcome_of(launch, directory, Ending())

    def _begin_again(self, launch: Launch, directory: AttemptDirectory) -> None:
        directory.clear_claim()
        self._queue[launch.job_run_id] = launch
        self._pump_soon()

    def _watch_attempt(self, attempt: Attempt) -> None:
        self._watch.watch(attempt.pidfd, partial(self._leader_ended, attempt))
        self._running[attempt.launch.job_run_id] = attempt

    def _leader_ended(self, attempt: Attempt) -> None:
        attempt.ending = attempt.read_ending()
        attempt.close()
        if attempt.group_end is not None:
            attempt.group_end.leader_ended()
        else:
            self._finish(attempt)

    def _finish(self, attempt: Attempt) -> None:
        launch, ending = attempt.launch, attempt.ending
        del self._running[launch.job_run_id]
        if attempt.stop_reason is not None:
            self._report(launch.job_run_id, Outcome(attempt.stop_reason, exit_code=ending.code))
        elif ending.never_began:
            self._begin_again(launch, attempt.directory)
        else:
            if ending.code is None:
                process_table.kill_orphans(attempt.claim.pid, launch.job_run_id)
            self._report(launch.job_run_id, outcome_of(launch, attempt.directory, ending))

    def _report_soon(self, job_run_id: str, outcome: Outcome) -> None:
        self._loop.call_soon(self._report_if_open, job_run_id, outcome)

    def _report_if_open(self, job_run_id: str, outcome: Outcome) -> None:
        if self._open:
            self._report(job_run_id, outcome)


def _raise_file_limit() -> int:
    """Raise the soft limit of open files to the hard one; returns what it was, which is what jobs get."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return soft
