"""The daemon's clock and its dice: the one place that asks for the time and for randomness. Tests hand in their own."""

import os
import time
from typing import Protocol

SEED_BYTES = 16


class Clock(Protocol):
    """Tells the time, and gives the randomness that ids are minted from."""

    def now(self) -> int:
        """The time now, in milliseconds since the epoch."""

    def seed(self) -> bytes:
        """Randomness for one command."""


class SystemClock:
    """The computer's clock, which never goes back: when it is set back the daemon's time stands until it is caught
    up."""

    def __init__(self) -> None:
        self._latest = 0

    def now(self) -> int:
        """Milliseconds since the epoch, never less than before."""
        self._latest = max(self._latest, time.time_ns() // 1_000_000)
        return self._latest

    def seed(self) -> bytes:
        """Randomness from the operating system."""
        return os.urandom(SEED_BYTES)
