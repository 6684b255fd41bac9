"""Which workflows an event goes to: by the rules, and for events from outside by the workflows they name.

An event that this daemon announces itself goes by rules only. It names its own workflow, and would otherwise start it
again and again.
"""

from collections.abc import Iterator

from daemon.decisions.event_pattern import envelope, matches, read_pattern
from events.notifications import Notification
from projections.standing import Standing

_ARN_PARTS = 6


def workflow_of_arn(arn: str) -> str | None:
    """The workflow that an ARN names (`arn:aws:glue:REGION:ACCOUNT:workflow/NAME`); None if it names none."""
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) != _ARN_PARTS or parts[0] != "arn" or parts[2] != "glue":
        return None
    kind, _, name = parts[5].partition("/")
    return name if kind == "workflow" and name else None


def workflows_by_rule(standing: Standing, notification: Notification) -> tuple[str, ...]:
    """The workflows that enabled rules send the event to, each once."""
    event = envelope(notification)
    found: dict[str, None] = {}
    for rule in standing.designs.rules():
        if rule.body.get("State") == "ENABLED" and matches(read_pattern(rule.body["EventPattern"]), event):
            found.update(dict.fromkeys(filter(None, map(workflow_of_arn, rule.body["Targets"].values()))))
    return tuple(found)


def workflows_named(notification: Notification) -> Iterator[tuple[str, bool]]:
    """The workflows that the event's resources may name, and whether by ARN: only then it is sure that a workflow is
    meant."""
    for resource in notification.resources:
        workflow = workflow_of_arn(resource)
        yield (resource, False) if workflow is None else (workflow, True)
