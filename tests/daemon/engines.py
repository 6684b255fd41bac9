"""A real engine on a real log, with jobs that end at once and a clock that stands until it is moved."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from daemon import commands
from daemon.clock import Clock
from daemon.engine import LOG_FILE, Engine
from daemon.executors.noop import NoopExecutor
from daemon.settings import Settings
from events.ledger import Fact, Ledger
from events.vocabulary import unique_id
from projections.run_values import RunGraph
from tests.daemon.clocks import StandingClock
from tests.daemon.decisions.design_text import jobs, triggers
from tests.daemon.disks import impatient

DEADLINE_SECONDS = 30.0


class RunningEngine:
    """An engine that was started; `until` waits for what it commits. Use it as an asynchronous context."""

    def __init__(self, state_dir: Path, clock: Clock | None = None, ledger: type[Ledger] = Ledger) -> None:
        self.clock = clock or StandingClock()
        self.ledger = ledger(state_dir / LOG_FILE)
        impatient(self.ledger)
        self.engine = Engine(Settings(state_dir=state_dir, executor="noop"), self.ledger, NoopExecutor(), self.clock)
        self._committed = self.engine.handler.on_committed
        self._changed = asyncio.Event()
        self.engine.handler.on_committed = self._note

    def _note(self, facts: Sequence[Fact], position: int) -> None:
        self._committed(facts, position)
        self._changed.set()

    async def __aenter__(self) -> Self:
        self._others = asyncio.all_tasks()
        self.engine.start({})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.engine.close()

    async def ask(self, command: type[commands.Command], *values: Any) -> Any:
        """Sends a command; `values` follow what every command has."""
        return await self.engine.handle(command(self.clock.now(), "api:test", self.clock.seed(), *values))

    async def define(self, name: str, text: str, **arguments: dict[str, str]) -> None:
        """A workflow with its triggers, and its jobs with the default arguments given by job."""
        await self.ask(commands.DefineWorkflow, name, {})
        for job in jobs(triggers(text, name)):
            body = {"DefaultArguments": arguments.get(job, {}), "Timeout": 1}
            await self.ask(commands.DefineJob, job, body)
        for line in triggers(text, name):
            await self.ask(commands.DefineTrigger, line.definition, line.state == "ACTIVATED")

    async def resume(self, run: str, *names: str) -> str:
        """Resumes a run from jobs given by name; returns the new run's id."""
        workflow = self.graph(run).workflow
        ids = tuple(unique_id(workflow, "JOB", name) for name in names)
        resumed = await self.ask(commands.ResumeRun, workflow, run, ids)
        return str(resumed.run_id)

    def graph(self, run: str) -> RunGraph:
        """The graph of a run now."""
        return self.engine.graph(run)

    def states(self, run: str) -> dict[str, str]:
        """The state of each job's newest attempt, by name."""
        return {node.partition(":")[2]: attempts[0].state for node, attempts in self.graph(run).attempts.items()}

    async def until(self, fulfilled: Callable[[], bool]) -> None:
        """Waits until a condition holds; it is looked at after each commit."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not fulfilled():
                self._changed.clear()
                await self._changed.wait()
        await self.engine.settled()

    async def ended(self, run: str) -> RunGraph:
        """The graph of a run that has ended."""
        await self.until(lambda: not self.graph(run).is_active)
        return self.graph(run)

    async def idle(self) -> None:
        """Waits until every task that the engine has of its own is done, such as reading the log anew."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while own := asyncio.all_tasks() - self._others - {asyncio.current_task()}:
                await asyncio.wait(own)


async def taken_turns() -> None:
    """Lets everything happen that waits neither for the disk nor for time."""
    for _ in range(10):
        await asyncio.sleep(0)
