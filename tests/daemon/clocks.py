"""A clock that stands until it is moved."""


class StandingClock:
    """An implementation of `daemon.clock.Clock` for tests: the time is set, the seeds are counted."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self.time = now
        self._seeds = 0

    def now(self) -> int:
        """Milliseconds since the epoch, as set."""
        return self.time

    def seed(self) -> bytes:
        """Another seed each time."""
        self._seeds += 1
        return self._seeds.to_bytes(16, "big")
