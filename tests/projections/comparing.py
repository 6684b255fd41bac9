"""Two standings, or two stores of rows, as plain values that can be compared."""

from typing import Any

import msgspec

from events.vocabulary import is_run_stream, node_key
from projections.designs import Definition
from projections.run_values import RunGraph
from projections.standing import Standing
from projections.store import ViewStore
from tests.projections.memory_log import MemoryLog


def graph_values(graph: RunGraph) -> dict[str, Any]:
    """A graph without its identity: the design by its hash; orders that mean nothing are left out by dicts."""
    earlier = {run: (terms.design.hash, terms.parameters) for run, terms in graph.earlier.items()}
    return msgspec.structs.asdict(graph) | {"design": graph.design.hash, "earlier": earlier}


def standing_values(standing: Standing, log: MemoryLog) -> dict[str, Any]:
    """All that a standing says about what the log holds."""
    runs = [stream for stream in log.streams() if is_run_stream(stream)]
    definitions = [d for d in map(standing.designs.at, log.streams()) if d is not None]
    jobs = [node_key("JOB", d.name) for d in definitions if d.kind == "job"]
    return {
        "definitions": definitions,
        "living": [standing.designs.all("workflow"), standing.designs.all("trigger"), standing.designs.all("job")],
        "designs": {d.name: standing.designs.design(d.name).hash for d in definitions if d.kind == "workflow"},
        "under way": sorted(standing.runs),
        "graphs": {run: graph_values(standing.graph(run)) for run in runs},
        "waiting events": sorted(standing.inboxes.waiting(), key=lambda inbox: inbox.stream),
        "resumes": {run: standing.resumes.of(run) for run in runs},
        "slots": {job: (standing.slots.running(job), standing.slots.waiting(job)) for job in jobs},
        "recorded designs": standing.recorded_designs,
        "active runs": {d.name: standing.active_runs(d.name) for d in definitions if d.kind == "workflow"},
    }


def row_values(views: ViewStore, log: MemoryLog) -> dict[str, Any]:
    """All that a store says about the workflows, jobs and attempts in the log."""
    rows = sorted(views.definitions(), key=lambda row: row.stream)
    known = [row for row in rows if isinstance(row, Definition)]
    attempts = {r.event.attempt_id for r in log.after(0) if hasattr(r.event, "attempt_id")}
    workflows = [d.name for d in known if d.kind == "workflow"]
    return {
        "position": views.position,
        "definitions": rows,
        "designs": sorted(views.recorded_designs()),
        "active": sorted(views.active_runs()),
        "runs": {name: views.runs_of(name, 1_000) for name in ("", *workflows)},
        "resumes": {
            run.run_id: (views.resumes_of(run.run_id), views.chain_of(run.run_id))
            for name in workflows
            for _, run in views.runs_of(name, 1_000)
        },
        "job runs": {d.name: views.job_runs_of(d.name, 1_000) for d in known if d.kind == "job"},
        "runs of attempts": {attempt: views.run_of_attempt(attempt) for attempt in attempts},
    }
