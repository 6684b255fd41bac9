"""A daemon's rows as they really come about: memory runs ahead, units reach the log later, rows later still."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from events.ledger import Fact
from projections.store import ViewStore
from tests.daemon.decisions.specification import Specification


class LaggingViews:
    """Notes the units of a specification some time after they were applied, as the daemon does after each commit."""

    def __init__(self, spec: Specification, path: Path) -> None:
        self.spec = spec
        self.views = ViewStore(path)
        self.committed = 0
        self._queued: deque[Sequence[Fact]] = deque()
        self._begin()

    def _begin(self) -> None:
        """What was there before is on the disk."""
        facts = [Fact(r.stream, r.version, r.event) for r in self.spec.log.after(0)]
        self._note(facts)
        self.views.flush()

    def decided(self) -> None:
        """The specification's last unit is queued for the log."""
        if self.spec.facts:
            self._queued.append(self.spec.facts)

    def commit(self, units: int) -> None:
        """So many of the queued units are on the disk now."""
        for _ in range(min(units, len(self._queued))):
            self._note(self._queued.popleft())

    def _note(self, facts: Sequence[Fact]) -> None:
        self.committed += len(facts)
        self.views.note(facts, self.committed, self.spec.standing)
