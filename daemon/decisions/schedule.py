"""Schedules that come due: whether to act upon the moment, and what that starts.

The firing is recorded in one unit with the start of what it started, and moves the schedule's baseline on. So the same
moment, asked for again after a crash or a restart, either has happened whole or not at all.
"""

from collections.abc import Callable

import msgspec

from daemon import cron
from daemon.crawler_commands import StartCrawl
from daemon.decisions.crawlers import start_crawl
from daemon.decisions.decision import Decision, Situation
from daemon.decisions.follow_on import begin_attempt
from daemon.decisions.start import is_at_limit, start_lineage, start_unasked
from daemon.schedule_commands import FireSchedule
from events.crawlers import CrawlRequested
from events.design import Event
from events.runs import JobRunRequested, NodeRefused
from events.schedules import ScheduleFired
from events.vocabulary import CRAWLER, Cause, StreamId, TriggerDefinition, crawl_stream, node_key, node_name
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
    return _start_alone(trigger, cause, situation)


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


def _start_alone(trigger: TriggerDefinition, cause: Cause, situation: Situation) -> Begun:
    """A job run or a crawl for each node. Glue: all actions of a firing start together; a job at its MaxConcurrentRuns
    fails its run, unless it has JobRunQueuingEnabled, and a crawler that runs is not started again."""
    at, by, started_by = situation.at, situation.by, f"trigger:{trigger.name}"
    events: list[tuple[StreamId, Event]] = []
    ids: list[str] = []
    errors: list[str] = []
    for action in lone_actions(trigger):
        begun = begin_attempt(action.node, trigger.name, situation.refusing(), started_by)
        run_id = getattr(begun, "attempt_id", "")
        if action.job_name:
            requested: Event = JobRunRequested(at, by, action.job_name, cause, overrides_of(action))
            stream = run_id
        else:
            requested, stream = CrawlRequested(at, by, action.crawler_name, cause), crawl_stream(run_id)
        events += [(stream, requested), (stream, begun)]
        ids.append(run_id)
        if isinstance(begun, NodeRefused):
            # Only what is wrong: the advice after it is for runs of workflows, which can be resumed.
            errors.append(f"{node_name(action.node)}: {(begun.error or begun.state).partition('. ')[0]}")
    return Begun(tuple(events), tuple(ids), "; ".join(errors) or None)


def _start_of_crawler(definition: Definition, cause: Cause, situation: Situation) -> Begun:
    """A crawl, unless one is under way: then this moment is passed over, as in Glue."""
    if situation.standing.slots.running(node_key(CRAWLER, definition.name)):
        return Begun(error=f"Crawler {definition.name!r} was still running.")
    asked = StartCrawl(situation.at, situation.by, b"", definition.name, cause)
    decision = start_crawl(asked, situation)
    return Begun(decision.events, (decision.answer,))


Start = Callable[[Definition, Cause, Situation], Begun]

STARTS: dict[Kind, Start] = {"trigger": _start_of_trigger, "crawler": _start_of_crawler}
"""Kinds of definitions that can be scheduled -> what one of them starts when it comes due."""
