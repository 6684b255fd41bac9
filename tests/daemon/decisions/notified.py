"""Workflows that events start, and the events that are sent to them, for tests of decisions."""

from typing import Any

import orjson

from daemon import commands, notification_commands
from daemon.notification_commands import Incoming
from events.notifications import Notification
from events.vocabulary import Action, TriggerDefinition
from tests.daemon.decisions.specification import Specification


def event_workflow(spec: Specification, name: str = "W", *, job: str = "A", **condition: int) -> Specification:
    """A workflow that events start with a job, batched as the condition says (BatchSize, BatchWindow)."""
    spec.when(commands.DefineWorkflow, name, {})
    if job and spec.standing.designs.job(job) is None:
        spec.when(commands.DefineJob, job, {"ExecutionProperty": {"MaxConcurrentRuns": 1_000}})
    return spec.when(commands.DefineTrigger, event_trigger(name, job or "missing", **condition))


def event_trigger(workflow: str, job: str = "A", **condition: int) -> TriggerDefinition:
    """The EVENT trigger of such a workflow."""
    actions = (Action(job_name=job),)
    batching: dict[str, Any] | None = dict(condition) or None
    return TriggerDefinition(f"{workflow}-start", "EVENT", workflow, actions=actions, event_batching_condition=batching)


def notify(spec: Specification, *ids: str, workflow: str = "W") -> Specification:
    """Events with these ids come, all at once."""
    events = tuple(Incoming(notification(event_id), workflow) for event_id in ids)
    return spec.when(notification_commands.ReceiveEvents, events)


def notification(event_id: str = "e1", **members: Any) -> Notification:
    """An event."""
    given: dict[str, Any] = {"id": event_id, "source": "shop", "detail_type": "Order", "time": 1_000}
    return Notification(**given | members)


def rule(spec: Specification, name: str, pattern: dict[str, Any], *workflows: str) -> Specification:
    """A rule that sends what matches to workflows."""
    definition = {"EventPattern": orjson.dumps(pattern).decode(), "State": "ENABLED"}
    spec.when(notification_commands.PutRule, name, definition)
    targets = {workflow: f"arn:aws:glue:us-east-1::workflow/{workflow}" for workflow in workflows}
    return spec.when(notification_commands.PutRuleTargets, name, targets)


def runs_of(spec: Specification, workflow: str = "W") -> list[str]:
    """The ids of a workflow's runs, oldest first."""
    return [run for run in spec.log_runs() if spec.graph(run).workflow == workflow]


def eventful(events: int, *then: str) -> list[str]:
    """What happens when so many events come, and then."""
    return ["EventReceived"] * events + list(then)
