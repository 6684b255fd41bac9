"""A trigger as a form: fields out of a definition, and the members of CreateTrigger out of fields.

Conditions and actions are rows of fields with one name each, so a form works without JavaScript: rows left empty do
not count, and a few empty ones are always there. What is checked is checked by the wire's own operations; here only
what a form alone can get wrong.
"""

from typing import Any

import msgspec

from daemon.console.forms import Form
from daemon.console.property_lines import ARGUMENTS, lines_of, properties_of
from daemon.errors import InvalidInput
from events.vocabulary import (
    CRAWLER,
    JOB,
    WATCHABLE_CRAWL_STATES,
    WATCHABLE_JOB_STATES,
    Action,
    NodeKey,
    TriggerDefinition,
    node_key,
    node_name,
)

TYPES = {
    "ON_DEMAND": "On demand: starts the workflow when asked",
    "SCHEDULED": "Schedule: starts it by the clock",
    "EVENT": "Events: starts it when events arrive",
    "CONDITIONAL": "Condition: follows jobs and crawlers",
}
EMPTY_ROWS = 3
STATES = tuple(dict.fromkeys((*WATCHABLE_JOB_STATES, *WATCHABLE_CRAWL_STATES)))
_TEXTS = ("name", "type", "description", "schedule", "logical", "batch_size", "batch_window")


def fields_of(trigger: TriggerDefinition) -> dict[str, Any]:
    """A definition as the values of the form."""
    predicate = trigger.predicate
    batching = trigger.event_batching_condition or {}
    return {
        "name": trigger.name,
        "type": trigger.type,
        "description": trigger.description or "",
        "schedule": trigger.schedule or "",
        "logical": (predicate.logical if predicate is not None else "") or "AND",
        "batch_size": str(batching.get("BatchSize", "")),
        "batch_window": str(batching.get("BatchWindow", "")),
        "conditions": [(one.node, one.wanted) for one in (predicate.conditions if predicate is not None else ())],
        "actions": [(action.node, lines_of(action.arguments)) for action in trigger.actions],
        "activate": False,
    }


def no_fields() -> dict[str, Any]:
    """The form of a new trigger."""
    return {**dict.fromkeys(_TEXTS, ""), "type": "CONDITIONAL", "logical": "AND", "conditions": [], "actions": []} | {
        "activate": True
    }


def fields_in(form: Form) -> dict[str, Any]:
    """What was written, to be shown again."""
    return {
        **{name: form.text(name) for name in _TEXTS},
        "conditions": _pairs(form, "condition_node", "condition_state"),
        "actions": _pairs(form, "action_node", "action_arguments"),
        "activate": "activate" in form,
    }


def members_of(fields: dict[str, Any], before: TriggerDefinition | None = None) -> dict[str, Any]:
    """The members of CreateTrigger that the fields say; what the form does not show of an action (its timeout, say)
    stays as it was `before`. Raises InvalidInput."""
    kind = fields["type"]
    hidden = {action.node: _hidden(action) for action in before.actions} if before is not None else {}
    members: dict[str, Any] = {
        "Actions": [_action(node, arguments, hidden) for node, arguments in fields["actions"]],
        "Description": fields["description"],
    }
    if kind == "SCHEDULED":
        members["Schedule"] = fields["schedule"]
    if kind == "CONDITIONAL":
        conditions = [_condition(node, state) for node, state in fields["conditions"]]
        members["Predicate"] = {"Logical": fields["logical"] or "AND", "Conditions": conditions}
    if kind == "EVENT" and (fields["batch_size"] or fields["batch_window"]):
        members["EventBatchingCondition"] = {"BatchSize": _whole("Events in a batch", fields["batch_size"] or "1")}
        if fields["batch_window"]:
            members["EventBatchingCondition"]["BatchWindow"] = _whole("Seconds to wait", fields["batch_window"])
    return members


def _pairs(form: Form, first: str, second: str) -> list[tuple[str, str]]:
    """The rows of two fields, without those whose first is empty."""
    rows = zip(form.texts(first), form.texts(second), strict=False)
    return [(one.strip(), other) for one, other in rows if one.strip()]


def _target(node: str) -> tuple[str, str]:
    """A node as people write it (`JOB:name`, `CRAWLER:name`, a job's name): the member that names it, its name."""
    if node.startswith("CRAWLER:"):
        return "CrawlerName", node_name(node)
    return "JobName", node_name(node) if node.startswith("JOB:") else node


def _hidden(action: Action) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.to_builtins(action)
    return {name: value for name, value in members.items() if name not in ("JobName", "CrawlerName", "Arguments")}


def _action(node: str, arguments: str, hidden: dict[NodeKey, dict[str, Any]]) -> dict[str, Any]:
    member, name = _target(node)
    given = properties_of(arguments, ARGUMENTS)
    key = node_key(CRAWLER if member == "CrawlerName" else JOB, name)
    return {member: name, **({"Arguments": given} if given else {}), **hidden.get(key, {})}


def _condition(node: str, state: str) -> dict[str, Any]:
    member, name = _target(node)
    return {"LogicalOperator": "EQUALS", member: name, "State" if member == "JobName" else "CrawlState": state}


def _whole(what: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput(f"{what} is {text[:50]!r}: write a whole number.")
    return int(text)
