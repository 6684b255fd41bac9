"""One row of history per run: what a list of runs shows without unfolding any graph."""

from typing import Any

import msgspec

from events.vocabulary import Cause
from projections.failures import Failures, failures_of
from projections.lifecycle import UNSUCCESSFUL_BUCKETS
from projections.run_values import RunGraph


class InArchive(msgspec.Struct, frozen=True):
    """When a run's events were moved out of the log, by whom, and into which file."""

    at: int
    by: str
    file: str


class RunSummary(msgspec.Struct, frozen=True):
    """A run in one row. `statistics` are Glue's counts; `total` is its TotalActions; times are milliseconds.

    `failures` are those of a run that has ended.
    `archived` is there for a run of which the log holds no more than this row.
    `outcome` says what Glue's status hides: a run that is COMPLETED although nodes failed is PARTLY_FAILED here.
    """

    run_id: str
    workflow: str
    status: str
    outcome: str
    started_at: int
    completed_at: int | None
    previous: str
    root: str
    depth: int
    total: int
    statistics: dict[str, int]
    cause: Cause
    by: str
    properties: dict[str, str]
    error: str | None
    failures: Failures = Failures()
    archived: InArchive | None = None


def outcome(graph: RunGraph) -> str:
    """RUNNING, STOPPED or ERROR as the status says; else SUCCEEDED, or PARTLY_FAILED if any node did not end well."""
    if graph.status != "COMPLETED":
        return "RUNNING" if graph.is_active else graph.status
    failed = any(graph.statistics[bucket] for bucket in UNSUCCESSFUL_BUCKETS)
    return "PARTLY_FAILED" if failed else "SUCCEEDED"


def summarize(graph: RunGraph) -> RunSummary:
    """The history row of a run as it stands."""
    shared: dict[str, Any] = {name: getattr(graph, name) for name in _SHARED}
    shared["statistics"] = dict(graph.statistics)
    failures = failures_of(graph) if outcome(graph) not in ("SUCCEEDED", "RUNNING") else Failures()
    event = graph.archived
    total = event.run.total if event is not None else len(graph.design.nodes)
    archived = InArchive(event.at, event.by, event.file) if event is not None else None
    return RunSummary(outcome=outcome(graph), total=total, failures=failures, archived=archived, **shared)


_MADE = ("outcome", "total", "failures", "archived")
_SHARED = tuple(name for name in RunSummary.__struct_fields__ if name not in _MADE)
