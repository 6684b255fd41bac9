"""One row of history per run: what a list of runs shows without unfolding any graph."""

from typing import Any

import msgspec

from events.vocabulary import Cause
from projections.failures import Failures, failures_of
from projections.lifecycle import UNSUCCESSFUL_BUCKETS
from projections.run_values import RunGraph


class RunSummary(msgspec.Struct, frozen=True):
    """A run in one row. `statistics` are Glue's counts; `total` is its TotalActions; times are milliseconds.

    `failures` are those of a run that has ended.
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
    return RunSummary(outcome=outcome(graph), total=len(graph.design.nodes), failures=failures, **shared)


_SHARED = tuple(name for name in RunSummary.__struct_fields__ if name not in ("outcome", "total", "failures"))
