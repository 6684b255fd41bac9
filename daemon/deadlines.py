"""Times that something falls due: attempts that use up their timeout, empty runs that end, schedules.

One timer on the loop waits for the earliest; the log holds all that is needed to set the deadlines again after a
restart.
"""

import asyncio
import heapq
from collections.abc import Callable

from daemon.clock import Clock

_LONGEST_WAIT_SECONDS = 60.0
"""The clock is looked at this often whatever is due: it may be set, and a machine that slept wakes up late."""

_SPARE_ENTRIES = 1_000


class Deadlines:
    """Calls back once per key when its time has come. Setting a key again moves it; dropping it forgets it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: dict[str, tuple[int, Callable[[], None]]] = {}
        self._heap: list[tuple[int, str]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = 0

    def set(self, key: str, at: int, call: Callable[[], None]) -> None:
        """Has `call` called at the time `at` (milliseconds since the epoch), or soon if that has passed."""
        self._due[key] = (at, call)
        heapq.heappush(self._heap, (at, key))
        if self._timer is None or at < self._timer_due:
            self._wait()

    def drop(self, key: str) -> None:
        """Forgets a key; one that is not set is passed over."""
        if self._due.pop(key, None) is not None and len(self._heap) > 2 * len(self._due) + _SPARE_ENTRIES:
            self._heap = [(at, name) for name, (at, _) in self._due.items()]
            heapq.heapify(self._heap)

    def clear(self) -> None:
        """Forgets every key."""
        self._due.clear()
        self._heap.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def run_due(self) -> int:
        """Calls everything that is due now; returns how many calls that were."""
        now, called = self._clock.now(), 0
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            entry = self._due.get(key)
            if entry is not None and entry[0] == at:
                del self._due[key]
                entry[1]()
                called += 1
        return called

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = self._heap[0][0]
        wait = max(0.0, (self._timer_due - self._clock.now()) / 1000)
        self._timer = asyncio.get_running_loop().call_later(min(wait, _LONGEST_WAIT_SECONDS), self._wake)

    def _wake(self) -> None:
        self._timer = None
        try:
            self.run_due()
        finally:
            # One call that fails must not keep the others waiting for ever.
            if self._heap and self._timer is None:
                self._wait()
