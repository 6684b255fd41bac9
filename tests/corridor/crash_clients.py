"""Clients that ask for everything there is to ask, at random, and write down what was answered.

A client's choices follow from its seed; what it meets does not. What was answered is in `Answers.acknowledged`, what
was refused because the log could not be written in `Answers.refused`; what was not answered counts as nothing.
"""

import random
import threading
from collections import Counter, deque
from typing import Any, NamedTuple

from tests.corridor.crash_site import Site, Stopped
from tests.corridor.crash_wire import Refused, Unanswered, Wire
from tests.corridor.crash_workflows import ALONE, CHAIN, FAN

MOST_UNDER_WAY = 5
ENDED = ("COMPLETED", "STOPPED", "ERROR")
UNAVAILABLE = 500


class Fact(NamedTuple):
    """Something that a client was told to be so: the kind of fact, whose, and what."""

    kind: str
    name: str
    value: Any = None


class Answers:
    """What all clients of a site were told, in the order in which it came."""

    def __init__(self) -> None:
        self.acknowledged: list[Fact] = []
        self.refused: list[Fact] = []
        self.refusals: list[Refused] = []
        self.counts: Counter[str] = Counter()
        self._changed = threading.Condition()

    def acknowledge(self, fact: Fact) -> None:
        """Notes an answer."""
        with self._changed:
            self.acknowledged.append(fact)
            self.counts[fact.kind] += 1
            self._changed.notify_all()

    def refuse(self, fact: Fact, refusal: Refused) -> None:
        """Notes that the daemon could not do it."""
        with self._changed:
            self.refused.append(fact)
            self.refusals.append(refusal)
            self._changed.notify_all()

    def await_acknowledged(self, more: int, most_seconds: float) -> None:
        """Waits for so many more answers, but not longer than this."""
        with self._changed:
            wanted = len(self.acknowledged) + more
            self._changed.wait_for(lambda: len(self.acknowledged) >= wanted, most_seconds)

    def await_refused(self, more: int, most_seconds: float) -> None:
        """Waits for so many more refusals, but not longer than this."""
        with self._changed:
            wanted = len(self.refused) + more
            self._changed.wait_for(lambda: len(self.refused) >= wanted, most_seconds)


class Client:
    """One client with runs and definitions of its own, until the site closes."""

    def __init__(self, site: Site, answers: Answers, seed: str) -> None:
        self.thread = threading.Thread(target=self._ask_on, name=seed, daemon=True)
        self._site = site
        self._answers = answers
        self._random = random.Random(seed)
        self._name = seed.rpartition("/")[2]
        self._wire: Wire | None = None
        self._count = 0
        self._under_way: deque[tuple[str, str]] = deque()
        self._ended: list[dict[str, Any]] = []
        self._jobs: list[str] = []
        self.failure: BaseException | None = None

    def _ask_on(self) -> None:
        """Asks one thing after another."""
        deeds = [self._start] * 4 + [self._put, self._stop, self._run_job, self._define, self._change, self._remove]
        deeds += [self._resume] * 3 + [self._look] * 3
        try:
            while not self._site.is_closed:
                deed = self._look if len(self._under_way) >= MOST_UNDER_WAY else self._random.choice(deeds)
                self._try(deed)
        except Stopped:
            return
        except BaseException as error:
            self.failure = error
            raise

    def _try(self, deed: Any) -> None:
        try:
            deed()
        except Unanswered:
            self._answers.counts["unanswered"] += 1
        except Refused as refusal:
            if refusal.status >= UNAVAILABLE:
                self._answers.counts["unavailable"] += 1
            elif refusal.code not in ("IllegalWorkflowStateException", "EntityNotFoundException"):
                raise

    def _connected(self) -> Wire:
        url = self._site.url()
        if self._wire is None or self._wire.url != url:
            self._wire = Wire(url)
        return self._wire

    def _ask(self, fact: Fact, operation: str, **members: Any) -> Any:
        """Asks for a change; `fact` is what an answer makes so."""
        try:
            answer = self._connected().call(operation, **members)
        except Refused as refusal:
            if refusal.status >= UNAVAILABLE:
                self._answers.refuse(fact, refusal)
            raise
        told = answer.get("RunId") or answer.get("JobRunId")
        self._answers.acknowledge(fact._replace(name=told) if told else fact)
        return answer

    def _next(self) -> str:
        self._count += 1
        return f"{self._name}-{self._count}"

    def _start(self) -> None:
        workflow = self._random.choice((CHAIN, FAN))
        value = {"begun": self._next()}
        run = self._ask(Fact("started", "", value), "StartWorkflowRun", Name=workflow, RunProperties=value)["RunId"]
        self._under_way.append((workflow, run))

    def _run_job(self) -> None:
        label = self._next()
        self._ask(Fact("job run", "", label), "StartJobRun", JobName=ALONE, Arguments={"--label": label})

    def _put(self) -> None:
        if self._under_way:
            workflow, run = self._random.choice(self._under_way)
            value = {self._next(): "put"}
            members = {"Name": workflow, "RunId": run, "RunProperties": value}
            self._ask(Fact("put", run, value), "PutWorkflowRunProperties", **members)

    def _stop(self) -> None:
        if self._under_way:
            workflow, run = self._random.choice(self._under_way)
            self._ask(Fact("stopped", run), "StopWorkflowRun", Name=workflow, RunId=run)

    def _look(self) -> None:
        """Looks after the oldest run under way."""
        if not self._under_way:
            return
        workflow, run_id = self._under_way.popleft()
        run = self._seen(workflow, run_id)
        if run is None or run["status"] not in ENDED:
            self._under_way.append((workflow, run_id))
        elif run["status"] == "COMPLETED":
            self._ended.append(run)

    def _seen(self, workflow: str, run_id: str) -> dict[str, Any] | None:
        try:
            seen: dict[str, Any] = self._connected().get(f"/v1/runs/{run_id}")
        except Unanswered:
            return None
        except Refused as refusal:
            if refusal.status < UNAVAILABLE:
                raise AssertionError(f"Run {run_id} of {workflow} is not known any more: {refusal}") from refusal
            return None
        return seen

    def _resume(self) -> None:
        if not self._ended:
            return
        run = self._random.choice(self._ended)
        tried = [node for node in run["nodes"] if node["state"]]
        picks = self._random.sample(tried, k=min(len(tried), self._random.randint(1, 2)))
        members = {"Name": run["workflow"], "RunId": run["run_id"], "NodeIds": [node["unique_id"] for node in picks]}
        fact = Fact("resumed", "", run["run_id"])
        self._under_way.append((run["workflow"], self._ask(fact, "ResumeWorkflowRun", **members)["RunId"]))

    def _define(self) -> None:
        name = self._next()
        kind = self._random.choice(("job", "workflow", "trigger"))
        if kind == "job":
            self._ask(Fact("defined", f"job:{name}"), "CreateJob", Name=name, Role="role", Command={"Name": "shell"})
            self._jobs.append(name)
        elif kind == "workflow":
            self._ask(Fact("defined", f"workflow:{name}"), "CreateWorkflow", Name=name)
        else:
            members = {"Name": name, "Type": "ON_DEMAND", "Actions": [{"JobName": ALONE}]}
            self._ask(Fact("defined", f"trigger:{name}"), "CreateTrigger", **members)

    def _change(self) -> None:
        """Changes twice in a row, so that one definition has events close to each other."""
        if not self._jobs:
            return
        name = self._random.choice(self._jobs)
        for _ in range(2):
            self._next()
            update = {"Role": "role", "Command": {"Name": "shell"}, "Description": str(self._count)}
            self._ask(Fact("changed", f"job:{name}", self._count), "UpdateJob", JobName=name, JobUpdate=update)

    def _remove(self) -> None:
        if len(self._jobs) > 3:
            name = self._jobs.pop(self._random.randrange(len(self._jobs)))
            self._ask(Fact("removed", f"job:{name}"), "DeleteJob", JobName=name)
