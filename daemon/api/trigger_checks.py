"""What must hold within one trigger's definition, whatever else is defined: pure, in the order and with the texts that
AWS Glue has.

The service model has been checked before: types, lengths, enumerations. What depends on other definitions (a second
start trigger, the name of a workflow) is decided elsewhere.
"""

from daemon import cron
from daemon.errors import InvalidInput
from events.vocabulary import WATCHABLE_CRAWL_STATES, WATCHABLE_JOB_STATES, Action, Condition, TriggerDefinition
from projections.lint import MOST_CRAWLERS


def check_trigger(trigger: TriggerDefinition, *, strict: bool) -> None:
    """Raises InvalidInput for the first thing that is wrong.

    `strict` refuses what only Glue's documentation does: several conditions without Logical (here an AND), and more
    than two crawlers.
    """
    _check_actions(trigger.actions)
    if strict:
        _check_crawlers(trigger.actions)
    if trigger.type == "CONDITIONAL" and (trigger.predicate is None or not trigger.predicate.conditions):
        raise InvalidInput("Predicate cannot be null or empty")
    if trigger.predicate is not None:
        _check_conditions(trigger.predicate.conditions)
        if strict and not trigger.predicate.logical and len(trigger.predicate.conditions) > 1:
            raise InvalidInput("Logical cannot be null or empty in a predicate of several conditions: AND or ANY")
    if trigger.type == "SCHEDULED":
        check_schedule(trigger.schedule)
    _check_events(trigger)
    _check_apart(trigger)


def check_start_on_creation(trigger: TriggerDefinition, start: bool) -> None:
    """Raises InvalidInput: an ON_DEMAND trigger is fired by StartTrigger and never activated."""
    if start and trigger.type == "ON_DEMAND":
        raise InvalidInput(
            "StartOnCreation is not supported for ON_DEMAND triggers: leave it out and call StartTrigger to fire it"
        )


def _check_actions(actions: tuple[Action, ...]) -> None:
    if not actions:
        raise InvalidInput("Actions cannot be null or empty")
    for action in actions:
        if action.job_name and action.crawler_name:
            raise InvalidInput("Both JobName and CrawlerName cannot be set together in an action")
        if not action.job_name and not action.crawler_name:
            raise InvalidInput("JobName or CrawlerName in action cannot be null or empty")


def _check_crawlers(actions: tuple[Action, ...]) -> None:
    crawlers = {action.crawler_name for action in actions if action.crawler_name}
    if len(crawlers) > MOST_CRAWLERS:
        raise InvalidInput(
            f"Actions name {len(crawlers)} crawlers; a trigger can start {MOST_CRAWLERS} under strict-glue: use more"
            " triggers with the same predicate"
        )


def _check_conditions(conditions: tuple[Condition, ...]) -> None:
    for condition in conditions:
        if not condition.logical_operator:
            raise InvalidInput("Logical operator cannot be null or empty")
    for condition in conditions:
        if not condition.job_name and not condition.crawler_name:
            raise InvalidInput("JobName or CrawlerName in condition cannot be null or empty")
    for condition in conditions:
        _check_state(condition)


def _check_state(condition: Condition) -> None:
    """A job's condition waits for a State, a crawler's for a CrawlState, each of those that can match."""
    kind, known = ("job", WATCHABLE_JOB_STATES) if condition.job_name else ("crawler", WATCHABLE_CRAWL_STATES)
    if condition.wanted not in known:
        wanted = "cannot be null or empty" if not condition.wanted else f"{condition.wanted} never matches"
        raise InvalidInput(f"State {wanted}, choose from one of the following {kind} state: [{', '.join(known)}]")


def check_schedule(expression: str | None) -> None:
    """Raises InvalidInput for what is no schedule, with Glue's text and the reason."""
    if not expression:
        raise InvalidInput("Schedule cannot be null or empty")
    try:
        cron.validate(expression)
    except cron.InvalidSchedule as invalid:
        raise InvalidInput(str(invalid)) from None


def _check_events(trigger: TriggerDefinition) -> None:
    """Events start workflows only; how many of them make a batch is a matter of EVENT triggers alone."""
    if trigger.type == "EVENT" and not trigger.workflow_name:
        raise InvalidInput("WorkflowName cannot be null or empty: an EVENT trigger starts a workflow")
    if trigger.type != "EVENT" and trigger.event_batching_condition is not None:
        raise InvalidInput(
            f"EventBatchingCondition is for EVENT triggers, and this one is {trigger.type}: leave it out"
        )


def _check_apart(trigger: TriggerDefinition) -> None:
    """A conditional trigger that starts what it watches would go round for ever."""
    if trigger.type != "CONDITIONAL" or trigger.predicate is None:
        return
    watched = {condition.job_name for condition in trigger.predicate.conditions if condition.job_name}
    if any(action.job_name in watched for action in trigger.actions if action.job_name):
        raise InvalidInput("Job cannot be a Predicate and Action for Conditional Trigger.")
