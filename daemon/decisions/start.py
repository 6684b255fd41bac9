"""Starting: a run of a workflow, a job run outside of any, and an attempt that waited for its job."""

from collections.abc import Iterable

from daemon.commands import AdmitWaiting, RequestJobRun, StartRun
from daemon.decisions.decision import Decision, Situation, on_stream
from daemon.decisions.follow_on import begin_attempt, fire
from daemon.errors import ConcurrentRunsExceeded, EntityNotFound
from events.design import DesignRecorded, Event
from events.runs import JobRunRequested, NodeRefused, NodeStarted, RunCompleted, RunStarted
from events.vocabulary import (
    JOB,
    JOB_RUN_ID_PREFIX,
    RUN_ID_PREFIX,
    Cause,
    StreamId,
    design_stream,
    node_key,
    node_kind,
    node_name,
)
from projections.design_graph import DesignGraph
from projections.designs import Definition
from projections.job_terms import max_concurrent_runs
from projections.standing import Standing


def start_run(command: StartRun, situation: Situation) -> Decision:
    """A new run on the design as it is now, with its start trigger fired.

    Glue: "When a workflow run is started, AWS Glue takes a snapshot of the workflow design graph at that point in
    time."
    """
    standing = situation.standing
    workflow = standing.designs.workflow(command.workflow)
    if workflow is None:
        raise EntityNotFound(f"Workflow {command.workflow!r} does not exist.")
    refuse_above_limit(standing, workflow)
    design = standing.designs.design(command.workflow)
    events: list[Event] = [_run_started(workflow, command.cause, command.properties, situation)]
    if design.start_trigger is not None:
        events += fire(design, design.start_trigger, situation)
    return _new_run(design, events, situation)


def start_unasked(workflow: Definition, cause: Cause, properties: dict[str, str], situation: Situation) -> Decision:
    """A run that no client waits for: begun by a schedule or an event.

    Above the workflow's MaxConcurrentRuns it leaves a run that is in ERROR from the start, with Glue's message. Answers
    the run id either way.
    """
    if not is_at_limit(situation.standing, workflow):
        at, by = situation.at, situation.by
        return start_run(StartRun(at, by, b"", workflow.name, properties, cause), situation)
    design = situation.standing.designs.design(workflow.name)
    started = _run_started(workflow, cause, properties, situation)
    error = f"Concurrent runs exceeded for workflow: {workflow.name}."
    return _new_run(design, [started, RunCompleted(situation.at, situation.by, "ERROR", error)], situation)


def _run_started(workflow: Definition, cause: Cause, properties: dict[str, str], situation: Situation) -> RunStarted:
    design = situation.standing.designs.design(workflow.name)
    laid_over = {**workflow.body.get("DefaultRunProperties", {}), **properties}
    maps = bool(laid_over) and not situation.strict
    return RunStarted(situation.at, situation.by, workflow.name, design.hash, cause, laid_over, maps)


def _new_run(design: DesignGraph, events: list[Event], situation: Situation) -> Decision:
    """The stream of a new run, and its design before it unless that is known."""
    run_id = situation.ids.mint(RUN_ID_PREFIX)
    recorded = design_unless_recorded(situation.standing, design, situation)
    return Decision((*recorded, *((run_id, event) for event in events)), run_id)


def start_lineage(design: DesignGraph, cause: Cause, situation: Situation) -> Decision:
    """The run of all that descends from one firing of a trigger outside of workflows; answers its id."""
    assert design.start_trigger is not None
    started = RunStarted(situation.at, situation.by, design.workflow, design.hash, cause)
    return _new_run(design, [started, *fire(design, design.start_trigger, situation)], situation)


def is_at_limit(standing: Standing, workflow: Definition) -> bool:
    """Whether the workflow is at its MaxConcurrentRuns; unset means no limit."""
    limit = workflow.body.get("MaxConcurrentRuns")
    return limit is not None and standing.active_runs(workflow.name) >= limit


def refuse_above_limit(standing: Standing, workflow: Definition) -> None:
    """Raises ConcurrentRunsExceeded when the workflow is at its MaxConcurrentRuns."""
    if is_at_limit(standing, workflow):
        limit = workflow.body["MaxConcurrentRuns"]
        raise ConcurrentRunsExceeded(
            f"Concurrent runs exceeded for workflow: {workflow.name}. Its MaxConcurrentRuns is {limit}: "
            "wait for a run to end, stop one, or raise the limit."
        )


def design_unless_recorded(
    standing: Standing, design: DesignGraph, situation: Situation
) -> Iterable[tuple[StreamId, Event]]:
    """The snapshot itself, stored once however many runs share it."""
    if design.hash not in standing.recorded_designs:
        yield design_stream(design.hash), DesignRecorded(situation.at, situation.by, design.snapshot)


def request_job_run(command: RequestJobRun, situation: Situation) -> Decision:
    """A job run that stands alone. Glue refuses one above the job's limit, unless its runs are queued."""
    standing, node = situation.standing, node_key(JOB, command.job)
    job = standing.designs.job(command.job)
    if job is None:
        raise EntityNotFound(f"Job {command.job} not found.")
    limit = max_concurrent_runs(job.body)
    queued = command.overrides.get("JobRunQueuingEnabled", job.body.get("JobRunQueuingEnabled"))
    if standing.slots.running(node) >= limit and not queued:
        raise ConcurrentRunsExceeded(
            f"Concurrent runs exceeded for job {command.job}: its MaxConcurrentRuns is {limit}. "
            "Wait for a run to end, raise the limit, or set JobRunQueuingEnabled."
        )
    begun = begin_attempt(node, "", situation.queueing() if queued else situation, situation.by)
    requested = JobRunRequested(situation.at, situation.by, command.job, command.cause, command.overrides)
    run_id = getattr(begun, "attempt_id", situation.ids.mint(JOB_RUN_ID_PREFIX))
    return on_stream(run_id, requested, begun, answer=run_id)


def admit_waiting(command: AdmitWaiting, situation: Situation) -> Decision:
    """Starts the attempt that waits longest for a job, if the job has room for it; refuses it if the job is gone."""
    standing = situation.standing
    waiting = standing.slots.waiting(command.node)
    if not waiting:
        return Decision()
    attempt_id, run_id = waiting[0]
    attempt = standing.graph(run_id).find(attempt_id)
    assert attempt is not None
    is_job = node_kind(command.node) == JOB
    definition = standing.designs.find("job" if is_job else "crawler", node_name(command.node))
    shared = (situation.at, situation.by, command.node, attempt_id, attempt.number)
    if definition is None:
        noun = "Job" if is_job else "Crawler"
        error = f"{noun} {node_name(command.node)!r} was deleted while this run waited for it."
        return on_stream(run_id, NodeRefused(*shared, "ERROR", error, attempt.trigger))
    if standing.slots.running(command.node) >= (max_concurrent_runs(definition.body) if is_job else 1):
        return Decision()
    return on_stream(run_id, NodeStarted(*shared, attempt.trigger, definition.version))
