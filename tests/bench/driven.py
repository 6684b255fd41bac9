"""An engine in a scratch folder, driven as its edges drive it: commands in, answers out, and a signal when a run ends.

The interpreter is tuned as the daemon tunes it.
"""

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import orjson
import uvloop

from daemon import commands
from daemon.api.v1_plans import plan_document
from daemon.commands import Command
from daemon.decisions.decision import Situation
from daemon.decisions.forecast import forecast_resume
from daemon.engine import LOG_FILE, Engine
from daemon.logs import configure
from daemon.service import GC_THRESHOLD, SWITCH_INTERVAL_SECONDS
from daemon.settings import Settings
from daemon.wiring import make_executor
from events.ledger import Fact, Ledger
from events.runs import RunCompleted
from tests.bench.workflows import Shape

Result = TypeVar("Result")


class Driven:
    """An engine with a client."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._ended: set[str] = set()
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._pass_on = engine.handler.on_committed
        engine.handler.on_committed = self._committed

    def _committed(self, facts: Sequence[Fact], position: int) -> None:
        self._pass_on(facts, position)
        for fact in facts:
            if isinstance(fact.event, RunCompleted):
                self._ended.add(fact.stream)
                if fact.stream in self._waiting:
                    self._waiting.pop(fact.stream).set_result(None)

    async def ask(self, kind: type[Command], *fields: Any) -> Any:
        """Handles one command and gives its answer."""
        return await self.engine.handle(kind(self.engine.now(), "api:bench", self.engine.seed(), *fields))

    async def ended(self, run_id: str) -> None:
        """Returns when the run's end is on the disk."""
        if run_id not in self._ended:
            self._waiting[run_id] = asyncio.get_running_loop().create_future()
            await self._waiting[run_id]

    async def define(self, shape: Shape, failing: Sequence[str] = ()) -> None:
        """Defines a workflow with its triggers and jobs, all of the jobs /bin/true; `failing` ones end as FAILED."""
        await self.ask(commands.DefineWorkflow, shape.name, {})
        jobs = (self.ask(commands.DefineJob, job, job_body(job in failing)) for job in shape.jobs)
        await asyncio.gather(*jobs)
        await asyncio.gather(*(self.ask(commands.DefineTrigger, t, t.type == "CONDITIONAL") for t in shape.triggers))

    async def run(self, workflow: str) -> tuple[str, float]:
        """Runs a workflow to its end; the run id, and the seconds from the request until the end is on the disk."""
        began = time.perf_counter()
        run_id = await self.ask(commands.StartRun, workflow)
        await self.ended(run_id)
        return run_id, time.perf_counter() - began

    async def resume(self, workflow: str, run_id: str, node_id: str) -> tuple[str, float]:
        """Resumes a run from one node to the new run's end; its id, and the seconds that took."""
        began = time.perf_counter()
        resumed = await self.ask(commands.ResumeRun, workflow, run_id, (node_id,))
        await self.ended(resumed.run_id)
        return resumed.run_id, time.perf_counter() - began

    def preview(self, workflow: str, run_id: str, node_id: str) -> float:
        """Seconds to make the document that previews a resume from one node."""
        began, engine = time.perf_counter(), self.engine
        command = commands.ResumeRun(engine.now(), "bench", engine.seed(), workflow, run_id, (node_id,))
        orjson.dumps(plan_document(forecast_resume(command, Situation(engine.standing, command, strict=False))))
        return time.perf_counter() - began


def job_body(fails: bool = False) -> dict[str, Any]:
    """The definition of a job that runs /bin/true; under the no-op executor it can be made to fail."""
    body: dict[str, Any] = {"Command": {"Name": "shell", "ScriptLocation": "/bin/true"}}
    return {**body, "DefaultArguments": {"--outcome": "FAILED"}} if fails else body


@asynccontextmanager
async def driven(state_dir: Path, executor: Literal["noop", "process"] = "noop") -> AsyncIterator[Driven]:
    """An engine on a state directory, made if missing; closed in the end."""
    engine = _engine(state_dir, executor)
    engine.start({})
    gc.collect()
    gc.freeze()
    try:
        yield Driven(engine)
    finally:
        await engine.close()


def _engine(state_dir: Path, executor: Literal["noop", "process"]) -> Engine:
    state_dir.mkdir(parents=True, exist_ok=True)
    settings = Settings(state_dir=state_dir, executor=executor, log_level="error")
    configure(settings)
    return Engine(settings, Ledger(state_dir / LOG_FILE), make_executor(settings))


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Runs a coroutine as the daemon runs: same event loop, same hand-over between threads, same garbage collection."""
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    gc.set_threshold(GC_THRESHOLD)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
