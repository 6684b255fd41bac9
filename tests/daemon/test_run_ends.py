"""Waiting for the end of a run without asking again and again."""

import asyncio

from daemon.run_ends import RunEnds
from events.ledger import Fact
from events.runs import PropertiesPut, RunCompleted


def test_the_end_of_the_run_wakes_those_who_wait_for_it() -> None:
    """And nobody else; other facts of the run wake nobody. When the daemon stops, everybody is woken."""
    asyncio.run(_woken())


async def _woken() -> None:
    ends = RunEnds()
    waiting = [asyncio.create_task(ends.wait(run, 60)) for run in ("wr_a", "wr_a", "wr_b")]
    await asyncio.sleep(0)
    ends.committed([Fact("wr_a", 2, PropertiesPut(1, "x", {})), Fact("wr_c", 2, RunCompleted(1, "x", "COMPLETED"))])
    ends.committed([Fact("wr_a", 3, RunCompleted(1, "x", "COMPLETED"))])
    await asyncio.gather(*waiting[:2])
    assert not waiting[2].done()
    ends.release()
    await waiting[2]
    await ends.wait("wr_b", 60)


def test_the_time_ends_a_wait_too() -> None:
    """And nothing is left of it that an end could trip over."""
    asyncio.run(_timed_out())


async def _timed_out() -> None:
    ends = RunEnds()
    await ends.wait("wr_a", 0.001)
    ends.committed([Fact("wr_a", 3, RunCompleted(1, "x", "COMPLETED"))])
