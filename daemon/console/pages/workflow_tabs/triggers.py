"""The tab with a workflow's triggers: type, activation, what each waits for and starts, and when it fires next."""

from typing import Any

from starlette.requests import Request

from daemon.api.v1_documents import moment
from daemon.engine import Engine
from daemon.scheduler import next_due
from projections.batching import batching_of
from projections.designs import Definition

TRIGGERS_ON_A_PAGE = 100
FILTERED_FROM = 12
"""Shorter lists have no filter."""


async def context(engine: Engine, request: Request, name: str) -> dict[str, Any]:
    """The triggers of the workflow in order of name, a page of them after the name `after`, those whose name holds
    `find`; and the events that wait for their batch."""
    standing = engine.standing
    find, after = request.query_params.get("find", "").strip(), request.query_params.get("after", "")
    known = standing.designs.triggers_of(name)
    fitting = [one for one in known if find.lower() in one.name.lower() and one.name > after]
    shown = fitting[:TRIGGERS_ON_A_PAGE]
    inbox, batching = standing.inboxes.of(name), batching_of(standing.designs, name)
    return {
        "triggers": [_trigger(definition) for definition in shown],
        "find": find,
        "is_later_page": bool(after),
        "has_filter": bool(find) or len(known) >= FILTERED_FROM,
        "following": shown[-1].name if len(fitting) > len(shown) else None,
        "waiting": len(inbox.waiting),
        "batch_size": batching.size if batching is not None else 0,
        "batch_due": moment(inbox.due_at(batching.window)) if batching is not None else None,
    }


def _trigger(definition: Definition) -> dict[str, Any]:
    trigger = definition.trigger
    assert trigger is not None
    predicate = trigger.predicate
    schedule = definition.schedule
    return {
        "name": definition.name,
        "type": trigger.type,
        "state": definition.state,
        "description": trigger.description or "",
        "schedule": trigger.schedule or "",
        "next": moment(next_due(schedule)) if schedule is not None and schedule.expression else None,
        "logical": (predicate.logical or "AND") if predicate is not None else "",
        "conditions": [(one.node, one.wanted) for one in predicate.conditions] if predicate is not None else [],
        "actions": list(dict.fromkeys(action.node for action in trigger.actions)),
        "can_toggle": trigger.type in ("CONDITIONAL", "SCHEDULED"),
    }
