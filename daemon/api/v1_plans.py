"""The document of a resume's preview: the plan, what comes of it if all goes well, and what may be in the way."""

from typing import Any

import msgspec

from daemon.decisions.forecast import Forecast
from daemon.decisions.resume_plan import Plan
from projections.design_graph import DesignGraph


def plan_document(forecast: Forecast) -> dict[str, Any]:
    """A preview. Nodes are given by their keys; `starting` says under which trigger each starts."""
    plan = forecast.plan
    return {
        "plan": plan.token,
        "run_id": plan.previous.run_id,
        "workflow": plan.previous.workflow,
        "asked": plan.asked,
        "starting": [{"node": node, "trigger": trigger or None} for node, trigger in plan.starting.items()],
        "running": forecast.running,
        "firing": forecast.firing,
        "copied": [{"run_id": run_id, "nodes": nodes} for run_id, nodes in forecast.copied.items()],
        "dropped": [{"node": node, "reason": reason} for node, reason in forecast.dropped.items()],
        "idle": [{"node": node, "reason": reason or None} for node, reason in forecast.idle.items()],
        "obstacles": msgspec.to_builtins(forecast.obstacles),
        "properties": {key: _change(plan, key) for key in sorted(plan.properties)},
        "design": _design_changes(plan.previous.design, plan.design),
        "resumed_by": plan.resumes,
    }


def _change(plan: Plan, key: str) -> dict[str, str | None]:
    return {"from": plan.previous.properties.get(key), "to": plan.properties[key]}


def _design_changes(before: DesignGraph, after: DesignGraph) -> dict[str, Any] | None:
    """How the design differs from the run's own; null where it is the same."""
    return design_changes(before, after) if before.hash != after.hash else None


def design_changes(before: DesignGraph, after: DesignGraph) -> dict[str, list[str]]:
    """What one design has that another has not: nodes by key, triggers by name."""
    old, new = before.triggers, after.triggers
    old_nodes, new_nodes = set(before.nodes), set(after.nodes)
    return {
        "nodes_added": [node for node in after.nodes if node not in old_nodes],
        "nodes_removed": [node for node in before.nodes if node not in new_nodes],
        "triggers_added": [name for name in new if name not in old],
        "triggers_removed": [name for name in old if name not in new],
        "triggers_changed": [name for name in new if name in old and old[name] != new[name]],
    }
