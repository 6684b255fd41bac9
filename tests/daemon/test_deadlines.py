"""What falls due, and when."""

import asyncio
from collections.abc import Callable

import pytest

from daemon.clock import SystemClock
from daemon.deadlines import Deadlines
from tests.daemon.clocks import StandingClock

pytestmark = pytest.mark.anyio
FAR = 10**9


class Calls:
    """Deadlines on a standing clock, and the keys that were called."""

    def __init__(self) -> None:
        self.clock = StandingClock(0)
        self.deadlines = Deadlines(self.clock)
        self.called: list[str] = []

    def set(self, key: str, at: int, then: Callable[[], None] = lambda: None) -> None:
        """Sets a deadline that notes its key, then does something."""

        def call() -> None:
            self.called.append(key)
            then()

        self.deadlines.set(key, at, call)

    def at(self, time: int) -> list[str]:
        """What has been called when it is this time."""
        self.clock.time = time
        self.deadlines.run_due()
        return self.called


@pytest.fixture
async def calls() -> Calls:
    """None so far."""
    return Calls()


async def test_due_calls_come_in_order_of_time(calls: Calls) -> None:
    """Each once, none before its time."""
    for key, at in (("c", 3), ("a", 1), ("b", 2)):
        calls.set(key, FAR + at)
    assert calls.at(FAR) == []
    assert calls.at(FAR + 2) == ["a", "b"]
    assert calls.at(FAR + 9) == ["a", "b", "c"]


async def test_key_set_again_is_moved(calls: Calls) -> None:
    """Later or earlier or to the same time: it is called once, at the time set last."""
    calls.set("later", FAR)
    calls.set("later", FAR + 5)
    calls.set("earlier", FAR + 5)
    calls.set("earlier", FAR)
    calls.set("same", FAR)
    calls.set("same", FAR)
    assert calls.at(FAR) == ["earlier", "same"]
    assert calls.at(FAR + 5) == ["earlier", "same", "later"]


async def test_dropped_key_is_forgotten(calls: Calls) -> None:
    """It is not called; dropping what is not set is nothing."""
    calls.set("a", FAR)
    calls.deadlines.drop("a")
    calls.deadlines.drop("b")
    assert calls.at(FAR) == []


async def test_many_dropped_keys_leave_no_trace(calls: Calls) -> None:
    """Entries of dropped keys are cleared away, so a long life does not fill memory; those set stay."""
    calls.set("stays", FAR)
    for number in range(5_000):
        calls.set(str(number), FAR)
        calls.deadlines.drop(str(number))
    assert len(calls.deadlines._heap) < 1_100
    assert calls.at(FAR) == ["stays"]


async def test_cleared_keys_are_forgotten(calls: Calls) -> None:
    """All of them, and new ones may be set."""
    calls.set("a", FAR)
    calls.deadlines.clear()
    calls.set("b", FAR)
    assert calls.at(FAR) == ["b"]


async def test_call_may_set_and_drop(calls: Calls) -> None:
    """A call that sets a deadline which is due already, or drops another, is heeded in the same turn."""

    def then() -> None:
        calls.set("b", FAR)
        calls.deadlines.drop("c")

    calls.set("a", FAR, then)
    calls.set("c", FAR + 1)
    assert calls.at(FAR + 1) == ["a", "b"]


async def test_loop_calls_when_the_time_comes() -> None:
    """On the system's clock: the earliest is called first even if it was set last, and what has passed at once."""
    clock, called = SystemClock(), asyncio.Queue[str]()
    deadlines = Deadlines(clock)
    now = clock.now()
    for key, at in (("far", now + FAR), ("soon", now + 30), ("sooner", now + 15), ("past", now - 5)):
        deadlines.set(key, at, lambda key=key: called.put_nowait(key))  # type: ignore[misc]  # a default binds the key
    async with asyncio.timeout(30):
        assert [await called.get() for _ in range(3)] == ["past", "sooner", "soon"]
    assert called.empty()
    deadlines.clear()


async def test_call_that_fails_keeps_no_other(calls: Calls) -> None:
    """The loop hears of it, and what is due after it is called all the same."""
    faults, called = asyncio.Queue[str](), asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: faults.put_nowait(str(context["exception"])))

    def fails() -> None:
        raise RuntimeError("broken")

    calls.set("fails", -1, fails)
    calls.set("follows", 0, called.set)
    async with asyncio.timeout(30):
        await called.wait()
    assert (faults.get_nowait(), calls.called) == ("broken", ["fails", "follows"])


def test_system_clock_never_goes_back() -> None:
    """Readings rise; seeds differ."""
    clock = SystemClock()
    readings = [clock.now() for _ in range(1_000)]
    assert readings == sorted(readings)
    assert len({clock.seed() for _ in range(100)}) == 100
