"""What must hold after the last restart: between the answers given, the log file, what is served, and what ran."""

import sqlite3
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import msgspec
import orjson

from daemon.api import v1_documents
from daemon.engine import LOG_FILE
from events.ledger import Ledger
from events.reading import Recorded
from events.runs import JobRunRequested, NodeStarted, RunResumed, RunStarted, RunStopAsked
from events.vocabulary import RUN_ID_PREFIX, is_run_stream
from projections.designs import Kind
from projections.rebuild import reader
from projections.run_values import RunGraph
from projections.standing import Standing
from tests.corridor.crash_clients import Fact
from tests.corridor.crash_wire import Wire
from tests.corridor.waiting import until

Served = dict[str, Any]
DEFINED: tuple[Kind, ...] = ("workflow", "trigger", "job")
"""What the daemon answers: everything that can be listed, and every run."""


class Log:
    """The log as its file says, read past the daemon, and the fold of all of it from nothing."""

    def __init__(self, state: Path, folder: Path) -> None:
        self._copy = folder / "copy.db"
        _copy(state / LOG_FILE, self._copy)
        ledger = Ledger(self._copy)
        self.events = list(ledger.after(0))
        self.streams: dict[str, list[Recorded]] = defaultdict(list)
        self.standing = Standing(reader(ledger))
        self.graphs: dict[str, RunGraph] = {}
        for recorded in self.events:
            self.streams[recorded.stream].append(recorded)
            self.standing.apply(recorded.stream, recorded.event)
            if is_run_stream(recorded.stream):
                self.graphs[recorded.stream] = self.standing.graph(recorded.stream)
        ledger.check()
        ledger.close()
        self._copy.unlink()

    def check_order(self) -> None:
        """Versions of each stream count from 1 without a gap, and no attempt started twice."""
        for stream, events in self.streams.items():
            assert [r.version for r in events] == list(range(1, len(events) + 1)), f"versions of {stream}"
        starts = Counter(r.event.attempt_id for r in self.events if isinstance(r.event, NodeStarted))
        assert not [attempt for attempt, count in starts.items() if count > 1]

    def missing(self, facts: list[Fact]) -> list[Fact]:
        """Those of the facts that the log does not hold."""
        return [fact for fact in facts if not self.holds(fact)]

    def holds(self, fact: Fact) -> bool:
        """Whether the log says so too."""
        first = self.streams[fact.name][0].event if fact.name in self.streams else None
        match fact.kind:
            case "started":
                return isinstance(first, RunStarted) and fact.value.items() <= first.properties.items()
            case "resumed":
                return isinstance(first, RunResumed) and first.previous == fact.value
            case "job run":
                return isinstance(first, JobRunRequested) and first.overrides["Arguments"]["--label"] == fact.value
            case "put":
                return bool(fact.value.items() <= self.graphs[fact.name].properties.items())
            case "stopped":
                return any(isinstance(r.event, RunStopAsked) for r in self.streams[fact.name])
            case "defined":
                return first is not None
            case "changed":
                definitions = (getattr(r.event, "definition", {}) for r in self.streams[fact.name])
                return any(d.get("Description") == str(fact.value) for d in definitions)
            case "removed":
                definition = self.standing.designs.at(fact.name)
                return definition is not None and definition.removed
        raise AssertionError(f"no such fact: {fact}")

    def done_although_refused(self, facts: list[Fact]) -> list[Fact]:
        """Those of the facts that a client was refused and that the log holds all the same."""
        begun = {str(getattr(events[0].event, "properties", {}).get("begun")) for events in self.streams.values()}
        labels = {str(_overrides(events[0]).get("Arguments", {}).get("--label")) for events in self.streams.values()}
        unnamed = [f for f in facts if f.kind == "started" and f.value["begun"] in begun]
        unnamed += [f for f in facts if f.kind == "job run" and f.value in labels]
        named = [f for f in facts if f.kind in ("put", "defined", "changed", "removed") and self.holds(f)]
        return unnamed + named

    def check_starts(self, starts: list[str]) -> None:
        """No job ran twice, none that the log does not know of, and each that succeeded ran."""
        ran = Counter(starts)
        assert not {attempt: count for attempt, count in ran.items() if count > 1}, "jobs ran twice"
        known = {r.event.attempt_id for r in self.events if isinstance(r.event, NodeStarted)}
        assert not set(ran) - known, "jobs ran that the log does not know of"
        attempts = [a for graph in self.graphs.values() for many in graph.attempts.values() for a in many]
        assert not [a.id for a in attempts if a.state == "SUCCEEDED" and a.id not in ran], "never ran, yet succeeded"

    def check_served(self, served: Served) -> None:
        """Every run and every definition is served as the fold from nothing has it, and nothing else."""
        runs = {run_id: graph for run_id, graph in self.graphs.items() if run_id.startswith(RUN_ID_PREFIX)}
        assert served["runs"].keys() == runs.keys()
        for run_id, graph in runs.items():
            assert not graph.is_active, f"run {run_id} has not ended"
            shown = {name: value for name, value in served["runs"][run_id].items() if name != "resumed_by"}
            assert shown == _plain(v1_documents.run(graph))
        for kind in DEFINED:
            folded = self.standing.designs.all(kind)
            assert [d["Name"] for d in served[kind]] == [d.name for d in folded]
        descriptions = [d.body.get("Description") for d in self.standing.designs.all("job")]
        assert [d.get("Description") for d in served["job"]] == descriptions


def _overrides(recorded: Recorded) -> dict[str, Any]:
    return recorded.event.overrides if isinstance(recorded.event, JobRunRequested) else {}


def await_all_ended(wire: Wire) -> None:
    """Waits until no run is under way."""
    until(lambda: wire.get("/healthz"), lambda health: health["status"] == "ready" and health["active_runs"] == 0)


def served(wire: Wire) -> Served:
    """Everything that the daemon shows, as one document."""
    listings = {"job": ("GetJobs", "Jobs"), "trigger": ("GetTriggers", "Triggers")}
    found: Served = {kind: wire.pages(*listing) for kind, listing in listings.items()}
    names = [workflow["name"] for workflow in wire.get("/v1/workflows")["workflows"]]
    found["workflow"] = [wire.call("GetWorkflow", Name=name, IncludeGraph=True)["Workflow"] for name in names]
    found["history"] = {name: _history(wire, name) for name in names}
    found["runs"] = {
        run["run_id"]: wire.get(f"/v1/runs/{run['run_id']}") for runs in found["history"].values() for run in runs
    }
    jobs = [job["Name"] for job in found["job"]]
    found["job runs"] = {name: wire.pages("GetJobRuns", "JobRuns", JobName=name) for name in jobs}
    return found


def _history(wire: Wire, workflow: str) -> list[Any]:
    runs: list[Any] = []
    before = ""
    while True:
        page = wire.get(f"/v1/workflows/{workflow}/runs?limit=1000{before}")
        runs += page["runs"]
        if not page["next"]:
            return runs
        before = f"&before={page['next']}"


def _plain(document: Any) -> Any:
    return orjson.loads(orjson.dumps(document, default=msgspec.to_builtins))


def _copy(source: Path, target: Path) -> None:
    """A copy by SQLite itself, which is whole even while a daemon writes."""
    reading, writing = sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True), sqlite3.connect(target)
    try:
        reading.backup(writing)
    finally:
        reading.close()
        writing.close()
