"""Which runs resumed which: the other direction of a run's reference to the run before it.

All of them are persisted rows, so that memory does not grow with history. Held here is only what those do not tell of
yet: resumes that were decided and are still being written, or all of them where there are no rows.
"""

from collections.abc import Callable

from events.vocabulary import StreamId

Persisted = Callable[[StreamId], tuple[StreamId, ...]]
"""Finds the runs that resumed a run, oldest first, among those that are on the disk."""


class Resumes:
    """The resumes of each run. `persisted` is put where there are rows."""

    def __init__(self) -> None:
        self.persisted: Persisted | None = None
        self._ahead: dict[StreamId, dict[StreamId, None]] = {}

    def of(self, run: StreamId) -> tuple[StreamId, ...]:
        """The runs that resumed this one directly, oldest first."""
        known = self.persisted(run) if self.persisted is not None else ()
        return tuple(dict.fromkeys((*known, *self._ahead.get(run, ()))))

    def add(self, previous: StreamId, run: StreamId) -> None:
        """`run` resumes `previous`."""
        self._ahead.setdefault(previous, {})[run] = None

    def noted(self, previous: StreamId, run: StreamId) -> None:
        """The rows tell of this resume now."""
        known = self._ahead.get(previous)
        if self.persisted is not None and known is not None:
            known.pop(run, None)
            if not known:
                del self._ahead[previous]
