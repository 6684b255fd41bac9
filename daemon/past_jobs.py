"""The definitions of jobs as of any version: an attempt runs the one that was current when it was started."""

from collections.abc import Callable, Sequence
from typing import Any

from events.design import JobChanged, JobDefined
from events.ledger import Ledger
from events.reading import Recorded
from events.vocabulary import job_stream
from projections.designs import Designs

_CACHED_JOBS = 4_096


class PastJobs:
    """Finds definitions in memory where they are current, and in the log where they are not; keeps what it found."""

    def __init__(self, ledger: Ledger, designs: Callable[[], Designs]) -> None:
        self._ledger = ledger
        self._designs = designs
        self._found: dict[tuple[str, int], dict[str, Any]] = {}

    def at(self, job: str, version: int) -> dict[str, Any]:
        """A job's definition as of a version of its stream; empty when there was none."""
        current = self._designs().job(job)
        if current is not None and current.version == version:
            return current.body
        found = self._found.get((job, version))
        return found if found is not None else self._read(job, version)

    def _read(self, job: str, version: int) -> dict[str, Any]:
        events = self._ledger.stream(job_stream(job), version)
        body = _job_body(events)
        # A version that is not on the disk yet is told apart from the one before it only when it is.
        if len(events) == version:
            if len(self._found) >= _CACHED_JOBS:
                self._found.clear()
            self._found[job, version] = body
        return body


def _job_body(events: Sequence[Recorded]) -> dict[str, Any]:
    """The job's definition after these events of its stream."""
    bodies = [r.event.definition for r in events if isinstance(r.event, JobDefined | JobChanged)]
    return bodies[-1] if bodies else {}
