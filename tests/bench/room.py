"""Where a measure works and how much it may take."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from tests.bench.figures import Figure


class Room(msgspec.Struct, frozen=True):
    """A scratch folder of one's own, on the disk of the checkout, and the size of the whole run."""

    scratch: Path
    quick: bool

    def repetitions(self, full: int, quick: int = 3) -> int:
        """How often to repeat."""
        return quick if self.quick else full

    @property
    def recorded_events(self) -> int:
        """How many events a replay by one process reads."""
        return 50_000 if self.quick else 200_000

    @property
    def replayed_events(self) -> int:
        """How many events a replay by several processes reads."""
        return 150_000 if self.quick else 600_000

    @property
    def verified_events(self) -> int:
        """How many events a verification reads."""
        return 100_000 if self.quick else 1_000_000

    @property
    def old_runs(self) -> int:
        """How many runs are "many" old ones."""
        return 2_000 if self.quick else 20_000


Measure = Callable[[Room], Iterator[Figure]]
"""Measures one family and gives each figure as soon as it is known."""
