"""The executor that runs nothing: it ends every job at once, inside the daemon.

It isolates the orchestrator's own cost in benchmarks and gives tests every outcome without a process. The job
argument `--outcome` names the state; `HANG` keeps the attempt open until it is stopped.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from daemon.executors.port import Launch, LogFiles, Outcome, Report, StopReason

_SUCCEEDED = Outcome("SUCCEEDED")
_HANG = "HANG"
_OUTCOMES = {
    "SUCCEEDED": _SUCCEEDED,
    "FAILED": Outcome("FAILED", "The job was asked to fail by its argument --outcome FAILED."),
    "STOPPED": Outcome("STOPPED"),
    "TIMEOUT": Outcome("TIMEOUT"),
    "ERROR": Outcome("ERROR", "The job was asked to end in ERROR by its argument --outcome ERROR."),
}

_Ends = list[tuple[str, Outcome]]


class NoopExecutor:
    """An `Executor` whose attempts end in the next turn of the event loop, a whole batch in one callback."""

    def __init__(self) -> None:
        self._hanging: set[str] = set()
        self._ending: deque[_Ends] = deque()

    def open(self, report: Report) -> None:
        """Take the loop that runs now."""
        self._report = report
        self._loop = asyncio.get_running_loop()

    def start(self, launches: Sequence[Launch]) -> None:
        """End all of them in the loop's next turn, but for those that hang."""
        ends: _Ends = []
        for launch in launches:
            asked = launch.arguments.get("--outcome")
            if asked is None:
                ends.append((launch.job_run_id, _SUCCEEDED))
            elif asked == _HANG:
                self._hanging.add(launch.job_run_id)
            else:
                ends.append((launch.job_run_id, _OUTCOMES.get(asked) or _unknown(asked)))
        self._end_soon(ends)

    def stop(self, job_run_id: str, reason: StopReason) -> None:
        """End a hanging attempt. One that is about to end anyway keeps its own outcome."""
        if any(job_run_id == ending for ends in self._ending for ending, _ in ends):
            return
        self._hanging.discard(job_run_id)
        self._end_soon([(job_run_id, Outcome(reason))])

    def recover(self, launch: Launch, stop_reason: StopReason | None) -> None:
        """Nothing of a job outlives the daemon here: it ends now, as it would have ended then."""
        if stop_reason is None:
            self.start((launch,))
        else:
            self._end_soon([(launch.job_run_id, Outcome(stop_reason))])

    async def close(self) -> None:
        """Forget all attempts."""
        self._hanging.clear()
        self._ending.clear()

    async def end(self) -> None:
        """There is nobody to kill."""
        await self.close()

    def logs(self, job_run_id: str) -> LogFiles:
        """There is no output: both files are empty."""
        return LogFiles(Path("/dev/null"), Path("/dev/null"))

    def crawler_log(self, crawler: str) -> Path:
        """There is no log: the file is empty."""
        return Path("/dev/null")

    def _end_soon(self, ends: _Ends) -> None:
        if ends:
            self._ending.append(ends)
            self._loop.call_soon(self._end_next)

    def _end_next(self) -> None:
        # After close() callbacks may be left that find nothing to end.
        if self._ending:
            report = self._report
            for job_run_id, outcome in self._ending.popleft():
                report(job_run_id, outcome)


def _unknown(asked: str) -> Outcome:
    allowed = ", ".join([*_OUTCOMES, _HANG])
    return Outcome("FAILED", f"The job argument --outcome is {asked!r}; it must be one of {allowed}.")
