"""Job runs: starting them outside of workflows, stopping and reading them wherever they run."""

import asyncio
from typing import Any

from daemon import commands
from daemon.api import job_checks, render_runs
from daemon.api.actions.call import Answer, Call
from daemon.api.render import present
from daemon.engine import Engine
from daemon.errors import EntityNotFound, ReglueError
from events.vocabulary import JOB, node_key
from projections.run_values import Attempt, RunGraph


async def start_job_run(call: Call) -> Answer:
    """Answers the job run's id."""
    overrides = dict(call.members)
    job = overrides.pop("JobName")
    job_checks.check_capacity(overrides)
    if "JobRunId" in overrides:
        find_job_run(call.engine, job, overrides["JobRunId"])
    return {"JobRunId": await call.engine.handle(commands.RequestJobRun(*call.stamp, job, overrides))}


async def batch_stop_job_run(call: Call) -> Answer:
    """Those whose end was asked for, and why the others' was not."""
    job = call.members["JobName"]
    ids = list(dict.fromkeys(call.members["JobRunIds"]))
    errors = await asyncio.gather(*(_stop(call, job, job_run_id) for job_run_id in ids))
    outcomes = list(zip(ids, errors, strict=True))
    return {
        "SuccessfulSubmissions": [{"JobName": job, "JobRunId": asked} for asked, error in outcomes if error is None],
        "Errors": [
            {"JobName": job, "JobRunId": asked, "ErrorDetail": {"ErrorCode": error.code, "ErrorMessage": str(error)}}
            for asked, error in outcomes
            if error is not None
        ],
    }


async def _stop(call: Call, job: str, job_run_id: str) -> ReglueError | None:
    try:
        graph, attempt = find_job_run(call.engine, job, job_run_id)
        await call.engine.handle(commands.StopJobRun(*call.stamp, graph.run_id, attempt.id))
    except ReglueError as error:
        return error
    return None


def get_job_run(call: Call) -> Answer:
    """One job run."""
    graph, attempt = find_job_run(call.engine, call.members["JobName"], call.members["RunId"])
    return {"JobRun": render_runs.job_run(graph, attempt, call.engine.job_at)}


def get_job_runs(call: Call) -> Answer:
    """The runs of a job, in workflows and outside, newest first."""
    job = call.members["JobName"]
    rows, token = call.page_of(f"GetJobRuns:{job}").of_rows(
        lambda limit, before: call.engine.job_runs_of(job, limit, before)
    )
    if not rows and call.engine.standing.designs.job(job) is None:
        raise EntityNotFound(f"Job {job} not found.")
    shown: list[dict[str, Any]] = []
    for _, job_run_id, run_id in rows:
        graph = call.engine.standing.graph(run_id)
        attempt = _attempt(graph, job, job_run_id)
        if attempt is not None:
            shown.append(render_runs.job_run(graph, attempt, call.engine.job_at))
    return present({"JobRuns": shown, "NextToken": token})


def find_job_run(engine: Engine, job: str, job_run_id: str) -> tuple[RunGraph, Attempt]:
    """A job's run with the graph that holds it. Raises EntityNotFound."""
    run_id = engine.run_of_attempt(job_run_id)
    if run_id is not None:
        graph = engine.standing.graph(run_id)
        attempt = _attempt(graph, job, job_run_id)
        if attempt is not None:
            return graph, attempt
    engine.refuse_archived(job_run_id)
    raise EntityNotFound(f"Job {job} has no run with the id {job_run_id}.")


def _attempt(graph: RunGraph, job: str, job_run_id: str) -> Attempt | None:
    attempts = graph.attempts.get(node_key(JOB, job), ())
    return next((attempt for attempt in attempts if attempt.id == job_run_id), None)
