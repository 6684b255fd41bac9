"""The triggers outside of workflows that may follow the firing of one of them.

Glue: a conditional trigger outside of any workflow fires only for runs that were started by triggers themselves, and
only if they all descend from one firing of a scheduled or on-demand trigger. So such a firing and all that descends
from it is a run like that of a workflow, on a design of its own: the trigger that began it and the conditional ones
that it can reach.
"""

from events.vocabulary import DesignSnapshot, NodeKey, SnapshotTrigger, TriggerDefinition
from projections.design_graph import DesignGraph
from projections.designs import Designs

NO_WORKFLOW = ""
"""The workflow of what stands outside of any."""


def lineage_design(designs: Designs, root: TriggerDefinition) -> DesignGraph | None:
    """The design of what may follow a firing of `root`; None if no active trigger waits for anything it starts."""
    known = designs.lineages.get(root.name)
    if known is not None:
        return known
    snapshot = _reached(designs, root)
    if len(snapshot.triggers) == 1:
        return None
    # Held there, because the run that starts on it is looked up by its hash before the log has it.
    return designs.lineages.setdefault(root.name, designs.compiled(snapshot))


def _reached(designs: Designs, root: TriggerDefinition) -> DesignSnapshot:
    """The trigger itself and the active conditional ones that wait for anything it starts, or they start."""
    watching: dict[NodeKey, list[SnapshotTrigger]] = {}
    for definition in designs.triggers_of(NO_WORKFLOW):
        trigger = definition.trigger
        if trigger is not None and trigger.predicate is not None and definition.state == "ACTIVATED":
            for condition in trigger.predicate.conditions:
                watching.setdefault(condition.node, []).append(SnapshotTrigger(trigger, definition.state))
    reached: dict[str, SnapshotTrigger] = {}
    pending = [action.node for action in root.actions]
    while pending:
        for follower in watching.pop(pending.pop(), ()):
            if follower.definition.type == "CONDITIONAL" and follower.definition.name not in reached:
                reached[follower.definition.name] = follower
                pending += [action.node for action in follower.definition.actions]
    began = designs.trigger(root.name)
    reached[root.name] = SnapshotTrigger(root, began.state if began is not None else "CREATED")
    return DesignSnapshot(NO_WORKFLOW, tuple(reached[name] for name in sorted(reached)))
