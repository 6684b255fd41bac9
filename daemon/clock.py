"""The daemon's clock and its dice: the one place that asks for the time and for randomness. Tests hand in their own."""

import os
import time
from collections.abc import Callable
from typing import Protocol

SEED_BYTES = 16
_DRAWN_AT_ONCE = 4_096

Nanoseconds = Callable[[], int]
"""Reads a clock."""


class Clock(Protocol):
    """Tells the time, and gives the randomness that ids are minted from."""

    def now(self) -> int:
        """The time now, in milliseconds since the epoch."""

    def seed(self) -> bytes:
        """Randomness for one command."""


class SystemClock:
    """The computer's clock, which never goes back here: when it is set back the daemon's time goes on from where it was
    at the steady clock's pace, so that timeouts and durations hold, until the computer's has caught up."""

    def __init__(self, wall: Nanoseconds = time.time_ns, steady: Nanoseconds = time.monotonic_ns) -> None:
        self._wall = wall
        self._steady = steady
        self._latest = 0
        self._seeds: list[bytes] = []
        self._latest_steady = steady()

    def now(self) -> int:
        """Milliseconds since the epoch, never less than before."""
        steady = self._steady()
        self._latest = max(self._wall(), self._latest + steady - self._latest_steady)
        self._latest_steady = steady
        return self._latest // 1_000_000

    def seed(self) -> bytes:
        """Randomness from the operating system, drawn for many commands at once: each draw hands the interpreter
        over."""
        if not self._seeds:
            drawn = os.urandom(_DRAWN_AT_ONCE)
            self._seeds = [drawn[i : i + SEED_BYTES] for i in range(0, _DRAWN_AT_ONCE, SEED_BYTES)]
        return self._seeds.pop()
