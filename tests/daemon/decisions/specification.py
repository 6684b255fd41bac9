"""given / when / then: commands decided and settled on a real standing; what happened is told in a few words.

spec = Specification("T1: -> J1")
spec.start()
spec.ends("J1").then("J1 SUCCEEDED", "run COMPLETED")
"""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import pytest

from daemon import commands
from daemon.decisions.decision import Situation
from daemon.decisions.table import DECISIONS
from daemon.errors import ReglueError
from daemon.settling import settle
from events.ledger import Fact
from events.vocabulary import JOB, node_key, unique_id
from projections.rebuild import reader
from projections.run_values import Attempt, RunGraph
from projections.standing import Standing
from tests.daemon.decisions.design_text import jobs, triggers
from tests.daemon.decisions.narration import told
from tests.projections.memory_log import MemoryLog

JobBodies = Mapping[str, dict[str, Any]]


class Specification:
    """A standing with a workflow `W` of the given text, its jobs defined with the bodies given (Glue's members).

    `run` is the run that was started or resumed last; `at` the time, moved by one second with every command.
    """

    def __init__(self, text: str = "", bodies: JobBodies | None = None, *, strict: bool = False) -> None:
        self.log = MemoryLog()
        self.standing = Standing(reader(self.log))
        self.strict = strict
        self.at = 1_700_000_000_000
        self.run = ""
        self.answer: Any = None
        self.facts: list[Fact] = []
        if text:
            self.given_workflow("W", text, bodies or {})

    def given_workflow(self, name: str, text: str, bodies: JobBodies) -> Self:
        """Defines a workflow with its triggers and those of its jobs that are not there yet."""
        lines = triggers(text, name)
        self.when(commands.DefineWorkflow, name, {})
        for job in jobs(lines):
            if self.standing.designs.job(job) is None:
                self.when(commands.DefineJob, job, bodies.get(job, {}))
        for line in lines:
            self.when(commands.DefineTrigger, line.definition, line.state != "CREATED")
            if line.state == "DEACTIVATED":
                self.when(commands.StopTrigger, line.definition.name)
        return self

    def when(self, command: type[commands.Command], *values: Any) -> Self:
        """Decides and settles a command, a second after the one before. `values` follow what every command has."""
        self.at += 1_000
        self.facts = []
        asked = command(self.at, "api:test", b"%d" % self.at, *values)
        situation = Situation(self.standing, asked, self.strict)
        decision = DECISIONS[command](asked, situation)
        self.facts = settle(decision, situation)
        self.log.append(self.facts)
        self.standing.recorded(self.facts)
        self.answer = decision.answer
        return self

    @property
    def happened(self) -> list[str]:
        """What the last command brought about, in words."""
        return [told(fact.event) for fact in self.facts]

    def then(self, *expected: str) -> Self:
        """The last command brought about just this, in this order."""
        assert self.happened == list(expected)
        return self

    def then_refused(self, code: str, text: str, *command: Any) -> Self:
        """This command is refused with Glue's code and a message that holds `text`, and changes nothing."""
        before = self.log.position()
        with pytest.raises(ReglueError) as refusal:
            self.when(*command)
        assert (refusal.value.code, text in str(refusal.value)) == (code, True), str(refusal.value)
        assert self.log.position() == before
        return self

    def start(self, workflow: str = "W", **properties: str) -> Self:
        """Starts a run of a workflow."""
        self.run = self.when(commands.StartRun, workflow, properties).answer
        return self

    def ends(self, job: str, state: str = "SUCCEEDED", run: str = "") -> Self:
        """The attempt that is under way at a job of the run ends."""
        return self.when(commands.CompleteNode, run or self.run, self.under_way(job, run).id, state)

    def resume(self, *picks: str, run: str = "") -> Self:
        """Resumes the run, or another one, from jobs given by name."""
        self.when(*self.resuming(*picks, run=run))
        self.run = self.answer.run_id
        return self

    def resuming(self, *picks: str, run: str = "") -> tuple[Any, ...]:
        """The command that `resume` sends."""
        graph = self.graph(run)
        ids = tuple(unique_id(graph.workflow, JOB, name) for name in picks)
        return commands.ResumeRun, graph.workflow, graph.run_id, ids

    def graph(self, run: str = "") -> RunGraph:
        """The graph of the run, or of another."""
        return self.standing.graph(run or self.run)

    def under_way(self, job: str, run: str = "") -> Attempt:
        """The oldest attempt at a job that runs."""
        attempts = self.graph(run).attempts[node_key(JOB, job)]
        return next(a for a in reversed(attempts) if a.is_active and a.state != "WAITING")

    def attempts(self, job: str, run: str = "") -> tuple[Attempt, ...]:
        """The attempts at a job, newest first; none if it was never attempted."""
        return self.graph(run).attempts.get(node_key(JOB, job), ())

    def log_runs(self) -> list[str]:
        """The ids of all workflow runs, oldest first."""
        return [stream for stream in self.log.streams() if stream.startswith("wr_")]

    def counts(self, run: str = "") -> dict[str, int]:
        """The statistics that are not zero, without the word Actions."""
        return {name.removesuffix("Actions"): n for name, n in self.graph(run).statistics.items() if n}


def limited(*names: str, runs: int = 1, **members: Any) -> dict[str, dict[str, Any]]:
    """Bodies of jobs with a MaxConcurrentRuns and further members."""
    return {name: {"ExecutionProperty": {"MaxConcurrentRuns": runs}, **members} for name in names}


def all_end(spec: Specification, names: Iterable[str], state: str = "SUCCEEDED") -> None:
    """Each of these jobs ends, one after the other."""
    for name in names:
        spec.ends(name, state)
