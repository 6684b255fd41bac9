"""A program that runs an engine and is killed (SIGKILL) at the commit of a schedule's firing.

    python -m tests.daemon.doomed_scheduler STATE_DIR before|after DUE

The clock stands a little before DUE (milliseconds) until the engine runs, then at DUE.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from events.ledger import Fact, Ledger
from events.schedules import ScheduleFired
from tests.daemon.clocks import StandingClock
from tests.daemon.engines import RunningEngine
from tests.daemon.schedules import at


class DoomedLedger(Ledger):
    """A log whose process is killed before, or after, the commit of a firing."""

    moment = "before"

    def commit(self, facts: Sequence[Fact]) -> int:
        """Commits, and dies."""
        if not any(isinstance(fact.event, ScheduleFired) for fact in facts):
            return super().commit(facts)
        last = super().commit(facts) if self.moment == "after" else 0
        os.kill(os.getpid(), signal.SIGKILL)
        return last


async def run(state_dir: Path, due: int) -> None:
    """Comes to the moment."""
    async with RunningEngine(state_dir, StandingClock(due - 1), DoomedLedger) as running:
        await at(running, due)


if __name__ == "__main__":
    DoomedLedger.moment = sys.argv[2]
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[3])))
