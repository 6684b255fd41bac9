"""A program that runs an engine and is killed (SIGKILL) at the commit of a seal.

python -m tests.daemon.doomed_sealing STATE_DIR before|after
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from daemon import commands
from events.ledger import Fact, Ledger
from events.seals import LogSealed
from tests.daemon.engines import RunningEngine


class DoomedLedger(Ledger):
    """A log whose process is killed before, or after, the commit of a seal."""

    moment = "before"

    def commit(self, facts: Sequence[Fact]) -> int:
        """Commits, and dies."""
        if not any(isinstance(fact.event, LogSealed) for fact in facts):
            return super().commit(facts)
        last = super().commit(facts) if self.moment == "after" else 0
        os.kill(os.getpid(), signal.SIGKILL)
        return last


async def run(state_dir: Path) -> None:
    """Comes to the moment."""
    async with RunningEngine(state_dir, ledger=DoomedLedger) as running:
        await running.define("W", "T1: -> A")
        await running.ended(await running.ask(commands.StartRun, "W", {}))
        await running.engine.sealing.run_once()


if __name__ == "__main__":
    DoomedLedger.moment = sys.argv[2]
    asyncio.run(run(Path(sys.argv[1])))
