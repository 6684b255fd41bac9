"""The protocol between the daemon and whatever runs its jobs.

It lives apart from the engines so that dispatch, recovery and the API know attempts, outcomes and log files, but no
engine. An *attempt* is one job run: a retry is another attempt with an id of its own, and an attempt is started at
most once.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from daemon.crawling.findings import Findings, Task

OutcomeState = Literal["SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"]
StopReason = Literal["STOPPED", "TIMEOUT"]


class Launch(msgspec.Struct, frozen=True):
    """All that an executor needs to start one attempt.

    `job_run_id` is unique per attempt. `run_id` and `workflow` are empty for a job run outside of a workflow.
    `command` is Glue's `Command.Name`, `script` its `ScriptLocation`: a path or a file:// URL. `arguments` are
    passed as they stand, in their order, keys with the leading `--` that Glue's have. `environment` is added to the
    daemon's own. `crawl` is there for an attempt at a crawler, whose name is then `job`: what is to be crawled.
    """

    job_run_id: str
    run_id: str
    workflow: str
    job: str
    command: str
    script: str
    arguments: dict[str, str] = {}
    environment: dict[str, str] = {}
    crawl: Task | None = None


class Outcome(msgspec.Struct, frozen=True):
    """How an attempt ended.

    `error` is one line for Glue's `ErrorMessage`, `exit_code` the process's (128 + n after signal n), `ended_at`
    milliseconds since the epoch, `findings` what a crawl found; each is None where it is not known. Without
    `ended_at` the attempt ended as it is reported.
    """

    state: OutcomeState
    error: str | None = None
    exit_code: int | None = None
    ended_at: int | None = None
    findings: Findings | None = None


class LogFiles(msgspec.Struct, frozen=True):
    """Where the output of one attempt is kept. The files may not exist (yet)."""

    stdout: Path
    stderr: Path


Report = Callable[[str, Outcome], None]
"""Takes (job run id, outcome). Called from a callback of the event loop, never from inside an executor's method."""


class Executor(Protocol):
    """Starts attempts, stops them, and reports how each ended: once for every attempt started or recovered.

    All methods are called on the event loop's thread and return within about a millisecond. None of them raises
    because of what a job is like: a job that cannot be started ends as FAILED, with an error that says why and what
    to do.
    """

    def open(self, report: Report) -> None:
        """Get ready, on the running loop, before anything else. Raises OSError if the host lacks what it takes."""

    def start(self, launches: Sequence[Launch]) -> None:
        """Start attempts whose start is committed to the log, in this order; after every `recover` there is."""

    def stop(self, job_run_id: str, reason: StopReason) -> None:
        """End an attempt; the outcome's state is then `reason`, whatever its exit code. Asking again changes nothing.

        An attempt that the executor does not know (any more) is reported as ended with `reason`: who takes reports
        must pass over the outcome of an attempt that has ended already.
        """

    def recover(self, launch: Launch, stop_reason: StopReason | None) -> None:
        """Take up an attempt that the log knows as started and not as ended, after a restart of the daemon.

        It is adopted if it still runs, reported if it has ended, started if it never began. `stop_reason`: its end
        was asked for before the restart; it is then ended, or reported with that state. An attempt that this executor
        has in hand already (the daemon read its log anew) stays as it is.
        """

    async def close(self) -> None:
        """Stop watching. Nothing is reported any more; jobs that run outside of the daemon go on."""

    async def end(self) -> None:
        """Kill every attempt, then close; returns when none runs any more. Nothing is reported."""

    def logs(self, job_run_id: str) -> LogFiles:
        """The files that hold the attempt's output. Raises ValueError for an id that cannot be one."""

    def crawler_log(self, crawler: str) -> Path:
        """The file that all crawls of a crawler write their log to. It may not exist (yet)."""
