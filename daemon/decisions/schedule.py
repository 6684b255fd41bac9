"""Schedules that come due: whether to act upon the moment, and what that starts.

The firing is recorded in one unit with the start of what it started, and moves the schedule's baseline on. So the same
moment, asked for again after a crash or a restart, either has happened whole or not at all.
"""

from collections.abc import Callable

import msgspec

from daemon import cron
from daemon.decisions.decision import Decision, Situation
from daemon.decisions.follow_on import begin_attempt
from daemon.decisions.start import is_at_limit, start_lineage, start_unasked
from daemon.schedule_commands import FireSchedule
from events.design import Event
from events.runs import JobRunRequested
from events.schedules import ScheduleFired
from events.vocabulary import Cause, StreamId, TriggerDefinition
from projections.designs import Definition, Kind
from projections.job_terms import lone_actions, overrides_of
from projections.lineage import lineage_design
from projections.schedules import Schedule


class Begun(msgspec.Struct, frozen=True):
    """What a firing starts: the events, the ids of the runs, and why something could not be started."""

    events: tuple[tuple[StreamId, Event], ...] = ()
    ids: tuple[str, ...] = ()
    error: str | None = None


def fire_schedule(command: FireSchedule, situation: Situation) -> Decision:
    """The firing and what it starts; nothing when the moment is none of the schedule's, or was acted upon."""
    definition = situation.standing.designs.find(command.kind, command.name)
    schedule = definition.schedule if definition is not None else None
    if definition is None or schedule is None or not _is_open(schedule, command):
        return Decision(answer=())
    cause = Cause("SCHEDULE", definition.name, due=command.due)
    begun = STARTS[definition.kind](definition, cause, situation)
    first = cron.next_after(schedule.expression, schedule.since)
    missed_since = first if first != command.due else None
    fired = ScheduleFired(
        situation.at, situation.by, command.due, command.catch_up, missed_since, begun.ids, begun.error
    )
    return Decision(((definition.stream, fired), *begun.events), begun.ids)


def _is_open(schedule: Schedule, command: FireSchedule) -> bool:
    """Whether the moment is one of the schedule's, has come, and is later than what was acted upon."""
    if not schedule.expression or not schedule.since < command.due <= command.at:
        return False
    return cron.next_after(schedule.expression, command.due - 1) == command.due


def _start_of_trigger(definition: Definition, cause: Cause, situation: Situation) -> Begun:
    trigger = definition.trigger
    assert trigger is not None
    if trigger.workflow_name:
        return _start_workflow(trigger, cause, situation)
    lineage = lineage_design(situation.standing.designs, trigger)
    if lineage is not None:
        decision = start_lineage(lineage, cause, situation)
        return Begun(decision.events, (decision.answer,))
    return _start_jobs(trigger, cause, situation)


def _start_workflow(trigger: TriggerDefinition, cause: Cause, situation: Situation) -> Begun:
    workflow = situation.standing.designs.workflow(trigger.workflow_name)
    if workflow is None:
        return Begun(error=f"Workflow {trigger.workflow_name!r} does not exist. Create it, or delete the trigger.")
    error = None
    if is_at_limit(situation.standing, workflow):
        limit = workflow.body["MaxConcurrentRuns"]
        error = f"Workflow {workflow.name!r} was at its MaxConcurrentRuns of {limit}: the run is in ERROR."
    decision = start_unasked(workflow, cause, {}, situation)
    return Begun(decision.events, (decision.answer,), error)


def _start_jobs(trigger: TriggerDefinition, cause: Cause, situation: Situation) -> Begun:
    """A job run for each job. Glue: all actions of a firing start together; a job at its MaxConcurrentRuns fails its
    run, unless it has JobRunQueuingEnabled."""
    events: list[tuple[StreamId, Event]] = []
    actions = lone_actions(trigger)
    for action in actions:
        if action.job_name:
            requested = JobRunRequested(situation.at, situation.by, action.job_name, cause, overrides_of(action))
            begun = begin_attempt(action.node, trigger.name, situation.refusing(), f"trigger:{trigger.name}")
            run_id = getattr(begun, "attempt_id", "")
            events += [(run_id, requested), (run_id, begun)]
    crawlers = [action.crawler_name for action in actions if action.crawler_name]
    error = f"Crawlers are started in workflows only; not started: {', '.join(crawlers)}." if crawlers else None
    return Begun(tuple(events), tuple(dict.fromkeys(stream for stream, _ in events)), error)


Start = Callable[[Definition, Cause, Situation], Begun]

STARTS: dict[Kind, Start] = {"trigger": _start_of_trigger}
"""Kinds of definitions that can be scheduled -> what one of them starts when it comes due."""
