"""Schedules over random walks of time with restarts: each moment counts once, by its own firing or by a catch-up."""

import random
from itertools import pairwise
from pathlib import Path

import pytest

from daemon import cron
from tests.daemon.clocks import StandingClock
from tests.daemon.engines import RunningEngine
from tests.daemon.schedules import EVENING, HOUR, Seen, at, define, seen

pytestmark = pytest.mark.anyio

SCHEDULES = ("cron(0 */7 * * ? *)", "cron(15 3 L,1W * ? *)", "cron(30 12 ? * MON-FRI *)")
STEPS = 25


def moments(expression: str, first: int, last: int) -> list[int]:
    """Every moment of a schedule after the first time and until the last."""
    found: list[int] = []
    while (due := cron.next_after(expression, found[-1] if found else first)) is not None and due <= last:
        found.append(due)
    return found


def covered(expression: str, fired: Seen) -> list[int]:
    """The moments that a firing stands for."""
    return moments(expression, (fired.missed_since or fired.due) - 1, fired.due)


@pytest.mark.parametrize("expression", SCHEDULES)
async def test_every_moment_counts_once(tmp_path: Path, expression: str) -> None:
    """Whatever the steps of time and wherever the restarts: in order, without a gap, without one twice."""
    chance, time = random.Random(expression), EVENING
    async with RunningEngine(tmp_path, StandingClock(time)) as running:
        await define(running, schedule=expression)
    for _ in range(STEPS):
        time += chance.choice((1, HOUR // 3, 5 * HOUR, 31 * HOUR, 200 * HOUR))
        async with RunningEngine(tmp_path, StandingClock(time)) as running:
            for _ in range(chance.randrange(3)):
                await at(running, time)
                time += chance.choice((0, 60_000, 3 * HOUR))
            await at(running, time)
            fired = seen(running)
    stood_for = [due for event in fired for due in covered(expression, event)]
    assert stood_for == moments(expression, EVENING, time)
    assert all(earlier < later for earlier, later in pairwise(stood_for))
    assert all(event.catch_up for event in fired if event.missed_since)
