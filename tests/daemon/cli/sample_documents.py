"""Documents of `/v1` as a daemon wrote them: the seed's workflow W1 partly failed, and resumed from J2 and J3."""

from typing import Any

import msgspec

from daemon.cli.documents import Run, Summary

FIRST = "wr_01a20599a150" + "3c" * 26
SECOND = "wr_01a20599a4ff" + "a9" * 26
ERROR = "Command failed with exit code 1: orders.csv has not arrived"
TRIGGERS = {"T1": ("", ["J1"]), "T2": ("J1", ["J2"]), "T3": ("J1", ["J3"]), "T4": ("J2", ["J4"]), "T5": ("J3", ["J5"])}
STARTERS = {"J1": "T1", "J2": "T2", "J3": "T3", "J4": "T4", "J5": "T5"}


def moment(second: float) -> str:
    """A moment of the sample day."""
    return f"2026-11-03T14:02:{second:06.3f}Z"


def summary(run_id: str = FIRST, **changes: Any) -> dict[str, Any]:
    """The row of a run that partly failed."""
    return {
        "run_id": run_id,
        "workflow": "W1",
        "status": "COMPLETED",
        "outcome": "PARTLY_FAILED",
        "started_at": moment(1),
        "completed_at": moment(4.2),
        "previous_run_id": None,
        "root_run_id": run_id,
        "depth": 0,
        "total": 5,
        "statistics": counts(succeeded=1, failed=2),
        "cause": {"kind": "API", "trigger": None, "event_ids": []},
        "by": "api:ada",
        "properties": {},
        "error": None,
    } | changes


def counts(**given: int) -> dict[str, int]:
    """Statistics with all their members."""
    names = ("succeeded", "failed", "timeout", "stopped", "errored", "running", "waiting")
    return dict.fromkeys(names, 0) | given


def attempt(job: str, state: str, **changes: Any) -> dict[str, Any]:
    """An attempt at a job of W1."""
    return {
        "id": f"jr_01a20599a15{job[1]}" + job[1] * 52,
        "number": 0,
        "state": state,
        "trigger": STARTERS[job],
        "started_at": moment(1),
        "completed_at": moment(1.5),
        "error": ERROR if state == "FAILED" else None,
        "exit_code": 1 if state == "FAILED" else 0,
    } | changes


def node(job: str, state: str | None, **changes: Any) -> dict[str, Any]:
    """A job of W1 in a run's graph."""
    return {
        "key": f"JOB:{job}",
        "kind": "JOB",
        "name": job,
        "unique_id": f"wnode_{job}",
        "state": state,
        "executed_in": FIRST if state else None,
        "copied": False,
        "restarted": False,
        "attempts": [attempt(job, state)] if state else [],
    } | changes


def trigger(name: str, fired: bool, /, **changes: Any) -> dict[str, Any]:
    """A trigger of W1 in a run's graph."""
    watched, started = TRIGGERS[name]
    return {
        "name": name,
        "unique_id": f"wnode_{name}",
        "type": "CONDITIONAL" if watched else "ON_DEMAND",
        "state": "ACTIVATED" if watched else "CREATED",
        "logical": "AND" if watched else None,
        "conditions": [{"node": f"JOB:{watched}", "state": "SUCCEEDED"}] if watched else [],
        "actions": [f"JOB:{job}" for job in started],
        "fired_at": moment(1) if fired else None,
        "fired_in": FIRST if fired else None,
        "copied": False,
    } | changes


def partly_failed() -> dict[str, Any]:
    """W1 after J2 and J3 failed."""
    states = {"J1": "SUCCEEDED", "J2": "FAILED", "J3": "FAILED", "J4": None, "J5": None}
    nodes = [node(job, state) for job, state in states.items()]
    triggers = [trigger(name, name in ("T1", "T2", "T3")) for name in TRIGGERS]
    return summary() | {"nodes": nodes, "triggers": triggers, "edges": []}


def resumed() -> dict[str, Any]:
    """W1 resumed from J2 and J3, all well."""
    nodes = [node("J1", "SUCCEEDED", copied=True)]
    nodes += [node(job, "SUCCEEDED", executed_in=SECOND, restarted=job in ("J2", "J3")) for job in list(STARTERS)[1:]]
    triggers = [trigger(name, True, copied=True) for name in ("T1", "T2", "T3")]
    triggers += [trigger(name, True, fired_in=SECOND) for name in ("T4", "T5")]
    return resumed_summary() | {"nodes": nodes, "triggers": triggers, "edges": []}


def resumed_summary() -> dict[str, Any]:
    """The row of the resumed run."""
    return summary(
        SECOND,
        outcome="SUCCEEDED",
        previous_run_id=FIRST,
        root_run_id=FIRST,
        depth=1,
        statistics=counts(succeeded=5),
        cause={"kind": "RESUME", "trigger": None, "event_ids": []},
    )


def as_run(document: dict[str, Any]) -> Run:
    """A run as commands read it."""
    return msgspec.convert(document, Run, strict=False)


def as_summary(document: dict[str, Any]) -> Summary:
    """A row as commands read it."""
    return msgspec.convert(document, Summary, strict=False)
